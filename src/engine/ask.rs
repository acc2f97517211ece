//! Settles what was sent and never answered, by asking the host; never by blind repetition.

use jiff::SignedDuration;

use crate::catalog::{Asked, Holds, KEY, PARKED, Present, ReadCall, Rows, Sure, Unanswered, WriteCall};
use crate::engine::apply::InHand;
use crate::engine::guard::{are_set, is_listed};
use crate::engine::ledger::Change;
use crate::engine::{Core, retry};
use crate::facts::{Args, part};
use crate::failure::HostError;
use crate::marker;
use crate::names::{FunctionName, Path};
use crate::plan::key::of_generation;
use crate::ports::StoreError;
use crate::run::{Found, Outcome, State, Why};
use crate::value::Value;

/// On a quiet board, "not found" is believed after this many times the lag of the index.
const LAGS: i32 = 12;

/// Asks about actions of one function whose answer was lost.
pub async fn ask(core: &Core, function: &FunctionName, items: Vec<InHand>) -> Result<(), StoreError> {
    let Some(call) = core.parts.catalog.write_call(function.as_str()) else { return Ok(()) };
    let mut changes = Vec::with_capacity(items.len());
    match &call.unanswered {
        Unanswered::Ask { with, key, sure } => {
            let Some(read) = core.parts.catalog.read_call(with.as_str()) else { return Ok(()) };
            let (known, unknown): (Vec<_>, Vec<_>) = items.iter().partition(|item| thing(item, key).is_some());
            changes.extend(unknown.into_iter().map(uncertain));
            let shared = |item: &InHand| core.parts.catalog.shared(with, &item.args);
            let alike = known.chunk_by(|one, next| shared(one) == shared(next));
            for part in alike.flat_map(|alike| alike.chunks(read.up_to.max(1))) {
                let answered = ask_host(core, with.host(), read, (key, shared(part[0])), part).await;
                changes
                    .extend(part.iter().map(|item| change(core, function, call, read, (key, *sure), item, &answered)));
            }
        }
        Unanswered::Repeat => changes.extend(items.iter().map(|item| again(core, item))),
        Unanswered::Person => changes.extend(items.iter().map(uncertain)),
    }
    core.settle(changes).await
}

async fn ask_host(
    core: &Core,
    host: &str,
    read: &ReadCall,
    (key, shared): (&Path, Args),
    items: &[&InHand],
) -> Result<Rows, HostError> {
    let keys = items.iter().filter_map(|item| thing(item, key)).collect();
    retry::once(core, host, || (read.call)(Asked { shared, keys })).await
}

fn change(
    core: &Core,
    function: &FunctionName,
    call: &WriteCall,
    read: &ReadCall,
    (key, sure): (&Path, Sure),
    item: &InHand,
    answered: &Result<Rows, HostError>,
) -> Change {
    let state = match answered {
        Err(error) => {
            core.note_failure(function.host(), error);
            not_asked(core, item)
        }
        Ok(rows) => match find(call, read, key, item, rows) {
            Some(row) if !row.get(PARKED).is_nothing() => State::Settled(Outcome::Parked(parked(&row))),
            Some(result) => State::Settled(Outcome::AlreadyDone { result, found: Found::AnswerLost }),
            None => not_found(core, item, sure, rows),
        },
    };
    Change { spot: item.spot.clone(), state }
}

/// What the host is asked for: what it is once per, with its generation; a part of its fields is neither.
fn thing(item: &InHand, key: &Path) -> Option<Value> {
    if key.as_str() == KEY {
        return marker::is_left(&item.args).then(|| Value::text(item.action.key.as_str()));
    }
    let thing = part(&item.args, key)?;
    Some(if key.steps().count() == 1 { of_generation(thing, &item.action.key) } else { thing.clone() })
}

/// The row that is the effect of this action.
fn find(call: &WriteCall, read: &ReadCall, key: &Path, item: &InHand, rows: &Rows) -> Option<Value> {
    let wanted = read.fold.apply(&thing(item, key)?);
    let row = rows.rows.iter().find(|row| read.fold.apply(row.at(&read.row)) == wanted)?;
    match &call.present {
        Present::Compare { path, holds: Holds::Listed, .. } => {
            is_listed(call, item, row, path).then_some(Value::Nothing)
        }
        Present::Compare { path, holds: Holds::NotListed, .. } => {
            (!is_listed(call, item, row, path)).then_some(Value::Nothing)
        }
        Present::Compare { holds: Holds::Fields { .. }, .. } => are_set(item, row).then_some(Value::Nothing),
        _ => Some(row.clone()),
    }
}

/// Whether "not found" is believed: then it is intended again, else asked about later.
fn not_found(core: &Core, item: &InHand, sure: Sure, rows: &Rows) -> State {
    let (sent, asked) = item.sent.unwrap_or((core.now(), 0));
    match sure {
        Sure::AtOnce => intended(core),
        Sure::After(_) if asked >= 1 => intended(core),
        Sure::After(wait) => {
            asked_again(core, item, SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_mins(2)))
        }
        Sure::Index => {
            let lag = core.parts.index_lag;
            let shows_later = rows.newest.is_some_and(|newest| newest > sent);
            if shows_later || core.now() >= sent + lag * LAGS {
                intended(core)
            } else {
                asked_again(core, item, lag * (1 << asked.min(6)))
            }
        }
    }
}

fn intended(core: &Core) -> State {
    let why = Some(Why::new("answer_lost", "the host does not have it"));
    State::Intended { tries: 1, not_before: core.now(), why }
}

fn asked_again(core: &Core, item: &InHand, wait: SignedDuration) -> State {
    let (at, asked) = item.sent.unwrap_or((core.now(), 0));
    core.say_waiting(item, Why::new("answer_lost", "asked, and not found yet"));
    State::Sent { at, asked: asked.saturating_add(1), ask_at: core.now() + wait }
}

/// The host did not answer the question: it does not count as asked.
fn not_asked(core: &Core, item: &InHand) -> State {
    let (at, asked) = item.sent.unwrap_or((core.now(), 0));
    core.say_waiting(item, Why::new("answer_lost", "the host cannot be asked now"));
    State::Sent { at, asked, ask_at: core.now() + SignedDuration::from_secs(30) }
}

fn again(core: &Core, item: &InHand) -> Change {
    Change { spot: item.spot.clone(), state: intended(core) }
}

/// What is there and not as it should be.
fn parked(row: &Value) -> Why {
    let text = |name: &str| row.get(PARKED).get(name).as_str().unwrap_or_default().to_owned();
    Why::new(&text("code"), text("text"))
}

fn uncertain(item: &InHand) -> Change {
    let why = Why::new("uncertain", "the answer was lost, and the host cannot be asked");
    Change { spot: item.spot.clone(), state: State::Settled(Outcome::Parked(why)) }
}
