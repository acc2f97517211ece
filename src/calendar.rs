//! Opening hours: a week in a zone, holidays, days with hours of their own. The present moment is handed in.
//!
//! Whether it is open is asked of the wall clock; time is counted between instants. So hours follow daylight saving
//! and elapsed seconds do not. Reading a calendar from a file is `rules/calendar.rs`'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::names::Name;
use crate::problem::closest;

/// Further than this nobody counts back or looks ahead.
const FAR: SignedDuration = SignedDuration::from_hours(20 * 366 * 24);

/// From a minute of the day to another; 1440 is midnight at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hours {
    pub from: u16,
    pub to: u16,
}

/// One entry of `calendars:`.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub name: Name,
    pub zone: TimeZone,
    /// From Monday to Sunday; a closed day has none.
    pub week: [Vec<Hours>; 7],
    /// Holidays, which have none, and days with other hours.
    pub days: BTreeMap<Date, Vec<Hours>>,
}

/// Calendars by name.
pub type Calendars = BTreeMap<Name, Arc<Calendar>>;

impl Calendar {
    /// Whether it is open at a moment.
    pub fn is_open(&self, moment: Timestamp) -> bool {
        let wall = self.zone.to_datetime(moment);
        let minute = wall.hour() as u16 * 60 + wall.minute() as u16;
        self.hours(wall.date()).iter().any(|hours| hours.from <= minute && minute < hours.to)
    }

    /// The moment itself where it is open, else the next opening; none for a calendar that stays closed.
    pub fn next_open(&self, moment: Timestamp) -> Option<Timestamp> {
        self.openings(moment, later(moment, FAR)).map(|(from, _)| from).next()
    }

    /// How long it was open between two moments; nothing when they stand the other way round.
    pub fn business_time(&self, since: Timestamp, now: Timestamp) -> SignedDuration {
        let since = since.max(later(now, -FAR));
        self.openings(since, now).map(|(from, to)| to.duration_since(from)).sum()
    }

    /// How many working days have passed: one more on each later day with opening hours, once its clock shows the time
    /// of the start. A start outside the hours counts from the next opening.
    pub fn business_days(&self, since: Timestamp, now: Timestamp) -> i64 {
        let Some(start) = self.next_open(since.max(later(now, -FAR))).filter(|start| *start < now) else { return 0 };
        let (start, today) = (self.zone.to_datetime(start), self.zone.to_datetime(now).date());
        let is_passed = |day: &Date| {
            *day < today || first_instant(&self.zone, day.to_datetime(start.time())).is_some_and(|moment| moment <= now)
        };
        let days = days(start.date(), today).skip(1);
        days.filter(|day| !self.hours(*day).is_empty()).filter(is_passed).count() as i64
    }

    /// When it was open so long since a moment; none for a calendar that does not open so often again.
    pub fn after(&self, since: Timestamp, open: SignedDuration) -> Option<Timestamp> {
        let mut left = open;
        self.openings(since, later(since, FAR)).find_map(|(from, to)| {
            let length = to.duration_since(from);
            if length >= left {
                return Some(from + left);
            }
            left -= length;
            None
        })
    }

    /// Whether there is a day with hours at all.
    pub fn ever_opens(&self) -> bool {
        self.week.iter().chain(self.days.values()).any(|hours| !hours.is_empty())
    }

    fn hours(&self, day: Date) -> &[Hours] {
        let of_week = || &self.week[day.weekday().to_monday_zero_offset() as usize];
        self.days.get(&day).unwrap_or_else(of_week)
    }

    /// The open stretches between two moments, cut to them, in order.
    fn openings(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        stretches(&self.zone, from, to).flat_map(move |(from, to, offset)| {
            let of_day = move |day: Date| {
                let midnight = offset.to_timestamp(day.to_datetime(Time::midnight())).ok();
                let at = move |minute: u16| Some(midnight? + SignedDuration::from_mins(minute.into()));
                let cut = move |hours: &Hours| Some((at(hours.from)?.max(from), at(hours.to)?.min(to)));
                self.hours(day).iter().filter_map(cut).filter(|(from, to)| from < to)
            };
            days(offset.to_datetime(from).date(), offset.to_datetime(to).date()).flat_map(of_day)
        })
    }
}

/// All days from one to another, both included.
fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    from.series(1.day()).take_while(move |day| *day <= to)
}

/// The stretches between two moments in which the clock of a zone is not changed.
fn stretches(zone: &TimeZone, from: Timestamp, to: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp, Offset)> {
    let mut changes = zone.following(from).map(|change| change.timestamp()).take_while(move |change| *change < to);
    let mut next = (from < to).then_some(from);
    std::iter::from_fn(move || {
        let start = next?;
        next = changes.next();
        Some((start, next.unwrap_or(to), zone.to_offset(start)))
    })
}

fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    let end = if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    moment.checked_add(by).unwrap_or(end)
}

/// When the clock of a zone first shows a time: right after the gap for one that a change skips, once for a doubled one.
pub fn first_instant(zone: &TimeZone, wall: DateTime) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.compatible().ok(),
        AmbiguousOffset::Gap { .. } => {
            let before = ambiguous.earlier().ok()?;
            zone.following(before).next().map(|change| change.timestamp())
        }
    }
}

/// A zone by its name; otherwise the name that was probably meant.
pub fn zone(name: &str) -> Result<TimeZone, Option<String>> {
    TimeZone::get(name).map_err(|_| {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        closest(name, &names).map(str::to_owned)
    })
}

/// A moment as a person reads it: `2026-11-26 08:00 -06:00`.
pub fn written(moment: Timestamp, zone: &TimeZone) -> String {
    let offset = zone.to_offset(moment);
    let seconds = offset.seconds().abs();
    let sign = if offset.is_negative() { '-' } else { '+' };
    let wall = offset.to_datetime(moment).strftime("%Y-%m-%d %H:%M");
    format!("{wall} {sign}{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    fn weekly(zone: &str, days: std::ops::Range<usize>, from: u16, to: u16) -> Calendar {
        let mut week: [Vec<Hours>; 7] = Default::default();
        week[days].fill(vec![Hours { from: from * 60, to: to * 60 }]);
        let zone = TimeZone::get(zone).expect("a zone");
        Calendar { name: "c".into(), zone, week, days: BTreeMap::new() }
    }

    #[test]
    fn a_calendar_with_one_open_day_a_week_counts_its_hours_and_no_others_f_009() {
        let tuesdays = weekly("Europe/Paris", 1..2, 8, 17);
        let posted = at("2026-11-04T09:00:00Z");
        let limit = SignedDuration::from_hours(18);
        assert!(tuesdays.business_time(posted, at("2026-11-17T15:59:59Z")) < limit);
        assert_eq!(tuesdays.business_time(posted, at("2026-11-17T16:00:00Z")), limit);
    }

    #[test]
    fn a_start_outside_the_hours_counts_from_the_next_opening() {
        let office = weekly("America/Chicago", 0..5, 8, 18);
        let friday_night = at("2026-11-21T03:00:00Z");
        assert_eq!(office.next_open(friday_night), Some(at("2026-11-23T14:00:00Z")));
        assert_eq!(office.business_time(friday_night, at("2026-11-23T15:30:00Z")), SignedDuration::from_mins(90));
        assert_eq!(office.business_days(friday_night, at("2026-11-24T13:59:59Z")), 0);
        assert_eq!(office.business_days(friday_night, at("2026-11-24T14:00:00Z")), 1);
    }

    #[test]
    fn hours_follow_daylight_saving_and_elapsed_seconds_do_not() {
        let all_day = weekly("America/New_York", 0..7, 0, 24);
        let day = |from: &str, to: &str| all_day.business_time(at(from), at(to)).as_hours();
        assert_eq!(day("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"), 23, "the spring day has 23 hours");
        assert_eq!(day("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"), 25, "the autumn day has 25");
        let office = weekly("America/New_York", 0..7, 8, 18);
        assert_eq!(office.next_open(at("2026-03-07T23:00:00Z")), Some(at("2026-03-08T12:00:00Z")));
    }

    #[test]
    fn a_backward_clock_counts_nothing_and_a_calendar_without_days_never_opens() {
        let office = weekly("UTC", 0..5, 8, 18);
        let (earlier, later) = (at("2026-11-25T10:00:00Z"), at("2026-11-25T12:00:00Z"));
        assert_eq!(office.business_time(later, earlier), SignedDuration::ZERO);
        assert_eq!(office.business_days(later, earlier), 0);
        assert_eq!(weekly("UTC", 0..0, 8, 18).next_open(earlier), None);
        assert_eq!(office.business_time(Timestamp::MIN, earlier), office.business_time(earlier - FAR, earlier));
    }

    #[test]
    fn a_zone_that_nobody_knows_has_one_that_was_probably_meant() {
        assert_eq!(zone("America/Chicage").err().flatten().as_deref(), Some("America/Chicago"));
        assert!(zone("Europe/Berlin").is_ok());
    }
}
