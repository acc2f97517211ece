//! Amounts of time as people write them, in files, tests and expressions.

use jiff::SignedDuration;

/// The units, each with its seconds. Days have 24 hours: working days are a calendar's.
pub const UNITS: [(&str, i64); 4] = [("minutes", 60), ("hours", 3_600), ("days", 86_400), ("weeks", 604_800)];
/// Nothing that people wait for takes longer; sums with such amounts stay among the moments there are.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(100 * 366 * 24);

/// So many of a unit, at most the longest either way; none for a word that is no unit.
pub fn of(count: i64, unit: &str) -> Option<SignedDuration> {
    let is_it = |(name, _): &&(&str, i64)| *name == unit || name.strip_suffix('s') == Some(unit);
    let (_, seconds) = UNITS.iter().find(is_it)?;
    Some(SignedDuration::from_secs(count.saturating_mul(*seconds)).clamp(-LONGEST, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_bounded_and_units_known_by_both_numbers() {
        assert_eq!(of(48, "hours"), of(2, "days"));
        assert_eq!(of(1, "week"), of(7, "days"));
        assert_eq!(of(i64::MAX, "minutes"), Some(LONGEST));
        assert_eq!(of(i64::MIN, "weeks"), Some(-LONGEST));
        assert_eq!(of(1, "fortnight"), None);
        assert!(jiff::Timestamp::from_second(1_800_000_000).unwrap().checked_sub(LONGEST).is_ok());
    }
}
