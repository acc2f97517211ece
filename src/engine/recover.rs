//! Takes up what was begun before: every open run, with its actions where they stand.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::engine::ledger::{Change, OpenRun};
use crate::engine::records::{self, OpenRecord};
use crate::engine::{Core, layout, retention, returned, texts};
use crate::names::{RuleAddress, RunId};
use crate::ports::{Batch, StoreError};
use crate::run::{Outcome, State, Why};

/// What `state accept-loss` leaves behind.
const GAP: &str = "state:gap";
/// What is held for a person so long is parked.
const APPROVAL: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What was found at the start and is settled before anything else is done.
#[derive(Default)]
pub struct Overdue {
    changes: Vec<Change>,
    /// Runs that lose a rule by these changes.
    gone: Vec<RunId>,
    /// The loss that this bridge has dealt with by then.
    gap: Option<Vec<u8>>,
    /// Nothing was settled since the start.
    opened: bool,
}

/// Reads the open runs into the ledger, oldest first.
pub fn recover(core: &Core) -> Result<Overdue, StoreError> {
    let store = &*core.parts.store;
    let gap = new_gap(core)?;
    let mut open = Vec::new();
    let ours = layout::open_runs(&core.parts.bridge);
    for (key, bytes) in store.range(&ours)? {
        let record: OpenRecord = records::decode(&bytes)?;
        open.push((record.seq, RunId::from(key.trim_start_matches(&ours))));
    }
    open.sort();
    let mut overdue = Overdue { opened: true, ..Overdue::default() };
    for (seq, id) in open {
        let Some(run) = records::get_run(store, &id)? else { continue };
        let states: Vec<State> = records::get_states(store, &id)?;
        let actions = texts::slim(&run.plan.actions, &core.parts.catalog);
        let mut run = OpenRun::planned(&run, actions, states, &core.parts.catalog);
        run.seq = seq;
        overdue.changes.extend(not_approved(&run, core.now()));
        let removed: Vec<Change> = rule_removed(core, &run).collect();
        overdue.gone.extend((!removed.is_empty()).then(|| run.id.clone()));
        overdue.changes.extend(removed);
        if let Some((gap, _)) = &gap {
            overdue.changes.extend(said_in(&run, gap));
        }
        core.ledger().open(run, &core.parts.catalog);
    }
    overdue.gap = gap.map(|(_, bytes)| bytes);
    Ok(overdue)
}

/// Settles what was found at the start.
pub async fn settle(core: &Core, overdue: Overdue) -> Result<(), StoreError> {
    let mut marks = Batch::default();
    returned::mark(core, overdue.gone.iter(), &mut marks);
    if !marks.changes.is_empty() {
        core.parts.store.commit(marks).await?;
    }
    core.settle(overdue.changes).await?;
    if overdue.opened {
        retention::index(core, overdue.gap.is_some()).await?;
        returned::take_up(core).await?;
    }
    let Some(gap) = overdue.gap else { return Ok(()) };
    let mut batch = Batch::default();
    batch.put(layout::gap_key(&core.parts.bridge), gap);
    core.parts.store.commit(batch).await
}

/// The moment of the last commit that is kept whole; none when nobody knows.
#[derive(Deserialize)]
struct Gap {
    since: Option<Timestamp>,
}

/// An accepted loss that this bridge has not dealt with.
fn new_gap(core: &Core) -> Result<Option<(Gap, Vec<u8>)>, StoreError> {
    let store = &core.parts.store;
    let Some(bytes) = store.get(GAP)? else { return Ok(None) };
    if store.get(&layout::gap_key(&core.parts.bridge))?.as_ref() == Some(&bytes) {
        return Ok(None);
    }
    Ok(Some((records::decode(&bytes)?, bytes)))
}

/// After an accepted loss nobody knows whether something was said already: a person looks at what is younger.
fn said_in<'r>(run: &'r OpenRun, gap: &Gap) -> impl Iterator<Item = Change> + 'r {
    let is_younger = gap.since.is_none_or(|since| run.at >= since);
    let why = Why::new("uncertain", "records were lost; it may have been said already");
    let said =
        run.actions.iter().zip(&run.states).filter(move |(action, state)| {
            is_younger && action.key.as_str().starts_with("says:") && !state.is_settled()
        });
    said.map(move |(action, _)| parked(run, action.id, why.clone()))
}

/// Parks what was held for a person, and nobody approved in time.
pub async fn park_unapproved(core: &Core) -> Result<(), StoreError> {
    let now = core.now();
    let late: Vec<Change> = core.ledger().runs().into_iter().flat_map(|run| not_approved(run, now)).collect();
    if late.is_empty() { Ok(()) } else { core.settle(late).await }
}

/// What was held for a person, and nobody approved in time.
fn not_approved(run: &OpenRun, now: Timestamp) -> impl Iterator<Item = Change> + '_ {
    let is_late = run.at + APPROVAL <= now;
    let held = run.actions.iter().zip(&run.states).filter_map(move |(action, state)| match state {
        State::Held { why } if is_late => Some((action.id, why)),
        _ => None,
    });
    held.map(|(id, why)| {
        parked(run, id, Why::new("not_approved", format!("nobody approved it in 7 days; {}", why.text)))
    })
}

/// What a rule that is gone had planned and not begun. What was begun is finished; if the rule comes back, so does what
/// it found.
fn rule_removed<'r>(core: &Core, run: &'r OpenRun) -> impl Iterator<Item = Change> + 'r {
    let rules = core.parts.rules.clone();
    let is_gone = move |address: &RuleAddress| rules.rules.iter().all(|rule| rule.address != *address);
    let first = run.actions.iter().zip(&run.states).filter(move |(action, state)| {
        action.after.is_empty() && matches!(state, State::Intended { .. }) && is_gone(&action.rule)
    });
    first.map(|(action, _)| {
        let why = Why::new(records::RULE_REMOVED, format!("`{}` is not among the rules any more", action.rule));
        parked(run, action.id, why)
    })
}

fn parked(run: &OpenRun, action: crate::plan::ActionId, why: Why) -> Change {
    Change { spot: (run.id.clone(), action), state: State::Settled(Outcome::Parked(why)) }
}
