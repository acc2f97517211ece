//! `closures:`: what follows an accepted solution (CLO-2). A closure sets fields of the case, and a comment says why.
//!
//! A thread without a case has none to close, and a case that is closed stays as it is.

use crate::catalog::Type;
use crate::names::EventKind;
use crate::problem::Problem;
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::look_at::Looks;
use crate::rules::yaml::{Key, Node};
use crate::rules::{Criteria, Rule, Step, Template, Then, codes, mapping, rule_keys, stages, then, trigger, written};
use crate::value::Value;

/// What a closure has beside the keys of every rule.
pub const KEYS: &[&str] = &["set", "comment"];
/// The keys of a comment that is more than its text.
pub const COMMENT: &[&str] = &["body", "published"];
/// Keys of a comment that come later.
const COMMENT_LATER: &[&str] = &["max", "too_long"];

/// What must hold whatever the rule says.
const CANDIDATES: [(&str, &str); 2] =
    [("candidate.has-case", "thread.has_case"), ("candidate.open", "case.IsClosed == false")];

/// One rule of the section with its stages; none when it is disabled or wrong.
pub fn closure(compiling: &mut Compiling, key: &Key, node: &Node) -> Vec<Rule> {
    let Some(entries) = compiling.keep(written::map(node, "a rule").map(<[_]>::to_vec)) else { return vec![] };
    rule_keys::check(compiling, &entries, KEYS, "a closure");
    let trigger = trigger::trigger(compiling, key, node, Looks::AtLinks);
    let kinds: Vec<EventKind> = trigger::kinds(trigger.as_ref());
    let mut scope = Scope::of_facts(kinds.clone());
    let candidates = Criteria::All(
        CANDIDATES
            .iter()
            .filter_map(|(name, text)| {
                let expression = compiling.expression(text, &key.at, &scope)?;
                Some(compiling.criterion(name, expression, &scope))
            })
            .collect(),
    );
    let head = rule_keys::head(compiling, node, &mut scope);
    let lets = scope.names.clone();
    let steps = steps(compiling, key, node, &mut scope);
    let address = format!("closures.{}", key.name);
    let stages = stages::stages(compiling, &address, node, &kinds, lets, &steps);
    let Some(trigger) = trigger else { return vec![] };
    let rule = Rule::new(&compiling.pack, &address, &key.at, head, trigger, Then::Steps(steps));
    stages::with(rule.map(|rule| Rule { candidates, ..rule }), stages)
}

/// The fields, the comment behind them, and what else the rule does.
fn steps(compiling: &mut Compiling, key: &Key, node: &Node, scope: &mut Scope) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(set) = node.get("set").and_then(|set| mapping::inline(compiling, set, "`set`", &"Case".into(), scope)) {
        let case = case(compiling, key, scope);
        steps.extend(case.map(|case| {
            let args = vec![("case", Type::Id, case), ("fields", Type::Fields, Template::Fields(set))];
            then::own("salesforce.update_case", args, None, &[], &key.at)
        }));
    }
    let begun: &[usize] = if steps.is_empty() { &[] } else { &[0] };
    if let Some(comment) = node.get("comment") {
        steps.extend(self::comment(compiling, key, comment, scope, begun));
    }
    let further = node.get("then").map(|node| then::steps(compiling, node, scope, begun)).unwrap_or_default();
    steps.extend(further);
    if ["set", "comment", "then"].iter().all(|name| node.get(name).is_none()) {
        let problem = Problem::new(codes::MISSING_KEY, &key.at, "a closure needs `set` or `comment`");
        compiling.problem(problem.next("`set: { Status: = settings.closed_status }`"));
    }
    steps
}

fn case(compiling: &mut Compiling, key: &Key, scope: &Scope) -> Option<Template> {
    compiling.expression("case.Id", &key.at, scope).map(Template::Expression)
}

/// `comment: TEXT`, internal, or a map that says more.
fn comment(compiling: &mut Compiling, key: &Key, node: &Node, scope: &Scope, after: &[usize]) -> Option<Step> {
    for (key, _) in node.entries() {
        let name = key.name.as_str();
        if COMMENT_LATER.contains(&name) {
            compiling.problem(written::not_yet(key));
        } else if !COMMENT.contains(&name) {
            compiling.problem(written::unknown_key(key, COMMENT, "a comment"));
        }
    }
    let text = match node.entries() {
        [] => node,
        _ => match node.get("body") {
            Some(body) => body,
            None => {
                let problem = Problem::new(codes::MISSING_KEY, &node.at, "a comment needs `body`");
                compiling.problem(problem.next("`comment: { body: …, published: false }`, or the text alone"));
                return None;
            }
        },
    };
    let body = compiling.value(text, scope, false)?;
    let published = match node.get("published") {
        Some(published) => compiling.value(published, scope, false)?,
        None => Template::Plain(Value::Bool(false)),
    };
    let case = case(compiling, key, scope)?;
    let args = vec![("case", Type::Id, case), ("body", Type::Text, body), ("published", Type::YesNo, published)];
    Some(then::own("salesforce.comment_on_case", args, None, after, &text.at))
}
