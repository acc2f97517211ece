//! Messages: topics and replies, as the community holds them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;

use super::attachment::Attachment;

/// A topic or a reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: u64,
    pub board: Arc<str>,
    /// The root of its thread; its own id if it is one.
    pub topic: u64,
    pub parent: Option<u64>,
    pub depth: u32,
    /// The author's member id; -1, as on the real host, is nobody.
    pub author: i64,
    pub subject: Arc<str>,
    pub body: Arc<str>,
    pub post_time: Timestamp,
    pub revision: u32,
    pub edited: Timestamp,
    pub edited_by: i64,
    pub read_only: bool,
    pub labels: Vec<Mark>,
    pub tags: Vec<Mark>,
    /// Who gave them, and when.
    pub kudos: BTreeMap<u64, Timestamp>,
    pub solution: Option<Accepted>,
    pub views: u64,
    pub is_escalated: bool,
    pub moderation_status: Arc<str>,
    pub archived: bool,
    pub deleted: bool,
    /// What few messages have; the others share one empty box.
    pub rare: Arc<Rare>,
    /// Direct children that are not deleted.
    pub replies: u64,
    /// Counted for the whole thread; right on roots only.
    pub conversation: Conversation,
}

/// What few messages have.
#[derive(Clone, Debug, PartialEq)]
pub struct Rare {
    /// When a moderator approved it.
    pub approved: Option<Timestamp>,
    /// `EN`, `DE`, …
    pub language: String,
    /// Who said that they have the same problem.
    pub me_toos: BTreeSet<u64>,
    pub attachments: Vec<Attachment>,
    /// Custom fields by name, such as `c_serial`, and metadata by key.
    pub custom: BTreeMap<String, String>,
    pub context_id: String,
    pub context_url: String,
    pub teaser: String,
    /// The key of an idea's status.
    pub status: String,
}

static PLAIN: LazyLock<Arc<Rare>> = LazyLock::new(|| {
    Arc::new(Rare {
        approved: None,
        language: "EN".into(),
        me_toos: BTreeSet::new(),
        attachments: Vec::new(),
        custom: BTreeMap::new(),
        context_id: String::new(),
        context_url: String::new(),
        teaser: String::new(),
        status: String::new(),
    })
});

static APPROVED: LazyLock<Arc<str>> = LazyLock::new(|| "approved".into());
static NOTHING: LazyLock<Arc<str>> = LazyLock::new(|| "".into());

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
    pub fn new(id: u64, board: &Arc<str>, author: i64, at: Timestamp) -> Self {
        Self {
            id,
            board: board.clone(),
            topic: id,
            parent: None,
            depth: 0,
            author,
            subject: NOTHING.clone(),
            body: NOTHING.clone(),
            post_time: at,
            revision: 1,
            edited: at,
            edited_by: author,
            read_only: false,
            labels: Vec::new(),
            tags: Vec::new(),
            kudos: BTreeMap::new(),
            solution: None,
            views: 0,
            is_escalated: false,
            moderation_status: APPROVED.clone(),
            archived: false,
            deleted: false,
            rare: PLAIN.clone(),
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
            subject: format!("{re}{}", parent.subject).into(),
            ..Self::new(id, &parent.board, author, at)
        }
    }

    /// The rare fields, to be written.
    pub fn rare_mut(&mut self) -> &mut Rare {
        Arc::make_mut(&mut self.rare)
    }

    /// Whether readers who do not moderate may see it (sheet 7.2: a held reply is invisible until it is approved).
    pub fn is_held(&self) -> bool {
        matches!(&*self.moderation_status, "unmoderated" | "rejected" | "marked_undecided" | "marked_rejected")
    }

    /// Adds a label or tag; one that is there already stays as it is.
    pub fn mark(marks: &mut Vec<Mark>, mark: Mark) {
        if marks.iter().all(|there| there.text != mark.text) {
            marks.push(mark);
        }
    }
}
