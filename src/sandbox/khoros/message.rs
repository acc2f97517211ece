//! Messages: topics and replies, as the community holds them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A topic or a reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: u64,
    pub board: String,
    /// The root of its thread; its own id if it is one.
    pub topic: u64,
    pub parent: Option<u64>,
    pub depth: u32,
    /// The author's member id; -1, as on the real host, is nobody.
    pub author: i64,
    pub subject: String,
    pub body: Arc<str>,
    pub post_time: Timestamp,
    pub revision: u32,
    pub edited: Timestamp,
    pub edited_by: i64,
    pub read_only: bool,
    pub labels: Vec<Mark>,
    pub tags: Vec<Mark>,
    pub kudos: BTreeSet<u64>,
    pub solution: Option<Accepted>,
    pub views: u64,
    pub is_escalated: bool,
    pub moderation_status: String,
    /// When a moderator approved it.
    pub approved: Option<Timestamp>,
    pub archived: bool,
    /// `EN`, `DE`, …
    pub language: String,
    /// Who said that they have the same problem.
    pub me_toos: BTreeSet<u64>,
    pub attachments: Vec<Attachment>,
    /// Custom fields by name, such as `c_serial`.
    pub custom: BTreeMap<String, String>,
    pub context_id: String,
    pub context_url: String,
    pub deleted: bool,
    /// Direct children that are not deleted.
    pub replies: u64,
    /// Counted for the whole thread; right on roots only.
    pub conversation: Conversation,
}

/// A file on a message.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    pub filename: String,
    pub content_type: String,
    pub filesize: u64,
}

/// A label or a tag on a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub text: String,
    pub time: Timestamp,
    pub by: i64,
}

/// That a reply was accepted as the solution.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    pub by: i64,
    pub time: Timestamp,
}

/// What a root knows of its thread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conversation {
    /// The root counts.
    pub messages: u64,
    pub solved: bool,
    pub last_post: Timestamp,
}

impl Message {
    /// A fresh, empty message that stands alone.
    pub fn new(id: u64, board: &str, author: i64, at: Timestamp) -> Self {
        Self {
            id,
            board: board.to_owned(),
            topic: id,
            parent: None,
            depth: 0,
            author,
            subject: String::new(),
            body: "".into(),
            post_time: at,
            revision: 1,
            edited: at,
            edited_by: author,
            read_only: false,
            labels: Vec::new(),
            tags: Vec::new(),
            kudos: BTreeSet::new(),
            solution: None,
            views: 0,
            is_escalated: false,
            moderation_status: "approved".into(),
            approved: None,
            archived: false,
            language: "EN".into(),
            me_toos: BTreeSet::new(),
            attachments: Vec::new(),
            custom: BTreeMap::new(),
            context_id: String::new(),
            context_url: String::new(),
            deleted: false,
            replies: 0,
            conversation: Conversation { messages: 1, solved: false, last_post: at },
        }
    }

    /// A reply that hangs under `parent`.
    pub fn reply_to(parent: &Message, id: u64, author: i64, at: Timestamp) -> Self {
        let re = if parent.subject.starts_with("Re: ") { "" } else { "Re: " };
        Self {
            topic: parent.topic,
            parent: Some(parent.id),
            depth: parent.depth + 1,
            subject: format!("{re}{}", parent.subject),
            ..Self::new(id, &parent.board, author, at)
        }
    }

    /// Adds a label or tag; one that is there already stays as it is.
    pub fn mark(marks: &mut Vec<Mark>, mark: Mark) {
        if marks.iter().all(|there| there.text != mark.text) {
            marks.push(mark);
        }
    }
}
