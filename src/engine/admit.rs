//! Stands between plan and commit: opening hours, caps, keys that are taken, problems. Then the plan commit, before any effect.
//!
//! Admission and commit are one loop: a batch carries the counters as of its last run, so that a kill between two
//! batches never uses up a cap that was not used.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::engine::decide::Decided;
use crate::engine::ledger::{Finished, OpenRun};
use crate::engine::records::{self, KeyOwner, Memory};
use crate::engine::report::{Admitted, Happened, Planned, title};
use crate::engine::scan::Found;
use crate::engine::{Core, due};
use crate::names::{RuleAddress, RunId};
use crate::plan::Plan;
use crate::ports::{Batch, StoreError};
use crate::rules::{First, Limits, Over, Rule};
use crate::run::{Found as HowFound, Outcome, Run, State, Why};

/// A plan commit is cut here.
const RUNS: usize = 256;
const BYTES: usize = 1 << 20;

/// Commits what is admitted, in the order that the rules ask for, and opens it in the ledger.
pub async fn commit(core: &Core, mut decided: Vec<Decided>, found: &mut Found) -> Result<(), StoreError> {
    let mut admission = Admission::new(core, found.scans());
    in_order(core, &mut decided);
    let mut cut = Cut::default();
    for decided in decided {
        let (admitted, states) = admission.admit(&decided)?;
        tell(core, &decided, &admitted);
        if let Some(states) = states {
            cut.add(core, decided, &admitted, states)?;
        }
        if cut.is_full() {
            std::mem::take(&mut cut).commit(core, &mut admission).await?;
        }
    }
    cut.commit(core, &mut admission).await?;
    found.take_counts(admission.scans);
    core.save_scans(found.scans()).await
}

/// Weighs the same plans without a commit.
pub fn preview(core: &Core, mut decided: Vec<Decided>, found: &mut Found) -> Result<(), StoreError> {
    let mut admission = Admission::new(core, found.scans());
    in_order(core, &mut decided);
    for decided in &decided {
        let (admitted, _) = admission.admit(decided)?;
        tell(core, decided, &admitted);
    }
    found.take_counts(admission.scans);
    Ok(())
}

fn tell(core: &Core, decided: &Decided, admitted: &Admitted) {
    (core.parts.watch)(Happened::Planned(Planned {
        subject: decided.facts.event.subject.clone(),
        title: title(core, &decided.facts),
        plan: Arc::new(decided.plan.clone()),
        admitted: admitted.clone(),
    }));
}

/// Scans give the oldest first; a rule may ask for the newest.
fn in_order(core: &Core, decided: &mut [Decided]) {
    let newest =
        |d: &Decided| acting(&d.plan).any(|rule| limits(core, &rule).is_some_and(|l| l.first == First::Newest));
    if decided.iter().any(newest) {
        decided.reverse();
    }
}

fn acting(plan: &Plan) -> impl Iterator<Item = RuleAddress> + '_ {
    plan.fired.iter().filter(|verdict| verdict.shadowed_by.is_none()).map(|verdict| verdict.rule.clone())
}

fn limits(core: &Core, address: &RuleAddress) -> Option<Limits> {
    core.parts.rules.rules.iter().find(|rule| rule.address == *address).map(|rule: &Arc<Rule>| rule.limits.clone())
}

/// The counters of one pass.
struct Admission<'a> {
    core: &'a Core,
    scans: BTreeMap<RuleAddress, crate::run::Scan>,
    /// What each rule began in this pass.
    begun: HashMap<RuleAddress, u64>,
    /// Stored counters by key, as of now.
    counters: BTreeMap<String, u64>,
    /// *Makes* keys planned in this pass.
    planned: HashMap<String, RunId>,
}

impl<'a> Admission<'a> {
    fn new(core: &'a Core, scans: Vec<crate::run::Scan>) -> Self {
        let scans = scans.into_iter().map(|scan| (scan.rule.clone(), scan)).collect();
        Admission { core, scans, begun: HashMap::new(), counters: BTreeMap::new(), planned: HashMap::new() }
    }

    /// What is done with a plan, and the first states of its actions when it is committed.
    fn admit(&mut self, decided: &Decided) -> Result<(Admitted, Option<Vec<State>>), StoreError> {
        let plan = &decided.plan;
        if !plan.problems.is_empty() {
            return Ok((Admitted::Parked, Some(vec![])));
        }
        if let Some(why) = self.closed(plan) {
            return Ok((Admitted::Closed(why), None));
        }
        if let Some((over, why)) = self.over_a_cap(decided)? {
            return Ok(match over {
                Over::Wait => {
                    self.count_of(plan, |scan| scan.waiting += 1);
                    (Admitted::Waits(why), None)
                }
                Over::Ask => (Admitted::Held(why.clone()), Some(vec![State::Held { why }; plan.actions.len()])),
                Over::Drop => (Admitted::Dropped(why), None),
            });
        }
        let Some(states) = self.first_states(decided)? else { return Ok((Admitted::InFlight, None)) };
        self.count(decided)?;
        Ok((Admitted::Goes, Some(states)))
    }

    /// Outside the hours of a rule that would act.
    fn closed(&mut self, plan: &Plan) -> Option<Why> {
        let rules = &self.core.parts.rules.rules;
        let closed = acting(plan).find_map(|acting| {
            let rule = rules.iter().find(|rule| rule.address == acting)?;
            due::closed(rule, self.core.now())
        });
        let (why, _) = closed?;
        self.count_of(plan, |scan| scan.closed += 1);
        Some(why)
    }

    fn over_a_cap(&mut self, decided: &Decided) -> Result<Option<(Over, Why)>, StoreError> {
        for rule in acting(&decided.plan) {
            let Some(limits) = limits(self.core, &rule) else { continue };
            let (hour, day) = records::cap_keys(&rule, self.core.now());
            let for_subject = match self.subject_key(&rule, &limits, decided) {
                Some(key) => self.counter(&key)?,
                None => 0,
            };
            let found = self.scans.get(&rule).map_or(0, |scan| scan.found);
            let begun = self.begun.get(&rule).copied().unwrap_or(0);
            let share = limits.share_of_scan.map(|percent| (found * percent).div_ceil(100));
            let caps = [
                ("per_run", limits.per_run, begun),
                ("per_hour", limits.per_hour, self.counter(&hour)?),
                ("per_day", limits.per_day, self.counter(&day)?),
                ("per_subject_per_day", limits.per_subject_per_day, for_subject),
                ("share_of_scan", share.filter(|_| found > 0), begun),
            ];
            let reached = caps.iter().find(|(_, cap, used)| cap.is_some_and(|cap| *used >= cap));
            if let Some((name, Some(cap), _)) = reached {
                let text = format!("`{rule}.limits.{name}` is {cap}, and it is reached");
                return Ok(Some((limits.over, Why::new("cap_reached", text))));
            }
        }
        Ok(None)
    }

    /// Ready, or done already by an older run. None while an unfinished run makes the same.
    fn first_states(&self, decided: &Decided) -> Result<Option<Vec<State>>, StoreError> {
        let mut states = Vec::with_capacity(decided.plan.actions.len());
        for action in &decided.plan.actions {
            let ready = State::intended(self.core.now());
            if self.planned.contains_key(action.key.as_str()) {
                return Ok(None);
            }
            let owner = match self.core.parts.store.get(&records::owner_key(&action.key))? {
                Some(bytes) => records::decode::<KeyOwner>(&bytes)?,
                None => {
                    states.push(ready);
                    continue;
                }
            };
            match owner.result {
                Some(result) => {
                    states.push(State::Settled(Outcome::AlreadyDone { result, found: HowFound::Duplicate }))
                }
                None => return Ok(None),
            }
        }
        Ok(Some(states))
    }

    fn count(&mut self, decided: &Decided) -> Result<(), StoreError> {
        for rule in acting(&decided.plan) {
            *self.begun.entry(rule.clone()).or_default() += 1;
            let (hour, day) = records::cap_keys(&rule, self.core.now());
            let subject = limits(self.core, &rule).and_then(|limits| self.subject_key(&rule, &limits, decided));
            for key in [hour, day].into_iter().chain(subject) {
                let used = self.counter(&key)?;
                self.counters.insert(key, used + 1);
            }
        }
        let run = RunId::of(&decided.plan.event);
        let makes = decided.plan.actions.iter().filter(|action| action.key.as_str().starts_with("makes:"));
        self.planned.extend(makes.map(|action| (action.key.to_string(), run.clone())));
        Ok(())
    }

    /// Where the actions for one subject are counted; nothing is counted for rules without that cap.
    fn subject_key(&self, rule: &RuleAddress, limits: &Limits, decided: &Decided) -> Option<String> {
        let subject = &decided.facts.event.subject;
        limits.per_subject_per_day.map(|_| records::subject_cap_key(rule, subject, self.core.now()))
    }

    fn count_of(&mut self, plan: &Plan, count: impl Fn(&mut crate::run::Scan)) {
        for rule in acting(plan) {
            self.scans.get_mut(&rule).into_iter().for_each(&count);
        }
    }

    fn counter(&mut self, key: &str) -> Result<u64, StoreError> {
        if let Some(used) = self.counters.get(key) {
            return Ok(*used);
        }
        let used = match self.core.parts.store.get(key)? {
            Some(bytes) => records::decode(&bytes)?,
            None => 0,
        };
        self.counters.insert(key.to_owned(), used);
        Ok(used)
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
    fn add(
        &mut self,
        core: &Core,
        decided: Decided,
        admitted: &Admitted,
        states: Vec<State>,
    ) -> Result<(), StoreError> {
        let ruleset = core.parts.rules.digest.clone();
        let facts = Arc::unwrap_or_clone(decided.facts);
        let mut plan = decided.plan;
        if *admitted == Admitted::Parked {
            plan.actions.clear();
        }
        let run = Run { id: RunId::of(&facts.event.id), ruleset: ruleset.clone(), facts, plan };
        if core.parts.store.get(&records::run_key(&run.id))?.is_some() {
            return Ok(());
        }
        let memory = Memory { at: core.now(), ruleset, parked: *admitted == Admitted::Parked };
        for rule in &run.facts.event.found_by {
            let concerned = *admitted == Admitted::Parked || acting(&run.plan).any(|acting| acting == *rule);
            if concerned {
                self.batch.put(records::memory_key(rule, &run.facts.event.subject), records::encode(&memory));
            }
        }
        let seq = core.ledger().next_seq() + self.runs.len() as u64;
        let actions = records::slim(&run.plan.actions, &core.parts.catalog);
        let mut open = OpenRun::planned(&run, actions, states, &core.parts.catalog);
        open.seq = seq;
        self.settled.extend(open.begin(&core.parts.catalog, &mut self.batch));
        records::put_run(&run, &open.states, seq, &mut self.batch);
        self.count += 1;
        self.runs.push(open);
        Ok(())
    }

    /// Commits with the counters as of the last run, then opens the runs.
    async fn commit(mut self, core: &Core, admission: &mut Admission<'_>) -> Result<(), StoreError> {
        if self.count == 0 {
            return Ok(());
        }
        for (key, used) in &admission.counters {
            self.batch.put(key.clone(), records::encode(used));
        }
        let rules = &core.parts.rules;
        self.batch.put(records::rules_key(&rules.digest), rules.sources.as_bytes());
        core.parts.store.commit(self.batch).await?;
        for run in self.runs {
            core.ledger().open(run, &core.parts.catalog);
        }
        for finished in self.settled {
            (core.parts.watch)(Happened::Settled(Box::new(finished)));
        }
        Ok(())
    }
}

impl Core {
    async fn save_scans(&self, scans: Vec<crate::run::Scan>) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for scan in scans {
            batch.put(records::scan_key(&scan.rule), records::encode(&scan));
        }
        if batch.changes.is_empty() { Ok(()) } else { self.parts.store.commit(batch).await }
    }
}
