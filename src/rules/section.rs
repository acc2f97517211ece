//! Sections whose rules are a shorthand: each is written out as the steps and stages that anybody could have written,
//! and those are read as such.
//!
//! What a section writes out is its own file's: `replies.rs`, `postback.rs`, `status.rs` and their like.

use crate::names::EventKind;
use crate::problem::{Place, Problem};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::look_at::Looks;
use crate::rules::mapping::as_lines;
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{Criteria, Rule, Then, codes, mapping, rule_keys, stages, then, trigger, written};

/// The keys of a comment that is more than its text.
pub const COMMENT: &[&str] = &["body", "published", "max", "too_long"];

/// One section of rules.
pub struct Section {
    /// `replies`
    pub name: &'static str,
    /// What one of its rules is called: `a reply rule`.
    pub what: &'static str,
    /// What its rules have beside the keys of every rule.
    pub keys: &'static [&'static str],
    /// Where one on a schedule finds its subjects.
    pub looks: Looks,
}

/// A rule written out.
#[derive(Default)]
pub struct WrittenOut {
    /// What must hold whatever the rule says: the name of each line, and the line.
    pub candidates: Vec<(&'static str, String)>,
    /// Names for values that its steps use.
    pub lets: Vec<(Key, Node)>,
    /// Its own steps; what the rule has under `then` comes behind them.
    pub steps: Vec<Node>,
    /// Its own stages; those of the rule come behind them.
    pub stages: Vec<(Key, Node)>,
}

impl Section {
    /// One rule with its stages; none when it is disabled or wrong.
    pub fn rules(
        &self,
        compiling: &mut Compiling,
        key: &Key,
        node: &Node,
        write_out: impl FnOnce(&mut Compiling, &Key, &Node) -> Option<WrittenOut>,
    ) -> Vec<Rule> {
        self.read(compiling, key, node, write_out).unwrap_or_default()
    }

    fn read(
        &self,
        compiling: &mut Compiling,
        key: &Key,
        node: &Node,
        write_out: impl FnOnce(&mut Compiling, &Key, &Node) -> Option<WrittenOut>,
    ) -> Option<Vec<Rule>> {
        let entries = compiling.keep(written::map(node, "a rule").map(<[_]>::to_vec))?;
        rule_keys::check(compiling, &entries, self.keys, self.what);
        let trigger = trigger::trigger(compiling, key, node, self.looks);
        let kinds: Vec<EventKind> = trigger::kinds(trigger.as_ref());
        let mut scope = Scope::of_facts(kinds.clone());
        let out = write_out(compiling, key, node)?;
        let candidates = candidates(compiling, &key.at, &out.candidates, &scope);
        let whole = whole(node, out);
        let head = rule_keys::head(compiling, &whole, &mut scope);
        let lets = scope.names.clone();
        let steps = whole.get("then").map(|steps| then::steps(compiling, steps, &mut scope, &[])).unwrap_or_default();
        let address = format!("{}.{}", self.name, key.name);
        let stages = stages::stages(compiling, &address, &whole, &kinds, lets, &steps);
        let rule = Rule::new(&compiling.pack, &address, &key.at, head, trigger?, Then::Steps(steps));
        Some(stages::with(rule.map(|rule| Rule { candidates, ..rule }), stages))
    }
}

fn candidates(compiling: &mut Compiling, at: &Place, lines: &[(&str, String)], scope: &Scope) -> Criteria {
    let line = |(name, text): &(&str, String)| {
        let expression = compiling.expression(text, at, scope)?;
        Some(compiling.criterion(&format!("candidate.{name}"), expression, scope))
    };
    Criteria::All(lines.iter().filter_map(line).collect())
}

/// The rule as anybody could have written it; what its section writes stands before its own.
fn whole(node: &Node, out: WrittenOut) -> Node {
    let steps = node.get("then").map(|then| then.items().to_vec()).unwrap_or_default();
    let then = list(&node.at, [out.steps, steps].concat());
    let both = |written: Vec<(Key, Node)>, name: &str| {
        let own = node.get(name).map(|node| node.entries().to_vec()).unwrap_or_default();
        let entries = [written, own].concat();
        (!entries.is_empty()).then(|| Node { at: node.at.clone(), shape: Shape::Map(entries) })
    };
    let parts = [("let", both(out.lets, "let")), ("then", Some(then)), ("after", both(out.stages, "after"))];
    let others = node.entries().iter().filter(|(key, _)| !parts.iter().any(|(name, _)| key.name == *name)).cloned();
    let parts = parts.iter().filter_map(|(name, part)| Some((key(&node.at, name), part.clone()?)));
    Node { at: node.at.clone(), shape: Shape::Map(others.chain(parts).collect()) }
}

/// The rule, which hears of further kinds of events as well.
pub fn hearing<'k>(node: &Node, kinds: impl Iterator<Item = &'k str>) -> Node {
    let mut node = node.clone();
    let Shape::Map(entries) = &mut node.shape else { return node };
    if let Some((_, on)) = entries.iter_mut().find(|(key, _)| key.name == "on") {
        let known = as_lines(on).items().to_vec();
        let further: Vec<Node> = kinds.map(|kind| text(&on.at, kind)).collect();
        let further = further.into_iter().filter(|kind| !known.iter().any(|known| known.text() == kind.text()));
        *on = list(&on.at.clone(), known.iter().cloned().chain(further).collect());
    }
    node
}

/// What the rule of deletions has of the one that it belongs to.
const OF_DELETIONS: [&str; 7] = ["enabled", "order", "limits", "act_during", "ask_first", "shadow", "may_widen"];
/// The same of one that only notes something.
const OF_NOTES: [&str; 3] = ["enabled", "order", "shadow"];

/// The rule that follows deletions stands at its word, as `RULE.deleted`. Nothing is left of what was deleted for the lines
/// of the first rule.
pub fn of_deletions(key: &Key, node: &Node, deletion: &str, about: &str) -> (Key, Node) {
    beside(key, node, ("deleted", &OF_DELETIONS), vec![("on", deletion), ("about", about)])
}

/// The rule that notes edits, `RULE.edited`: it asks nobody and counts for nothing.
pub fn of_edits(key: &Key, node: &Node, edit: &str, about: &str, when: &str) -> (Key, Node) {
    beside(key, node, ("edited", &OF_NOTES), vec![("on", edit), ("about", about), ("when", when)])
}

/// A rule that belongs to another, at its word.
fn beside(key: &Key, node: &Node, (word, kept): (&str, &[&str]), own: Vec<(&str, &str)>) -> (Key, Node) {
    let at = node.get(word).map_or(&key.at, |node| &node.at);
    let of = Key { name: format!("{}.{word}", key.name), at: at.clone() };
    let kept = node.entries().iter().filter(|(key, _)| kept.contains(&key.name.as_str()));
    // The rule that it is compared with looks at something else.
    let kept = kept.map(|(key, node)| match (key.name.as_str(), node.text()) {
        ("shadow", Some(word)) if word != "false" => (key.clone(), text(&node.at, "true")),
        _ => (key.clone(), node.clone()),
    });
    let own = own.into_iter().map(|(name, value)| (self::key(at, name), text(at, value)));
    (of, Node { at: node.at.clone(), shape: Shape::Map(kept.chain(own).collect()) })
}

/// More text around a value as written.
pub fn around(value: &Node, start: &str, end: &str) -> Node {
    let Some(written) = value.text() else { return value.clone() };
    let inner = match written.strip_prefix('=') {
        Some(expression) => format!("${{{}}}", expression.trim()),
        None => written.to_owned(),
    };
    text(&value.at, format!("{start}{inner}{end}"))
}

/// HTML in front of HTML as written; what an expression gives is HTML already.
pub fn html_before(start: &str, value: &Node) -> Node {
    match value.text().and_then(|written| written.strip_prefix('=')) {
        Some(expression) => text(&value.at, format!("= \"{start}\" + ({})", expression.trim())),
        None => around(value, start, ""),
    }
}

/// The fields that the rule's mapping of records writes; none at all where there is to be no record.
pub fn mapped(compiling: &mut Compiling, node: &Node, standard: &str) -> Option<Vec<(Key, Node)>> {
    match node.get("record") {
        Some(record) if record.text() == Some("none") => None,
        Some(record) => Some(mapping::entries(compiling, record)),
        None if compiling.mapping_nodes.contains_key(standard) => {
            Some(mapping::entries(compiling, &text(&node.at, standard)))
        }
        None => Some(vec![]),
    }
}

/// A key that a rule cannot do without.
pub fn needs<'n>(
    compiling: &mut Compiling,
    key: &Key,
    node: &'n Node,
    name: &str,
    (what, next): (&str, &str),
) -> Option<&'n Node> {
    let found = node.get(name);
    if found.is_none() {
        compiling.problem(Problem::new(codes::MISSING_KEY, &key.at, format!("{what} needs `{name}`")).next(next));
    }
    found
}

/// A text that the section writes.
pub fn text(at: &Place, text: impl Into<String>) -> Node {
    Node { at: at.clone(), shape: Shape::Scalar { text: text.into(), quoted: false } }
}

/// A list that the section writes.
pub fn list(at: &Place, items: Vec<Node>) -> Node {
    Node { at: at.clone(), shape: Shape::List(items) }
}

/// A map that the section writes; what is not there is left out.
pub fn map(at: &Place, entries: Vec<(&str, Option<Node>)>) -> Node {
    let named = entries.into_iter().filter_map(|(name, node)| Some((key(at, name), node?)));
    Node { at: at.clone(), shape: Shape::Map(named.collect()) }
}

/// A field that the section writes; a text that is too long for its type is cut.
pub fn field(at: &Place, value: &str, takes: Option<&str>) -> Node {
    let Some(takes) = takes else { return text(at, value) };
    let parts = [("value", value), ("type", takes), ("too_long", "cut")];
    map(at, parts.into_iter().map(|(name, part)| (name, Some(text(at, part)))).collect())
}

/// A key that the section writes.
pub fn key(at: &Place, name: &str) -> Key {
    Key { name: name.to_owned(), at: at.clone() }
}

/// A step: a host function with what it takes, and what stands beside it.
pub fn step(at: &Place, function: &str, params: Vec<(&str, Option<Node>)>, beside: Vec<(&str, Option<Node>)>) -> Node {
    let call = (function, Some(map(at, params)));
    map(at, std::iter::once(call).chain(beside).collect())
}

/// Fields of the case that the event is about.
pub fn set_fields(at: &Place, set: &Node) -> Node {
    let params = vec![("case", Some(text(at, "= case.Id"))), ("fields", Some(set.clone()))];
    step(at, "salesforce.update_case", params, vec![])
}

/// `comment: TEXT`, internal, or a map that says more.
pub fn noted(at: &Place, comment: &Node) -> Node {
    let mut params = vec![("case", Some(text(at, "= case.Id")))];
    match comment.entries() {
        [] => params.push(("body", Some(comment.clone()))),
        entries => params.extend(entries.iter().map(|(key, node)| (key.name.as_str(), Some(node.clone())))),
    }
    if comment.get("published").is_none() {
        params.push(("published", Some(text(at, "false"))));
    }
    step(at, "salesforce.comment_on_case", params, vec![])
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
