//! When a rule is due: crontab text or words, normalised for the cron crate, which counts Sunday as 1 and wants
//! seconds. Only this file knows it.
//!
//! cron works out wall-clock moments; jiff turns them into instants: in the spring gap later, in the autumn overlap
//! once.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::problem::{Place, Problem};
use crate::rules::codes;

const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Whether a text is a schedule that ever fires.
pub fn check(text: &str, at: &Place) -> Result<(), Problem> {
    let schedule = parse(text).map_err(|why| {
        Problem::new(codes::SCHEDULE, at, format!("`{text}` is not a schedule: {why}")).next(
            "`15 minutes`, `day at 08:00`, `mon-fri at 08:00`, `month on 1 at 06:00`, or crontab text with five fields",
        )
    })?;
    if schedule.after(&chrono::DateTime::UNIX_EPOCH).next().is_none() {
        let problem = Problem::new(codes::NEVER, at, format!("`{text}` never fires"));
        return Err(problem.next("look at the day and the month: there is no such date"));
    }
    Ok(())
}

/// The next moments of a schedule after one, in a zone.
pub fn next(text: &str, zone: &TimeZone, after: Timestamp, count: usize) -> Vec<Timestamp> {
    let Ok(schedule) = parse(text) else { return vec![] };
    let Some(from) = chrono_of(zone.to_datetime(after)) else { return vec![] };
    let instant = |civil: chrono::DateTime<chrono::Utc>| {
        let civil = DateTime::from_str(&civil.format("%Y-%m-%dT%H:%M:%S").to_string()).ok()?;
        Some(zone.to_ambiguous_zoned_datetime(civil).compatible().ok()?.timestamp())
    };
    schedule.after(&from).filter_map(instant).filter(|moment| *moment > after).take(count).collect()
}

/// Wall-clock time as if it were UTC, which is how the cron crate is fed.
fn chrono_of(civil: DateTime) -> Option<chrono::DateTime<chrono::Utc>> {
    let text = format!("{}Z", civil.strftime("%Y-%m-%dT%H:%M:%S"));
    chrono::DateTime::parse_from_rfc3339(&text).ok().map(|moment| moment.to_utc())
}

fn parse(text: &str) -> Result<cron::Schedule, String> {
    let fields = match words(text) {
        Some(fields) => fields?,
        None => crontab(text)?,
    };
    cron::Schedule::from_str(&fields).map_err(|error| error.to_string())
}

/// `15 minutes`, `day at 08:00`, `mon-fri at 08:00`, `month on 1 at 06:00`; none for crontab text.
fn words(text: &str) -> Option<Result<String, String>> {
    if let Some((count, unit)) = text.split_once(' ')
        && let Ok(count) = count.parse::<u32>()
        && unit.starts_with(char::is_alphabetic)
    {
        return Some(every(count, unit));
    }
    let (days, time) = text.split_once(" at ")?;
    let Some((hour, minute)) = time.split_once(':') else { return Some(Err(format!("`{time}` is not a time"))) };
    let (Ok(hour), Ok(minute)) = (hour.parse::<u8>(), minute.parse::<u8>()) else {
        return Some(Err(format!("`{time}` is not a time")));
    };
    let days = match days.trim() {
        "day" => "* * *".to_owned(),
        days => match days.strip_prefix("month on ") {
            Some(day) => format!("{day} * *"),
            None => format!("* * {days}"),
        },
    };
    Some(crontab(&format!("{minute} {hour} {days}")))
}

fn every(count: u32, unit: &str) -> Result<String, String> {
    match (unit.trim_end_matches('s'), count) {
        ("minute", 1..=59) if 60 % count == 0 => Ok(format!("0 */{count} * * * *")),
        ("hour", 1..=23) if 24 % count == 0 => Ok(format!("0 0 */{count} * * *")),
        ("minute" | "hour", _) => Err(format!("{count} {unit} do not divide the hour or the day evenly")),
        _ => Err("only minutes and hours repeat; for days write `day at 08:00`".into()),
    }
}

/// Five crontab fields with 0 or 7 for Sunday, as the crate wants them. Where both day fields are set, either will do:
/// that is two schedules, and is refused until they are.
fn crontab(text: &str) -> Result<String, String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else {
        return Err(format!("it has {} fields, and crontab text has five", fields.len()));
    };
    if *day != "*" && *weekday != "*" {
        return Err("a day of the month and a day of the week together are not read yet".into());
    }
    let weekday = weekdays(weekday)?;
    Ok(format!("0 {minute} {hour} {day} {month} {weekday}"))
}

/// Days of the week by name: the crate's numbers begin elsewhere.
fn weekdays(field: &str) -> Result<String, String> {
    if field == "*" {
        return Ok("*".into());
    }
    let day = |text: &str| -> Result<usize, String> {
        let lower = text.to_lowercase();
        match lower.parse::<usize>() {
            Ok(number) if number <= 7 => Ok(number),
            _ => DAYS
                .iter()
                .position(|day| lower.starts_with(day))
                .ok_or_else(|| format!("`{text}` is not a day of the week")),
        }
    };
    let mut days = Vec::new();
    for part in field.split(',') {
        match part.split_once('-') {
            Some((from, to)) => {
                let (from, to) = (day(from)?, day(to)?);
                let to = if to < from { to + 7 } else { to };
                days.extend((from..=to).map(|n| DAYS[n % 7]));
            }
            None => days.push(DAYS[day(part)? % 7]),
        }
    }
    days.dedup();
    Ok(days.join(","))
}

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
        assert_eq!(gap, ["2026-03-08T07:30:00Z"]);
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
}
