//! `closures:`: what follows an accepted solution (CLO-2). A closure sets fields of the case, and a comment says why.
//!
//! A thread without a case has none to close, and a case that is closed keeps its fields: a closure without `set` notes
//! what was accepted there, too (CLO-3).

use crate::problem::Problem;
use crate::rules::compiling::Compiling;
use crate::rules::look_at::Looks;
use crate::rules::section::{Section, WrittenOut, check_comment, noted, set_fields};
use crate::rules::yaml::{Key, Node};
use crate::rules::{Rule, codes};

pub const SECTION: Section =
    Section { name: "closures", what: "a closure", keys: &["set", "comment"], looks: Looks::AtLinks };

/// One rule with its stages; none when it is disabled or wrong.
pub fn closure(compiling: &mut Compiling, key: &Key, node: &Node) -> Vec<Rule> {
    SECTION.rules(compiling, key, node, write_out)
}

fn write_out(compiling: &mut Compiling, key: &Key, node: &Node) -> Option<WrittenOut> {
    if ["set", "comment", "then"].iter().all(|name| node.get(name).is_none()) {
        let problem = Problem::new(codes::MISSING_KEY, &key.at, "a closure needs `set` or `comment`");
        compiling.problem(problem.next("`set: { Status: = settings.closed_status }`"));
        return None;
    }
    let comment = node.get("comment").filter(|comment| check_comment(compiling, comment).is_some());
    let mut candidates = vec![("has-case", "thread.has_case".to_owned())];
    if node.get("set").is_some() {
        candidates.push(("open", "case.IsClosed == false".to_owned()));
    }
    let set = node.get("set").map(|set| set_fields(&key.at, set));
    let comment = comment.map(|comment| noted(&comment.at, comment));
    Some(WrittenOut { candidates, steps: set.into_iter().chain(comment).collect(), ..WrittenOut::default() })
}
