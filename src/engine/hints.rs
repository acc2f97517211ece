//! What hosts told of and nobody has looked at yet: stored before they are answered, asked about in the next pass, and
//! taken out once the polls that know the subject have answered.
//!
//! A hint only says where to look, so any number of them about one subject, in any order, is one look.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::catalog::Locate;
use crate::engine::bell::Bell;
use crate::engine::{Core, layout, retry};
use crate::failure::{FailureClass, HostError};
use crate::names::{BridgeId, Subject};
use crate::ports::{Batch, Clock, Store, StoreError};

/// So many wait at most; who brings more is asked to come again later.
pub const ROOM: usize = 100_000;

/// Where the hints of a bridge are put down, also while its engine is busy or is being opened anew.
pub struct Inbox {
    bridge: BridgeId,
    store: Arc<dyn Store>,
    bell: Arc<Bell>,
    next: AtomicU64,
    /// How many there were when they were last counted, and all that came since.
    waiting: AtomicUsize,
}

impl Inbox {
    /// The inbox of a bridge, with what is in it.
    pub fn open(
        bridge: &BridgeId,
        store: Arc<dyn Store>,
        clock: &dyn Clock,
        bell: Arc<Bell>,
    ) -> Result<Self, StoreError> {
        let start = u64::try_from(clock.now().as_microsecond()).unwrap_or(0) << 8;
        let waiting = AtomicUsize::new(store.range(&layout::hints(bridge))?.len());
        Ok(Inbox { bridge: bridge.clone(), store, bell, next: AtomicU64::new(start), waiting })
    }

    /// Whether there is room for some more.
    pub fn has_room(&self, more: usize) -> Result<bool, StoreError> {
        if self.waiting.load(Ordering::SeqCst) + more > ROOM {
            self.waiting.store(self.store.range(&layout::hints(&self.bridge))?.len(), Ordering::SeqCst);
        }
        Ok(self.waiting.load(Ordering::SeqCst) + more <= ROOM)
    }

    /// Puts hints, and whatever goes with them, down; ends once they are durable.
    pub async fn put(&self, subjects: &[Subject], mut with: Batch) -> Result<(), StoreError> {
        for subject in subjects {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            with.put(layout::hint_key(&self.bridge, number), subject.as_str());
        }
        self.store.commit(with).await?;
        self.waiting.fetch_add(subjects.len(), Ordering::SeqCst);
        self.bell.ring();
        Ok(())
    }
}

/// What is hinted at.
#[derive(Default)]
pub struct Hinted {
    /// The records of each hint.
    records: BTreeMap<Subject, Vec<String>>,
    /// What the hints are about: themselves, or the thread or case that they belong to.
    about: BTreeSet<Subject>,
}

impl Hinted {
    /// Reads what waits and asks the hosts what it is about; what cannot be asked waits on, and so does what a host that
    /// signed us out told of.
    pub async fn read(core: &Core, failed: &mut Vec<HostError>) -> Result<Self, StoreError> {
        let mut hinted = Hinted::default();
        for (key, subject) in core.parts.store.range(&layout::hints(&core.parts.bridge))? {
            let subject = Subject::from(String::from_utf8_lossy(&subject).as_ref());
            hinted.records.entry(subject).or_default().push(key);
        }
        hinted.about = hinted.records.keys().cloned().collect();
        let halted = core.halted();
        hinted.records.retain(|subject, _| !halted.contains_key(subject.host()));
        hinted.about.retain(|subject| !halted.contains_key(subject.host()));
        for locate in core.parts.catalog.locates().iter().filter(|locate| !halted.contains_key(locate.host)) {
            failed.extend(hinted.locate(core, locate).await.err());
        }
        Ok(hinted)
    }

    async fn locate(&mut self, core: &Core, locate: &Locate) -> Result<(), HostError> {
        let takes = |subject: &&Subject| subject.host() == locate.host && locate.takes.contains(&subject.kind());
        let asked: Vec<Subject> = self.records.keys().filter(takes).cloned().collect();
        let mut chunks: Vec<&[Subject]> = asked.chunks(locate.up_to.max(1)).collect();
        while let Some(subjects) = chunks.pop() {
            subjects.iter().for_each(|subject| _ = self.about.remove(subject));
            match retry::until_answered(core, locate.host, || (locate.call)(subjects.to_vec())).await {
                Ok(located) => self.about.extend(located.into_iter().map(|(_, about)| about)),
                // One that the host does not take must not hold up the others: each is asked about alone.
                Err(error) if error.class == FailureClass::Refused && subjects.len() > 1 => {
                    chunks.extend(subjects.chunks(1));
                }
                Err(error) if error.class == FailureClass::Refused => {
                    tracing::warn!(subject = %subjects[0], "a hint comes to nothing: {error}");
                }
                Err(error) => {
                    core.note_failure(locate.host, &error);
                    let rest = chunks.iter().copied().chain([subjects]).flatten();
                    rest.for_each(|subject| _ = (self.records.remove(subject), self.about.remove(subject)));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether a subject is hinted at.
    pub fn is_about(&self, subject: &Subject) -> bool {
        self.about.contains(subject)
    }

    /// Whether a host hints at anything.
    pub fn is_any(&self, host: &str) -> bool {
        self.about.iter().any(|about| about.host() == host)
    }

    /// Takes out what was asked about; the hints of a host that did not answer stay.
    pub fn over(&self, silent: &BTreeSet<String>) -> Batch {
        let mut batch = Batch::default();
        let over = self.records.iter().filter(|(subject, _)| !silent.contains(subject.host()));
        over.flat_map(|(_, keys)| keys).for_each(|key| batch.remove(key.as_str()));
        batch
    }
}
