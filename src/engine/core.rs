//! What all parts of an engine share.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Catalog;
use crate::engine::ledger::{Around, Ledger};
use crate::engine::{Happened, layout, parked, paused};
use crate::facts::Recorded;
use crate::failure::HostError;
use crate::names::{BridgeId, Digest, ReadKey, RuleAddress};
use crate::ports::{Clock, Entropy, Store, StoreError};
use crate::rules::RuleSet;

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

/// Shared by all tasks of an engine. The ledger's lock is never held across an await.
pub struct Core {
    pub parts: Parts,
    pub(super) ledger: Mutex<Ledger>,
    /// Answers about people and contacts, which may be used again for an hour.
    pub(super) answers: Mutex<HashMap<ReadKey, Arc<Recorded>>>,
    pub(super) archive: Mutex<HashMap<Digest, Arc<RuleSet>>>,
    /// The present rules are in the store's archive.
    pub(super) archived: AtomicBool,
    /// Hosts that signed us out, with what they said.
    pub(super) halted: Mutex<BTreeMap<String, HostError>>,
    /// Hosts whose polls do not come through, and since when.
    pub(super) unheard: Mutex<BTreeMap<String, Timestamp>>,
    /// Reads asked of each host since the last summary.
    pub(super) reads: Mutex<BTreeMap<String, usize>>,
    /// What a person has paused.
    pub(super) paused: Mutex<BTreeSet<RuleAddress>>,
    /// What is parked, as it was counted last; nothing once that may have changed.
    pub(super) counted: Mutex<Option<parked::Count>>,
}

impl Core {
    /// With nothing read and nothing open.
    pub(super) fn open(parts: Parts) -> Result<Arc<Self>, StoreError> {
        let paused = Mutex::new(paused::list(&*parts.store, &parts.bridge)?);
        Ok(Arc::new(Core {
            parts,
            paused,
            ledger: Mutex::default(),
            answers: Mutex::default(),
            archive: Mutex::default(),
            archived: AtomicBool::default(),
            halted: Mutex::default(),
            reads: Mutex::default(),
            unheard: Mutex::default(),
            counted: Mutex::default(),
        }))
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("no panic holds the ledger")
    }

    pub(super) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// What changes of the ledger are made with.
    pub(super) fn around(&self) -> Around<'_> {
        let Parts { catalog, rules, .. } = &self.parts;
        Around { catalog, calendars: &rules.calendars, now: self.now() }
    }

    pub(super) fn halted(&self) -> BTreeMap<String, HostError> {
        self.halted.lock().expect("no panic holds it").clone()
    }

    /// A host that signed us out gets no more work until somebody signs in again.
    pub(super) fn halt(&self, host: &str, error: &HostError) {
        self.halted.lock().expect("no panic holds it").entry(host.to_owned()).or_insert_with(|| error.clone());
    }

    /// Something was parked, or is parked no more.
    pub(super) fn count_anew(&self) {
        *self.counted.lock().expect("no panic holds it") = None;
    }

    pub(super) fn count_read(&self, host: &str) {
        *self.reads.lock().expect("no panic holds it").entry(host.to_owned()).or_default() += 1;
    }

    /// The rules that a run was planned with: the present ones, or archived ones compiled again.
    pub(super) fn ruleset(&self, digest: &Digest) -> Result<Option<Arc<RuleSet>>, StoreError> {
        if self.parts.rules.digest == *digest {
            return Ok(Some(self.parts.rules.clone()));
        }
        if let Some(rules) = self.archive.lock().expect("no panic holds it").get(digest) {
            return Ok(Some(rules.clone()));
        }
        let Some(sources) = self.parts.store.get(&layout::rules_key(digest))? else { return Ok(None) };
        let rules = (self.parts.recompile)(&String::from_utf8_lossy(&sources));
        if let Some(rules) = &rules {
            self.archive.lock().expect("no panic holds it").insert(digest.clone(), rules.clone());
        }
        Ok(rules)
    }
}
