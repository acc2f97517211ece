//! Date literals as spans of time, in the zone of the user who asks (sheet 4.2). Fiscal years are calendar years.

use std::cmp::Ordering;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;

use super::super::moment;
use super::asker::Asker;

const UNITS: &[&str] = &["DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR"];

/// `TODAY`, `LAST_WEEK`, `THIS_FISCAL_YEAR` …
pub fn is_plain(word: &str) -> bool {
    matches!(word, "YESTERDAY" | "TODAY" | "TOMORROW" | "LAST_90_DAYS" | "NEXT_90_DAYS")
        || word.split_once('_').is_some_and(|(when, unit)| {
            matches!(when, "LAST" | "THIS" | "NEXT") && unit != "DAY" && UNITS.contains(&unit)
        })
}

/// `LAST_N_DAYS`, `NEXT_N_WEEKS`, `N_MONTHS_AGO` …, which take a count.
pub fn is_counted(word: &str) -> bool {
    counted(word).is_some()
}

/// Direction and unit: -1 last, 1 next, 0 ago.
fn counted(word: &str) -> Option<(i64, &str)> {
    let (way, unit) = if let Some(unit) = word.strip_prefix("LAST_N_") {
        (-1, unit)
    } else if let Some(unit) = word.strip_prefix("NEXT_N_") {
        (1, unit)
    } else {
        (0, word.strip_prefix("N_")?.strip_suffix("_AGO")?)
    };
    let unit = unit.strip_suffix('S')?;
    UNITS.contains(&unit).then_some((way, unit))
}

/// From a first moment to the first moment after, and the days that lie in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    moments: (String, String),
    days: (String, String),
}

impl Span {
    fn new((first, beyond): (Date, Date), zone: &TimeZone) -> Option<Span> {
        let midnight =
            |day: Date| day.to_zoned_datetime(zone.clone()).ok().map(|zoned| moment::written(zoned.timestamp()));
        Some(Span { moments: (midnight(first)?, midnight(beyond)?), days: (first.to_string(), beyond.to_string()) })
    }

    /// Where a moment or a day lies: before, within or after.
    pub fn place(&self, text: &str) -> Ordering {
        let (first, beyond) = if text.len() == 10 { &self.days } else { &self.moments };
        match text {
            text if text < first.as_str() => Ordering::Less,
            text if text < beyond.as_str() => Ordering::Equal,
            _ => Ordering::Greater,
        }
    }
}

/// The span that a literal means, if it means one.
pub fn span(word: &str, count: Option<i64>, asker: &Asker) -> Option<Span> {
    let today = asker.now.to_zoned_datetime(asker.zone.clone()).date();
    if let (Some((-1, "DAY")), Some(n)) = (counted(word), count) {
        // The one span that ends now: today is in it, what is still to come is not.
        let whole = Span::new((shift(today, "DAY", -n)?, shift(today, "DAY", 1)?), &asker.zone)?;
        let end = moment::written(asker.now.checked_add(1.second()).ok()?);
        return Some(Span { moments: (whole.moments.0, end), ..whole });
    }
    Span::new(days(word, count, today)?, &asker.zone)
}

fn days(word: &str, count: Option<i64>, today: Date) -> Option<(Date, Date)> {
    let day = |n| Some((shift(today, "DAY", n)?, shift(today, "DAY", n + 1)?));
    match word {
        "YESTERDAY" => day(-1),
        "TODAY" => day(0),
        "TOMORROW" => day(1),
        "LAST_90_DAYS" => Some((shift(today, "DAY", -90)?, shift(today, "DAY", 1)?)),
        "NEXT_90_DAYS" => Some((shift(today, "DAY", 1)?, shift(today, "DAY", 91)?)),
        _ => match (counted(word), count) {
            (Some((way, unit)), Some(n)) => units(unit, way, n, today),
            _ => named(word, today),
        },
    }
}

fn units(unit: &str, way: i64, n: i64, today: Date) -> Option<(Date, Date)> {
    let this = start_of(unit, today)?;
    let (from, to) = match way {
        -1 => (-n, 0),
        1 => (1, n + 1),
        _ => (-n, 1 - n),
    };
    Some((shift(this, unit, from)?, shift(this, unit, to)?))
}

fn named(word: &str, today: Date) -> Option<(Date, Date)> {
    let (when, unit) = word.split_once('_')?;
    let n = match when {
        "LAST" => -1,
        "THIS" => 0,
        _ => 1,
    };
    let this = start_of(unit, today)?;
    Some((shift(this, unit, n)?, shift(this, unit, n + 1)?))
}

fn start_of(unit: &str, day: Date) -> Option<Date> {
    match unit.trim_start_matches("FISCAL_") {
        "DAY" => Some(day),
        "WEEK" => day.checked_sub(i64::from(day.weekday().since(Weekday::Sunday)).days()).ok(),
        "MONTH" => Some(day.first_of_month()),
        "QUARTER" => Some(date(day.year(), (day.month() - 1) / 3 * 3 + 1, 1)),
        _ => Some(day.first_of_year()),
    }
}

fn shift(day: Date, unit: &str, n: i64) -> Option<Date> {
    let span = match unit.trim_start_matches("FISCAL_") {
        "DAY" => jiff::Span::new().try_days(n),
        "WEEK" => jiff::Span::new().try_weeks(n),
        "MONTH" => jiff::Span::new().try_months(n),
        "QUARTER" => jiff::Span::new().try_months(n.checked_mul(3)?),
        _ => jiff::Span::new().try_years(n),
    };
    day.checked_add(span.ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days_of(word: &str, count: i64, zone: &str) -> (String, String) {
        let zone = TimeZone::get(zone).unwrap();
        let now = "2026-03-10T15:00:00".parse::<jiff::civil::DateTime>().unwrap();
        let now = now.to_zoned_datetime(zone.clone()).unwrap().timestamp();
        let (start, end) = span(word, Some(count), &Asker { zone, ..now.into() }).unwrap().moments;
        (start[..16].to_owned(), end[..16].to_owned())
    }

    /// Sheet 16, at 2026-03-10T15:00 of the user.
    #[test]
    fn spans_are_those_of_the_sheet() {
        let days_of = |word, count| days_of(word, count, "UTC");
        assert_eq!(days_of("LAST_N_DAYS", 2), ("2026-03-08T00:00".into(), "2026-03-10T15:00".into()));
        assert_eq!(days_of("N_DAYS_AGO", 2), ("2026-03-08T00:00".into(), "2026-03-09T00:00".into()));
        assert_eq!(days_of("NEXT_N_DAYS", 2), ("2026-03-11T00:00".into(), "2026-03-13T00:00".into()));
        assert_eq!(days_of("LAST_N_WEEKS", 1), ("2026-03-01T00:00".into(), "2026-03-08T00:00".into()));
    }

    #[test]
    fn days_begin_at_the_users_midnight() {
        // Clocks went forward in New York on 8 March.
        let (start, end) = days_of("LAST_N_DAYS", 2, "America/New_York");
        assert_eq!((start.as_str(), end.as_str()), ("2026-03-08T05:00", "2026-03-10T19:00"));
        let (start, end) = days_of("NEXT_N_DAYS", 2, "Asia/Tokyo");
        assert_eq!((start.as_str(), end.as_str()), ("2026-03-10T15:00", "2026-03-12T15:00"));
    }

    #[test]
    fn other_words_are_no_dates() {
        assert!(is_plain("THIS_FISCAL_QUARTER") && is_counted("N_MONTHS_AGO"));
        assert!(!is_plain("LAST_DAY") && !is_plain("THIS_THING") && !is_counted("LAST_N_MOONS"));
    }
}
