//! Moments and days as Salesforce writes them, so that text order is time order.

use jiff::Timestamp;
use jiff::civil::Date;

/// `2026-01-31T12:34:56.000+0000`, whole seconds, always UTC (sheet 3).
pub fn written(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
}

/// Reads ISO 8601 with `Z` or an offset, with or without a fraction.
pub fn read(text: &str) -> Option<String> {
    parse(text).map(written)
}

/// The same as a moment.
pub fn parse(text: &str) -> Option<Timestamp> {
    let known = text.parse::<Timestamp>();
    let known =
        known.or_else(|_| jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text).and_then(|t| t.to_timestamp()));
    known.ok()
}

/// Where a day begins, for what ends or begins by the calendar.
pub fn start_of(year: i16, month: i8, day: i8) -> Timestamp {
    let midnight = jiff::civil::date(year, month, day).at(0, 0, 0, 0);
    jiff::tz::Offset::UTC.to_timestamp(midnight).unwrap_or(Timestamp::MAX)
}

/// Reads a day, `2026-01-31`.
pub fn read_day(text: &str) -> Option<String> {
    (text.len() == 10).then(|| text.parse::<Date>().ok())?.map(|day| day.to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_spellings_of_utc_are_one_moment() {
        for text in ["2026-01-31T12:34:56Z", "2026-01-31T12:34:56.000+0000", "2026-01-31T14:34:56.789+02:00"] {
            assert_eq!(super::read(text).as_deref(), Some("2026-01-31T12:34:56.000+0000"), "{text}");
        }
        assert_eq!(super::read("yesterday"), None);
    }
}
