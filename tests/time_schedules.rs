//! Schedules and opening hours against walkers that know nothing of either: they go through time a minute at a time and
//! look at the wall clock.

use casebridge::calendar::{Calendar, Hours};
use casebridge::problem::Place;
use casebridge::rules::schedule;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Zones, each with days around which its clock was changed: by an hour, by half an hour, at midnight, never.
const ZONES: [(&str, [&str; 2]); 6] = [
    ("America/New_York", ["2026-03-08", "2026-11-01"]),
    ("Europe/London", ["2026-03-29", "2026-10-25"]),
    ("Australia/Lord_Howe", ["2026-10-04", "2026-04-05"]),
    ("Asia/Kolkata", ["2026-02-28", "2026-12-31"]),
    ("America/Sao_Paulo", ["2018-11-04", "2018-02-18"]),
    ("UTC", ["2024-02-28", "2026-06-30"]),
];

/// A zone, and a moment less than three days before or a day after a change of its clock.
fn moment() -> impl Strategy<Value = (TimeZone, Timestamp)> {
    (0..ZONES.len(), 0..2usize, -72 * 60..24 * 60i64).prop_map(|(zone, change, minutes)| {
        let (name, days) = ZONES[zone];
        let zone = TimeZone::get(name).expect("a zone");
        let day: Date = days[change].parse().expect("a day");
        let midnight = zone.to_ambiguous_timestamp(day.to_datetime(Time::midnight())).compatible().expect("a moment");
        (zone, midnight + SignedDuration::from_mins(minutes))
    })
}

/// A crontab field: its text, and the numbers that it means; numbers are drawn up to `most`, so that every field fires.
fn field(from: u8, most: u8, to: u8) -> impl Strategy<Value = (String, Vec<u8>)> {
    prop_oneof![
        3 => Just(("*".to_owned(), (from..=to).collect())),
        2 => (2u8..20).prop_map(move |step| (format!("*/{step}"), (from..=to).step_by(step.into()).collect())),
        2 => (from..=most).prop_map(|one| (one.to_string(), vec![one])),
        2 => range(from, most),
        1 => (from..=most, from..=most).prop_map(|(a, b)| (format!("{a},{b}"), vec![a, b])),
    ]
}

fn range(from: u8, to: u8) -> impl Strategy<Value = (String, Vec<u8>)> {
    let ordered = (from..=to, from..=to).prop_map(|(a, b)| (a.min(b), a.max(b)));
    ordered.prop_map(|(from, to)| (format!("{from}-{to}"), (from..=to).collect()))
}

/// Five fields with the numbers of each; days of the week are 0 to 7.
fn crontab() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let weekday = prop_oneof![
        2 => Just(("*".to_owned(), (0..=6).collect::<Vec<u8>>())),
        3 => range(0, 7),
        1 => (0u8..=7).prop_map(|day| (day.to_string(), vec![day])),
    ];
    let fields = (field(0, 59, 59), field(0, 23, 23), field(1, 28, 31), field(1, 12, 12), weekday);
    fields.prop_map(|(minute, hour, day, month, weekday)| vec![minute, hour, day, month, weekday])
}

/// Whether a wall-clock minute is one that five crontab fields name: with both days set, either will do.
fn is_named(fields: &[(String, Vec<u8>)], wall: DateTime) -> bool {
    let has = |n: usize, number: i8| fields[n].1.contains(&(number as u8));
    let sunday = wall.weekday().to_sunday_zero_offset();
    let weekday = has(4, sunday) || (sunday == 0 && has(4, 7));
    let set = |n: usize| !fields[n].0.starts_with('*');
    let day = if set(2) && set(4) { has(2, wall.day()) || weekday } else { has(2, wall.day()) && weekday };
    has(0, wall.minute()) && has(1, wall.hour()) && has(3, wall.month()) && day
}

/// Goes on a minute at a time; what the clock skips counts for the minute behind it, what it shows twice counts once.
fn walk(fields: &[(String, Vec<u8>)], zone: &TimeZone, after: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    let mut found = Vec::new();
    // From a day before, so that a clock that went back before `after` is known to have shown the time already.
    let mut moment = after - SignedDuration::from_hours(24);
    let mut newest = zone.to_datetime(moment);
    while moment < until {
        moment += MINUTE;
        let wall = zone.to_datetime(moment);
        let mut named = false;
        while newest < wall {
            newest = newest.saturating_add(MINUTE);
            named |= is_named(fields, newest);
        }
        if named && moment > after {
            found.push(moment);
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_schedule_is_due_when_a_walker_by_the_minute_says_so((zone, after) in moment(), fields in crontab()) {
        let text = fields.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(" ");
        prop_assert!(schedule::check(&text, &Place::file("rules.yaml")).is_ok(), "{}", text);
        let until = after + SignedDuration::from_hours(4 * 24);
        let said = format!("{text} in {:?} after {after}", zone.iana_name());
        let walked = walk(&fields, &zone, after, until);
        let between = schedule::between(&text, &zone, after, until);
        let unlike = walked.iter().zip(&between).find(|(walked, between)| walked != between);
        prop_assert!(unlike.is_none() && walked.len() == between.len(), "{}: first unlike {:?}", said, unlike);
        let next = schedule::next(&text, &zone, after, 5);
        let next: Vec<_> = next.into_iter().filter(|moment| *moment <= until).collect();
        prop_assert_eq!(&next[..], &walked[..walked.len().min(5)], "{}", said);
    }

    #[test]
    fn business_time_and_days_are_what_a_walker_by_the_minute_counts(
        (zone, since) in moment(), calendar in calendar(), length in 0..6 * 24 * 60i64, shut in -2..6i8
    ) {
        let now = since + SignedDuration::from_mins(length);
        let mut calendar = Calendar { zone, ..calendar };
        let first = calendar.zone.to_datetime(since).date();
        calendar.days.insert(first.saturating_add(jiff::Span::new().days(shut)), vec![]);
        let mut walker = Walker::at(&calendar, since);
        let mut opens = None;
        while walker.moment < now {
            if opens.is_none() && walker.is_open() {
                opens = Some(walker.moment);
            }
            walker.step();
        }
        prop_assert_eq!(calendar.business_time(since, now), MINUTE * walker.minutes, "{:?} from {} to {}", calendar, since, now);
        prop_assert_eq!(calendar.business_days(since, now), walker.days, "{:?} from {} to {}", calendar, since, now);
        prop_assert_eq!(calendar.next_open(since).filter(|opens| *opens < now), opens, "{:?} from {}", calendar, since);
        prop_assert_eq!(calendar.is_open(now), walker.is_open(), "{:?} at {}", calendar, now);
    }

    #[test]
    fn business_time_adds_up((zone, since) in moment(), calendar in calendar(), a in 0..9_000i64, b in 0..9_000i64) {
        let calendar = Calendar { zone, ..calendar };
        let between = since + SignedDuration::from_secs(a * 37);
        let end = between + SignedDuration::from_secs(b * 37);
        let parts = calendar.business_time(since, between) + calendar.business_time(between, end);
        prop_assert_eq!(calendar.business_time(since, end), parts);
    }
}

/// A week of up to two spans a day.
fn calendar() -> impl Strategy<Value = Calendar> {
    let hours = prop::collection::vec(prop::collection::btree_set(0..=96u16, 0..=4), 7);
    hours.prop_map(|days| {
        let spans = |quarters: &std::collections::BTreeSet<u16>| {
            let quarters: Vec<u16> = quarters.iter().map(|quarter| quarter * 15).collect();
            quarters.chunks_exact(2).map(|span| Hours { from: span[0], to: span[1] }).collect::<Vec<_>>()
        };
        let week = std::array::from_fn(|day| spans(&days[day]));
        Calendar { name: "c".into(), zone: TimeZone::UTC, week, days: Default::default() }
    })
}

/// Counts minutes and working days while it goes on.
struct Walker<'a> {
    calendar: &'a Calendar,
    moment: Timestamp,
    minutes: i32,
    days: i64,
    /// When counting began by the wall clock, and the newest time that the clock has shown since.
    start: Option<DateTime>,
    newest: DateTime,
}

impl<'a> Walker<'a> {
    fn at(calendar: &'a Calendar, moment: Timestamp) -> Self {
        Walker { calendar, moment, minutes: 0, days: 0, start: None, newest: calendar.zone.to_datetime(moment) }
    }

    fn spans(&self, day: Date) -> Vec<Hours> {
        let of_week = self.calendar.week[day.weekday().to_monday_zero_offset() as usize].clone();
        self.calendar.days.get(&day).cloned().unwrap_or(of_week)
    }

    fn is_open(&self) -> bool {
        let wall = self.calendar.zone.to_datetime(self.moment);
        let minute = wall.hour() as u16 * 60 + wall.minute() as u16;
        self.spans(wall.date()).iter().any(|span| (span.from..span.to).contains(&minute))
    }

    fn step(&mut self) {
        let wall = self.calendar.zone.to_datetime(self.moment);
        if self.is_open() {
            self.minutes += 1;
            if self.start.is_none() {
                (self.start, self.newest) = (Some(wall), wall);
            }
        }
        self.moment += MINUTE;
        let wall = self.calendar.zone.to_datetime(self.moment);
        let Some(start) = self.start else { return };
        while self.newest < wall {
            self.newest = self.newest.saturating_add(MINUTE);
            let is_later = self.newest.time() == start.time() && self.newest.date() > start.date();
            if is_later && !self.spans(self.newest.date()).is_empty() {
                self.days += 1;
            }
        }
    }
}
