//! The flow, on one screen: scan → decide ⇄ gather → admit → commit → apply (waves) → settle → ledger.
//!
//! An engine serves one bridge and never names a host. Start is recovery: there is one apply path, and it always
//! asks the ledger. A preview is the same flow without the commit; there is no flag for it.

pub mod admit;
pub mod anew;
pub mod apply;
pub mod ask;
pub mod asked;
pub mod bell;
pub mod by_hand;
pub mod caps;
pub mod collected;
pub mod compared;
pub mod core;
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
pub mod layout;
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
pub mod retention;
pub mod retry;
pub mod returned;
pub mod rotation;
pub mod scan;
pub mod stages;
pub mod texts;
pub mod told;
pub mod turns;
pub mod wake;

pub use self::core::{Core, Parts, Recompile};
pub use apply::Until;
pub use bell::Bell;
pub use due::{Moved, Standing};
pub use hints::Inbox;
pub use report::{Happened, Summary};

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use crate::engine::found::Found;
use crate::event::Event;
use crate::facts::Facts;
use crate::names::RuleAddress;
use crate::ports::StoreError;
use crate::problem::Problem;

use older::Counting;
use poll::Asking;

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
        let core = Core::open(parts)?;
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
        retention::tidy(&self.core, &Until::Settled).await?;
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
            retention::tidy(&self.core, &until).await?;
        }
        let mut summary = self.summary(found)?;
        summary.scans.append(&mut first.scans);
        Ok(summary)
    }

    /// What a paused bridge does: what was begun is finished, and nothing else.
    pub async fn finish(&self, bell: &Arc<Bell>) -> Result<Summary, StoreError> {
        self.settle_overdue().await?;
        let until = Until::Rung(bell.clone());
        apply::apply(&self.core, &until).await?;
        retention::tidy(&self.core, &until).await?;
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

    /// The same, planned and weighed, and nothing else.
    pub async fn preview(&self, scope: &Scope) -> Result<Summary, StoreError> {
        let (mut found, decided) = self.plan(scope, Counting::AllRules, Polling::Look).await?;
        admit::preview(&self.core, decided, &mut found)?;
        self.near_misses(&mut found).await?;
        self.summary(found)
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
