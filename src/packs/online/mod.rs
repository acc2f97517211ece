//! Holds what rules name against what the org and the community have: `check --online`. Asking them is not done here.
//!
//! `known.rs` is what they said, `wanted.rs` what to ask, `fields.rs` looks at fields and picklists, `names.rs` at the rest.

mod fields;
mod known;
mod names;
mod of_settings;
mod wanted;

pub use known::{FieldKnown, Known, ObjectKnown};
pub use of_settings::of_settings;
pub use wanted::Wanted;

use crate::problem::Problem;
use crate::script::{Mention, Named};

/// Every Problem of every name at once, each once.
pub fn check(mentions: &[Mention], known: &Known) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for mention in mentions {
        let found = match &mention.named {
            Named::Field { .. } | Named::Value { .. } | Named::Writes(_) | Named::Requires(_) => {
                fields::check(&mention.named, &mention.at, known)
            }
            named => names::check(named, &mention.at, known).into_iter().collect(),
        };
        for problem in found {
            let same = |other: &Problem| {
                other.what == problem.what && other.at.file == problem.at.file && other.at.line == problem.at.line
            };
            if !problems.iter().any(same) {
                problems.push(problem);
            }
        }
    }
    problems.extend(fields::stamps(mentions, known));
    problems
}
