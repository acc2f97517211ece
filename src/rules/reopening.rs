//! `reopenings:`: a case is opened again, another is opened behind it, or it is only noted (CLO-3, POR-21).

use crate::problem::{Place, Problem};
use crate::rules::compiling::Compiling;
use crate::rules::look_at::Looks;
use crate::rules::section::{Section, WrittenOut, check_comment, key, noted, set_fields, step, text};
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{Rule, codes, mapping};

pub const SECTION: Section =
    Section { name: "reopenings", what: "a reopening", keys: &["set", "open_new", "comment"], looks: Looks::AtLinks };

/// One rule with its stages.
pub fn rules(compiling: &mut Compiling, key: &Key, node: &Node) -> Vec<Rule> {
    let mut rules = SECTION.rules(compiling, key, node, write_out);
    let opens_new = node.get("open_new").is_some();
    rules.iter_mut().take(1).for_each(|rule| rule.opens_new = opens_new);
    rules
}

fn write_out(compiling: &mut Compiling, name: &Key, node: &Node) -> Option<WrittenOut> {
    let at = &name.at;
    let (set, open_new, comment) = (node.get("set"), node.get("open_new"), node.get("comment"));
    if set.is_none() && open_new.is_none() && comment.is_none() {
        let problem = Problem::new(codes::MISSING_KEY, at, "a reopening needs `set`, `open_new` or `comment`");
        compiling.problem(problem.next("`set: { Status: Reopened }`"));
        return None;
    }
    if let (Some(set), Some(_)) = (set, open_new) {
        let problem = Problem::new(codes::SHAPE, &set.at, "a reopening has `set` or `open_new`, not both");
        compiling.problem(problem.next("keep one: the same case again, or a new one behind it"));
        return None;
    }
    if let Some(comment) = comment {
        check_comment(compiling, comment)?;
    }
    let mut candidates = vec![("has-case", "thread.has_case".to_owned())];
    if set.is_some() || open_new.is_some() {
        candidates.push(("closed", "case.IsClosed".to_owned()));
    }
    let mut steps = Vec::new();
    if let Some(set) = set {
        steps.push(set_fields(at, set));
    }
    if let Some(mapping) = open_new {
        steps.extend(new_case(compiling, at, mapping));
    }
    steps.extend(comment.map(|comment| noted(at, comment)));
    Some(WrittenOut { candidates, steps, ..WrittenOut::default() })
}

/// A new case of the same thread behind the old one, which is the linked one from then on.
fn new_case(compiling: &mut Compiling, at: &Place, mapping: &Node) -> [Node; 2] {
    let behind = vec![(key(at, "ParentId"), text(at, "= case.Id"))];
    let fields = mapping::on_top(mapping::entries(compiling, mapping), behind);
    let fields = Node { at: mapping.at.clone(), shape: Shape::Map(fields) };
    let opened = vec![("thread", Some(text(at, "= thread.id"))), ("fields", Some(fields))];
    let linked = vec![("thread", Some(text(at, "= thread.id"))), ("case", Some(text(at, "= new_case.Id")))];
    [
        step(at, "salesforce.create_case", opened, vec![("named", Some(text(at, "new_case")))]),
        step(at, "notebook.link", linked, vec![]),
    ]
}
