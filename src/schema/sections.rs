//! The sections that follow a case and its thread: reopenings, statuses, postbacks, replies, private messages.

use serde_json::{Value as Json, json};

use crate::catalog::Catalog;
use crate::rules::section::Section;
use crate::rules::{attachments, collect, postback, private_message, reopening, replies, rule_keys, status, text_fit};
use crate::schema::fields::fields;
use crate::schema::lines::lines;
use crate::schema::rules::{comment, of_every_rule};
use crate::schema::shapes::{
    about, duration, either, expression, like, list, named, object, requires, text, whole, words, yes_no,
};

pub fn reopening(catalog: &Catalog) -> Json {
    section(&reopening::SECTION, catalog, |key| match key {
        "set" => about("Fields of the case that open it again.", fields()),
        "open_new" => about("The mapping that fills a new case behind the closed one.", text()),
        _ => about("A comment on the case, internal unless it is published.", either(text(), comment())),
    })
}

pub fn status(catalog: &Catalog) -> Json {
    section(&status::SECTION, catalog, |key| match key {
        "label" => about("The label of a thread for each status of its case.", named(text())),
        "closed" => about("The label for every status that the org counts as closed and that is not named.", text()),
        "unknown" => about(
            "The label for all other statuses.",
            requires(&["use"], object(&["use"], |_| about("The label.", text()))),
        ),
        "old_labels" => about(
            "What becomes of labels of this table that no longer apply; default remove.",
            words(status::OLD_LABELS.iter().map(|(word, _)| *word)),
        ),
        _ => about("Fields of the case.", fields()),
    })
}

pub fn replies(catalog: &Catalog) -> Json {
    let shape = section(&replies::SECTION, catalog, |key| match key {
        "body" => about("The text of the comment.", text()),
        "published" => about("Whether customers may see it; default false.", either(yes_no(), expression())),
        "notify" => about("Whether the org mails people about it; default false.", either(yes_no(), expression())),
        "attachments" => files(),
        "edited" => {
            about("What follows an edit; default ignore.", words(replies::EDITED.iter().map(|(word, _)| *word)))
        }
        "deleted" => {
            about("What follows a deletion; default ignore.", words(replies::DELETED.iter().map(|(word, _)| *word)))
        }
        key => length(key),
    });
    needs(&["body"], shape)
}

pub fn postback(catalog: &Catalog) -> Json {
    let shape = section(&postback::SECTION, catalog, |key| match key {
        "body" => about("The post, as HTML.", text()),
        "as" => about("Who speaks, in order: agent, a login, an expression, or one under a condition.", speakers()),
        "nobody" => about("When nobody can speak; default park.", words(["park", "drop"])),
        "sign" => {
            about("Text under the post, for the agent and for all others.", object(&["agent", "fallback"], signed))
        }
        "under" => about("Where it is posted; default question.", words(["question", "last_reply"])),
        "attachments" => about("A comment on a case has no files of its own.", words(["none"])),
        "edited" => {
            about("What follows an edit; default ignore.", words(postback::WHEN_EDITED.iter().map(|(word, _)| *word)))
        }
        "deleted" => about(
            "What follows a deletion; default ignore.",
            words(postback::WHEN_DELETED.iter().map(|(word, _)| *word)),
        ),
        "locked" => about("When the thread is locked; default park.", words(["park", "drop"])),
        "gone" => about(
            "When the thread is gone: an internal comment, or nothing; default comment.",
            words(postback::GONE.iter().map(|(word, _)| *word)),
        ),
        "collect" => about("One post for several comments of an agent.", object(collect::KEYS, collected)),
        "marker" => about("How our post is known again; default hidden.", words(["hidden", "visible", "none"])),
        "alternations" => about("How often thread and case may answer each other in an hour; default 10.", whole()),
        "record" => about("The mapping of the record that says what became of it, or none.", text()),
        key => length(key),
    });
    needs(&["body", "as"], shape)
}

fn collected(key: &str) -> Json {
    match key {
        "for" => about("How long a comment waits for others: 2 hours.", duration()),
        "until" => about("When they are posted: day at 17:00, by the clock of the bridge.", text()),
        "opening" => about("What stands above the comments.", text()),
        _ => about("What stands between two of them; default <hr>.", text()),
    }
}

pub fn private_message(catalog: &Catalog) -> Json {
    let shape = section(&private_message::SECTION, catalog, |key| match key {
        "to" => about("The login of the member.", text()),
        "subject" => about("The subject, 43 characters at most.", sized()),
        "body" => about("The message, as HTML.", sized()),
        "as" => about("Who speaks, in order: agent, a login, an expression, or one under a condition.", speakers()),
        "nobody" => about("When nobody can speak; default park.", words(["park", "drop"])),
        _ => about("The mapping of the record that says what became of it, or none.", text()),
    });
    needs(&["to", "subject", "body", "as"], shape)
}

fn section(section: &Section, catalog: &Catalog, own: impl Fn(&str) -> Json) -> Json {
    let keys = [rule_keys::KEYS, section.keys].concat();
    let mut shape =
        object(&keys, |key| if section.keys.contains(&key) { own(key) } else { of_every_rule(key, catalog) });
    shape["oneOf"] = json!([{ "required": ["every"] }, { "required": ["on"] }]);
    shape
}

fn needs(keys: &[&str], shape: Json) -> Json {
    requires(keys, shape)
}

pub fn length(key: &str) -> Json {
    match key {
        "max" => about(
            "How long it may be; default what the host takes.",
            either(like(r"^\s*\d+\s+(characters?|bytes?)\s*$"), expression()),
        ),
        _ => about(
            "What happens to a longer text; default split.",
            words(text_fit::TOO_LONG.iter().map(|(word, _)| *word)),
        ),
    }
}

/// A text with how long it may be.
fn sized() -> Json {
    either(
        text(),
        object(&["value", "max", "too_long"], |key| match key {
            "value" => about("The text.", text()),
            "max" => about("How long it may be.", either(text(), expression())),
            key => length(key),
        }),
    )
}

fn speakers() -> Json {
    let row = object(&["when", "use"], |key| match key {
        "when" => about("Lines that must hold for this row.", lines()),
        _ => about("agent, a login or an expression.", text()),
    });
    either(text(), list(either(text(), row)))
}

fn files() -> Json {
    let full = object(attachments::KEYS, |key| match key {
        "send" => about("What is sent of files.", words(attachments::SEND.iter().map(|(word, _)| *word))),
        "max" => about("The largest that is copied; default 10 MB.", text()),
        "types" => about("The ends of names of files that are copied.", either(list(text()), expression())),
        _ => about(
            "What becomes of all others; default link.",
            words(attachments::OTHERWISE.iter().map(|(word, _)| *word)),
        ),
    });
    // A copy needs to know of which kinds.
    about("What becomes of files; default none.", either(words(["link", "none"]), requires(&["send"], full)))
}

fn signed(key: &str) -> Json {
    match key {
        "agent" => about("Under a post of the agent's own account.", text()),
        _ => about("Under a post of anybody else.", text()),
    }
}
