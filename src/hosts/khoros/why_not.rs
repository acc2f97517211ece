//! Why the community did not take a post, a message, an edit: the codes and words that it is known by, in one table.
//!
//! The code of a missing right is seen (Khoros sheet 3.2); all words are inferred: a refusal carries a text key (3.2), and
//! the keys of flood control, of locks and of replies that are off were found nowhere public (7.2, 13.2, 17.2). What is
//! not in the table is the host's own no, in its own words.

use crate::failure::{FailureClass, HostError};

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// Too much in too short a time: the same author may do it later (PB-8a).
    Flood,
    /// The thread takes no replies from anybody.
    Locked,
    RepliesOff,
    /// The board wants a tag.
    TagRequired,
    /// What is answered or changed is not there.
    Gone,
    /// This author may not, another may.
    NoRight,
}

/// Words by which a refusal is known, in lower case and each as a whole: who is blocked is not locked. The first row that
/// fits counts.
const WORDS: [(WhyNot, &[&str]); 5] = [
    (WhyNot::Flood, &["flood", "floodcontrol", "limit for this action", "das limit erreicht"]),
    (WhyNot::Locked, &["read_only", "read-only", "readonly", "locked"]),
    (WhyNot::RepliesOff, &["replies_off", "replies_disabled", "replies are turned off", "comments_disabled"]),
    (WhyNot::TagRequired, &["tag_required", "tags_required", "require_tags", "requiretags", "required_tag"]),
    // The key of the right to reply (Khoros sheet 7.2).
    (WhyNot::NoRight, &["reply_to_entity.allow"]),
];

/// Not authorised, and forbidden; 302 is "permission variants" where nobody signs in (Khoros sheet 3.2).
const NO_RIGHT: [&str; 3] = ["203", "302", "403"];

/// What a refusal means; none where it is something else, or no refusal at all.
pub fn why_not(error: &HostError) -> Option<WhyNot> {
    if let Some(known) = in_words(&error.said) {
        return Some(known);
    }
    let has_no_right = || error.code.as_deref().is_some_and(|code| NO_RIGHT.contains(&code));
    match error.class {
        FailureClass::NotFound => Some(WhyNot::Gone),
        FailureClass::Refused => has_no_right().then_some(WhyNot::NoRight),
        _ => None,
    }
}

/// Whether a refusal is flood control's.
pub fn is_flood(said: &str) -> bool {
    in_words(said) == Some(WhyNot::Flood)
}

fn in_words(said: &str) -> Option<WhyNot> {
    let said = said.to_lowercase();
    let fits = |words: &[&str]| words.iter().any(|word| has_word(&said, word));
    WORDS.iter().find(|(_, words)| fits(words)).map(|(why, _)| *why)
}

/// Whether letters stand at neither end of it. In keys words are joined by signs: `thread_locked`.
fn has_word(said: &str, word: &str) -> bool {
    let begins = |at: usize| !said[..at].ends_with(char::is_alphanumeric);
    let ends = |at: usize| !said[at + word.len()..].starts_with(char::is_alphanumeric);
    said.match_indices(word).any(|(at, _)| begins(at) && ends(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(class: FailureClass, code: &str, said: &str) -> Option<WhyNot> {
        why_not(&HostError::new(class, "khoros: POST /messages", said).code(code))
    }

    #[test]
    fn words_count_before_codes() {
        let refused = |code, said| of(FailureClass::Refused, code, said);
        assert_eq!(refused("203", "You are not authorized to make this request"), Some(WhyNot::NoRight));
        assert_eq!(refused("203", "page.post.error.thread_locked"), Some(WhyNot::Locked));
        assert_eq!(refused("203", "This member is blocked, or was unlocked"), Some(WhyNot::NoRight));
        assert_eq!(refused("309", "page.post.error.flood_control_exceeded"), Some(WhyNot::Flood));
        assert_eq!(refused("100", "Sie haben das Limit erreicht."), Some(WhyNot::Flood));
        assert_eq!(refused("309", "page.post.error.tag_required"), Some(WhyNot::TagRequired));
        assert_eq!(refused("309", "forums.action.message.reply_to_entity.allow"), Some(WhyNot::NoRight));
        assert_eq!(refused("309", "page.post.error.attachment_bad_extension"), None);
        assert_eq!(of(FailureClass::NotFound, "101", "No message"), Some(WhyNot::Gone));
        assert_eq!(of(FailureClass::SignedOut, "301", "Invalid session key."), None);
    }
}
