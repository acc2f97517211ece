//! The fields of private messages (sheet 5.5).

use std::sync::LazyLock;

use super::{Fields, Shape, plain};

/// The four collections that show the caller's own mail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mail {
    Inbox,
    Outbox,
    Thread,
    Threaded,
}

impl Mail {
    pub fn fields(self) -> &'static Fields {
        match self {
            Self::Inbox => &INBOX,
            Self::Outbox => &OUTBOX,
            Self::Thread => &THREAD,
            Self::Threaded => &THREADED,
        }
    }
}

static INBOX: LazyLock<Fields> = LazyLock::new(|| Fields {
    ones: &[("sender", Shape::User)],
    ..plain("inbox_note", "id subject body is_read received_time sent_time")
});

static OUTBOX: LazyLock<Fields> = LazyLock::new(|| Fields {
    ones: &[("user", Shape::User)],
    ..plain("outbox_note", "id subject body is_read received_time sent_time recipients")
});

static THREAD: LazyLock<Fields> = LazyLock::new(|| Fields {
    ones: &[("latest_message", Shape::Note(Mail::Threaded))],
    ..plain("notes_thread", "id subject thread_type updated_time")
});

static THREADED: LazyLock<Fields> = LazyLock::new(|| Fields {
    ones: &[("sender", Shape::User)],
    ..plain("threaded_note", "id body received_time sent_time recipients")
});
