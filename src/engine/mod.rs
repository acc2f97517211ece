//! The flow, on one screen: scan → decide ⇄ gather → admit → commit → apply (waves) → settle → ledger.
//!
//! An engine serves one bridge and never names a host. Start is recovery: there is one apply path, and it always
//! asks the ledger. A preview is the same flow without the commit; there is no flag for it.

pub mod admit;
pub mod apply;
pub mod ask;
pub mod asked;
pub mod bell;
pub mod caps;
pub mod compared;
pub mod decide;
pub mod due;
pub mod explain;
pub mod exported;
pub mod first;
pub mod forget;
pub mod found;
pub mod gather;
pub mod guard;
pub mod hints;
pub mod lag;
pub mod ledger;
pub mod merge;
pub mod older;
mod orphans;
pub mod parked;
pub mod paused;
pub mod poll;
pub mod queue;
pub mod records;
pub mod recover;
pub mod relink;
pub mod report;
pub mod resolve;
pub mod retry;
pub mod returned;
pub mod rotation;
pub mod scan;
pub mod stages;
pub mod told;
pub mod turns;
pub mod wake;

pub use apply::Until;
pub use bell::Bell;
pub use due::{Moved, Standing};
pub use hints::Inbox;
pub use report::{Happened, Summary};

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Catalog;
use crate::engine::found::Found;
use crate::event::Event;
use crate::facts::{Facts, Recorded};
use crate::failure::HostError;
use crate::names::{BridgeId, ReadKey, RuleAddress, RunId, Subject};
use crate::plan::Explained;
use crate::ports::{Clock, Entropy, Store, StoreError};
use crate::problem::Problem;
use crate::rules::{Rule, RuleSet};
use crate::value::Value;

use ledger::Ledger;
use older::Counting;
use poll::Asking;

/// Compiles the sources of an archived rule set again.
pub type Recompile = Arc<dyn Fn(&str) -> Option<Arc<RuleSet>> + Send + Sync>;

/// What an engine is made of.
#[derive(Clone)]
pub struct Parts {
    pub bridge: BridgeId,
    pub catalog: Arc<Catalog>,
    pub rules: Arc<RuleSet>,
    pub recompile: Recompile,
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// How far the community's search index may lag (setting `index_lag`).
    pub index_lag: SignedDuration,
    /// Told as things happen.
    pub watch: Arc<dyn Fn(Happened) + Send + Sync>,
}

/// Why an engine does not open.
#[derive(Debug)]
pub enum NotOpened {
    Rules(Vec<Problem>),
    Store(StoreError),
}

impl From<StoreError> for NotOpened {
    fn from(error: StoreError) -> Self {
        NotOpened::Store(error)
    }
}

/// Shared by all tasks of an engine. The ledger's lock is never held across an await.
pub struct Core {
    pub parts: Parts,
    ledger: Mutex<Ledger>,
    /// Answers about people and contacts, which may be used again for an hour.
    answers: Mutex<HashMap<ReadKey, Arc<Recorded>>>,
    archive: Mutex<HashMap<crate::names::Digest, Arc<RuleSet>>>,
    /// Hosts that signed us out, with what they said.
    halted: Mutex<BTreeMap<String, HostError>>,
    /// Hosts whose polls do not come through, and since when.
    unheard: Mutex<BTreeMap<String, Timestamp>>,
    /// Reads asked of each host since the last summary.
    reads: Mutex<BTreeMap<String, usize>>,
    /// What a person has paused.
    paused: Mutex<BTreeSet<RuleAddress>>,
    /// What is parked, as it was counted last; nothing once that may have changed.
    counted: Mutex<Option<parked::Count>>,
}

/// What to look at in a one-shot run.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Only this rule.
    pub rule: Option<RuleAddress>,
    /// Only rules of whose schedule a moment has passed since they last ran.
    pub due: bool,
    /// Rules that are not looked at this time.
    pub except: BTreeSet<RuleAddress>,
}

/// One turn of a service.
pub struct Turn {
    /// Whether it is time for the polls; what is hinted at is asked about in any case.
    pub polls: bool,
    /// Rung when there is something new, or when it is time to stop.
    pub bell: Arc<Bell>,
}

/// What is done with what the polls tell.
enum Polling {
    /// It is stored, and what was seen with it.
    Take(Asking),
    Look,
}

/// The engine of one bridge.
pub struct Engine {
    core: Arc<Core>,
    /// Found at the start, settled by the first pass that may write.
    overdue: Mutex<recover::Overdue>,
}

impl Engine {
    /// Opens the ledger: what was begun before is taken up where it stands.
    pub fn open(parts: Parts) -> Result<Self, StoreError> {
        let paused = Mutex::new(paused::list(&*parts.store, &parts.bridge)?);
        let core = Arc::new(Core {
            parts,
            paused,
            ledger: Mutex::default(),
            answers: Mutex::default(),
            archive: Mutex::default(),
            halted: Mutex::default(),
            reads: Mutex::default(),
            unheard: Mutex::default(),
            counted: Mutex::default(),
        });
        let overdue = Mutex::new(recover::recover(&core)?);
        Ok(Engine { core, overdue })
    }

    /// One pass: everything due is looked at, planned, committed and applied, until nothing is left that waiting a
    /// few minutes would move.
    pub async fn run(&self, scope: &Scope) -> Result<Summary, StoreError> {
        self.settle_overdue().await?;
        let (mut found, decided) = self.plan(scope, Counting::NewRules, Polling::Take(Asking::Everything)).await?;
        admit::commit(&self.core, decided, &mut found).await?;
        due::remember(&self.core, scope, &found).await?;
        apply::apply(&self.core, &Until::Settled).await?;
        self.follow_up(scope, &mut found, &Until::Settled).await?;
        self.summary(found)
    }

    /// One turn of a service: what is new or due now is looked at, planned, committed and applied, until nothing is left
    /// that can be done at once, or the bell rings.
    pub async fn turn(&self, turn: Turn) -> Result<Summary, StoreError> {
        self.settle_overdue().await?;
        recover::park_unapproved(&self.core).await?;
        let asking = if turn.polls { Asking::Everything } else { Asking::Hinted };
        let mut first = first::activate(self).await?;
        let scope = Scope { due: true, except: std::mem::take(&mut first.unfinished), ..Scope::default() };
        let (mut found, decided) = self.plan(&scope, Counting::NewRules, Polling::Take(asking)).await?;
        found.failed = first.failed.or(found.failed);
        let until = Until::Rung(turn.bell);
        if !until.is_over() {
            admit::commit(&self.core, decided, &mut found).await?;
            due::remember(&self.core, &scope, &found).await?;
            apply::apply(&self.core, &until).await?;
            self.follow_up(&scope, &mut found, &until).await?;
        }
        let mut summary = self.summary(found)?;
        summary.scans.append(&mut first.scans);
        Ok(summary)
    }

    /// What a paused bridge does: what was begun is finished, and nothing else.
    pub async fn finish(&self, bell: &Arc<Bell>) -> Result<Summary, StoreError> {
        self.settle_overdue().await?;
        apply::apply(&self.core, &Until::Rung(bell.clone())).await?;
        self.summary(Found::at(self.core.now()))
    }

    /// When there is something to do next, as far as is known; what hosts tell of comes when it comes.
    pub fn next_moment(&self) -> Result<Option<Timestamp>, StoreError> {
        if self.is_paused() {
            return Ok(self.core.next_moment());
        }
        let (_, wakes) = wake::ahead(&self.core)?;
        let due = due::next(&self.core)?;
        Ok([wakes, due, self.core.next_moment()].into_iter().flatten().min())
    }

    /// Every rule that is not paused, and since when something that is due for it waits.
    pub fn late(&self) -> Result<BTreeMap<RuleAddress, Option<Timestamp>>, StoreError> {
        lag::late(&self.core)
    }

    /// Pauses or resumes a rule, or everything; false where it is so already.
    pub async fn pause(&self, what: &RuleAddress, paused: bool) -> Result<bool, StoreError> {
        paused::set(&self.core, what, paused).await
    }

    /// What a person has paused.
    pub fn paused(&self) -> BTreeSet<RuleAddress> {
        self.core.paused.lock().expect("no panic holds it").clone()
    }

    /// Whether everything is paused.
    pub fn is_paused(&self) -> bool {
        self.core.paused.lock().expect("no panic holds it").iter().any(|what| what.as_str() == paused::WHOLE)
    }

    /// Hosts that signed us out, with what they said.
    pub fn halted(&self) -> BTreeMap<String, HostError> {
        self.core.halted()
    }

    /// A host may be tried again: somebody signed in.
    pub fn try_again(&self, host: &str) {
        self.core.halted.lock().expect("no panic holds it").remove(host);
    }

    /// The same, planned and weighed, and nothing else.
    pub async fn preview(&self, scope: &Scope) -> Result<Summary, StoreError> {
        let (mut found, decided) = self.plan(scope, Counting::AllRules, Polling::Look).await?;
        admit::preview(&self.core, decided, &mut found)?;
        self.near_misses(&mut found).await?;
        self.summary(found)
    }

    /// Erases what is kept of a member; what was read about people is read again.
    pub async fn forget(&self, member: &str) -> Result<forget::Forgotten, StoreError> {
        self.core.answers.lock().expect("no panic holds it").clear();
        forget::forget(&*self.core.parts.store, member).await
    }

    /// Tells rules of what the service saw of the bridge: the kind of the event, what it is about, and more of it.
    pub async fn tell(&self, kind: &str, about: &str, hint: Value) -> Result<(), StoreError> {
        told::tell(&self.core, kind, about, hint).await
    }

    /// What waits for a person.
    pub fn parked(&self) -> Result<Vec<parked::Parked>, StoreError> {
        parked::list(&self.core)
    }

    /// How much of it is parked; counted anew only when it may have changed.
    pub fn count_parked(&self) -> Result<parked::Count, StoreError> {
        let counted = self.core.counted.lock().expect("no panic holds it").clone();
        if let Some(count) = counted {
            return Ok(count);
        }
        let count = parked::count(&self.core)?;
        *self.core.counted.lock().expect("no panic holds it") = Some(count.clone());
        Ok(count)
    }

    /// Has what is parked tried once more, then works like a pass that finds nothing else.
    pub async fn retry(&self, runs: &[RunId], until: &Until) -> Result<Summary, StoreError> {
        self.settle_overdue().await?;
        for run in runs {
            parked::retry(&self.core, run).await?;
        }
        self.go_on(until).await
    }

    /// Lets what is parked go; what waited behind it follows.
    pub async fn let_go(&self, runs: &[RunId], until: &Until) -> Result<Summary, StoreError> {
        self.settle_overdue().await?;
        for run in runs {
            parked::drop(&self.core, run).await?;
        }
        self.go_on(until).await
    }

    /// Builds the links between threads and cases anew from what the hosts know of them.
    pub async fn relink(&self) -> Result<relink::Relinked, relink::NotRelinked> {
        relink::relink(&self.core).await
    }

    async fn go_on(&self, until: &Until) -> Result<Summary, StoreError> {
        let mut found = Found::at(self.core.now());
        apply::apply(&self.core, until).await?;
        self.follow_up(&Scope::default(), &mut found, until).await?;
        self.summary(found)
    }

    /// Why a subject is acted on, or why not; nothing is written.
    pub async fn explain(&self, subject: &Subject) -> Result<Explained, StoreError> {
        explain::explain(&self.core, subject).await
    }

    /// Whether a rule has acted on a subject and may not yet do so again.
    pub fn has_acted(&self, rule: &Rule, subject: &Subject) -> Result<bool, StoreError> {
        scan::has_acted(&self.core, rule, subject)
    }

    /// Events that are known already: decided, committed and applied like everything that a scan finds.
    pub async fn handle(&self, events: Vec<Event>) -> Result<Summary, StoreError> {
        self.settle_overdue().await?;
        let now = self.core.now();
        let mut found = Found::at(now);
        wake::wait(&self.core, &events).await?;
        let facts = events.into_iter().map(|event| Facts::new(event, now)).collect();
        let decided = self.decide(facts, &mut found).await?;
        admit::commit(&self.core, decided, &mut found).await?;
        apply::apply(&self.core, &Until::Settled).await?;
        self.follow_up(&Scope::default(), &mut found, &Until::Settled).await?;
        self.summary(found)
    }

    /// What begins because something was settled, and whose moment has come.
    async fn follow_up(&self, scope: &Scope, found: &mut Found, until: &Until) -> Result<(), StoreError> {
        while !until.is_over() {
            let woken = wake::due(&self.core, scope, found)?;
            if woken.is_empty() {
                return Ok(());
            }
            let decided = self.decide(woken, found).await?;
            admit::commit(&self.core, decided, found).await?;
            apply::apply(&self.core, until).await?;
        }
        Ok(())
    }

    async fn settle_overdue(&self) -> Result<(), StoreError> {
        let overdue = std::mem::take(&mut *self.overdue.lock().expect("no panic holds it"));
        recover::settle(&self.core, overdue).await
    }

    /// Tells of what is nearly due.
    async fn near_misses(&self, found: &mut Found) -> Result<(), StoreError> {
        let near = scan::nearly_due(&self.core, found).await?;
        let decided = decide::decide(&self.core, near, found).await;
        found.sort_out(&self.core, decided);
        Ok(())
    }

    async fn plan(
        &self,
        scope: &Scope,
        counting: Counting,
        polling: Polling,
    ) -> Result<(Found, Vec<decide::Decided>), StoreError> {
        self.core.forget_old_answers();
        let mut found = Found::at(self.core.now());
        let mut fired = Vec::new();
        // A single rule that is asked for by name is one on a schedule.
        match polling {
            _ if scope.rule.is_some() => {}
            Polling::Take(asking) => poll::take(&self.core, &mut found, asking).await?,
            Polling::Look => {
                let heard = poll::look(&self.core, &mut found).await?;
                fired.extend(self.decide(heard, &mut found).await?);
            }
        }
        due::rules(&self.core, scope, &mut found)?;
        let woken = wake::due(&self.core, scope, &mut found)?;
        fired.extend(self.decide(woken, &mut found).await?);
        let mut pages = scan::Pages::of(&self.core, &found);
        while let Some(events) = pages.next(&self.core, &mut found).await? {
            fired.extend(self.decide(events, &mut found).await?);
        }
        older::count(&self.core, &mut found, counting).await?;
        (self.core.parts.watch)(Happened::Looked(found.scans()));
        Ok((found, fired))
    }

    /// The events in which a rule acts; rules in the shadow of another are held against it.
    async fn decide(&self, events: Vec<Facts>, found: &mut Found) -> Result<Vec<decide::Decided>, StoreError> {
        let decided = decide::decide(&self.core, events, found).await;
        compared::compare(&self.core, &decided, found)?;
        Ok(found.sort_out(&self.core, decided))
    }

    fn summary(&self, found: Found) -> Result<Summary, StoreError> {
        let ahead = wake::ahead(&self.core)?;
        let ledger = self.core.ledger();
        let reads = std::mem::take(&mut *self.core.reads.lock().expect("no panic holds it"));
        Ok(Summary { reads, ahead, ..Summary::of(&found, &ledger, &self.core.halted()) })
    }

    /// What the engine is made of, for reports.
    pub fn parts(&self) -> &Parts {
        &self.core.parts
    }
}

impl Core {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("no panic holds the ledger")
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// What changes of the ledger are made with.
    fn around(&self) -> ledger::Around<'_> {
        let Parts { catalog, rules, .. } = &self.parts;
        ledger::Around { catalog, calendars: &rules.calendars, now: self.now() }
    }

    fn halted(&self) -> BTreeMap<String, HostError> {
        self.halted.lock().expect("no panic holds it").clone()
    }

    /// A host that signed us out gets no more work until somebody signs in again.
    fn halt(&self, host: &str, error: &HostError) {
        self.halted.lock().expect("no panic holds it").entry(host.to_owned()).or_insert_with(|| error.clone());
    }

    /// Something was parked, or is parked no more.
    fn count_anew(&self) {
        *self.counted.lock().expect("no panic holds it") = None;
    }

    fn count_read(&self, host: &str) {
        *self.reads.lock().expect("no panic holds it").entry(host.to_owned()).or_default() += 1;
    }

    /// The rules that a run was planned with: the present ones, or archived ones compiled again.
    fn ruleset(&self, digest: &crate::names::Digest) -> Result<Option<Arc<RuleSet>>, StoreError> {
        if self.parts.rules.digest == *digest {
            return Ok(Some(self.parts.rules.clone()));
        }
        if let Some(rules) = self.archive.lock().expect("no panic holds it").get(digest) {
            return Ok(Some(rules.clone()));
        }
        let Some(sources) = self.parts.store.get(&records::rules_key(digest))? else { return Ok(None) };
        let rules = (self.parts.recompile)(&String::from_utf8_lossy(&sources));
        if let Some(rules) = &rules {
            self.archive.lock().expect("no panic holds it").insert(digest.clone(), rules.clone());
        }
        Ok(rules)
    }
}
