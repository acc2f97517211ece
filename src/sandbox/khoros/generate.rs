//! Fills the community with generated members and threads, a record at a time: a million of them never stand in JSON.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::community::Community;
use super::host::Khoros;
use super::member::Member;
use super::message::Message;
use super::roster::Roster;
use crate::sandbox::many::{BOARD, Made, MadeMember, MadeThread};

impl Khoros {
    /// Adds what was made up; the board must be there and the logins free.
    pub fn populate(&self, made: &Made) -> Result<(), String> {
        let now = self.now();
        let mut state = self.state();
        let community = &mut state.community;
        if !community.boards.contains_key(BOARD) {
            return Err(format!("generated threads need the board `{BOARD}`"));
        }
        if let Some(taken) = community.members.values().find(|member| made.has_login(&member.login)) {
            return Err(format!("the login `{}` of a generated member is taken", taken.login));
        }
        let first = community.next_member();
        let last = first + made.count_members().saturating_sub(1);
        community.took_member(last);
        add(community, made, first, now);
        Ok(())
    }
}

/// Members and threads at the same time: neither needs the other.
fn add(community: &mut Community, made: &Made, first: u64, now: Timestamp) {
    let mut roster = std::mem::take(&mut community.members);
    std::thread::scope(|scope| {
        let members = scope.spawn(move || {
            roster.put_all((first..).zip(made.members()).map(|(id, member)| self::member(id, member, now)));
            roster
        });
        let board: Arc<str> = BOARD.into();
        let root = community.last_message() + 1;
        community.took_message(root - 1 + made.threads);
        let threads = (root..).zip(made.threads());
        community.messages.put_all_indexed(threads.map(|(id, made)| thread(id, made, &board, first, now)));
        community.members = members.join().unwrap_or_else(|_| Roster::default());
    });
}

fn member(id: u64, made: MadeMember, now: Timestamp) -> Member {
    let mut member = Member::new(id, &made.login, now);
    member.email = made.email;
    member.first_name = made.first_name;
    member.last_name = made.last_name;
    member.rank = made.rank;
    member.registered = now - SignedDuration::from_hours(24 * 300);
    member.last_visit = now - made.last_visit;
    member
}

fn thread(id: u64, made: MadeThread, board: &Arc<str>, first: u64, now: Timestamp) -> Message {
    let author = i64::try_from(first + made.author - 1).unwrap_or(-1);
    let mut message = Message::new(id, board, author, now - made.age);
    message.subject = made.subject.into();
    message.body = made.body.into();
    message
}
