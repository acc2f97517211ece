//! `limits:` as written.

use crate::problem::Problem;
use crate::rules::compiling::Compiling;
use crate::rules::yaml::Node;
use crate::rules::{First, Limits, Over, codes, written};

/// The keys of `limits`.
pub const KEYS: &[&str] = &["per_run", "per_hour", "per_day", "per_subject_per_day", "share_of_scan", "over", "first"];
/// The words of `over`.
pub const OVER: &[(&str, Over)] = &[("wait", Over::Wait), ("ask", Over::Ask), ("drop", Over::Drop)];
/// The words of `first`.
pub const FIRST: &[(&str, First)] = &[("oldest", First::Oldest), ("newest", First::Newest)];

/// The caps of a rule; what is left out keeps its default.
pub fn limits(compiling: &mut Compiling, node: &Node) -> Limits {
    let mut limits = Limits::default();
    let entries = compiling.keep(written::map(node, "`limits`").map(<[_]>::to_vec)).unwrap_or_default();
    for (key, value) in &entries {
        let number = |compiling: &mut Compiling| compiling.keep(written::whole(value));
        match key.name.as_str() {
            "per_run" => limits.per_run = number(compiling),
            "per_hour" => limits.per_hour = number(compiling),
            "per_day" => limits.per_day = number(compiling),
            "per_subject_per_day" => limits.per_subject_per_day = number(compiling),
            "share_of_scan" => limits.share_of_scan = compiling.keep(written::percent(value)),
            "over" => {
                limits.over = compiling.keep(written::word(value, OVER)).unwrap_or(limits.over);
            }
            "first" if value.text().is_some_and(|text| text.starts_with('=')) => {
                let what = "not yet: an expression under `first` comes in a later version";
                compiling.problem(Problem::new(codes::NOT_YET, &value.at, what).next("`oldest` or `newest` for now"));
            }
            "first" => {
                limits.first = compiling.keep(written::word(value, FIRST)).unwrap_or(limits.first);
            }
            _ => compiling.problem(written::unknown_key(key, KEYS, "`limits`")),
        }
    }
    limits
}
