//! Turns the ready actions of all committed runs into outcomes, a wave at a time.
//!
//! There is no separate recovery: apply always asks the ledger what was already done. A wave re-reads its guards
//! (`guard.rs`), commits *sent*, calls, and settles. Which failures are worth waiting for is decided in `retry.rs`.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use crate::catalog::{Item, Reply, Sure, Unanswered, WriteCall};
use crate::engine::bell::Bell;
use crate::engine::guard::{self, Checked};
use crate::engine::ledger::{Change, OpenRun, Spot};
use crate::engine::queue::Work;
use crate::engine::report::Happened;
use crate::engine::texts::Shelf;
use crate::engine::{Core, anew, ask, paused, resolve, retry, told};
use crate::facts::Args;
use crate::failure::{FailureClass, HostError};
use crate::names::{FunctionName, Name};
use crate::plan::Action;
use crate::ports::{Batch, StoreError};
use crate::run::{Found, Outcome, State, Why};
use crate::value::Value;

/// How long a one-shot run waits for what is not settled.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
/// How many actions a wave takes where the host takes one at a time.
const ONE_BY_ONE: usize = 25;

/// One action of a wave, with its run as it was when the wave began.
pub struct InHand {
    pub spot: Spot,
    pub run: OpenRun,
    pub action: Action,
    pub args: Args,
    /// Fields that another changed, and that are not written therefore.
    pub left: Vec<Name>,
    /// How often it was tried before.
    pub tries: u8,
    /// When it was sent, for one whose answer was lost, and how often it was asked about.
    pub sent: Option<(Timestamp, u8)>,
}

/// How long a pass goes on.
#[derive(Clone)]
pub enum Until {
    /// Nothing is left that waiting a few minutes would move.
    Settled,
    /// Nothing is left that can be done at once, or the bell rings; one wave a host is done in any case, so that much
    /// news never stops all work.
    Rung(Arc<Bell>),
}

impl Until {
    /// Whether nothing new may be begun any more.
    pub fn is_over(&self) -> bool {
        matches!(self, Until::Rung(bell) if bell.is_over())
    }

    fn is_rung(&self) -> bool {
        matches!(self, Until::Rung(bell) if bell.is_rung())
    }
}

/// Works, one task per host.
pub async fn apply(core: &Arc<Core>, until: &Until) -> Result<(), StoreError> {
    let patience = core.now() + PATIENCE;
    let mut busy = HashSet::new();
    let mut tasks = JoinSet::new();
    let mut is_over = until.is_over();
    loop {
        while !is_over && let Some(work) = core.pick(&busy) {
            let (Work::Wave(function, _) | Work::Ask(function, _)) = &work;
            let host = function.host().to_owned();
            busy.insert(host.clone());
            let (core, until) = (core.clone(), until.clone());
            tasks.spawn(async move { (host, perform(&core, work, &until).await) });
        }
        if let Some(joined) = tasks.join_next().await {
            let (host, performed) = joined.map_err(|error| StoreError::Failed(format!("a wave broke: {error}")))?;
            performed?;
            busy.remove(&host);
            is_over = until.is_rung();
            continue;
        }
        // Nothing is out: wait for what comes next, unless that is too far ahead for one pass.
        match core.next_moment() {
            Some(moment) if matches!(until, Until::Settled) && moment <= patience => {
                core.parts.clock.sleep_until(moment).await
            }
            _ => return Ok(()),
        }
    }
}

async fn perform(core: &Core, work: Work, until: &Until) -> Result<(), StoreError> {
    match work {
        Work::Wave(function, spots) => wave(core, &function, spots, until).await,
        Work::Ask(function, spots) => ask::ask(core, &function, core.in_hand(&spots)?).await,
    }
}

/// One function, many actions: guards, *sent*, call, settle.
///
/// Where the host takes one at a time each is *sent* in the commit that settles the one before: a kill leaves one in
/// doubt, and the moment of sending is true of each.
async fn wave(core: &Core, function: &FunctionName, spots: Vec<Spot>, until: &Until) -> Result<(), StoreError> {
    let Some(call) = core.parts.catalog.write_call(function.as_str()) else {
        return core.settle(unknown_function(function, spots)).await;
    };
    let is_paused = |item: &InHand| item.action.after.is_empty() && core.is_paused(&item.action.rule);
    let (waits, items): (Vec<_>, Vec<_>) = core.in_hand(&spots)?.into_iter().partition(is_paused);
    let wait = |item: InHand| Change { state: paused::waits(core, &item.action.rule, item.tries), spot: item.spot };
    let mut settled: Vec<Change> = waits.into_iter().map(wait).collect();
    let checked = guard::check(core, call, &items).await?;
    let mut go = Vec::new();
    for (mut item, checked) in items.into_iter().zip(checked) {
        match checked {
            Checked::Go => {}
            Checked::Partly(fields, left) => {
                item.args.insert("fields".into(), Value::Map(fields));
                item.left = left;
            }
            Checked::Not(state) => {
                settled.push(Change { spot: item.spot, state });
                continue;
            }
            Checked::Anew(anew) => {
                anew::replace(core, &item, *anew).await?;
                continue;
            }
        }
        go.push(item);
    }
    for part in go.chunks(call.up_to.max(1)) {
        if until.is_over() {
            settled.extend(part.iter().map(|item| core.not_begun(item)));
            continue;
        }
        let sent = part.iter().map(|item| Change { spot: item.spot.clone(), state: core.sent(call) });
        core.commit_sent(sent.collect(), std::mem::take(&mut settled)).await?;
        let items = part.iter().map(|item| Item { key: item.action.key.clone(), args: item.args.clone() }).collect();
        let replies = (call.call)(items).await;
        settled.extend(part.iter().zip(replies).map(|(item, reply)| Change {
            spot: item.spot.clone(),
            state: core.state_after(call, function, item, reply),
        }));
    }
    core.settle(settled).await
}

/// The result says which fields were left alone.
fn with_left(mut result: Value, left: &[Name]) -> Value {
    if let (Value::Map(parts), false) = (&mut result, left.is_empty()) {
        parts.insert("left_alone".into(), Value::List(left.iter().map(|name| name.as_str().into()).collect()));
    }
    result
}

/// A function that this version does not have any more.
fn unknown_function(function: &FunctionName, spots: Vec<Spot>) -> Vec<Change> {
    let why = Why::new("unknown_function", format!("there is no `{function}` here"));
    let parked = |spot| Change { spot, state: State::Settled(Outcome::Parked(why.clone())) };
    spots.into_iter().map(parked).collect()
}

impl Core {
    fn pick(&self, busy: &HashSet<String>) -> Option<Work> {
        let halted = self.halted();
        let free = |host: &str| !busy.contains(host) && !halted.contains_key(host);
        let up_to = |function: &FunctionName| match self.parts.catalog.write_call(function.as_str()) {
            Some(call) if call.up_to > 1 => call.up_to,
            _ => ONE_BY_ONE,
        };
        self.ledger().pick(self.now(), free, up_to)
    }

    /// When a host that is not halted can do something next.
    pub(super) fn next_moment(&self) -> Option<Timestamp> {
        let halted = self.halted();
        self.ledger().next_moment(|host| !halted.contains_key(host))
    }

    /// The actions of a wave with their arguments, long texts brought back.
    fn in_hand(&self, spots: &[Spot]) -> Result<Vec<InHand>, StoreError> {
        let runs: Vec<(Spot, OpenRun)> = {
            let ledger = self.ledger();
            spots.iter().filter_map(|spot| Some((spot.clone(), ledger.get(&spot.0)?.clone()))).collect()
        };
        runs.into_iter().map(|(spot, run)| self.take_up(spot, run)).collect()
    }

    fn take_up(&self, spot: Spot, run: OpenRun) -> Result<InHand, StoreError> {
        let action = run.actions[usize::from(spot.1)].clone();
        let shelf = Shelf::of(&run.bridge, run.at);
        let mut args = Args::new();
        for (name, arg) in &action.args {
            let whole = shelf.whole(arg, &*self.parts.store)?;
            // What it stands `after` is done, so every part of it is known.
            args.extend(resolve::resolve(&whole, &run.states).map(|value| (name.clone(), value)));
        }
        let (tries, sent) = match &run.states[usize::from(spot.1)] {
            State::Intended { tries, .. } => (*tries, None),
            State::Sent { at, asked, .. } => (0, Some((*at, *asked))),
            State::Held { .. } | State::Settled(_) => (0, None),
        };
        Ok(InHand { spot, run, action, args, left: vec![], tries, sent })
    }

    fn sent(&self, call: &WriteCall) -> State {
        let at = self.now();
        State::Sent { at, asked: 0, ask_at: at + self.first_ask(call) }
    }

    /// How long a write is out before it is asked about.
    fn first_ask(&self, call: &WriteCall) -> SignedDuration {
        match &call.unanswered {
            Unanswered::Ask { sure: Sure::Index, .. } => self.parts.index_lag,
            Unanswered::Ask { sure: Sure::After(wait), .. } => {
                SignedDuration::try_from(*wait).unwrap_or(SignedDuration::from_mins(2))
            }
            _ => SignedDuration::from_secs(1),
        }
    }

    /// What a wave had in hand when it was time to stop: it goes as if it had not been picked.
    fn not_begun(&self, item: &InHand) -> Change {
        let state = State::Intended { tries: item.tries, not_before: self.now(), why: None };
        Change { spot: item.spot.clone(), state }
    }

    /// *Sent* is durable before the call; what is settled by then is in the same commit.
    async fn commit_sent(&self, sent: Vec<Change>, settled: Vec<Change>) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let finished = {
            let mut ledger = self.ledger();
            ledger.give_back(&settled);
            let mut finished = ledger.change(sent, &self.around(), &mut batch);
            finished.extend(ledger.change(settled, &self.around(), &mut batch));
            finished
        };
        self.write(batch, finished).await
    }

    /// The settle commit: outcomes, what they skip, the notes that waited for them.
    pub(super) async fn settle(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let finished = {
            let mut ledger = self.ledger();
            ledger.give_back(&changes);
            ledger.change(changes, &self.around(), &mut batch)
        };
        self.write(batch, finished).await
    }

    pub(super) async fn write(
        &self,
        mut batch: Batch,
        finished: Vec<crate::engine::ledger::Finished>,
    ) -> Result<(), StoreError> {
        told::parked(self, &finished, &mut batch);
        if !batch.changes.is_empty() {
            self.parts.store.commit(batch).await?;
        }
        for finished in finished {
            (self.parts.watch)(Happened::Settled(Box::new(finished)));
        }
        Ok(())
    }

    /// Where an action stands after the host's reply.
    fn state_after(&self, call: &WriteCall, function: &FunctionName, item: &InHand, reply: Reply) -> State {
        match reply {
            Reply::Done(result) => State::Settled(Outcome::Done { result: with_left(result, &item.left) }),
            Reply::AlreadyDone(result) => State::Settled(Outcome::AlreadyDone { result, found: Found::Duplicate }),
            Reply::Parked(why) => State::Settled(Outcome::Parked(why)),
            Reply::No(why) => State::Settled(Outcome::Refused(why)),
            Reply::Refused(error) => self.not_applied(function, item, error),
            Reply::Again(error) => self.not_applied(function, item, error),
            Reply::Unknown(error) => {
                self.say_waiting(item, Why::new("answer_lost", error.to_string()));
                match call.unanswered {
                    Unanswered::Repeat => self.later(item, Why::new("answer_lost", error.to_string()), &error),
                    Unanswered::Person => State::Settled(Outcome::Parked(Why::new("uncertain", error.to_string()))),
                    Unanswered::Ask { .. } => self.sent(call),
                }
            }
        }
    }

    /// Nothing was applied: waits where waiting helps, parks otherwise.
    pub(super) fn not_applied(&self, function: &FunctionName, item: &InHand, error: HostError) -> State {
        self.note_failure(function.host(), &error);
        let why = |code| Why::new(code, error.to_string());
        match error.class {
            FailureClass::Temporary { .. } if self.has_no_patience(function, item) => {
                State::Settled(Outcome::Parked(why("given_up")))
            }
            FailureClass::Temporary { .. } => self.later(item, why("host_busy"), &error),
            FailureClass::SignedOut => self.later(item, why("signed_out"), &error),
            FailureClass::Refused | FailureClass::NotFound | FailureClass::Unreadable => {
                State::Settled(Outcome::Parked(why("refused")))
            }
        }
    }

    fn has_no_patience(&self, function: &FunctionName, item: &InHand) -> bool {
        let patience = self.parts.catalog.get(function.as_str()).and_then(|function| function.patience);
        patience.is_some_and(|tries| item.tries >= tries)
    }

    fn later(&self, item: &InHand, why: Why, error: &HostError) -> State {
        self.say_waiting(item, why.clone());
        let not_before = retry::next_try(self, item.tries, error);
        State::Intended { tries: item.tries.saturating_add(1), not_before, why: Some(why) }
    }

    pub(super) fn say_waiting(&self, item: &InHand, why: Why) {
        let (subject, function) = (item.run.subject.clone(), item.action.function.to_string());
        (self.parts.watch)(Happened::Waits { subject, function, why });
    }
}
