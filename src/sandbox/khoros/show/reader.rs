//! Who reads, through what, and what that one may see.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::sandbox::khoros::board::Board;
use crate::sandbox::khoros::community::View;
use crate::sandbox::khoros::member::Member;
use crate::sandbox::khoros::message::Message;
use crate::sandbox::khoros::sessions::Sessions;
use crate::sandbox::khoros::switches::Switches;

/// Who reads, and through what.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub view: View<'a>,
    pub switches: &'a Switches,
    /// Nobody is the anonymous reader.
    pub caller: Option<&'a Member>,
    /// Whether that one may do everything.
    pub admin: bool,
    /// The address at which the community was reached.
    pub base: &'a str,
    pub sessions: &'a Sessions,
    pub now: Timestamp,
}

impl<'a> Reader<'a> {
    /// Whether the reader sees a board.
    pub fn sees(&self, board: &Board) -> bool {
        self.caller.is_some() || !board.members_only
    }

    /// A message that the reader sees.
    pub fn message(&self, id: u64) -> Option<&'a Message> {
        self.view.message(id).filter(|message| self.may_read(message))
    }

    /// Whether the reader sees a message: not on boards for members only, and not what is held for others to approve.
    pub fn may_read(&self, message: &Message) -> bool {
        let own = self.caller.is_some_and(|caller| i64::try_from(caller.id) == Ok(message.author));
        let held = message.is_held() && !own && !self.admin;
        !held && self.view.community.boards.get(&*message.board).is_none_or(|board| self.sees(board))
    }

    /// The members who are signed in.
    pub fn online(&self) -> HashSet<u64> {
        self.sessions.online(self.now, self.switches.session_ttl_min)
    }

    /// Whether somebody is signed in, as it is shown.
    pub fn online_status(&self, member: &Member) -> &'static str {
        if self.sessions.is_online(member.id, self.now, self.switches.session_ttl_min) { "online" } else { "offline" }
    }
}
