//! Moments and dates as people write them: `2026-03-03 15:00 America/Chicago`, `2026-03-03`.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::problem::Problem;
use crate::rules::codes;
use crate::rules::yaml::Node;

/// A moment, in UTC unless a zone stands behind it.
pub fn moment(node: &Node) -> Result<Timestamp, Problem> {
    let text = node.text().unwrap_or(node.kind());
    read_moment(text).ok_or_else(|| {
        Problem::new(codes::MOMENT, &node.at, format!("`{text}` is not a moment"))
            .next("`2026-03-03 15:00`, which is UTC, or `2026-03-03 15:00 America/Chicago`")
    })
}

/// The same of a text; also a whole moment as machines write it, `2026-03-03T15:00:00Z`.
pub fn read_moment(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let mut words = text.split_whitespace();
    let (date, time, zone) = (words.next()?, words.next()?, words.next().unwrap_or("UTC"));
    let seconds = if time.len() == 5 { ":00" } else { "" };
    let civil: DateTime = format!("{date}T{time}{seconds}").parse().ok()?;
    let zone = TimeZone::get(zone).ok().filter(|_| words.next().is_none())?;
    Some(zone.to_ambiguous_zoned_datetime(civil).compatible().ok()?.timestamp())
}

/// A day, as text: `2026-03-03`.
pub fn date(node: &Node) -> Result<String, Problem> {
    let text = node.text().unwrap_or(node.kind());
    let is_short = text.len() == "2026-03-03".len();
    text.parse::<Date>().ok().filter(|_| is_short).map(|date| date.to_string()).ok_or_else(|| {
        Problem::new(codes::DATE, &node.at, format!("`{text}` is not a date")).next("year, month and day: `2026-03-03`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_utc_unless_a_zone_stands_behind_it() {
        let at = |text: &str| read_moment(text).map(|moment| moment.to_string());
        assert_eq!(at("2026-03-03 15:00").as_deref(), Some("2026-03-03T15:00:00Z"));
        assert_eq!(at("2026-03-03 15:00 America/Chicago").as_deref(), Some("2026-03-03T21:00:00Z"));
        assert_eq!((at("2026-03-03 15:00 Mars"), at("Tuesday noon")), (None, None));
    }
}
