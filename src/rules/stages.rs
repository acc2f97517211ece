//! `after:`, the later stages of a rule. Each becomes a rule of its own: what wakes it is that steps are settled.
//!
//! When that is so, and what it is told of the steps, the plan says (`plan/stage.rs`).

use crate::names::{EventKind, Name};
use crate::plan::{Ends, Wait};
use crate::problem::{Problem, closest};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::criteria::criteria;
use crate::rules::mapping::as_lines;
use crate::rules::rule_keys::Head;
use crate::rules::yaml::{Key, Node};
use crate::rules::{Criteria, Limits, Rule, Shadow, StageOf, Step, Then, Trigger, codes, rule_hours, then, written};

/// What a stage has.
pub const KEYS: &[&str] = &["of", "outcome", "wait", "calendar", "when", "then"];
/// The words of `outcome`.
pub const OUTCOMES: &[(&str, Ends)] = &[("done", Ends::Done), ("parked", Ends::Parked), ("refused", Ends::Refused)];

/// A stage as it hangs on its rule, and as the rule that it is.
pub struct Written {
    hangs: StageOf,
    when: Criteria,
    then: Vec<Step>,
    on: Vec<EventKind>,
    key: Key,
}

/// The stages of a rule; `lets` are its names, `steps` what its stages may hang on.
pub fn stages(
    compiling: &mut Compiling,
    rule: &str,
    node: &Node,
    on: &[EventKind],
    lets: Vec<Name>,
    steps: &[Step],
) -> Vec<Written> {
    let Some(after) = node.get("after") else { return vec![] };
    let entries = compiling.keep(written::map(after, "`after`").map(<[_]>::to_vec)).unwrap_or_default();
    // What the steps gave are facts now; `case` is the one that is linked by then.
    let named = steps.iter().filter_map(|step| step.named.clone()).filter(|name| !is_noun(name));
    let names = lets.into_iter().chain(named).chain(["result".into()]).collect();
    let scope = Scope { names, ..Scope::of_facts(on.to_vec()) };
    entries.iter().filter_map(|(key, node)| stage(compiling, rule, key, node, &scope, steps)).collect()
}

fn is_noun(name: &Name) -> bool {
    crate::script::NOUNS.contains(&name.as_str())
}

fn stage(
    compiling: &mut Compiling,
    rule: &str,
    key: &Key,
    node: &Node,
    scope: &Scope,
    steps: &[Step],
) -> Option<Written> {
    let entries = compiling.keep(written::map(node, "a stage").map(<[_]>::to_vec))?;
    for (key, _) in entries.iter().filter(|(key, _)| !KEYS.contains(&key.name.as_str())) {
        compiling.problem(written::unknown_key(key, KEYS, "a stage"));
    }
    let of = match node.get("of") {
        Some(node) => Some(step_named(compiling, node, steps)?),
        None => None,
    };
    let ends = node.get("outcome").and_then(|node| compiling.keep(written::word(node, OUTCOMES))).unwrap_or(Ends::Done);
    let wait = wait(compiling, node);
    if let Some((key, _)) = entries.iter().find(|(key, _)| key.name == "calendar" && node.get("wait").is_none()) {
        let problem = Problem::new(codes::NO_EFFECT, &key.at, "`calendar` has no effect without `wait`");
        compiling.problem(problem.next("`act_during` keeps the whole rule to opening hours").warning());
    }
    let mut scope = scope.clone();
    let when = node.get("when").map(|node| criteria(compiling, &as_lines(node), &scope, "when"));
    let Some(then) = node.get("then") else {
        let problem = Problem::new(codes::MISSING_KEY, &key.at, "a stage needs `then`: what it does");
        compiling.problem(problem.next("`then: [ … ]`, one host function a step"));
        return None;
    };
    let then = then::steps(compiling, then, &mut scope, &[]);
    let stage = format!("{rule}.after.{}", key.name).as_str().into();
    let hangs = StageOf { stage, of, ends, wait };
    Some(Written { hangs, when: when.unwrap_or(Criteria::All(vec![])), then, on: scope.kinds, key: key.clone() })
}

fn step_named(compiling: &mut Compiling, node: &Node, steps: &[Step]) -> Option<usize> {
    let name = compiling.keep(written::text(node).map(str::to_owned))?;
    let named = |step: &Step| step.named.as_ref().is_some_and(|named| named.as_str() == name);
    if let Some(place) = steps.iter().position(named) {
        return Some(place);
    }
    let names: Vec<&str> = steps.iter().filter_map(|step| step.named.as_ref()).map(|name| name.as_str()).collect();
    let problem = Problem::new(codes::UNKNOWN_STEP, &node.at, format!("this rule has no step named `{name}`"));
    compiling.problem(match closest(&name, &names) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None if names.is_empty() => problem.next("give a step a name with `named:`, or leave `of` out: all steps"),
        None => problem.next(format!("steps are: {}", names.join(", "))),
    });
    None
}

/// `wait:` with its `calendar:`.
pub fn wait(compiling: &mut Compiling, node: &Node) -> Option<Wait> {
    let span = node.get("wait").and_then(|node| compiling.keep(written::duration(node)));
    let calendar = node.get("calendar").and_then(|node| rule_hours::calendar(compiling, node));
    Some(Wait { span: span?, calendar: calendar.map(|calendar| calendar.name.clone()) })
}

/// A rule and the rules that its stages are; what was begun is finished, so that no cap holds a stage.
pub fn with(rule: Option<Rule>, stages: Vec<Written>) -> Vec<Rule> {
    let Some(mut rule) = rule else { return vec![] };
    let mut found = Vec::with_capacity(stages.len() + 1);
    for written in stages {
        let head = Head {
            about: format!("{}, later: {}", rule.about, written.key.name),
            enabled: true,
            order: rule.order,
            lets: rule.lets.clone(),
            when: written.when,
            limits: Limits { per_hour: None, ..Limits::default() },
            again_after: None,
            act_during: rule.act_during.clone(),
            delay: None,
            ask_first: rule.ask_first,
            shadow: if rule.shadow.is_on() { Shadow::Watched } else { Shadow::Off },
            may_widen: rule.may_widen.clone(),
        };
        let (address, then) = (written.hangs.stage.to_string(), Then::Steps(written.then));
        found.extend(Rule::new(&rule.pack, &address, &written.key.at, head, Trigger::After(written.on), then));
        rule.stages.push(written.hangs);
    }
    found.insert(0, rule);
    found
}
