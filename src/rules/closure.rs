//! `closures:`: what follows an accepted solution (CLO-2). A closure sets fields of the case, and a comment says why.
//!
//! A thread without a case has none to close, and a case that is closed keeps its fields: a closure without `set` notes
//! what was accepted there, too (CLO-3).

use crate::problem::Problem;
use crate::rules::compiling::Compiling;
use crate::rules::look_at::Looks;
use crate::rules::reopening::{noted, set_fields};
use crate::rules::section::{Section, WrittenOut};
use crate::rules::yaml::{Key, Node};
use crate::rules::{Rule, codes, written};

pub const SECTION: Section =
    Section { name: "closures", what: "a closure", keys: &["set", "comment"], looks: Looks::AtLinks };
/// The keys of a comment that is more than its text.
pub const COMMENT: &[&str] = &["body", "published", "max", "too_long"];

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

/// A comment is its text, or says more with keys of its own.
pub fn check_comment(compiling: &mut Compiling, node: &Node) -> Option<()> {
    for (key, _) in node.entries().iter().filter(|(key, _)| !COMMENT.contains(&key.name.as_str())) {
        compiling.problem(written::unknown_key(key, COMMENT, "a comment"));
    }
    if !node.entries().is_empty() && node.get("body").is_none() {
        let problem = Problem::new(codes::MISSING_KEY, &node.at, "a comment needs `body`");
        compiling.problem(problem.next("`comment: { body: …, published: false }`, or the text alone"));
        return None;
    }
    Some(())
}
