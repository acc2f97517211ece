//! The messages twice: as they are, and as the search index shows them, which may lag behind (sheet 13.3).
//!
//! Copies share what they have in common, so that an edit can work on one and be thrown away.

use std::collections::VecDeque;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use jiff::{SignedDuration, Timestamp};

use super::index::{Index, News};
use super::message::Message;

/// All messages.
#[derive(Clone, Debug, Default)]
pub struct Store {
    entries: OrdMap<u64, Entry>,
    /// Thread and reply, for every reply that was ever in a thread; a merge leaves the old place behind.
    in_topic: OrdSet<(u64, u64)>,
    /// Messages with versions that the index has not taken up yet.
    waiting: OrdSet<u64>,
    /// Custom fields that a message has or had.
    customs: OrdSet<String>,
    /// The orders of what the index shows.
    pub index: Index,
}

#[derive(Clone, Debug)]
struct Entry {
    live: Arc<Message>,
    shown: Option<Arc<Message>>,
    /// Boxed, because hardly any message waits.
    pending: Option<Box<Pending>>,
}

type Pending = VecDeque<(Timestamp, Arc<Message>)>;

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

    /// The messages that the index shows with ids between these, both included.
    pub fn shown_between(&self, first: u64, last: u64) -> impl DoubleEndedIterator<Item = &Message> {
        let entries = self.entries.range(first..=last.max(first)).filter(move |_| first <= last);
        let shown = entries.filter_map(|(_, entry)| entry.shown.as_deref());
        shown.filter(|message| !message.deleted)
    }

    /// Ids of everything that is or was in this thread, in order.
    pub fn topic_ids(&self, topic: u64) -> Vec<u64> {
        let mut ids: Vec<u64> = self.in_topic.range((topic, 0)..=(topic, u64::MAX)).map(|(_, id)| *id).collect();
        if let Err(at) = ids.binary_search(&topic)
            && self.entries.contains_key(&topic)
        {
            ids.insert(at, topic);
        }
        ids
    }

    /// Stores a version that was written at this moment; the index takes it up later (`promote`).
    pub fn put(&mut self, message: Message, at: Timestamp) {
        let id = message.id;
        self.place(&message);
        let message = Arc::new(message);
        let mut entry = match self.entries.get(&id) {
            Some(entry) => entry.clone(),
            None => Entry { live: message.clone(), shown: None, pending: None },
        };
        entry.live = message.clone();
        entry.pending.get_or_insert_default().push_back((at, message));
        self.entries.insert(id, entry);
        self.waiting.insert(id);
    }

    /// Adds new messages that the index has known for long.
    pub fn put_all_indexed(&mut self, messages: impl Iterator<Item = Message>) {
        let mut news = News::default();
        for message in messages {
            self.place(&message);
            news.add(&message);
            let message = Arc::new(message);
            self.entries.insert(message.id, Entry { live: message.clone(), shown: Some(message), pending: None });
        }
        self.index.take_in(news);
    }

    /// Whether any message has or had this custom field.
    pub fn has_custom(&self, name: &str) -> bool {
        self.customs.contains(name)
    }

    fn place(&mut self, message: &Message) {
        message.rare.custom.keys().for_each(|name| drop(self.customs.insert(name.clone())));
        if message.topic != message.id {
            self.in_topic.insert((message.topic, message.id));
        }
    }

    /// Lets the index show this message as it is.
    pub fn show_now(&mut self, id: u64) {
        if let Some(entry) = self.entries.get_mut(&id) {
            self.index.replace(entry.shown.as_deref(), Some(&entry.live));
            entry.shown = Some(entry.live.clone());
            entry.pending = None;
            self.waiting.remove(&id);
        }
    }

    /// Lets the index take up what was written at least `lag` ago.
    pub fn promote(&mut self, now: Timestamp, lag: SignedDuration) {
        if self.waiting.is_empty() {
            return;
        }
        let Self { entries, waiting, index, .. } = self;
        let mut still = OrdSet::new();
        for id in waiting.iter() {
            let Some(entry) = entries.get_mut(id) else { continue };
            let Some(pending) = &mut entry.pending else { continue };
            while pending.front().is_some_and(|(at, _)| now.duration_since(*at) >= lag) {
                let Some((_, message)) = pending.pop_front() else { break };
                index.replace(entry.shown.as_deref(), Some(&message));
                entry.shown = Some(message);
            }
            if pending.is_empty() {
                entry.pending = None;
            } else {
                still.insert(*id);
            }
        }
        *waiting = still;
    }
}
