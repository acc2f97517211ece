//! When a rule is due: crontab text or words, normalised for the cron crate, which counts Sunday as 1 and wants
//! seconds. Only this file knows it.
//!
//! cron works out wall-clock moments; jiff turns them into instants: a time that a clock change skips is right after
//! the gap, a doubled one is the first of the two.

use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::calendar::first_instant;
use crate::problem::{Place, Problem};
use crate::rules::codes;

/// The longest that a clock goes back.
const OVERLAP: SignedDuration = SignedDuration::from_hours(2);
/// More moments than this are not told apart: a week of minutes.
pub const MOST: usize = 10_000;
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Whether a text is a schedule that ever fires.
pub fn check(text: &str, at: &Place) -> Result<(), Problem> {
    let schedules = parse(text).map_err(|why| {
        Problem::new(codes::SCHEDULE, at, format!("`{text}` is not a schedule: {why}")).next(
            "`15 minutes`, `day at 08:00`, `mon-fri at 08:00`, `month on 1 at 06:00`, or crontab text with five fields",
        )
    })?;
    if schedules.iter().all(|schedule| schedule.after(&chrono::DateTime::UNIX_EPOCH).next().is_none()) {
        let problem = Problem::new(codes::NEVER, at, format!("`{text}` never fires"));
        return Err(problem.next("look at the day and the month: there is no such date"));
    }
    Ok(())
}

/// The next moments of a schedule after one, in a zone.
pub fn next(text: &str, zone: &TimeZone, after: Timestamp, count: usize) -> Vec<Timestamp> {
    let mut moments: Vec<Timestamp> =
        parse(text).iter().flatten().flat_map(|schedule| moments(schedule, zone, after).take(count)).collect();
    moments.sort_unstable();
    moments.dedup();
    moments.truncate(count);
    moments
}

/// The moments of a schedule after one and up to another; [`MOST`] of them at most.
pub fn between(text: &str, zone: &TimeZone, after: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    let in_time = |schedule| moments(schedule, zone, after).take_while(|moment| *moment <= until).take(MOST);
    let mut moments: Vec<Timestamp> = parse(text).iter().flatten().flat_map(in_time).collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// One schedule's moments after one, in order, each once.
fn moments(schedule: &cron::Schedule, zone: &TimeZone, after: Timestamp) -> impl Iterator<Item = Timestamp> {
    // In an autumn overlap the wall clock goes back, so the search begins a little before.
    let from = chrono_of(zone.to_datetime(after).saturating_sub(OVERLAP));
    let walls = from.into_iter().flat_map(|from| schedule.after_owned(from));
    let instant = |wall: chrono::DateTime<chrono::Utc>| {
        first_instant(zone, DateTime::from_str(&wall.format("%Y-%m-%dT%H:%M:%S").to_string()).ok()?)
    };
    let mut last = after;
    walls.filter_map(instant).filter(move |moment| {
        let is_new = *moment > last;
        last = last.max(*moment);
        is_new
    })
}

/// Wall-clock time as if it were UTC, which is how the cron crate is fed.
fn chrono_of(civil: DateTime) -> Option<chrono::DateTime<chrono::Utc>> {
    let text = format!("{}Z", civil.strftime("%Y-%m-%dT%H:%M:%S"));
    chrono::DateTime::parse_from_rfc3339(&text).ok().map(|moment| moment.to_utc())
}

/// One schedule, or two where a day of the month and a day of the week are set: either will do.
fn parse(text: &str) -> Result<Vec<cron::Schedule>, String> {
    let text = text.trim();
    let fields = words(text).unwrap_or_else(|| crontab(text))?;
    fields.iter().map(|fields| cron::Schedule::from_str(fields).map_err(|_| "it cannot be read".to_owned())).collect()
}

/// `15 minutes`, `day at 08:00`, `mon-fri at 08:00`, `month on 1 at 06:00`; none for crontab text.
fn words(text: &str) -> Option<Result<Vec<String>, String>> {
    if let Some((count, unit)) = text.split_once(' ')
        && let Ok(count) = count.parse::<u32>()
        && unit.starts_with(char::is_alphabetic)
        && !unit.contains(' ')
    {
        return Some(every(count, unit).map(|fields| vec![fields]));
    }
    let (days, time) = text.split_once(" at ")?;
    let Some((hour, minute)) = clock(time) else { return Some(Err(format!("`{time}` is not a time, such as 08:00"))) };
    let days = match days.trim() {
        "day" => "* * *".to_owned(),
        days => match days.strip_prefix("month on ") {
            Some(day) => format!("{day} * *"),
            None => format!("* * {days}"),
        },
    };
    Some(crontab(&format!("{minute} {hour} {days}")))
}

fn clock(time: &str) -> Option<(u8, u8)> {
    let (hour, minute) = time.trim().split_once(':')?;
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some((hour, minute))
}

fn every(count: u32, unit: &str) -> Result<String, String> {
    match (unit.trim_end_matches('s'), count) {
        ("minute", 1..=59) if 60 % count == 0 => Ok(format!("0 */{count} * * * *")),
        ("hour", 1..=23) if 24 % count == 0 => Ok(format!("0 0 */{count} * * *")),
        ("minute", _) => Err(format!("{count} minutes do not divide the hour evenly")),
        ("hour", _) => Err(format!("{count} hours do not divide the day evenly")),
        _ => Err("only minutes and hours repeat; for days write `day at 08:00`".into()),
    }
}

/// Five crontab fields as the crate wants them: every number written out, days of the week by name, because the
/// crate's numbers begin elsewhere.
fn crontab(text: &str) -> Result<Vec<String>, String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else {
        return Err(format!("it has {} fields, and crontab text has five", fields.len()));
    };
    let time = format!("0 {} {}", MINUTE.read(minute)?, HOUR.read(hour)?);
    let (days, month, weekdays) = (DAY.read(day)?, MONTH.read(month)?, WEEKDAY.read(weekday)?);
    if day.starts_with('*') || weekday.starts_with('*') {
        return Ok(vec![format!("{time} {days} {month} {weekdays}")]);
    }
    Ok(vec![format!("{time} {days} {month} *"), format!("{time} * {month} {weekdays}")])
}

/// One field of crontab text: its numbers from the smallest to the largest, and their names.
struct Field {
    what: &'static str,
    from: usize,
    to: usize,
    names: &'static [&'static str],
}

const MINUTE: Field = Field { what: "minute", from: 0, to: 59, names: &[] };
const HOUR: Field = Field { what: "hour", from: 0, to: 23, names: &[] };
const DAY: Field = Field { what: "day of the month", from: 1, to: 31, names: &[] };
const MONTH: Field = Field { what: "month", from: 1, to: 12, names: &MONTHS };
/// 7 is Sunday as well.
const WEEKDAY: Field = Field { what: "day of the week", from: 0, to: 7, names: &DAYS };
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Field {
    /// `*`, `*/5`, `1,15`, `8-17`, `8-18/2`, `mon-fri`, `fri-mon`.
    fn read(&self, text: &str) -> Result<String, String> {
        if text == "*" {
            return Ok("*".into());
        }
        let mut numbers = Vec::new();
        for part in text.split(',') {
            numbers.extend(self.part(part)?);
        }
        let is_week = self.to == 7;
        let mut numbers: Vec<usize> = numbers.into_iter().map(|n| if is_week { n % 7 } else { n }).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let written = |n: &usize| if is_week { DAYS[*n].to_owned() } else { n.to_string() };
        Ok(numbers.iter().map(written).collect::<Vec<_>>().join(","))
    }

    fn part(&self, part: &str) -> Result<Vec<usize>, String> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<usize>().ok().filter(|step| *step > 0)),
            None => (part, Some(1)),
        };
        let step = step.ok_or_else(|| format!("`{part}` has no whole number behind the `/`"))?;
        let last = if self.to == 7 { 6 } else { self.to };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (self.number(from)?, self.number(to)?),
            None if range == "*" => (self.from, last),
            None if part.contains('/') => (self.number(range)?, last),
            None => (self.number(range)?, self.number(range)?),
        };
        match (to >= from, self.to) {
            (true, _) => Ok((from..=to).step_by(step).collect()),
            (false, 7) => Ok((from..=to + 7).step_by(step).collect()),
            (false, _) => Err(format!("`{range}` goes backwards")),
        }
    }

    fn number(&self, text: &str) -> Result<usize, String> {
        let lower = text.trim().to_lowercase();
        let first = if self.to == 7 { 0 } else { 1 };
        // `mon` and `monday` are names, `mo` and `monkey` are none.
        let full = |name: &str| lower == name || (lower.starts_with(name) && LONG.contains(&lower.as_str()));
        if let Some(at) = self.names.iter().position(|name| full(name)) {
            return Ok(at + first);
        }
        let number = lower.parse().ok().filter(|number| (self.from..=self.to).contains(number));
        number.ok_or_else(|| format!("`{text}` is no {} from {} to {}", self.what, self.from, self.to))
    }
}

/// Names written out.
const LONG: &[&str] = &[
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(text: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let zone = TimeZone::get(zone).expect("a zone");
        next(text, &zone, after.parse().expect("a moment"), count).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn sunday_is_0_and_7_and_monday_is_1() {
        let sunday = vec!["2026-11-29T09:00:00Z"];
        assert_eq!(moments("0 9 * * 0", "UTC", "2026-11-25T00:00:00Z", 1), sunday);
        assert_eq!(moments("0 9 * * 7", "UTC", "2026-11-25T00:00:00Z", 1), sunday);
        assert_eq!(moments("0 9 * * 1-5", "UTC", "2026-11-28T00:00:00Z", 1), ["2026-11-30T09:00:00Z"]);
    }

    #[test]
    fn a_time_that_a_clock_change_skips_runs_right_after_the_gap_and_a_doubled_one_once() {
        let gap = moments("30 2 * * *", "America/New_York", "2026-03-08T00:00:00Z", 1);
        assert_eq!(gap, ["2026-03-08T07:00:00Z"]);
        let overlap = moments("30 1 * * *", "America/New_York", "2026-11-01T04:00:00Z", 2);
        assert_eq!(overlap, ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]);
    }

    #[test]
    fn words_are_schedules() {
        assert_eq!(moments("15 minutes", "UTC", "2026-11-25T10:01:00Z", 1), ["2026-11-25T10:15:00Z"]);
        assert_eq!(moments("mon-fri at 08:00", "UTC", "2026-11-28T00:00:00Z", 1), ["2026-11-30T08:00:00Z"]);
        assert_eq!(moments("month on 1 at 06:00", "UTC", "2026-11-25T00:00:00Z", 1), ["2026-12-01T06:00:00Z"]);
    }

    #[test]
    fn what_never_fires_is_refused() {
        let at = Place::file("rules.yaml");
        assert_eq!(check("0 0 31 2 *", &at).expect_err("never").code.as_str(), codes::NEVER);
        assert_eq!(check("* * * *", &at).expect_err("four fields").code.as_str(), codes::SCHEDULE);
    }

    #[test]
    fn a_day_of_the_month_and_a_day_of_the_week_mean_either() {
        let found = moments("0 9 13 * 5", "UTC", "2026-11-12T10:00:00Z", 3);
        assert_eq!(found, ["2026-11-13T09:00:00Z", "2026-11-20T09:00:00Z", "2026-11-27T09:00:00Z"]);
        let found = moments("0 9 1,15 * mon", "UTC", "2026-11-29T10:00:00Z", 3);
        assert_eq!(found, ["2026-11-30T09:00:00Z", "2026-12-01T09:00:00Z", "2026-12-07T09:00:00Z"]);
    }

    #[test]
    fn ranges_may_end_in_7_go_round_the_weekend_and_have_steps() {
        let days = |text: &str| moments(&format!("0 9 * * {text}"), "UTC", "2026-11-23T00:00:00Z", 7);
        let of = |days: &[u8]| days.iter().map(|day| format!("2026-11-{day}T09:00:00Z")).collect::<Vec<_>>();
        assert_eq!(days("5-7")[..3], of(&[27, 28, 29]));
        assert_eq!(days("fri-mon")[..4], of(&[23, 27, 28, 29]));
        assert_eq!(days("1-5/2")[..3], of(&[23, 25, 27]));
        assert_eq!(days("*/2")[..4], of(&[24, 26, 28, 29]));
        assert_eq!(days("Monday,THU")[..2], of(&[23, 26]));
    }

    #[test]
    fn months_have_names_and_hours_have_ranges() {
        let found = moments("30 8-10/2 1 jan-mar *", "UTC", "2026-11-25T00:00:00Z", 3);
        assert_eq!(found, ["2027-01-01T08:30:00Z", "2027-01-01T10:30:00Z", "2027-02-01T08:30:00Z"]);
    }

    #[test]
    fn a_frequent_schedule_goes_on_through_both_clock_changes() {
        let found = moments("30 minutes", "America/New_York", "2026-03-08T06:20:00Z", 4);
        assert_eq!(found, ["06:30", "07:00", "07:30", "08:00"].map(|time| format!("2026-03-08T{time}:00Z")));
        let overlap = moments("30 minutes", "America/New_York", "2026-11-01T05:20:00Z", 3);
        assert_eq!(overlap, ["2026-11-01T05:30:00Z", "2026-11-01T07:00:00Z", "2026-11-01T07:30:00Z"]);
    }

    #[test]
    fn what_is_no_schedule_says_which_part() {
        for (text, why) in [
            ("61 * * * *", "`61` is no minute from 0 to 59"),
            ("0 24 * * *", "`24` is no hour from 0 to 23"),
            ("0 9 * * 8", "`8` is no day of the week from 0 to 7"),
            ("0 9 * * mo", "`mo` is no day of the week from 0 to 7"),
            ("0 9 0 * *", "`0` is no day of the month from 1 to 31"),
            ("*/0 * * * *", "`*/0` has no whole number behind the `/`"),
            ("0 17-8 * * *", "`17-8` goes backwards"),
            ("45 minutes", "45 minutes do not divide the hour evenly"),
            ("day at 25:00", "`25:00` is not a time, such as 08:00"),
            ("@daily", "it has 1 fields, and crontab text has five"),
            ("", "it has 0 fields, and crontab text has five"),
        ] {
            assert_eq!(parse(text).expect_err(text), why);
        }
    }
}
