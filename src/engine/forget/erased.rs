//! A run that is over without what was read and said: digests in the place of texts, the keys and outcomes as they were.

use std::sync::Arc;

use serde_json::json;

use crate::engine::forget::names::Names;
use crate::engine::layout;
use crate::engine::records;
use crate::facts::{Answer, Args, Facts, Read, Recorded};
use crate::names::{Digest, RunId};
use crate::plan::{Action, Arg, Plan, Verdict};
use crate::ports::{Batch, Store, StoreError};
use crate::run::{Outcome, Run, State, Why};
use crate::value::Value;

/// The name under which the digest of a question stands.
const WAS: &str = "was";

/// The records of a run as they are from now on; nothing where they are so already.
pub fn run(store: &dyn Store, id: &RunId, names: &Names) -> Result<Batch, StoreError> {
    let mut batch = Batch::default();
    let Some(before) = records::get_run(store, id)? else { return Ok(batch) };
    let states = records::get_states(store, id)?;
    let run = Run { facts: facts(&before.facts), plan: plan(&before.plan), ..before.clone() };
    if run != before {
        batch.put(layout::run_key(id), records::pack(&json!(run)));
    }
    for (action, state) in run.plan.actions.iter().zip(&states) {
        let mut without = json!(without_words(state));
        names.take_out(&mut without);
        if without != json!(state) {
            batch.put(layout::state_key(id, action.id), without.to_string());
        }
    }
    Ok(batch)
}

/// What was asked and answered, by digest; once erased it stays as it is.
fn facts(facts: &Facts) -> Facts {
    let event = crate::event::Event { hint: Value::Nothing, ..(*facts.event).clone() };
    let mut erased = Facts::new(event, facts.now);
    for (key, recorded) in &facts.answers {
        let was =
            recorded.read.args.get(WAS).cloned().unwrap_or_else(|| Value::text(Digest::of(key.as_str()).to_string()));
        let read = Read { function: recorded.read.function.clone(), args: Args::from([(WAS.into(), was)]) };
        let answer = match &recorded.answer {
            Answer::Found(found) if recorded.read.args.contains_key(WAS) => Answer::Found(found.clone()),
            answer => Answer::Found(Arc::new(Value::text(records::answer_digest(answer).to_string()))),
        };
        erased.learn(Arc::new(Recorded { read, answer, as_of: recorded.as_of }));
    }
    erased
}

fn plan(plan: &Plan) -> Plan {
    Plan {
        event: plan.event.clone(),
        fired: plan.fired.iter().map(verdict).collect(),
        actions: plan.actions.iter().map(action).collect(),
        ..Plan::empty(plan.event.clone())
    }
}

fn verdict(verdict: &Verdict) -> Verdict {
    Verdict { lines: vec![], ..verdict.clone() }
}

fn action(action: &Action) -> Action {
    let args = action.args.iter().map(|(name, arg)| {
        let was = match arg {
            Arg::Text(digest) => digest.clone(),
            arg => Digest::of(json!(arg).to_string()),
        };
        (name.clone(), Arg::Text(was))
    });
    Action { args: args.collect(), assumes: vec![], ..action.clone() }
}

/// The reason by its code alone.
fn without_words(state: &State) -> State {
    let code = |why: &Why| Why { text: String::new(), ..why.clone() };
    match state {
        State::Settled(Outcome::Superseded(why)) => State::Settled(Outcome::Superseded(code(why))),
        State::Settled(Outcome::Refused(why)) => State::Settled(Outcome::Refused(code(why))),
        State::Settled(Outcome::Skipped(why)) => State::Settled(Outcome::Skipped(code(why))),
        State::Settled(Outcome::Parked(why)) => State::Settled(Outcome::Parked(code(why))),
        other => other.clone(),
    }
}
