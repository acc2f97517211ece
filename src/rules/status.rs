//! `statuses:`: how a case stands shows on its thread, and what happens in the thread on its case (CLO-1).

use crate::problem::Problem;
use crate::rules::compiling::Compiling;
use crate::rules::look_at::Looks;
use crate::rules::section::{Section, WrittenOut, needs, set_fields, step, text};
use crate::rules::yaml::{Key, Node};
use crate::rules::{Rule, codes, written};

pub const SECTION: Section = Section {
    name: "statuses",
    what: "a rule of `statuses`",
    keys: &["label", "closed", "unknown", "old_labels", "set"],
    looks: Looks::AtLinks,
};

/// What becomes of the labels of other statuses.
pub const OLD_LABELS: &[(&str, bool)] = &[("remove", true), ("keep", false)];

/// One rule with its stages.
pub fn rules(compiling: &mut Compiling, key: &Key, node: &Node) -> Vec<Rule> {
    SECTION.rules(compiling, key, node, |compiling, key, node| match (node.get("label"), node.get("set")) {
        (Some(label), None) => on_the_thread(compiling, key, node, label),
        (None, Some(set)) => Some(on_the_case(key, set)),
        _ => {
            let what = "a rule of `statuses` has either `label` or `set`";
            let problem = Problem::new(codes::MISSING_KEY, &key.at, what);
            let next =
                "`label: { New: With support }` shows the case on the thread; `set: { Status: … }` writes the case";
            compiling.problem(problem.next(next));
            None
        }
    })
}

/// A label for each status: those that are named, then whatever the org counts as closed, then all others.
fn on_the_thread(compiling: &mut Compiling, key: &Key, node: &Node, label: &Node) -> Option<WrittenOut> {
    let entries = compiling.keep(written::map(label, "`label`").map(<[_]>::to_vec))?;
    let next = "`unknown: { use: With support }`: the label of every other status";
    let unknown = needs(compiling, key, node, "unknown", ("a rule that shows statuses", next))?;
    let removes = node.get("old_labels").and_then(|node| compiling.keep(written::word(node, OLD_LABELS)));
    let others = unknown.get("use").and_then(Node::text);
    let Some(others) = others else {
        let problem = Problem::new(codes::SHAPE, &unknown.at, "`unknown` says which label all other statuses have");
        compiling.problem(problem.next("`unknown: { use: With support }`"));
        return None;
    };
    let named: Vec<(&str, &str)> =
        entries.iter().filter_map(|(status, label)| Some((status.name.as_str(), label.text()?))).collect();
    let closed = node.get("closed").and_then(Node::text);
    let mut chosen = String::new();
    for (status, label) in &named {
        chosen.push_str(&format!("if case.Status == {} {{ {} }} else ", literal(status), literal(label)));
    }
    if let Some(closed) = closed {
        chosen.push_str(&format!("if case.IsClosed {{ {} }} else ", literal(closed)));
    }
    chosen.push_str(&format!("{{ {} }}", literal(others)));
    if named.is_empty() && closed.is_none() {
        chosen = literal(others);
    }
    let mut labels: Vec<&str> = named.iter().map(|(_, label)| *label).chain(closed).chain([others]).collect();
    labels.sort_unstable();
    labels.dedup();
    let at = &key.at;
    let thread = || Some(text(at, "= thread.id"));
    let shown = vec![("thread", thread()), ("label", Some(text(at, format!("= {chosen}"))))];
    let is_old = |label: &str| format!("thread.labels.contains({0}) && ({chosen}) != {0}", literal(label));
    let taken_off = |label: &&str| {
        let params = vec![("thread", thread()), ("label", Some(text(at, *label)))];
        step(at, "khoros.unlabel_thread", params, vec![("when", Some(text(at, is_old(label))))])
    };
    let old = labels.iter().filter(|_| removes != Some(false)).map(taken_off);
    let steps = std::iter::once(step(at, "khoros.label_thread", shown, vec![])).chain(old).collect();
    let candidates = vec![("has-thread", "thread.id != ()".into())];
    Some(WrittenOut { candidates, steps, ..WrittenOut::default() })
}

/// Fields of the case.
fn on_the_case(key: &Key, set: &Node) -> WrittenOut {
    let steps = vec![set_fields(&key.at, set)];
    WrittenOut { candidates: vec![("has-case", "case.Id != ()".into())], steps, ..WrittenOut::default() }
}

/// A text as expressions write it.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
