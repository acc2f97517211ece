//! What the search index knows without looking at every message: orders and places, kept as messages change.
//!
//! A page of a thousand out of a million comes from here by a walk that starts where the last page ended.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use imbl::OrdSet;

use super::message::Message;

/// Pairs of a key and an id, in order.
pub type Places = OrdSet<(i64, u64)>;

/// The orders of the messages that `search` sees.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// By the moment of posting, in milliseconds.
    pub posted: Places,
    /// Roots by the last post in their thread.
    pub active: Places,
    pub authors: Places,
    /// By label and tag, hashed.
    pub marks: Places,
    /// By member who gave kudos.
    pub givers: Places,
}

/// The key of a text: equal texts have the same, so what is found has to be compared.
pub fn key(text: &str) -> i64 {
    static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    HASHER.hash_one(text).cast_signed()
}

/// All ids with this key.
pub fn under(places: &Places, key: i64) -> impl DoubleEndedIterator<Item = u64> {
    places.range((key, 0)..=(key, u64::MAX)).map(|(_, id)| *id)
}

impl Index {
    /// Takes one version of a message out and another one in.
    pub fn replace(&mut self, old: Option<&Message>, new: Option<&Message>) {
        let old = old.filter(|message| !message.deleted);
        let new = new.filter(|message| !message.deleted);
        let posted = |m: &Message| vec![m.post_time.as_millisecond()];
        let active = |m: &Message| match m.depth {
            0 => vec![m.conversation.last_post.as_millisecond()],
            _ => Vec::new(),
        };
        let author = |m: &Message| vec![m.author];
        let marks = |m: &Message| m.labels.iter().chain(&m.tags).map(|mark| key(&mark.text)).collect();
        let givers = |m: &Message| m.kudos.keys().filter_map(|id| i64::try_from(*id).ok()).collect();
        turn(&mut self.posted, old, new, posted);
        turn(&mut self.active, old, new, active);
        turn(&mut self.authors, old, new, author);
        turn(&mut self.marks, old, new, marks);
        turn(&mut self.givers, old, new, givers);
    }
}

/// Keys of many new messages: taken in sorted, a million of them come several times as fast.
#[derive(Debug, Default)]
pub struct News {
    posted: Vec<(i64, u64)>,
    active: Vec<(i64, u64)>,
    authors: Vec<(i64, u64)>,
}

impl News {
    /// Notes a message without labels, tags and kudos.
    pub fn add(&mut self, message: &Message) {
        self.posted.push((message.post_time.as_millisecond(), message.id));
        self.authors.push((message.author, message.id));
        if message.depth == 0 {
            self.active.push((message.conversation.last_post.as_millisecond(), message.id));
        }
    }
}

impl Index {
    /// Takes in what was noted.
    pub fn take_in(&mut self, news: News) {
        extend(&mut self.posted, news.posted);
        extend(&mut self.active, news.active);
        extend(&mut self.authors, news.authors);
    }
}

/// Adds many places.
pub fn extend(places: &mut Places, mut news: Vec<(i64, u64)>) {
    news.sort_unstable();
    places.extend(news);
}

fn turn(places: &mut Places, old: Option<&Message>, new: Option<&Message>, keys: impl Fn(&Message) -> Vec<i64>) {
    let (before, after) = (old.map(&keys).unwrap_or_default(), new.map(&keys).unwrap_or_default());
    if before == after {
        return;
    }
    for (key, message) in before.iter().zip(old.iter().cycle()) {
        places.remove(&(*key, message.id));
    }
    for (key, message) in after.iter().zip(new.iter().cycle()) {
        places.insert((*key, message.id));
    }
}
