//! What wakes a rule: `every:` with the search for its subjects, or `on:` with the events that it waits for.

use crate::names::EventKind;
use crate::problem::{Problem, closest};
use crate::rules::compiling::Compiling;
use crate::rules::look_at::{Looks, TICK, look_at};
use crate::rules::mapping::as_lines;
use crate::rules::yaml::{Key, Node};
use crate::rules::{LookAt, Missed, Trigger, codes, rule_hours, schedule, written};

/// Events of the language that no host has yet.
const LATER: &[&str] = &[
    "khoros.person_registered",
    "khoros.person_changed",
    "salesforce.case_created",
    "salesforce.contact_merged",
    "salesforce.lead_converted",
    "salesforce.email_sent",
    "portal.case_created",
    "portal.comment_added",
    "portal.case_closed",
];

/// The trigger of a rule; `looks` says where one on a schedule finds its subjects.
pub fn trigger(compiling: &mut Compiling, key: &Key, node: &Node, looks: Looks) -> Option<Trigger> {
    match (node.get("every"), node.get("on")) {
        (Some(every), None) => due(compiling, node, every, looks),
        (None, Some(on)) => happens(compiling, node, on, node.get("with").is_some()),
        (every, _) => {
            let what =
                if every.is_some() { "a rule has `every` or `on`, not both" } else { "a rule needs `every` or `on`" };
            let next = match every {
                Some(_) => "keep one of them: a schedule, or an event",
                None => "`every: 15 minutes` looks at all threads four times an hour",
            };
            compiling.problem(Problem::new(codes::MISSING_KEY, &key.at, what).next(next));
            None
        }
    }
}

fn due(compiling: &mut Compiling, node: &Node, every: &Node, looks: Looks) -> Option<Trigger> {
    let looked = look_at(compiling, node, looks);
    let text = compiling.keep(written::text(every).map(str::to_owned))?;
    compiling.keep(schedule::check(&text, &every.at))?;
    let zone = rule_hours::zone(compiling, node.get("zone"));
    let missed = node.get("missed").and_then(|node| missed(compiling, node, looked.as_ref())).unwrap_or(Missed::Last);
    if let Some((key, _)) = node.entries().iter().find(|(key, _)| key.name == "wait") {
        let problem = Problem::new(codes::NO_EFFECT, &key.at, "`wait` has no effect in a rule with `every`");
        compiling.problem(problem.next("say it with a line, such as `thread.age >= days(2)`").warning());
    }
    let (look_at, event) = looked?;
    Some(Trigger::Due { every: text, zone, missed, look_at, event })
}

fn missed(compiling: &mut Compiling, node: &Node, looked: Option<&(Option<LookAt>, EventKind)>) -> Option<Missed> {
    let words = [("last", Missed::Last), ("skip", Missed::Skip), ("all", Missed::All)];
    let missed = compiling.keep(written::word(node, &words))?;
    if missed == Missed::All && looked.is_none_or(|(look_at, _)| look_at.is_some()) {
        let what = "`missed: all` finds the same as `last` here: subjects are looked at as they are now";
        compiling.problem(Problem::new(codes::NO_EFFECT, &node.at, what).next("write `last`").warning());
    }
    Some(missed)
}

fn happens(compiling: &mut Compiling, node: &Node, on: &Node, opens: bool) -> Option<Trigger> {
    let steers = [
        ("look_back", "it bounds what a schedule finds"),
        ("look_at", "it says where a schedule finds its subjects"),
        ("zone", "it is the zone of a schedule"),
        ("missed", "it is about the moments of a schedule"),
    ];
    no_effect_of_scans(compiling, node, opens);
    for (key, why) in
        node.entries().iter().filter_map(|(key, _)| Some((key, steers.iter().find(|(n, _)| key.name == *n)?.1)))
    {
        let what = format!("`{}` has no effect in a rule with `on`", key.name);
        let problem = Problem::new(codes::NO_EFFECT, &key.at, what);
        compiling.problem(problem.next(format!("{why}; leave it out here")).warning());
    }
    let names = as_lines(on);
    let kinds: Vec<EventKind> = names.items().iter().filter_map(|name| event(compiling, name)).collect();
    if names.items().is_empty() {
        compiling.problem(Problem::new(codes::SHAPE, &on.at, "`on` names no event").next("`on: khoros.thread_posted`"));
    }
    (!kinds.is_empty()).then_some(Trigger::Happens(kinds))
}

/// What counts what a schedule finds. An escalation goes by `again_after` all the same: it may open a second case.
fn no_effect_of_scans(compiling: &mut Compiling, node: &Node, opens: bool) {
    let share =
        node.get("limits").and_then(|limits| limits.entries().iter().find(|(key, _)| key.name == "share_of_scan"));
    let again = node.entries().iter().find(|(key, _)| key.name == "again_after").filter(|_| !opens);
    let said = [
        (share, "no schedule finds anything here, so there is no share of it; `per_hour` caps it"),
        (again, "each event counts; `limits: { per_subject_per_day: 1 }` caps what is done about one subject"),
    ];
    for ((key, _), next) in said.into_iter().filter_map(|(entry, next)| Some((entry?, next))) {
        let what = format!("`{}` has no effect in a rule with `on`", key.name);
        compiling.problem(Problem::new(codes::NO_EFFECT, &key.at, what).next(next).warning());
    }
}

fn event(compiling: &mut Compiling, node: &Node) -> Option<EventKind> {
    let name = compiling.keep(written::text(node).map(str::to_owned))?;
    // What only a schedule finds nobody tells.
    let is_told = |kind: &EventKind| kind.as_str() != TICK && compiling.catalog.search_for(kind).is_none();
    let kinds = compiling.catalog.kinds().map(|(kind, _)| kind).filter(|kind| is_told(kind));
    let there: Vec<&str> = kinds.map(EventKind::as_str).collect();
    if there.contains(&name.as_str()) {
        return Some(name.into());
    }
    compiling.problem(if LATER.contains(&name.as_str()) {
        Problem::new(codes::NOT_YET, &node.at, format!("not yet: the event `{name}` comes in a later version"))
            .next("leave it out for now")
    } else {
        let problem = Problem::new(codes::UNKNOWN_EVENT, &node.at, format!("there is no event `{name}`"));
        match closest(&name, &[&there, LATER].concat()) {
            Some(near) => problem.next(format!("did you mean `{near}`?")),
            None => problem.next("`khoros.thread_posted`, `khoros.solution_accepted` and their like"),
        }
    });
    None
}

/// The kinds of events that a rule is judged for; a rule without a trigger is checked as one about threads.
pub fn kinds(trigger: Option<&Trigger>) -> Vec<EventKind> {
    match trigger {
        Some(Trigger::Happens(kinds) | Trigger::After(kinds)) => kinds.clone(),
        Some(Trigger::Due { event, .. }) => vec![event.clone()],
        None => vec!["khoros.thread_due".into()],
    }
}
