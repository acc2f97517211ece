//! `replies:`: what is written in a thread becomes a comment on its case (PB-10, X-7). Our own posts never come back.
//!
//! Who deletes a reply leaves nothing to judge, so that what follows is a rule of its own, without the lines of the first.

use crate::problem::Place;
use crate::rules::attachments::Attachments;
use crate::rules::compiling::Compiling;
use crate::rules::look_at::Looks;
use crate::rules::section::{self, Section, WrittenOut, list, needs, step, text};
use crate::rules::yaml::{Key, Node};
use crate::rules::{Rule, written};

pub const SECTION: Section = Section {
    name: "replies",
    what: "a rule of `replies`",
    keys: &["body", "max", "too_long", "published", "notify", "attachments", "edited", "deleted"],
    looks: Looks::AtLinks,
};

/// The files of a reply.
const FILES: &str = "reply.attachments";
const EDIT: &str = "khoros.reply_edited";
const DELETION: &str = "khoros.reply_deleted";
/// What a comment says, and by which it is found again.
const SOURCE: &str = "khoros:message:${event.reply}";
/// Under which its address is remembered, and the case that its comment is on: the thread may get another one.
const LINK: &str = "link";
const CASE: &str = "case";

/// What is done when a reply is edited later.
pub const EDITED: &[(&str, Edited)] = &[("ignore", Edited::Ignore), ("add", Edited::Add), ("update", Edited::Update)];
/// What is done when it is deleted.
pub const DELETED: &[(&str, Deleted)] =
    &[("ignore", Deleted::Ignore), ("add", Deleted::Add), ("remove", Deleted::Remove)];

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Edited {
    Ignore,
    /// A comment that says so.
    Add,
    /// The comment itself.
    Update,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deleted {
    Ignore,
    /// A comment that says so.
    Add,
    /// The comment goes, too.
    Remove,
}

/// The words of one rule.
struct Words {
    edited: Edited,
    deleted: Deleted,
    files: Attachments,
}

/// One rule with its stages, and the one that follows deletions.
pub fn rules(compiling: &mut Compiling, key: &Key, node: &Node) -> Vec<Rule> {
    let words = Words {
        edited: word(compiling, node, "edited", EDITED).unwrap_or(Edited::Ignore),
        deleted: word(compiling, node, "deleted", DELETED).unwrap_or(Deleted::Ignore),
        files: match node.get("attachments").map(|node| Attachments::read(compiling, node)) {
            None => Attachments::Nothing,
            Some(None) => return vec![],
            Some(Some(files)) => files,
        },
    };
    let heard = section::hearing(node, (words.edited != Edited::Ignore).then_some(EDIT).into_iter());
    let mut rules =
        SECTION.rules(compiling, key, &heard, |compiling, key, node| write_out(compiling, key, node, &words));
    if words.deleted != Deleted::Ignore && !rules.is_empty() {
        let about = "A reply that was deleted is followed on the case";
        let (key, node) = section::of_deletions(key, node, DELETION, about);
        rules.extend(SECTION.rules(compiling, &key, &node, |_, key, _| Some(follow_deletion(key, words.deleted))));
    }
    rules
}

fn word<T: Clone>(compiling: &mut Compiling, node: &Node, key: &str, words: &[(&str, T)]) -> Option<T> {
    node.get(key).and_then(|node| compiling.keep(written::word(node, words)))
}

fn write_out(compiling: &mut Compiling, key: &Key, node: &Node, words: &Words) -> Option<WrittenOut> {
    let next = "`body: \"${reply.author.name} wrote: ${text::plain(reply.body)}\"`";
    let body = needs(compiling, key, node, "body", ("a rule of `replies`", next))?;
    let at = &key.at;
    let below = words.files.below(FILES);
    let said = section::around(body, "", &below);
    let is_new = vec![("when", Some(text(at, format!("event.kind != \"{EDIT}\""))))];
    let params = comment(at, node, said.clone(), Some(text(at, SOURCE)));
    let mut steps = vec![step(at, "salesforce.comment_on_case", params, is_new.clone())];
    if words.edited == Edited::Update || words.deleted != Deleted::Ignore {
        steps.push(remembered(at, CASE, "= case.Id", is_new.clone()));
    }
    if words.deleted != Deleted::Ignore {
        // One that was deleted has no facts any more.
        steps.push(remembered(at, LINK, "= reply.url", is_new));
    }
    let correction = comment(at, node, section::around(body, "Edited: ", &below), None);
    let (mut stages, mut lets) = (vec![], vec![]);
    let is_edit = vec![("when", Some(text(at, format!("event.kind == \"{EDIT}\""))))];
    match words.edited {
        Edited::Ignore => {}
        Edited::Add => steps.push(step(at, "salesforce.comment_on_case", correction, is_edit)),
        Edited::Update => {
            lets.push(recalled(at, "said_on", CASE));
            let params = vec![of_the_case(at), earlier(at), ("source", Some(text(at, SOURCE))), ("body", Some(said))];
            steps.push(step(at, "salesforce.edit_comment", params, [named(at, "edit"), is_edit].concat()));
            let correction = step(at, "salesforce.comment_on_case", correction, vec![]);
            // What is gone, or was hidden, is not said once more.
            let says_why =
                "result.why.contains(\"comment_gone\") == false && result.why.contains(\"hidden_by_another\") == false";
            let of_a_reply = ["reply.id != ()", says_why];
            let of_a_reply = of_a_reply.map(|line| text(at, line)).to_vec();
            stages.push(otherwise(at, "edit", Some(list(at, of_a_reply)), correction));
        }
    }
    steps.extend(words.files.copied(at, FILES));
    // What was taken back while it waited is not said any more.
    let candidates = candidates().into_iter().chain([("there", "reply.id != ()".to_owned())]).collect();
    Some(WrittenOut { candidates, lets, steps, stages })
}

/// Something about the reply, to be found again when it changes.
fn remembered(at: &Place, name: &str, value: &str, when: Vec<(&'static str, Option<Node>)>) -> Node {
    let params = [("about", SOURCE), ("name", name), ("value", value)];
    let params = params.into_iter().map(|(name, value)| (name, Some(text(at, value)))).collect();
    step(at, "notebook.remember", params, when)
}

fn recalled(at: &Place, noun: &str, name: &str) -> (Key, Node) {
    let params = section::map(at, vec![("about", Some(text(at, SOURCE))), ("name", Some(text(at, name)))]);
    (section::key(at, noun), section::map(at, vec![("notebook.recall", Some(params))]))
}

/// The case that its comment is on.
fn earlier(at: &Place) -> (&'static str, Option<Node>) {
    ("earlier", Some(text(at, "= said_on.value")))
}

fn candidates() -> Vec<(&'static str, String)> {
    vec![("has-case", "thread.has_case".into())]
}

/// What a comment takes.
fn comment(at: &Place, node: &Node, body: Node, source: Option<Node>) -> Vec<(&'static str, Option<Node>)> {
    let mut params = vec![of_the_case(at), ("body", Some(body)), ("source", source)];
    params.extend(["max", "too_long", "published"].map(|name| (name, node.get(name).cloned())));
    params.push(("notify", node.get("notify").map(never_to_oneself)));
    params
}

fn of_the_case(at: &Place) -> (&'static str, Option<Node>) {
    ("case", Some(text(at, "= case.Id")))
}

fn named(at: &Place, name: &str) -> Vec<(&'static str, Option<Node>)> {
    vec![("named", Some(text(at, name)))]
}

/// What follows where a step could not do what it was to do.
fn otherwise(at: &Place, of: &str, when: Option<Node>, then: Node) -> (Key, Node) {
    let parts = vec![
        ("of", Some(text(at, of))),
        ("outcome", Some(text(at, "refused"))),
        ("when", when),
        ("then", Some(list(at, vec![then]))),
    ];
    (section::key(at, &format!("no-{of}")), section::map(at, parts))
}

/// It comes behind what was still to be said when the reply went: by then there is a comment, or there will never be one.
fn follow_deletion(key: &Key, deleted: Deleted) -> WrittenOut {
    let at = &key.at;
    let source = |name: &'static str| (name, Some(text(at, SOURCE)));
    let body = text(at, "Deleted in the community: ${link}");
    let params = vec![of_the_case(at), earlier(at), ("body", Some(body)), source("about")];
    let note = step(at, "salesforce.comment_on_case", params, vec![]);
    let (steps, stages) = match deleted {
        Deleted::Remove => {
            let params = vec![of_the_case(at), earlier(at), source("source")];
            let removal = step(at, "salesforce.delete_comment", params, named(at, "removal"));
            (vec![removal], vec![otherwise(at, "removal", None, note)])
        }
        Deleted::Add | Deleted::Ignore => (vec![note], vec![]),
    };
    let link = text(at, "= if known.value == () { thread.url } else { known.value }");
    let lets = vec![recalled(at, "said_on", CASE), recalled(at, "known", LINK), (section::key(at, "link"), link)];
    WrittenOut { candidates: candidates(), lets, steps, stages }
}

/// Nobody is mailed his own words, whatever a rule says (SET-7).
fn never_to_oneself(notify: &Node) -> Node {
    let written = notify.text().unwrap_or_default();
    let wanted = written.strip_prefix('=').unwrap_or(written).trim();
    text(&notify.at, format!("= ({wanted}) && reply.by_author == false"))
}
