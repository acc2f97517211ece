//! Changes to threads that keep their counts right: post, accept, delete, merge, split. Who may do it is decided elsewhere.

use jiff::Timestamp;

use super::community::Community;
use super::message::{Accepted, Conversation, Message};

impl Community {
    /// Adds or replaces a message and counts its thread anew.
    pub fn save(&mut self, message: Message, at: Timestamp) {
        let topic = message.topic;
        self.messages.put(message, at);
        self.recount(topic, at);
    }

    /// The accepted reply of a thread.
    pub fn solution_of(&self, topic: u64) -> Option<u64> {
        let of_topic = |id: &u64| self.messages.live(*id).is_some_and(|m| m.topic == topic && m.solution.is_some());
        self.messages.topic_ids(topic).into_iter().find(of_topic)
    }

    /// Accepts a reply; another one that was accepted before no longer is.
    pub fn accept(&mut self, reply: u64, by: i64, at: Timestamp) {
        let Some(message) = self.messages.live(reply).cloned() else { return };
        if let Some(before) = self.solution_of(message.topic) {
            self.revoke(before, at);
        }
        self.save(Message { solution: Some(Accepted { by, time: at }), ..message }, at);
    }

    /// Takes an acceptance back.
    pub fn revoke(&mut self, reply: u64, at: Timestamp) {
        if let Some(message) = self.messages.live(reply).cloned() {
            self.save(Message { solution: None, ..message }, at);
        }
    }

    /// Deletes a message with everything under it, or brings that back.
    pub fn set_deleted(&mut self, id: u64, deleted: bool, at: Timestamp) {
        let Some(message) = self.messages.any(id).cloned() else { return };
        for under in self.children(id) {
            self.set_deleted(under, deleted, at);
        }
        self.save(Message { deleted, ..message }, at);
    }

    /// Moves a whole thread to another board.
    pub fn move_thread(&mut self, topic: u64, board: &str, at: Timestamp) {
        for id in self.messages.topic_ids(topic) {
            let elsewhere = self.messages.any(id).filter(|message| message.topic == topic && &*message.board != board);
            if let Some(message) = elsewhere.cloned() {
                self.messages.put(Message { board: board.into(), ..message }, at);
            }
        }
    }

    /// Hangs a whole thread under the root of another one.
    pub fn merge(&mut self, from: u64, into: u64, at: Timestamp) {
        for id in self.messages.topic_ids(from) {
            let Some(mut message) = self.messages.any(id).filter(|m| m.topic == from).cloned() else { continue };
            message.topic = into;
            message.depth += 1;
            message.parent = message.parent.or(Some(into));
            self.messages.put(message, at);
        }
        self.recount(into, at);
    }

    /// Makes a reply, with all that is below it, a thread of its own.
    pub fn split(&mut self, reply: u64, at: Timestamp) {
        let Some(first) = self.messages.any(reply).cloned() else { return };
        let mut moved = vec![reply];
        let mut next = 0;
        while let Some(above) = moved.get(next).copied() {
            moved.extend(self.children(above));
            next += 1;
        }
        for id in moved {
            let Some(mut message) = self.messages.any(id).cloned() else { continue };
            message.topic = reply;
            message.depth -= first.depth;
            message.parent = message.parent.filter(|_| id != reply);
            self.messages.put(message, at);
        }
        self.recount(first.topic, at);
        self.recount(reply, at);
    }

    fn children(&self, id: u64) -> Vec<u64> {
        let Some(message) = self.messages.any(id) else { return Vec::new() };
        let under = |child: &u64| self.messages.any(*child).is_some_and(|child| child.parent == Some(id));
        self.messages.topic_ids(message.topic).into_iter().filter(under).collect()
    }

    /// Counts a thread anew and stores the messages whose counts changed.
    fn recount(&mut self, topic: u64, at: Timestamp) {
        let all: Vec<&Message> = self
            .messages
            .topic_ids(topic)
            .into_iter()
            .filter_map(|id| self.messages.live(id))
            .filter(|m| m.topic == topic)
            .collect();
        let Some(root) = all.iter().find(|message| message.id == topic) else { return };
        let conversation = Conversation {
            messages: all.len() as u64,
            solved: all.iter().any(|message| message.solution.is_some()),
            last_post: all.iter().map(|message| message.post_time).max().unwrap_or(root.post_time),
        };
        let mut replies = std::collections::HashMap::<u64, u64>::new();
        all.iter().filter_map(|message| message.parent).for_each(|parent| *replies.entry(parent).or_default() += 1);
        let mut changed = Vec::new();
        for message in &all {
            let mut counted = (*message).clone();
            counted.replies = replies.get(&message.id).copied().unwrap_or(0);
            if message.id == topic {
                counted.conversation = conversation;
            }
            if counted != **message {
                changed.push(counted);
            }
        }
        changed.into_iter().for_each(|message| self.messages.put(message, at));
    }
}
