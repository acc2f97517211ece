//! The messages twice: as they are, and as the search index shows them, which may lag behind (sheet 13.3).

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::message::Message;

/// All messages.
#[derive(Clone, Debug, Default)]
pub struct Store {
    entries: BTreeMap<u64, Entry>,
    /// Every message that was ever in a thread; a merge leaves the old place behind.
    by_topic: HashMap<u64, BTreeSet<u64>>,
    /// Messages with versions that the index has not taken up yet.
    waiting: BTreeSet<u64>,
}

#[derive(Clone, Debug)]
struct Entry {
    live: Arc<Message>,
    shown: Option<Arc<Message>>,
    pending: VecDeque<(Timestamp, Arc<Message>)>,
}

impl Store {
    /// The message as it is, deleted ones included.
    pub fn any(&self, id: u64) -> Option<&Message> {
        self.entries.get(&id).map(|entry| &*entry.live)
    }

    /// The message as it is.
    pub fn live(&self, id: u64) -> Option<&Message> {
        self.any(id).filter(|message| !message.deleted)
    }

    /// The message as the index shows it.
    pub fn shown(&self, id: u64) -> Option<&Message> {
        self.entries.get(&id)?.shown.as_deref().filter(|message| !message.deleted)
    }

    /// Every message as it is, deleted ones included, by id.
    pub fn all(&self) -> impl Iterator<Item = &Message> {
        self.entries.values().map(|entry| &*entry.live)
    }

    /// All ids in order.
    pub fn ids(&self) -> impl Iterator<Item = u64> {
        self.entries.keys().copied()
    }

    /// Ids of everything that is or was in this thread.
    pub fn topic_ids(&self, topic: u64) -> impl Iterator<Item = u64> {
        self.by_topic.get(&topic).into_iter().flatten().copied()
    }

    /// Stores a version that was written at this moment; the index takes it up later (`promote`).
    pub fn put(&mut self, message: Message, at: Timestamp) {
        let id = message.id;
        self.by_topic.entry(message.topic).or_default().insert(id);
        let message = Arc::new(message);
        let fresh = || Entry { live: message.clone(), shown: None, pending: VecDeque::new() };
        let entry = self.entries.entry(id).or_insert_with(fresh);
        entry.live = message.clone();
        entry.pending.push_back((at, message));
        self.waiting.insert(id);
    }

    /// Lets the index show this message as it is.
    pub fn show_now(&mut self, id: u64) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.shown = Some(entry.live.clone());
            entry.pending.clear();
            self.waiting.remove(&id);
        }
    }

    /// Lets the index take up what was written at least `lag` ago.
    pub fn promote(&mut self, now: Timestamp, lag: SignedDuration) {
        let Self { entries, waiting, .. } = self;
        waiting.retain(|id| {
            let Some(entry) = entries.get_mut(id) else { return false };
            while entry.pending.front().is_some_and(|(at, _)| now.duration_since(*at) >= lag) {
                entry.shown = entry.pending.pop_front().map(|(_, message)| message);
            }
            !entry.pending.is_empty()
        });
    }
}
