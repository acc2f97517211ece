//! Turns the steps of a rule into actions, or a script's writes.

use crate::catalog::{Call, Catalog, Holds, Present, Type, Write};
use crate::facts::{Answer, Facts, Read};
use crate::names::{FunctionName, Name, ParamName};
use crate::plan::key::{action_key, part_before};
use crate::plan::{Action, ActionId, Arg, Flag, Guard, Stage};
use crate::problem::Place;
use crate::rules::judge::{Broken, Judged, judge};
use crate::rules::template::{fill, together};
use crate::rules::{Rule, Step, Template, Then, Update, planning};
use crate::script::{Evaluated, ScriptOutcome, View};
use crate::value::Value;

pub(super) type Args = Vec<(ParamName, Arg)>;

/// What a rule that fired wants to do.
pub enum Wanted {
    Acts(Acts),
    /// A script decided to do nothing.
    Skipped(String),
    Needs(Vec<Read>),
    Broken(Broken),
}

/// What a rule does: its actions, what a person should know of them, and what follows once they are settled.
#[derive(Default)]
pub struct Acts {
    pub actions: Vec<Action>,
    pub flags: Vec<Flag>,
    pub stages: Vec<Stage>,
}

/// Works out a rule's actions; `before` are those already planned for the event.
pub fn wanted(rule: &Rule, view: &View, before: &[Action]) -> Wanted {
    match &rule.then {
        Then::Steps(steps) => planning::wanted(rule, steps, view, before),
        Then::Script(script) => {
            let view = View { next_action: before.len() as ActionId, ..view.clone() };
            match script.then(&view) {
                ScriptOutcome::Planned(writes) => {
                    let needs: Vec<Read> =
                        writes.iter().filter_map(|write| unseen(&view, &write.function, &write.args)).collect();
                    if !needs.is_empty() {
                        return Wanted::Needs(needs);
                    }
                    let mut actions = before.to_vec();
                    let mut first = None;
                    for write in writes {
                        // What was begun is finished: the first one alone must still be planned when it goes.
                        let is_next = !write.is_beside && actions.len() > before.len();
                        first = first.or(is_next.then_some(before.len() as ActionId));
                        let after = waits(&write.args).into_iter().chain(first).collect();
                        actions.push(action(rule, &view, &actions, write.function, write.args, after, write.at));
                    }
                    let actions = actions.split_off(before.len());
                    let stages = planning::stages(rule, &actions, &[], &[]);
                    Wanted::Acts(Acts { actions, flags: vec![], stages })
                }
                ScriptOutcome::Skipped(why) => Wanted::Skipped(why),
                ScriptOutcome::Needs(reads) => Wanted::Needs(reads),
                ScriptOutcome::Failed(error) => Wanted::Broken(Broken::Failed(error, None)),
                ScriptOutcome::Refused(refusal) => Wanted::Broken(Broken::Refused(refusal)),
            }
        }
    }
}

/// Of the fields of a record that is there: those that only a new one gets are left out, and those that only fill
/// blanks where something stands.
pub(super) fn updated(step: &Step, view: &View, mut args: Args) -> Args {
    let is_update = matches!(kind(&view.catalog, &step.function), Write::Sets { .. });
    let fields = step.args.iter().find_map(|(.., template)| match template {
        Template::Fields(rows) if is_update => Some(rows),
        _ => None,
    });
    let Some(rows) = fields else { return args };
    let seen = shown_by(&view.catalog, &step.function, &args);
    let seen = seen.and_then(|read| view.facts.answers.get(&read.key()));
    let stands = |field: &Name| match seen.map(|recorded| &recorded.answer) {
        Some(Answer::Found(record)) => {
            let value = record.get(field.as_str());
            !value.is_nothing() && value.as_str() != Some("")
        }
        _ => false,
    };
    let is_left_out = |field: &Name| match rows.iter().find(|row| row.field == *field).map(|row| row.update) {
        Some(Update::OnCreate) => true,
        Some(Update::FillBlanks) => stands(field),
        _ => false,
    };
    for (_, arg) in args.iter_mut().filter(|(name, _)| name.as_str() == "fields") {
        match arg {
            Arg::Map(fields) => fields.retain(|(field, _)| !is_left_out(field)),
            Arg::Known(Value::Map(fields)) => fields.retain(|field, _| !is_left_out(field)),
            _ => {}
        }
    }
    args
}

/// Whether a step would set fields and none is left: no row of a `choose` held.
pub(super) fn writes_nothing(step: &Step, args: &Args) -> bool {
    let sets = step.args.iter().any(|(.., template)| matches!(template, Template::Fields(_)));
    let is_empty = |arg: &Arg| matches!(arg, Arg::Map(fields) if fields.is_empty());
    let is_none = |arg: &Arg| matches!(arg, Arg::Known(Value::Map(fields)) if fields.is_empty());
    let of_fields = args.iter().find(|(name, _)| name.as_str() == "fields");
    sets && step.function.as_str().contains(".update_")
        && of_fields.is_none_or(|(_, arg)| is_empty(arg) || is_none(arg))
}

/// The arguments of a step; none when its own lines do not hold. Absent arguments are left out.
pub(super) fn step_wanted(step: &Step, view: &View) -> Result<Option<Args>, Evaluated> {
    match judge(&step.when, view) {
        Judged::Met => {}
        Judged::Unmet(..) => return Ok(None),
        Judged::Unknown(reads) => return Err(Evaluated::Needs(reads)),
        Judged::Broken(broken) => return Err(broken.into()),
    }
    let values = together(step.args.iter().map(|(.., template)| fill(template, view)))?;
    let named = step.args.iter().zip(values).map(|((name, takes, _), arg)| {
        (
            name.clone(),
            match arg {
                Arg::Known(value) => Arg::Known(takes.bring(value)),
                // Of several texts those are left out that are absent.
                Arg::List(items) if *takes == Type::Texts => Arg::List(items.into_iter().filter(is_there).collect()),
                later => later,
            },
        )
    });
    Ok(Some(named.filter(|(_, arg)| !matches!(arg, Arg::Known(value) if value.is_nothing())).collect()))
}

fn is_there(arg: &Arg) -> bool {
    !matches!(arg, Arg::Known(value) if value.is_nothing())
}

pub(super) fn waits(args: &[(ParamName, Arg)]) -> Vec<ActionId> {
    args.iter().flat_map(|(_, arg)| arg.waits_for()).collect()
}

pub(super) fn action(
    rule: &Rule,
    view: &View,
    before: &[Action],
    function: FunctionName,
    args: Vec<(ParamName, Arg)>,
    mut after: Vec<ActionId>,
    because: Place,
) -> Action {
    let event = &view.facts.event;
    let kind = kind(&view.catalog, &function);
    let key = action_key(&event.bridge, &event.id, &kind, &function, &args, before);
    after.extend(part_before(&key, before));
    after.sort_unstable();
    after.dedup();
    let assumes = guards(&view.catalog, &view.facts, &function, &args, &after);
    let (id, rule) = (before.len() as ActionId, rule.address.clone());
    Action { id, rule, function, args, after, assumes, because, key, collects: false, also: vec![] }
}

pub(super) fn kind(catalog: &Catalog, function: &FunctionName) -> Write {
    match catalog.get(function.as_str()).map(|function| &function.call) {
        Some(Call::Write(call)) => call.kind.clone(),
        Some(Call::Note { kind, .. }) => kind.clone(),
        _ => Write::Sets { target: vec![] },
    }
}

/// The first action of a rule goes only if it is still planned on fresh answers; what was begun is finished. A
/// *sets* is also held against what is there already.
fn guards(
    catalog: &Catalog,
    facts: &Facts,
    function: &FunctionName,
    args: &[(ParamName, Arg)],
    after: &[ActionId],
) -> Vec<Guard> {
    let mut guards = Vec::new();
    if after.is_empty() {
        let fresh = |read: &Read| catalog.read_call(read.function.as_str()).is_some_and(|call| call.fresh);
        let reads = facts.answers.values().map(|recorded| recorded.read.clone()).filter(fresh).collect();
        guards.push(Guard::StillPlanned { reads });
    }
    if let Some(Present::Compare { holds, .. }) = catalog.write_call(function.as_str()).map(|call| &call.present) {
        let answer = shown_by(catalog, function, args).and_then(|read| Some(&facts.answers.get(&read.key())?.answer));
        let seen = match answer {
            Some(Answer::Found(row)) => Some(kept(row, *holds, args)),
            _ => None,
        };
        guards.push(Guard::Present { seen });
    }
    guards
}

/// The read that shows what a *sets* would change; none while its target is not known.
fn shown_by(catalog: &Catalog, function: &FunctionName, args: &[(ParamName, Arg)]) -> Option<Read> {
    let Present::Compare { with, key, .. } = &catalog.write_call(function.as_str())?.present else { return None };
    let (_, arg) = args.iter().find(|(name, _)| name.as_str() == key.as_str())?;
    let known = args.iter().filter_map(|(name, arg)| Some((name.clone(), arg.known()?))).collect();
    catalog.read_of(with, arg.known()?, &known)
}

/// A field can only be known as changed by another when it was seen: what is not read yet is asked for.
pub(super) fn unseen(view: &View, function: &FunctionName, args: &[(ParamName, Arg)]) -> Option<Read> {
    let call = view.catalog.write_call(function.as_str())?;
    let Present::Compare { holds: Holds::Fields { .. }, .. } = call.present else { return None };
    shown_by(&view.catalog, function, args).filter(|read| !view.facts.answers.contains_key(&read.key()))
}

/// Of a record only the fields that are written, so that a plan stays small.
fn kept(row: &Value, holds: Holds, args: &[(ParamName, Arg)]) -> Value {
    let names: Vec<&Name> = match (holds, args.iter().find(|(name, _)| name.as_str() == "fields").map(|(_, arg)| arg)) {
        (Holds::Fields { .. }, Some(Arg::Map(fields))) => fields.iter().map(|(name, _)| name).collect(),
        (Holds::Fields { .. }, Some(Arg::Known(Value::Map(fields)))) => fields.keys().collect(),
        _ => return row.clone(),
    };
    Value::map(names.into_iter().map(|name| (name.clone(), row.get(name.as_str()).clone())))
}
