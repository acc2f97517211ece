//! `escalations:`: a thread becomes a case.
//!
//! The shorthand compiles to one rule: the section's own candidates, the rule's lines, then the case, its link and
//! the further steps, which follow only a case that exists.

use jiff::SignedDuration;

use crate::catalog::Type;
use crate::names::EventKind;
use crate::problem::{Place, Problem};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::criteria::criteria;
use crate::rules::limits::limits;
use crate::rules::mapping::{as_lines, fields};
use crate::rules::yaml::{Key, Node};
use crate::rules::{Criteria, Criterion, Limits, Rule, Step, Template, Then, Trigger, codes, schedule, then, written};
use crate::value::Value;

const KEYS: &[&str] = &[
    "about",
    "enabled",
    "order",
    "on",
    "every",
    "look_back",
    "include",
    "when",
    "open",
    "with",
    "set",
    "then",
    "limits",
    "again_after",
];
const LATER: &[&str] = &[
    "wait",
    "calendar",
    "let",
    "after",
    "act_during",
    "ask_first",
    "shadow",
    "may_widen",
    "contact",
    "zone",
    "missed",
];
const INCLUDES: &[&str] = &[
    "staff_authors",
    "bot_authors",
    "banned_authors",
    "deleted_authors",
    "archived_threads",
    "blogs",
    "articles",
    "ideas",
    "contests",
];

/// One rule of the section; none when it is disabled or wrong.
pub fn escalation(compiling: &mut Compiling, key: &Key, node: &Node) -> Option<Rule> {
    let entries = compiling.keep(written::map(node, "a rule").map(<[_]>::to_vec))?;
    for (key, _) in &entries {
        check_key(compiling, key);
    }
    if !enabled(compiling, node) {
        return None;
    }
    let trigger = trigger(compiling, key, node)?;
    let mut scope = Scope { kinds: kinds(&trigger), names: vec![], facts: true };
    let candidates = Criteria::All(candidates(compiling, node, &key.at, &scope));
    let when =
        node.get("when").map_or(Criteria::All(vec![]), |node| criteria(compiling, &as_lines(node), &scope, "when"));
    let then = steps(compiling, key, node, &mut scope)?;
    Some(Rule {
        address: format!("escalations.{}", key.name).into(),
        pack: compiling.pack.clone(),
        at: key.at.clone(),
        about: node.get("about").and_then(Node::text).unwrap_or_default().to_owned(),
        order: node
            .get("order")
            .and_then(|node| compiling.keep(written::whole(node)))
            .map_or(100, |order| order.min(u64::from(u16::MAX)) as u16),
        trigger,
        candidates,
        when,
        then: Then::Steps(then),
        limits: node.get("limits").map_or_else(Limits::default, |node| limits(compiling, node)),
        again_after: node.get("again_after").and_then(|node| compiling.keep(written::duration(node))),
    })
}

fn check_key(compiling: &mut Compiling, key: &Key) {
    match key.name.as_str() {
        name if KEYS.contains(&name) => {}
        name if LATER.contains(&name) => compiling.problem(written::not_yet(key)),
        "conditions" | "if" | "filter" | "criteria" | "where" => compiling.problem(
            Problem::new(
                codes::UNKNOWN_KEY,
                &key.at,
                format!("unknown key `{}`; criteria stand under `when:`", key.name),
            )
            .because("the rule was not loaded, because without them it would act on everything")
            .next("did you mean `when`?"),
        ),
        "priority" => compiling.problem(
            Problem::new(codes::UNKNOWN_KEY, &key.at, "a rule has no `priority`")
                .next("`order: 1` to be asked first, or `set: { Priority: High }` for the case"),
        ),
        _ => compiling.problem(written::unknown_key(key, KEYS, "an escalation")),
    }
}

/// `enabled: true`, or an expression over settings.
pub fn enabled(compiling: &mut Compiling, node: &Node) -> bool {
    let Some(node) = node.get("enabled") else { return true };
    match node.text().and_then(|text| text.strip_prefix('=')) {
        None => compiling.keep(written::yes_no(node)).unwrap_or(false),
        Some(_) => {
            let scope = Scope::default();
            let Some(Template::Expression(expression)) = compiling.value(node, &scope, false) else { return false };
            let value =
                |path: &crate::names::Path| path.behind("settings").map(|rest| compiling.settings.at(&rest).clone());
            // Settings are constants: the whole expression is one of them, or it is worked out when a view is there.
            match expression.uses() {
                [path] if expression.text() == path.as_str() => value(path) == Some(Value::Bool(true)),
                _ => crate::script::constant(&expression, compiling.settings) == Some(Value::Bool(true)),
            }
        }
    }
}

fn trigger(compiling: &mut Compiling, key: &Key, node: &Node) -> Option<Trigger> {
    match (node.get("every"), node.get("on")) {
        (Some(every), None) => {
            let text = compiling.keep(written::text(every).map(str::to_owned))?;
            compiling.keep(schedule::check(&text, &every.at))?;
            let look_back = match node.get("look_back") {
                Some(node) => compiling.keep(written::duration(node))?,
                None => SignedDuration::from_hours(30 * 24),
            };
            Some(Trigger::Due {
                every: text,
                scan: "khoros.find_threads".into(),
                args: Default::default(),
                look_back,
                event: "khoros.thread_due".into(),
            })
        }
        (None, Some(on)) => {
            let names: Vec<String> = as_lines(on).items().iter().filter_map(Node::text).map(str::to_owned).collect();
            Some(Trigger::Happens(names.iter().map(|name| EventKind::from(name.as_str())).collect()))
        }
        (every, _) => {
            let what =
                if every.is_some() { "a rule has `every` or `on`, not both" } else { "a rule needs `every` or `on`" };
            let problem = Problem::new(codes::MISSING_KEY, &key.at, what);
            compiling.problem(problem.next("`every: \"*/15 * * * *\"` looks at all threads every 15 minutes"));
            None
        }
    }
}

fn kinds(trigger: &Trigger) -> Vec<EventKind> {
    match trigger {
        Trigger::Happens(kinds) => kinds.clone(),
        Trigger::Due { event, .. } => vec![event.clone()],
    }
}

/// What is never a candidate unless the rule names it under `include`.
fn candidates(compiling: &mut Compiling, node: &Node, at: &Place, scope: &Scope) -> Vec<Criteria> {
    let included = included(compiling, node);
    let has = |word: &str| included.iter().any(|name| name == word);
    let mut styles = vec!["forum", "qanda"];
    let more = [("blogs", "blog"), ("articles", "tkb"), ("ideas", "idea"), ("contests", "contest")];
    styles.extend(more.iter().filter(|(word, _)| has(word)).map(|(_, style)| *style));
    let styles = styles.iter().map(|style| format!("\"{style}\"")).collect::<Vec<_>>().join(", ");
    let style = format!("thread.style in [{styles}]");
    let mut lines = vec![
        ("candidate.style", style.as_str()),
        ("candidate.approved", "thread.moderation in [\"approved\", \"unmoderated\", \"marked_approved\", ()]"),
        ("candidate.no-case", "thread.has_case == false"),
    ];
    for (word, line) in [
        ("staff_authors", ("candidate.not-staff", "thread.author.staff == false")),
        ("deleted_authors", ("candidate.not-deleted", "thread.author.deleted != true")),
        ("banned_authors", ("candidate.not-banned", "thread.author.banned != true")),
    ] {
        if !has(word) {
            lines.push(line);
        }
    }
    let line = |(name, text): (&str, &str)| {
        let expression = compiling.expression(text, at, scope)?;
        Some(Criteria::Line(Criterion { name: name.into(), expression }))
    };
    lines.into_iter().filter_map(line).collect()
}

fn included(compiling: &mut Compiling, node: &Node) -> Vec<String> {
    let Some(list) = node.get("include") else { return vec![] };
    let words: Vec<(&str, &str)> = INCLUDES.iter().map(|word| (*word, *word)).collect();
    list.items().iter().filter_map(|item| compiling.keep(written::word(item, &words))).map(str::to_owned).collect()
}

/// The case, its link, and what follows a case that exists.
fn steps(compiling: &mut Compiling, key: &Key, node: &Node, scope: &mut Scope) -> Option<Vec<Step>> {
    let Some(with) = node.get("with") else {
        let problem =
            Problem::new(codes::MISSING_KEY, &key.at, "an escalation needs `with`: the mapping that fills the case");
        compiling.problem(problem.next("`with: thread-to-case`"));
        return None;
    };
    let open = node.get("open").and_then(Node::text).unwrap_or("salesforce.create_case").to_owned();
    if compiling.catalog.write_call(&open).is_none() {
        let problem = Problem::new(
            codes::UNKNOWN_FUNCTION,
            &node.get("open").unwrap_or(node).at,
            format!("there is no write `{open}`"),
        );
        compiling.problem(problem.next("`open: salesforce.create_case`, or leave it out"));
        return None;
    }
    let fields = fields(compiling, with, node.get("set"), scope)?;
    let at = &key.at;
    let thread = |compiling: &mut Compiling| compiling.expression("thread.id", at, scope).map(Template::Expression);
    let opened = vec![("thread", Type::Id, thread(compiling)?), ("fields", Type::Fields, Template::Fields(fields))];
    let mut steps = vec![then::own(&open, opened, Some("case"), &[], at)];
    let case = compiling.expression("case.Id", at, scope).map(Template::Expression)?;
    let linked = vec![("thread", Type::Id, thread(compiling)?), ("case", Type::Id, case)];
    steps.push(then::own("notebook.link", linked, None, &[0], at));
    if let Some(node) = node.get("then") {
        steps.extend(then::steps(compiling, node, scope, &[0]));
    }
    Some(steps)
}
