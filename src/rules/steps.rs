//! Turns the steps of a rule into actions, or a script's writes.

use crate::catalog::{Call, Catalog, Holds, Present, Type, Write};
use crate::facts::{Answer, Facts, Read};
use crate::names::{FunctionName, Name, ParamName};
use crate::plan::key::{action_key, part_before};
use crate::plan::{Action, ActionId, Arg, Flag, Guard, Stage, each};
use crate::problem::Place;
use crate::rules::contact::{self, CREATE_CONTACT, Create, LINK_CONTACT};
use crate::rules::judge::{Broken, Judged, judge};
use crate::rules::template::{fill, together};
use crate::rules::text_fit::{self, Fitted};
use crate::rules::{Rule, StageOf, Step, Template, Then, Update};
use crate::script::{Evaluated, NOUNS, Refusal, ScriptOutcome, View};
use crate::value::Value;

type Args = Vec<(ParamName, Arg)>;

/// Stands for a step whose own lines do not hold.
const NOT_PLANNED: ActionId = ActionId::MAX;

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
        Then::Steps(steps) => steps_wanted(rule, steps, view, before),
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
                    let stages = stages(rule, &actions, &[], &[]);
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

fn steps_wanted(rule: &Rule, steps: &[Step], view: &View, before: &[Action]) -> Wanted {
    let mut view = view.clone();
    let mut actions = before.to_vec();
    let mut ids: Vec<Option<ActionId>> = Vec::with_capacity(steps.len());
    let (mut needs, mut flags) = (Vec::new(), Vec::new());
    for step in steps {
        match step_wanted(step, &view).and_then(|args| with_contact(rule, step, args, &view, &mut actions, &mut flags))
        {
            Ok(Some(args)) => {
                needs.extend(unseen(&view, &step.function, &args));
                let args = updated(step, &view, args);
                if writes_nothing(step, &args) {
                    skip(step, &mut view);
                    ids.push(None);
                    continue;
                }
                let mut after: Vec<ActionId> = step.after.iter().filter_map(|&step| ids[step]).collect();
                after.extend(waits(&args));
                if after.contains(&NOT_PLANNED) {
                    skip(step, &mut view);
                    ids.push(None);
                    continue;
                }
                if after.is_empty() && actions.len() > before.len() {
                    // What was begun is finished: the first one alone must still be planned when it goes.
                    after.push(before.len() as ActionId);
                }
                let writes = match writes(step, &view, args) {
                    Ok(writes) => writes,
                    Err(refusal) => return Wanted::Broken(Broken::Refused(refusal)),
                };
                if writes.iter().all(Vec::is_empty) {
                    skip(step, &mut view);
                    ids.push(None);
                    continue;
                }
                let id = actions.len() as ActionId;
                for parts in writes {
                    let mut after = after.clone();
                    for args in parts {
                        let function = step.function.clone();
                        actions.push(action(rule, &view, &actions, function, args, after, step.at.clone()));
                        // One part after the other.
                        after = vec![actions.len() as ActionId - 1];
                    }
                }
                if let Some(name) = &step.named {
                    view.laters.insert(name.clone(), id);
                }
                ids.push(Some(id));
            }
            Ok(None) => {
                skip(step, &mut view);
                ids.push(None);
            }
            Err(Evaluated::Needs(reads)) => {
                needs.extend(reads);
                ids.push(None);
                if let Some(name) = &step.named {
                    view.laters.insert(name.clone(), 0);
                }
            }
            Err(Evaluated::Failed(error)) => return Wanted::Broken(Broken::Failed(error, Some(step.at.clone()))),
            Err(Evaluated::Refused(refusal)) => return Wanted::Broken(Broken::Refused(refusal)),
            Err(Evaluated::Is(_)) => unreachable!("a value is no obstacle"),
        }
    }
    if !needs.is_empty() {
        return Wanted::Needs(needs);
    }
    let actions = actions.split_off(before.len());
    let stages = stages(rule, &actions, steps, &ids);
    Wanted::Acts(Acts { actions, flags, stages })
}

/// What a step writes to each of those that it goes to, in its parts.
fn writes(step: &Step, view: &View, args: Args) -> Result<Vec<Vec<Args>>, Refusal> {
    let to = view.catalog.get(step.function.as_str()).and_then(|function| function.each);
    let parts = |args| match text_fit::fit(&step.fits, args, &view.catalog) {
        Fitted::Writes(writes) => Ok(writes),
        Fitted::Refused(refusal) => Err(refusal),
    };
    each(to, args).into_iter().map(parts).collect()
}

/// The stages that hang on what is planned; one that hangs on a step whose own lines do not hold never comes.
fn stages(rule: &Rule, actions: &[Action], steps: &[Step], ids: &[Option<ActionId>]) -> Vec<Stage> {
    // `case` is the fact by then: the one that is linked, as it is at that time.
    let named = steps.iter().zip(ids).filter_map(|(step, id)| Some((step.named.clone()?, (*id)?)));
    let results: Vec<(Name, ActionId)> = named.filter(|(name, _)| !NOUNS.contains(&name.as_str())).collect();
    let stage = |hangs: &StageOf| {
        let of = match hangs.of {
            Some(step) => vec![(*ids.get(step)?)?],
            None => actions.iter().map(|action| action.id).collect(),
        };
        let (rule, wait) = (hangs.stage.clone(), hangs.wait.clone());
        (!of.is_empty()).then(|| Stage { rule, of, ends: hangs.ends, wait, results: results.clone() })
    };
    rule.stages.iter().filter_map(stage).collect()
}

/// The contact of the case that a step opens; one that is to be created comes first, with its link.
fn with_contact(
    rule: &Rule,
    step: &Step,
    args: Option<Args>,
    view: &View,
    actions: &mut Vec<Action>,
    flags: &mut Vec<Flag>,
) -> Result<Option<Args>, Evaluated> {
    let Some(contact) = &step.contact else { return Ok(args) };
    let Some(mut args) = args else { return Ok(None) };
    let chosen = contact.choose(view)?;
    let flag = |(code, text)| Flag { rule: rule.address.clone(), code, text, at: contact.at.clone() };
    flags.extend(chosen.flag.map(flag));
    let mut id = chosen.id;
    if let Some(Create { login, fields }) = chosen.create {
        let made = Arg::Later { action: actions.len() as ActionId, path: "Id".into() };
        let create = vec![("login".into(), login.clone()), ("fields".into(), fields)];
        let link = vec![("login".into(), login), ("contact".into(), made.clone())];
        for (function, args) in [(CREATE_CONTACT, create), (LINK_CONTACT, link)] {
            let after = waits(&args);
            let action = action(rule, view, actions, function.into(), args, after, contact.at.clone());
            actions.push(action);
        }
        id = Some(made);
    }
    if let (Some(id), Some((_, fields))) = (id, args.iter_mut().find(|(name, _)| name.as_str() == "fields")) {
        contact::put(fields, id);
    }
    Ok(Some(args))
}

/// Of the fields of a record that is there: those that only a new one gets are left out, and those that only fill
/// blanks where something stands.
fn updated(step: &Step, view: &View, mut args: Args) -> Args {
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
fn writes_nothing(step: &Step, args: &Args) -> bool {
    let sets = step.args.iter().any(|(.., template)| matches!(template, Template::Fields(_)));
    let is_empty = |arg: &Arg| matches!(arg, Arg::Map(fields) if fields.is_empty());
    let is_none = |arg: &Arg| matches!(arg, Arg::Known(Value::Map(fields)) if fields.is_empty());
    let of_fields = args.iter().find(|(name, _)| name.as_str() == "fields");
    sets && step.function.as_str().contains(".update_")
        && of_fields.is_none_or(|(_, arg)| is_empty(arg) || is_none(arg))
}

/// What passes on the result of a step that is skipped is skipped too.
fn skip(step: &Step, view: &mut View) {
    if let Some(name) = &step.named {
        view.laters.insert(name.clone(), NOT_PLANNED);
    }
}

/// The arguments of a step; none when its own lines do not hold. Absent arguments are left out.
fn step_wanted(step: &Step, view: &View) -> Result<Option<Args>, Evaluated> {
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

fn waits(args: &[(ParamName, Arg)]) -> Vec<ActionId> {
    args.iter().flat_map(|(_, arg)| arg.waits_for()).collect()
}

fn action(
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
    Action { id: before.len() as ActionId, rule: rule.address.clone(), function, args, after, assumes, because, key }
}

fn kind(catalog: &Catalog, function: &FunctionName) -> Write {
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
fn unseen(view: &View, function: &FunctionName, args: &[(ParamName, Arg)]) -> Option<Read> {
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
