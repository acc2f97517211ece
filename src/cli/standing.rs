//! Where a rule's schedule stands, in words and for machines.

use serde_json::{Value as Json, json};

use crate::calendar::written;
use crate::cli::output::counted;
use crate::engine::{Moved, Standing};
use crate::names::BridgeId;
use crate::rules::schedule::MOST;

/// One line for a scheduled rule of `run --due`.
pub fn standing_text(standing: &Standing) -> String {
    let Standing { rule, moved, next, zone } = standing;
    let next = next.map_or_else(|| "never".to_owned(), |next| written(next, zone));
    let at = |moment| written(moment, zone);
    let moments = |count: usize| match count {
        MOST.. => format!("{MOST} or more moments"),
        count => counted(count, "moment"),
    };
    match moved {
        Moved::First => format!("{rule}: due, it never ran; next {next}\n"),
        Moved::Passed { count: 1, last } => format!("{rule}: due since {}; next {next}\n", at(*last)),
        Moved::Passed { count, last } => {
            format!("{rule}: due since {}, once for {}; next {next}\n", at(*last), moments(*count))
        }
        Moved::Skipped { count, last } => {
            format!("{rule}: {} passed up to {} and are skipped; next {next}\n", moments(*count), at(*last))
        }
        Moved::Each(each) => format!("{rule}: due, once for each of {}; next {next}\n", moments(each.len())),
        Moved::Opened => format!("{rule}: due again, its hours have begun; next {next}\n"),
        Moved::Not => format!("{rule}: not due; next {next}\n"),
    }
}

/// The same as a JSON object.
pub fn standing_json(bridge: &BridgeId, standing: &Standing) -> Json {
    let (word, count, last) = match &standing.moved {
        Moved::First => ("first", 0, None),
        Moved::Passed { count, last } => ("passed", *count, Some(last)),
        Moved::Skipped { count, last } => ("skipped", *count, Some(last)),
        Moved::Each(moments) => ("each", moments.len(), moments.last()),
        Moved::Opened => ("opened", 0, None),
        Moved::Not => ("not", 0, None),
    };
    json!({
        "scheduled": standing.rule, "bridge": bridge, "due": standing.moved.is_due(), "moved": word, "moments": count, "last": last,
        "next": standing.next,
    })
}
