//! All open runs and where each of their actions stands: in memory, and as records of the store.
//!
//! Memory keeps plans and states, not answers: those are read back for the rare re-judging. `queue.rs` says what may
//! go next; `records.rs` how a run is written down.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use crate::calendar::Calendars;
use crate::catalog::{Call, Catalog};
use crate::engine::queue::{Queue, Work};
use crate::engine::stages::{self, Hanging};
use crate::engine::{layout, parked, records, wake};
use crate::facts::Args;
use crate::names::{ActionKey, BridgeId, Digest, FunctionName, Lane, ReadKey, RuleAddress, RunId, Subject};
use crate::plan::{Action, ActionId};
use crate::ports::Batch;
use crate::run::{Outcome, State, Why};

/// A run whose actions are not all settled.
#[derive(Clone, Debug)]
pub struct OpenRun {
    pub id: RunId,
    /// Runs of one lane go in this order.
    pub seq: u64,
    pub bridge: BridgeId,
    /// When it was decided.
    pub at: Timestamp,
    pub lane: Lane,
    pub subject: Subject,
    pub ruleset: Digest,
    pub rules: Vec<RuleAddress>,
    pub actions: Arc<Vec<Action>>,
    pub states: Vec<State>,
    /// What the fresh reads said when it was planned.
    pub seen: BTreeMap<ReadKey, Digest>,
    /// What follows once actions are settled.
    pub hanging: Option<Arc<Hanging>>,
}

/// What a change is made with.
pub struct Around<'a> {
    pub catalog: &'a Catalog,
    pub calendars: &'a Calendars,
    pub now: Timestamp,
}

/// One action of one run.
pub type Spot = (RunId, ActionId);

/// A change that a wave or a recovery makes.
pub struct Change {
    pub spot: Spot,
    pub state: State,
}

/// The open runs.
#[derive(Default)]
pub struct Ledger {
    runs: HashMap<RunId, OpenRun>,
    lanes: HashMap<Lane, VecDeque<RunId>>,
    queue: Queue,
    /// Actions that a wave has in hand; they stand in no queue until it gives them back.
    taken: HashSet<Spot>,
    /// The place in line of the newest run.
    newest_seq: u64,
}

/// A finished action, for reports.
#[derive(Clone, Debug)]
pub struct Finished {
    pub run: RunId,
    pub subject: Subject,
    pub action: Action,
    pub outcome: Outcome,
}

impl Ledger {
    /// Opens a run; its ready actions stand in the queue when it is the oldest of its lane.
    pub fn open(&mut self, run: OpenRun, catalog: &Catalog) {
        self.newest_seq = self.newest_seq.max(run.seq);
        if run.is_over(catalog) {
            return;
        }
        let lane = self.lanes.entry(run.lane.clone()).or_default();
        lane.push_back(run.id.clone());
        let first = lane.len() == 1;
        let id = run.id.clone();
        self.runs.insert(id.clone(), run);
        if first {
            self.offer(&id, catalog);
        }
    }

    /// The place in line that the next run gets.
    pub fn next_seq(&self) -> u64 {
        self.newest_seq + 1
    }

    /// A run that is not finished.
    pub fn get(&self, id: &RunId) -> Option<&OpenRun> {
        self.runs.get(id)
    }

    /// All open runs, oldest first.
    pub fn runs(&self) -> Vec<&OpenRun> {
        let mut runs: Vec<_> = self.runs.values().collect();
        runs.sort_by_key(|run| run.seq);
        runs
    }

    /// The keys of what is under way to be said, or waits for a person with its place in line.
    pub fn saying(&self) -> impl Iterator<Item = &ActionKey> {
        self.runs.values().flat_map(OpenRun::saying)
    }

    /// The records of the events that came into texts of runs which are not finished.
    pub fn collected(&self) -> impl Iterator<Item = &str> {
        let actions = self.runs.values().flat_map(|run| run.actions.iter());
        actions.flat_map(|action| &action.also).map(|also| also.record.as_str())
    }

    /// Whether a subject has an unfinished run.
    pub fn is_in_flight(&self, lane: &Lane) -> bool {
        self.lanes.contains_key(lane)
    }

    /// Puts every action that may go into the queue, where its run is the first of its lane.
    fn offer(&mut self, id: &RunId, catalog: &Catalog) {
        let Some(run) = self.runs.get(id) else { return };
        if self.lanes.get(&run.lane).and_then(VecDeque::front) != Some(id) {
            return;
        }
        for (action, state) in run.actions.iter().zip(&run.states) {
            let spot = (run.id.clone(), action.id);
            if self.taken.contains(&spot) {
                continue;
            }
            match state {
                State::Intended { not_before, .. } if is_ready(run, action) && !is_note(catalog, &action.function) => {
                    self.queue.offer(&action.function, *not_before, run.seq, spot);
                }
                State::Sent { ask_at, .. } => self.queue.ask(&action.function, *ask_at, run.seq, spot),
                _ => {}
            }
        }
    }

    /// The next work for a host that is free; its actions are taken until `give_back`.
    pub fn pick(
        &mut self,
        now: Timestamp,
        free: impl Fn(&str) -> bool,
        up_to: impl Fn(&FunctionName) -> usize,
    ) -> Option<Work> {
        loop {
            let mut work = self.queue.pick(now, &free, &up_to)?;
            let (Work::Wave(_, spots) | Work::Ask(_, spots)) = &mut work;
            spots.retain(|spot| self.may_go(spot, now) && self.taken.insert(spot.clone()));
            if !spots.is_empty() {
                return Some(work);
            }
        }
    }

    /// What changed since it was offered stands in the queue no more: it was parked with its rule, or waits longer.
    fn may_go(&self, (id, action): &Spot, now: Timestamp) -> bool {
        match self.runs.get(id).and_then(|run| run.states.get(usize::from(*action))) {
            Some(State::Intended { not_before, .. }) => *not_before <= now,
            Some(State::Sent { ask_at, .. }) => *ask_at <= now,
            _ => false,
        }
    }

    /// The wave is over: what it changes next stands in the queues again.
    pub fn give_back(&mut self, changes: &[Change]) {
        for change in changes {
            self.taken.remove(&change.spot);
        }
    }

    /// When the next thing can be done, if anything waits.
    pub fn next_moment(&self, free: impl Fn(&str) -> bool) -> Option<Timestamp> {
        self.queue.next_moment(free)
    }

    /// Makes changes and everything that follows from them in the same commit: notes whose turn has come, what is
    /// skipped, stages that begin, runs that are finished. Returns what was settled.
    pub fn change(&mut self, changes: Vec<Change>, around: &Around, batch: &mut Batch) -> Vec<Finished> {
        let mut touched = Vec::new();
        let mut before: HashMap<RunId, Vec<bool>> = HashMap::new();
        let mut finished = Vec::new();
        for change in changes {
            let (id, action) = change.spot;
            if let Some(run) = self.runs.get_mut(&id) {
                if run.hanging.is_some() {
                    before.entry(id.clone()).or_insert_with(|| settled(run));
                }
                run.states[usize::from(action)] = change.state;
                note_change(run, action, around.catalog, batch, &mut finished);
                touched.push(id);
            }
        }
        touched.sort();
        touched.dedup();
        for id in touched {
            finished.extend(self.go_on(&id, before.get(&id), around, batch));
        }
        finished
    }

    /// What follows in a run from where its actions stand; before, they were settled as `before` says.
    fn go_on(&mut self, id: &RunId, before: Option<&Vec<bool>>, around: &Around, batch: &mut Batch) -> Vec<Finished> {
        let mut finished = Vec::new();
        let Some(run) = self.runs.get_mut(id) else { return finished };
        follow(run, around.catalog, batch, &mut finished);
        if let Some(before) = before {
            stages::begun(run, before, around).iter().for_each(|event| wake::put(event, batch));
        }
        if run.is_over(around.catalog) {
            self.close(id, around.catalog, batch);
        } else {
            self.offer(id, around.catalog);
        }
        finished
    }

    /// The last settle of a run removes it, and the next of its lane may begin.
    fn close(&mut self, id: &RunId, catalog: &Catalog, batch: &mut Batch) {
        let Some(run) = self.runs.remove(id) else { return };
        batch.remove(layout::open_key(&run.bridge, id));
        records::remember_end(&run, batch);
        let Some(lane) = self.lanes.get_mut(&run.lane) else { return };
        lane.retain(|other| other != id);
        match lane.front().cloned() {
            Some(next) => self.offer(&next, catalog),
            None => {
                self.lanes.remove(&run.lane);
            }
        }
    }

    /// Takes a run up once more, in its old place if that was kept, else behind all others; what needs no host is settled
    /// at once.
    pub fn take_up(&mut self, run: OpenRun, around: &Around, batch: &mut Batch) -> Vec<Finished> {
        let (id, before) = (run.id.clone(), settled(&run));
        if self.runs.contains_key(&id) {
            self.runs.insert(id.clone(), run);
        } else {
            self.open(run, around.catalog);
        }
        self.go_on(&id, Some(&before), around, batch)
    }

    /// Puts a run in place of the one that a wave has in hand; it stands in the queues again.
    pub fn replace(&mut self, run: OpenRun, taken: &Spot, catalog: &Catalog) {
        self.taken.remove(taken);
        let id = run.id.clone();
        self.runs.insert(id.clone(), run);
        self.offer(&id, catalog);
    }

    /// How many runs wait behind one that keeps its place.
    pub fn behind(&self, id: &RunId) -> usize {
        let Some(run) = self.runs.get(id).filter(|run| run.states.iter().all(State::is_settled)) else { return 0 };
        self.lanes.get(&run.lane).map_or(0, |lane| lane.len() - 1)
    }

    /// How many parked runs keep their place, and how many wait behind them.
    pub fn kept_back(&self) -> (usize, usize) {
        let kept: Vec<&RunId> =
            self.runs.values().filter(|run| run.states.iter().all(State::is_settled)).map(|run| &run.id).collect();
        (kept.len(), kept.iter().map(|id| self.behind(id)).sum())
    }

    /// How many actions wait for each reason: *waiting*, *held*.
    pub fn waiting(&self) -> Vec<(&OpenRun, &Action, &State)> {
        let pairs = |run: &'_ OpenRun| -> Vec<usize> {
            (0..run.states.len()).filter(|&n| !run.states[n].is_settled()).collect()
        };
        self.runs()
            .into_iter()
            .flat_map(|run| pairs(run).into_iter().map(move |n| (run, &run.actions[n], &run.states[n])))
            .collect()
    }
}

/// Whether something of an action may be there.
fn has_begun(state: &State) -> bool {
    match state {
        State::Settled(Outcome::Parked(why)) => parked::may_be_there(why),
        State::Settled(_) => state.result().is_some(),
        state => matches!(state, State::Sent { .. }),
    }
}

fn settled(run: &OpenRun) -> Vec<bool> {
    run.states.iter().map(State::is_settled).collect()
}

/// Whether everything that an action stands `after` is done.
fn is_ready(run: &OpenRun, action: &Action) -> bool {
    action.after.iter().all(|&id| run.states[usize::from(id)].result().is_some())
}

fn is_note(catalog: &Catalog, function: &FunctionName) -> bool {
    matches!(catalog.get(function.as_str()).map(|f| &f.call), Some(Call::Note { .. }))
}

/// Notes whose `after` are done are settled with their records; what stands after something that did not happen is
/// skipped. Until nothing changes.
fn follow(run: &mut OpenRun, catalog: &Catalog, batch: &mut Batch, finished: &mut Vec<Finished>) {
    while let Some((id, outcome)) = (0..run.states.len()).find_map(|n| consequence(run, n, catalog, batch)) {
        run.states[usize::from(id)] = State::Settled(outcome);
        note_change(run, id, catalog, batch, finished);
    }
}

fn consequence(run: &OpenRun, n: usize, catalog: &Catalog, batch: &mut Batch) -> Option<(ActionId, Outcome)> {
    let action = &run.actions[n];
    if run.states[n].is_settled() || matches!(run.states[n], State::Held { .. }) {
        return None;
    }
    let fell = action.after.iter().find_map(|&id| match &run.states[usize::from(id)] {
        State::Settled(outcome) if run.states[usize::from(id)].result().is_none() => Some((id, outcome)),
        _ => None,
    });
    if let Some((id, outcome)) = fell {
        let function = &run.actions[usize::from(id)].function;
        let why = Why::new(records::NOT_BEGUN, format!("{function} was {}", outcome.word()));
        return Some((action.id, Outcome::Skipped(why)));
    }
    match catalog.get(action.function.as_str()).map(|function| &function.call) {
        Some(Call::Note { call, .. }) if is_ready(run, action) => {
            let args: Args = resolve(run, action)?;
            for (key, value) in call(&args, run.at) {
                match value {
                    crate::value::Value::Nothing => batch.remove(key),
                    value => batch.put(key, value.to_json().to_string()),
                }
            }
            Some((action.id, Outcome::Done { result: crate::value::Value::Nothing }))
        }
        _ => None,
    }
}

/// The arguments of an action whose Later parts are known; none while one is missing.
pub fn resolve(run: &OpenRun, action: &Action) -> Option<Args> {
    action.args.iter().map(|(name, arg)| Some((name.clone(), super::resolve::resolve(arg, &run.states)?))).collect()
}

fn note_change(run: &OpenRun, id: ActionId, catalog: &Catalog, batch: &mut Batch, finished: &mut Vec<Finished>) {
    let (state, action) = (&run.states[usize::from(id)], &run.actions[usize::from(id)]);
    batch.put(layout::state_key(&run.id, id), records::encode_state(state));
    if records::waits_for_a_person(state) {
        batch.put(layout::waiting_key(&run.bridge, &run.id), "true");
    }
    if let State::Settled(outcome) = state {
        records::remember_key(run, action, outcome, batch);
        records::forget_collected(action, outcome, batch);
        let echo = state.result().and_then(|result| catalog.get(action.function.as_str())?.echo_of(result));
        if let Some(what) = echo {
            batch.put(layout::ours_key(&run.bridge, &what), "true");
        }
        finished.push(Finished {
            run: run.id.clone(),
            subject: run.subject.clone(),
            action: action.clone(),
            outcome: outcome.clone(),
        });
    }
}

impl OpenRun {
    /// What of it is still to be said. What collects looks once more before it is sent, so that until then nothing is
    /// settled about it; afterwards it is not said before its last part is.
    fn saying(&self) -> impl Iterator<Item = &ActionKey> {
        let said = || self.actions.iter().zip(&self.states).filter(|(action, _)| records::is_said(&action.key));
        let collects = said().any(|(action, _)| action.collects);
        let looks_again = collects && !said().any(|(_, state)| has_begun(state));
        let goes_on = move |state: &State| !state.is_settled() || records::waits_for_a_person(state);
        let whole = collects && said().any(|(_, state)| goes_on(state));
        let said = said().filter(move |(_, state)| !looks_again && (whole || goes_on(state)));
        said.flat_map(|(action, _)| action.says())
    }

    /// Whether nothing more happens to it and nothing waits behind it: a parked post keeps its place until a person looked
    /// at it (PB-3).
    pub fn is_over(&self, catalog: &Catalog) -> bool {
        let keeps = |action: &Action| catalog.get(action.function.as_str()).is_some_and(|of| of.keeps_place);
        self.actions.iter().zip(&self.states).all(|(action, state)| match state {
            State::Settled(Outcome::Parked(why)) => why.code.as_str() == records::LET_GO || !keeps(action),
            state => state.is_settled(),
        })
    }

    /// Settles in the plan commit what needs no host.
    pub fn begin(&mut self, around: &Around, batch: &mut Batch) -> Vec<Finished> {
        let mut finished = Vec::new();
        follow(self, around.catalog, batch, &mut finished);
        let before = vec![false; self.states.len()];
        stages::begun(self, &before, around).iter().for_each(|event| wake::put(event, batch));
        if !self.states.is_empty() && self.states.iter().all(State::is_settled) {
            records::remember_end(self, batch);
        }
        finished
    }

    /// A run that was just planned.
    pub fn planned(run: &crate::run::Run, actions: Vec<Action>, states: Vec<State>, catalog: &Catalog) -> Self {
        let event = &run.facts.event;
        let fresh = |read: &crate::facts::Read| catalog.read_call(read.function.as_str()).is_some_and(|c| c.fresh);
        let seen = run.facts.answers.iter().filter(|(_, recorded)| fresh(&recorded.read));
        OpenRun {
            id: run.id.clone(),
            seq: 0,
            bridge: event.bridge.clone(),
            at: run.facts.now,
            lane: event.lane.clone(),
            subject: event.subject.clone(),
            ruleset: run.ruleset.clone(),
            rules: run.plan.fired.iter().filter(|verdict| verdict.acts()).map(|verdict| verdict.rule.clone()).collect(),
            actions: Arc::new(actions),
            states,
            seen: seen.map(|(key, recorded)| (key.clone(), records::answer_digest(&recorded.answer))).collect(),
            hanging: Hanging::of(run),
        }
    }
}
