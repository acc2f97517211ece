//! What to ask the org and the community, so that all names can be judged.

use std::collections::BTreeSet;

use crate::names::Name;
use crate::script::{Mention, Named};

/// The questions; each kind is asked only when something of it is named.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    pub objects: BTreeSet<Name>,
    pub users: BTreeSet<Name>,
    pub usernames: BTreeSet<Name>,
    pub queues: bool,
    pub record_types: bool,
    pub statuses: bool,
    pub boards: bool,
    pub categories: bool,
    pub roles: bool,
    pub ranks: bool,
}

impl Wanted {
    /// The questions that some names raise.
    pub fn of(mentions: &[Mention]) -> Self {
        let mut wanted = Wanted::default();
        for mention in mentions {
            match &mention.named {
                Named::Board(_) | Named::Label(_) => wanted.boards = true,
                Named::Category(_) => wanted.categories = true,
                Named::Node(_) => (wanted.boards, wanted.categories) = (true, true),
                Named::Role(_) => wanted.roles = true,
                Named::Rank(_) => wanted.ranks = true,
                Named::Username(name) => _ = wanted.usernames.insert(name.clone()),
                Named::Queue(_) => wanted.queues = true,
                Named::RecordType(_) => wanted.record_types = true,
                Named::User(name) => _ = wanted.users.insert(name.clone()),
                Named::Status(_) => wanted.statuses = true,
                Named::Field { object, .. } | Named::Value { object, .. } => _ = wanted.objects.insert(object.clone()),
                Named::Writes(writes) => _ = wanted.objects.insert(writes.object.clone()),
                Named::Requires(required) => _ = wanted.objects.insert(required.object.clone()),
            }
        }
        wanted
    }
}
