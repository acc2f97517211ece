//! Stands between plan and commit: problems, opening hours and caps (`caps.rs`), keys that are taken. Then the plan
//! commit, before any effect.
//!
//! Admission and commit are one loop: a batch carries the counters as of its last run, so that a kill between two
//! batches never uses up a cap that was not used.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::catalog::Seen;
use crate::engine::caps::{Caps, acting};
use crate::engine::decide::Decided;
use crate::engine::found::Found;
use crate::engine::ledger::{Finished, OpenRun};
use crate::engine::records::{self, KeyOwner, Memory};
use crate::engine::report::{Admitted, Happened, Planned, title};
use crate::engine::turns::Turns;
use crate::engine::{Core, layout, merge, orphans, texts, told};
use crate::event::ESCALATION_REQUESTED;
use crate::intake::event_id;
use crate::names::{ActionKey, EventKind, RuleAddress, RunId};
use crate::plan::key::{generation, is_made, with_generation};
use crate::plan::{Action, Plan};
use crate::ports::{Batch, StoreError};
use crate::run::{Found as HowFound, Outcome, Run, Scan, State, Why};
use crate::value::Value;

/// A plan commit is cut here.
const RUNS: usize = 256;
const BYTES: usize = 1 << 20;

/// Commits what is admitted, oldest subject first, and opens it in the ledger.
pub async fn commit(core: &Core, mut decided: Vec<Decided>, found: &mut Found) -> Result<(), StoreError> {
    oldest_first(core, &mut decided);
    let mut admission = Admission::new(core, found.scans(), &decided);
    let mut cut = Cut::default();
    for mut decided in decided {
        let weighed = admission.admit(&mut decided)?;
        tell(core, &decided, &weighed);
        cut.add(core, decided, weighed)?;
        if cut.is_full() {
            std::mem::take(&mut cut).commit(core, &mut admission).await?;
        }
    }
    cut.commit(core, &mut admission).await?;
    found.take_counts(admission.caps.scans);
    core.save_scans(found.scans(), std::mem::take(&mut found.over)).await
}

/// Weighs the same plans without a commit.
pub fn preview(core: &Core, mut decided: Vec<Decided>, found: &mut Found) -> Result<(), StoreError> {
    oldest_first(core, &mut decided);
    let mut admission = Admission::new(core, found.scans(), &decided);
    for decided in &mut decided {
        let weighed = admission.admit(decided)?;
        tell(core, decided, &weighed);
    }
    found.take_counts(admission.caps.scans);
    Ok(())
}

fn tell(core: &Core, decided: &Decided, weighed: &Weighed) {
    (core.parts.watch)(Happened::Planned(Planned {
        subject: decided.facts.event.subject.clone(),
        title: title(core, &decided.facts),
        plan: Arc::new(decided.plan.clone()),
        admitted: weighed.whole.clone(),
        held_back: weighed.held_back(),
    }));
}

/// Several scans bring several orders. What has no such moment keeps its place.
fn oldest_first(core: &Core, decided: &mut [Decided]) {
    let (catalog, settings) = (&core.parts.catalog, &core.parts.rules.settings);
    let since = |decided: &Decided| {
        let since = &catalog.scan_for(&decided.facts.event.kind)?.since;
        match catalog.see(&decided.facts, settings, since) {
            Seen::Is(Value::Moment(since)) => Some(since),
            _ => None,
        }
    };
    decided.sort_by_cached_key(since);
}

/// What is done with a plan.
struct Weighed {
    /// What a person is told of it: it goes when one of its rules does.
    whole: Admitted,
    by_rule: Vec<(RuleAddress, Admitted)>,
    /// The first states of its actions, when it is committed.
    states: Option<Vec<State>>,
}

impl Weighed {
    fn of(whole: Admitted, states: Option<Vec<State>>) -> Self {
        Weighed { whole, by_rule: vec![], states }
    }

    /// Rules that do not go in a plan of which others do.
    fn held_back(&self) -> Vec<(RuleAddress, Admitted)> {
        let back = self.by_rule.iter().filter(|(_, admitted)| *admitted != Admitted::Goes);
        if self.whole == Admitted::Goes { back.cloned().collect() } else { vec![] }
    }
}

struct Admission<'a> {
    core: &'a Core,
    caps: Caps<'a>,
    turns: Turns,
    /// *Makes* and *says* keys planned in this pass.
    planned: HashSet<ActionKey>,
}

impl<'a> Admission<'a> {
    fn new(core: &'a Core, scans: Vec<Scan>, decided: &[Decided]) -> Self {
        Admission { core, caps: Caps::new(core, scans, decided), turns: Turns::default(), planned: HashSet::new() }
    }

    fn admit(&mut self, decided: &mut Decided) -> Result<Weighed, StoreError> {
        if !decided.plan.problems.is_empty() {
            return Ok(Weighed::of(Admitted::Parked, Some(vec![])));
        }
        let by_rule = self.by_rule(decided)?;
        let (plan, subject) = (&mut decided.plan, &decided.facts.event.subject);
        let goes = by_rule.iter().find(|(_, admitted)| *admitted == Admitted::Goes);
        let Some((_, whole)) = goes.or(by_rule.first()).cloned() else {
            return Ok(Weighed::of(Admitted::Shadow, None));
        };
        self.merge(plan, &by_rule);
        if !plan.problems.is_empty() {
            return Ok(Weighed::of(Admitted::Parked, Some(vec![])));
        }
        let Some(states) = self.first_states(plan, &decided.facts.event.kind, &by_rule)? else {
            return Ok(Weighed::of(Admitted::InFlight, None));
        };
        for (rule, _) in by_rule.iter().filter(|(_, admitted)| *admitted == Admitted::Goes) {
            self.caps.count(rule, subject)?;
            self.turns.count(self.core, rule, decided)?;
        }
        let is_kept = by_rule.iter().any(|(_, admitted)| !admitted.stays_due());
        Ok(Weighed { whole, by_rule, states: is_kept.then_some(states) })
    }

    /// What is said of each rule that acts: by its caps, and where two sides answer each other too often.
    fn by_rule(&mut self, decided: &Decided) -> Result<Vec<(RuleAddress, Admitted)>, StoreError> {
        let mut by_rule = Vec::new();
        for address in acting(&decided.plan).map(|verdict| verdict.rule.clone()) {
            let mut admitted = self.caps.weigh(&address, &decided.facts.event.subject)?;
            let rule = self.core.parts.rules.rules.iter().find(|rule| rule.address == address);
            if let (Some(rule), Admitted::Goes) = (rule, &admitted)
                && let Some(why) = self.turns.over(self.core, rule, decided)?
            {
                admitted = Admitted::Held(why);
            }
            by_rule.push((address, admitted));
        }
        Ok(by_rule)
    }

    fn merge(&self, plan: &mut Plan, by_rule: &[(RuleAddress, Admitted)]) {
        let parts = &self.core.parts;
        let goes = |rule: &RuleAddress| by_rule.iter().any(|(of, admitted)| of == rule && *admitted == Admitted::Goes);
        let order = |address: &RuleAddress| {
            parts.rules.rules.iter().find(|rule| rule.address == *address).map_or(0, |rule| rule.order)
        };
        merge::merge(plan, &parts.catalog, goes, order);
    }

    /// Where each action begins: ready, held, skipped with its rule, or done already by an older run. None while an
    /// unfinished run makes or says the same.
    fn first_states(
        &mut self,
        plan: &mut Plan,
        kind: &EventKind,
        by_rule: &[(RuleAddress, Admitted)],
    ) -> Result<Option<Vec<State>>, StoreError> {
        let mut states = Vec::with_capacity(plan.actions.len());
        let mut planned = Vec::new();
        for action in &mut plan.actions {
            self.make_anew(action, kind)?;
            let admitted = by_rule.iter().find(|(rule, _)| *rule == action.rule).map(|(_, admitted)| admitted);
            let begins = match admitted {
                Some(Admitted::Held(why)) => State::Held { why: why.clone() },
                Some(Admitted::Waits(why) | Admitted::Closed(why) | Admitted::Dropped(why)) => {
                    states.push(State::Settled(Outcome::Skipped(why.clone())));
                    continue;
                }
                _ => State::intended(self.core.now()),
            };
            if self.planned.contains(&action.key) || self.is_said_elsewhere(action)? {
                return Ok(None);
            }
            match self.owner(&action.key)? {
                None => states.push(begins),
                Some(KeyOwner { result: Some(result), .. }) => {
                    states.push(State::Settled(Outcome::AlreadyDone { result, found: HowFound::Duplicate }))
                }
                Some(_) => return Ok(None),
            }
            if records::is_remembered(&action.key) {
                planned.extend(action.says().cloned());
            }
        }
        self.planned.extend(planned);
        Ok(Some(states))
    }

    /// Whether something that comes into the text of an action is under way elsewhere.
    fn is_said_elsewhere(&self, action: &Action) -> Result<bool, StoreError> {
        for also in &action.also {
            if self.planned.contains(&also.key) || self.owner(&also.key)?.is_some_and(|owner| owner.result.is_none()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What is made once more, when the rule's `again_after` has passed or it opens a new case, is another generation:
    /// the second case of a thread. That the last one is over, the rule's own lines have seen. In place of one that was
    /// deleted only a person makes another (CLO-6).
    fn make_anew(&self, action: &mut Action, kind: &EventKind) -> Result<(), StoreError> {
        let mut rules = self.core.parts.rules.rules.iter();
        let by_rule = rules.any(|rule| rule.address == action.rule && (rule.again_after.is_some() || rule.opens_new));
        if !is_made(&action.key) || !(by_rule || kind.as_str() == ESCALATION_REQUESTED) {
            return Ok(());
        }
        let (mut next, mut last) = (action.key.clone(), None);
        while let Some(KeyOwner { result: Some(made), .. }) = self.owner(&next)? {
            (next, last) = (with_generation(&next, generation(&next) + 1), Some(made));
        }
        if let Some(made) = last
            && (by_rule || orphans::is_gone(self.core, &made)?)
        {
            action.key = next;
        }
        Ok(())
    }

    fn owner(&self, key: &ActionKey) -> Result<Option<KeyOwner>, StoreError> {
        self.core.parts.store.get(&layout::owner_key(key))?.map(|bytes| records::decode(&bytes)).transpose()
    }
}

/// The runs of one plan commit.
#[derive(Default)]
struct Cut {
    batch: Batch,
    runs: Vec<OpenRun>,
    /// What needs no host: notes, and what an older run made already.
    settled: Vec<Finished>,
    count: usize,
}

impl Cut {
    fn is_full(&self) -> bool {
        self.count >= RUNS || self.batch.size() >= BYTES
    }

    /// Writes a run down, with what its rules remember of the subject.
    fn add(&mut self, core: &Core, decided: Decided, weighed: Weighed) -> Result<(), StoreError> {
        if event_id::is_stored(&decided.facts.event)
            && (!weighed.whole.stays_due() || weighed.whole == Admitted::Shadow)
        {
            self.batch.remove(layout::wake_key(&decided.facts.event));
            // What only would be said is over with it.
            let watched = decided.plan.shadow.iter().flat_map(|action| &action.also);
            watched.for_each(|also| self.batch.remove(also.record.as_str()));
            self.count += 1;
        }
        let Some(states) = weighed.states else { return Ok(()) };
        let ruleset = core.parts.rules.digest.clone();
        let facts = Arc::unwrap_or_clone(decided.facts);
        let parked = weighed.whole == Admitted::Parked;
        let mut plan = decided.plan;
        if parked {
            plan.actions.clear();
        }
        let run = Run { id: RunId::of(&facts.event.id), ruleset: ruleset.clone(), facts, plan };
        if core.parts.store.get(&layout::run_key(&run.id))?.is_some() {
            return Ok(());
        }
        if parked {
            let said = run.plan.problems.first().map_or_else(String::new, |problem| problem.what.clone());
            told::parked_plan(core, &run.id, &run.facts.event.subject, &Why::new("problem", said), &mut self.batch);
        }
        let memory = Memory { at: core.now(), ruleset, parked, before: false };
        self.remember(core, &run, &weighed.by_rule, &memory);
        let seq = core.ledger().next_seq() + self.runs.len() as u64;
        let actions = texts::slim(&run.plan.actions, &core.parts.catalog);
        let mut open = OpenRun::planned(&run, actions, states, &core.parts.catalog);
        open.seq = seq;
        self.settled.extend(open.begin(&core.around(), &mut self.batch));
        records::put_run(&run, &open.states, seq, &mut self.batch);
        self.count += 1;
        self.runs.push(open);
        Ok(())
    }

    /// What the rules that found a subject remember of it: those that are done with it, and all where a person looks at it.
    fn remember(&mut self, core: &Core, run: &Run, by_rule: &[(RuleAddress, Admitted)], memory: &Memory) {
        let event = &run.facts.event;
        let stays_due = |rule| !by_rule.iter().any(|(of, admitted)| of == rule && !admitted.stays_due());
        let remembers = |address: &&RuleAddress| {
            core.parts.rules.rules.iter().any(|rule| rule.address == **address && rule.remembers())
        };
        for rule in event.found_by.iter().filter(remembers).filter(|rule| memory.parked || !stays_due(*rule)) {
            let key = layout::memory_key(&core.parts.bridge, rule, &event.subject);
            self.batch.put(key, records::encode(memory));
        }
    }

    /// Commits with the counters as of the last run, then opens the runs.
    async fn commit(mut self, core: &Core, admission: &mut Admission<'_>) -> Result<(), StoreError> {
        if self.count == 0 {
            return Ok(());
        }
        for (key, used) in &admission.caps.counters {
            self.batch.put(key.clone(), records::encode(used));
        }
        admission.turns.records().for_each(|(key, turns)| self.batch.put(key, turns));
        let rules = &core.parts.rules;
        if !core.archived.load(Ordering::SeqCst) {
            self.batch.put(layout::rules_key(&rules.digest), rules.sources.as_bytes());
        }
        core.parts.store.commit(self.batch).await?;
        core.archived.store(true, Ordering::SeqCst);
        for run in self.runs {
            core.ledger().open(run, &core.parts.catalog);
        }
        for finished in self.settled {
            (core.parts.watch)(Happened::Settled(Box::new(finished)));
        }
        Ok(())
    }
}

/// Writes down where the actions of a run stand that is taken up once more, and its place in line.
pub fn reopen(run: &OpenRun, seq: u64, batch: &mut Batch) {
    for (action, state) in run.actions.iter().zip(&run.states) {
        batch.put(layout::state_key(&run.id, action.id), records::encode_state(state));
    }
    records::mark_waiting(&run.bridge, &run.id, &run.states, batch);
    batch.put(layout::open_key(&run.bridge, &run.id), records::encode(&records::OpenRecord { seq }));
}

impl Core {
    /// Writes down what was found, and forgets the stored events of which nothing comes.
    async fn save_scans(&self, scans: Vec<Scan>, over: Vec<String>) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        over.into_iter().for_each(|key| batch.remove(key));
        for scan in scans {
            batch.put(layout::scan_key(&self.parts.bridge, &scan.rule), records::encode(&scan));
        }
        if batch.changes.is_empty() { Ok(()) } else { self.parts.store.commit(batch).await }
    }
}
