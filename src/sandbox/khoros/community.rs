//! The community as a whole: boards, members and messages, and how to find them.

use std::collections::{BTreeMap, BTreeSet};

use imbl::{OrdMap, Vector};
use jiff::{SignedDuration, Timestamp};

use super::board::{Board, Category};
use super::member::Member;
use super::message::Message;
use super::notes::Note;
use super::roster::Roster;
use super::store::Store;
use super::subscription::Subscription;

/// Everything in the community.
#[derive(Clone, Debug, Default)]
pub struct Community {
    pub boards: BTreeMap<String, Board>,
    /// Those that a scene describes; a board may name others, which stand directly in the community.
    pub categories: BTreeMap<String, Category>,
    pub members: Roster,
    pub messages: Store,
    /// Private messages, oldest first.
    pub notes: Vector<Note>,
    pub subscriptions: OrdMap<u64, Subscription>,
    last_message: u64,
    last_member: u64,
}

impl Community {
    /// A free message id; topics and replies share one counter (sheet 16.3).
    pub fn next_message(&mut self) -> u64 {
        self.last_message += 1;
        self.last_message
    }

    /// The highest id of a message so far.
    pub fn last_message(&self) -> u64 {
        self.last_message
    }

    /// Keeps the counter above an id that a scene gave.
    pub fn took_message(&mut self, id: u64) {
        self.last_message = self.last_message.max(id);
    }

    /// A free member id.
    pub fn next_member(&mut self) -> u64 {
        self.last_member += 1;
        self.last_member
    }

    /// Keeps the counter above an id that a scene gave.
    pub fn took_member(&mut self, id: u64) {
        self.last_member = self.last_member.max(id);
    }

    /// The member with this login, in any case, deleted ones included.
    pub fn by_login(&self, login: &str) -> Option<&Member> {
        self.members.by_login(login)
    }

    /// The ids of all categories: described ones, and those that only a board names.
    pub fn category_ids(&self) -> BTreeSet<&str> {
        let named = self.boards.values().map(|board| &*board.category);
        named.chain(self.categories.keys().map(|id| &**id)).collect()
    }

    /// The title of a category; its id if it has none.
    pub fn category_title<'a>(&'a self, id: &'a str) -> &'a str {
        self.categories.get(id).map_or(id, |category| &category.title)
    }

    /// The author of a message, if it is a member.
    pub fn author(&self, id: i64) -> Option<&Member> {
        self.members.get(u64::try_from(id).ok()?)
    }
}

/// What a reader may look at: messages as they are, or as the index shows them.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub community: &'a Community,
    pub indexed: bool,
}

impl<'a> View<'a> {
    /// A message in this view.
    pub fn message(&self, id: u64) -> Option<&'a Message> {
        match self.indexed {
            true => self.community.messages.shown(id),
            false => self.community.messages.live(id),
        }
    }

    /// The root of a message's thread; the message itself while the index does not show the root.
    pub fn root(&self, message: &'a Message) -> &'a Message {
        self.message(message.topic).unwrap_or(message)
    }
}

/// How far the index lags behind.
pub fn lag(ms: u64) -> SignedDuration {
    SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// A moment in the community's own zone, as the API writes it. The zone is fixed, eight hours behind UTC, so that a
/// client that forgets to read the offset is wrong all year.
pub fn written(at: Timestamp) -> String {
    let local = jiff::tz::offset(-8).to_datetime(at);
    let (year, millis) = (local.year().unsigned_abs(), local.subsec_nanosecond().unsigned_abs() / 1_000_000);
    let mut text = String::with_capacity(29);
    // Every row has several of these, and `format!` takes its time.
    let mut put = |two: u8, after: &str| {
        text.extend([two / 10, two % 10].map(|figure| char::from(b'0' + figure)));
        text.push_str(after);
    };
    put((year / 100 % 100) as u8, "");
    put((year % 100) as u8, "-");
    put(local.month().unsigned_abs(), "-");
    put(local.day().unsigned_abs(), "T");
    put(local.hour().unsigned_abs(), ":");
    put(local.minute().unsigned_abs(), ":");
    put(local.second().unsigned_abs(), ".");
    put((millis / 10) as u8, "");
    text.push(char::from(b'0' + (millis % 10) as u8));
    text.push_str("-08:00");
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn moments_are_written_eight_hours_behind() {
        let at = "2026-01-02T03:04:05.006Z".parse().expect("a moment");
        assert_eq!(super::written(at), "2026-01-01T19:04:05.006-08:00");
    }
}
