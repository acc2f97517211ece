//! When steps are settled, what hangs on them becomes an event that carries the result. It is stored in the commit
//! that settles them, and judged when its moment has come (`wake.rs`): nothing goes back into a run.

use std::sync::Arc;

use crate::engine::ledger::{Around, OpenRun};
use crate::event::{BEHIND, Event};
use crate::intake::event_id;
use crate::plan::{Ends, Stage};
use crate::run::{Outcome, Run, State};
use crate::value::Value;

/// The stages of an open run, with the event that their own are made from.
#[derive(Clone, Debug)]
pub struct Hanging {
    event: Arc<Event>,
    stages: Vec<Stage>,
}

impl Hanging {
    /// What hangs on a run; none for most.
    pub fn of(run: &Run) -> Option<Arc<Hanging>> {
        let stages = run.plan.stages.clone();
        (!stages.is_empty()).then(|| Arc::new(Hanging { event: run.facts.event.clone(), stages }))
    }
}

/// The events of stages whose last step was settled since its actions stood as `before` says.
pub fn begun(run: &OpenRun, before: &[bool], around: &Around) -> Vec<Event> {
    let Some(hanging) = &run.hanging else { return vec![] };
    let is_settled = |stage: &&Stage| stage.of.iter().all(|id| run.states[usize::from(*id)].is_settled());
    let was_settled = |stage: &&Stage| stage.of.iter().all(|id| before[usize::from(*id)]);
    let new = hanging.stages.iter().filter(is_settled).filter(|stage| !was_settled(stage));
    new.filter_map(|stage| event(run, &hanging.event, stage, around)).collect()
}

fn event(run: &OpenRun, of: &Event, stage: &Stage, around: &Around) -> Option<Event> {
    let result = result(run, stage)?;
    let steps = stage.results.iter().filter_map(|(name, id)| {
        let result = run.states[usize::from(*id)].result()?;
        Some((name.clone(), result.clone()))
    });
    let carried = Value::map([("result", result), ("steps", Value::Map(steps.collect()))]);
    let mut hint = match &of.hint {
        Value::Map(told) => told.clone(),
        _ => Default::default(),
    };
    hint.remove(BEHIND);
    hint.insert("stage".into(), carried);
    let at = stage.wait.as_ref().map_or(around.now, |wait| wait.over(around.now, around.calendars));
    let last = stage.of.iter().max().copied().unwrap_or_default();
    let id = event_id::after(&run.id, last, &stage.rule);
    // What follows a failure does not wait behind it.
    let lane = match stage.ends {
        Ends::Done => of.lane.clone(),
        Ends::Parked | Ends::Refused => format!("{}/after", of.lane).as_str().into(),
    };
    Some(Event { id, lane, found_by: vec![stage.rule.clone()], at, hint: Value::Map(hint), ..of.clone() })
}

/// How the steps ended, where that is what the stage waits for.
fn result(run: &OpenRun, stage: &Stage) -> Option<Value> {
    let mut states = stage.of.iter().map(|id| &run.states[usize::from(*id)]);
    let why = match stage.ends {
        Ends::Done => states.all(|state| state.result().is_some()).then_some(Value::Nothing),
        Ends::Parked => states.find_map(|state| match state {
            State::Settled(Outcome::Parked(why)) => Some(Value::text(why.to_string())),
            _ => None,
        }),
        Ends::Refused => states.find_map(|state| match state {
            State::Settled(Outcome::Refused(why)) => Some(Value::text(why.to_string())),
            _ => None,
        }),
    };
    Some(Value::map([("outcome", stage.ends.word().into()), ("why", why?)]))
}
