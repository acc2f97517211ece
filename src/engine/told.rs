//! What a bridge tells of itself: an item that is parked, and what its service sees. Rules hear it with `on:`.
//!
//! What comes of such an event is told of no more, so that a rule that parks what it was woken for wakes nobody.

use crate::engine::ledger::Finished;
use crate::engine::{Core, records, wake};
use crate::event::{Event, ITEM_PARKED};
use crate::intake::event_id;
use crate::names::{EventKind, RunId, Subject};
use crate::ports::{Batch, StoreError};
use crate::run::{Outcome, Why};
use crate::value::Value;

/// The subjects of such events.
const HOST: &str = "bridge";
const KIND: &str = "event";

/// Puts down the parked ones among what was settled.
pub fn parked(core: &Core, finished: &[Finished], batch: &mut Batch) {
    for Finished { run, subject, action, outcome } in finished {
        let Outcome::Parked(why) = outcome else { continue };
        core.count_anew();
        let facts = [("rule", action.rule.as_str()), ("function", action.function.as_str())];
        hear_parked(core, run, subject, why, &facts, batch);
    }
}

/// The same of a plan with problems, which is parked as a whole.
pub fn parked_plan(core: &Core, run: &RunId, subject: &Subject, why: &Why, batch: &mut Batch) {
    hear_parked(core, run, subject, why, &[], batch);
}

fn hear_parked(core: &Core, run: &RunId, subject: &Subject, why: &Why, facts: &[(&str, &str)], batch: &mut Batch) {
    let is_own = subject.as_str().starts_with(&format!("{HOST}:{KIND}:"));
    if is_own || why.code.as_str() == records::LET_GO {
        return;
    }
    let said = [("run", run.as_str()), ("item", subject.as_str()), ("code", why.code.as_str()), ("said", &why.text)];
    let hint = Value::map(said.iter().chain(facts).map(|(name, text)| (*name, Value::text(*text))));
    wake::hear(core, &event(core, ITEM_PARKED, run.as_str(), hint), batch);
}

/// Puts down what the service saw of the bridge; rules that hear of it are woken in the next turn.
pub async fn tell(core: &Core, kind: &str, about: &str, hint: Value) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    wake::hear(core, &event(core, kind, about, hint), &mut batch);
    if batch.changes.is_empty() { Ok(()) } else { core.parts.store.commit(batch).await }
}

/// Each time is another: what is parked again, or halts again, is told of again.
fn event(core: &Core, kind: &str, about: &str, hint: Value) -> Event {
    let (bridge, at) = (core.parts.bridge.clone(), core.now());
    let what = format!("{kind}:{about}:{at}");
    let subject = Subject::new(HOST, KIND, &what);
    Event {
        id: event_id::happened(&bridge, &what),
        bridge,
        kind: EventKind::from(kind),
        lane: subject.as_str().into(),
        subject,
        found_by: vec![],
        at,
        hint,
    }
}
