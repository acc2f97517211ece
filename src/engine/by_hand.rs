//! What is asked of an engine beside its passes: by people, and by the service that shows how it stands.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::engine::found::Found;
use crate::engine::{
    Engine, Parts, Scope, Summary, Until, apply, explain, forget, lag, layout, parked, paused, records, relink, scan,
    told,
};
use crate::failure::HostError;
use crate::names::{RuleAddress, RunId, Subject};
use crate::plan::Explained;
use crate::ports::StoreError;
use crate::rules::Rule;
use crate::run::Scan;
use crate::value::Value;

impl Engine {
    /// Every rule that is not paused, and since when something that is due for it waits.
    pub fn late(&self) -> Result<BTreeMap<RuleAddress, Option<Timestamp>>, StoreError> {
        lag::late(&self.core)
    }

    /// How many were over the cap of a rule when it looked last, for rules that are over it.
    pub fn over_cap(&self) -> Result<BTreeMap<RuleAddress, u64>, StoreError> {
        let Parts { bridge, rules, store, .. } = &self.core.parts;
        let mut over = BTreeMap::new();
        for rule in &rules.rules {
            let Some(bytes) = store.get(&layout::scan_key(bridge, &rule.address))? else { continue };
            let scan: Scan = records::decode(&bytes)?;
            over.extend((scan.waiting > 0).then(|| (rule.address.clone(), scan.waiting)));
        }
        Ok(over)
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
}
