//! One call at work: who calls, what it may do, and what it did.

use jiff::Timestamp;

use super::answer::Refusal;
use super::community::View;
use super::events::Kind;
use super::flood::Act;
use super::host::State;
use super::member::Member;
use super::message::Message;
use super::show::Reader;

/// One v2 call at work.
pub struct Desk<'a> {
    pub state: &'a mut State,
    pub caller: Option<u64>,
    pub now: Timestamp,
    pub base: &'a str,
}

impl Desk<'_> {
    /// The reader of this call, through the index or not.
    pub fn reader(&self, indexed: bool) -> Reader<'_> {
        let community = &self.state.community;
        let caller = self.caller.and_then(|id| community.members.get(id));
        Reader {
            view: View { community, indexed },
            switches: &self.state.switches,
            sessions: &self.state.sessions,
            now: self.now,
            caller,
            admin: caller.is_some_and(Member::is_admin),
            base: self.base,
        }
    }

    /// The member who calls; anonymous callers may not.
    pub fn member(&self) -> Result<&Member, Refusal> {
        let member = self.caller.and_then(|id| self.state.community.members.get(id));
        member.ok_or_else(Refusal::not_authorized)
    }

    /// Refuses a member who does too much too fast; administrators are exempt.
    pub fn admit(&mut self, act: Act) -> Result<(), Refusal> {
        let member = self.member()?;
        let (id, exempt) = (member.id, member.is_admin() || !self.state.switches.flood_control);
        match exempt || self.state.flood.admit(id, act, self.now) {
            true => Ok(()),
            false => Err(Refusal::flood()),
        }
    }

    /// Takes in a new message, which gets its id here, so that a refused post leaves no gap. On a moderated board it is
    /// held unless an administrator wrote it (sheet 7.2).
    pub fn add_message(&mut self, mut message: Message) -> u64 {
        let held = self.state.community.boards.get(&*message.board).is_some_and(|board| board.moderated);
        if held && !self.member().is_ok_and(Member::is_admin) {
            message.moderation_status = "unmoderated".into();
        }
        let id = self.state.community.next_message();
        message.id = id;
        if message.parent.is_none() {
            message.topic = id;
            self.state.events.add(Kind::MessageRootPublished, id);
        }
        self.state.community.save(message, self.now);
        self.wrote("create message", Kind::MessageCreate, id);
        id
    }

    /// Counts a write that was applied, and notes it for those who subscribed.
    pub fn wrote(&mut self, kind: &str, event: Kind, id: u64) {
        self.count(kind);
        self.state.events.add(event, id);
    }

    /// Counts a write that was applied.
    pub fn count(&mut self, kind: &str) {
        *self.state.applied.entry(kind.to_owned()).or_default() += 1;
    }
}
