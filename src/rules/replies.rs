//! `replies:`: what is written in a thread becomes a comment on its case (PB-10, X-7). Our own posts never come back.

use crate::rules::attachments::Attachments;
use crate::rules::compiling::Compiling;
use crate::rules::look_at::Looks;
use crate::rules::section::{self, Section, WrittenOut, needs, step, text};
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

/// What is done when a reply is edited later.
pub const EDITED: &[(&str, Edited)] = &[("ignore", Edited::Ignore), ("add", Edited::Add)];

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Edited {
    Ignore,
    /// A comment that says so.
    Add,
}

/// One rule with its stages.
pub fn rules(compiling: &mut Compiling, key: &Key, node: &Node) -> Vec<Rule> {
    let edited = node.get("edited").and_then(|node| compiling.keep(written::word(node, EDITED)));
    let edits = (edited == Some(Edited::Add)).then_some(EDIT);
    let node = &section::hearing(node, edits.into_iter());
    SECTION.rules(compiling, key, node, |compiling, key, node| write_out(compiling, key, node, edited))
}

fn write_out(compiling: &mut Compiling, key: &Key, node: &Node, edited: Option<Edited>) -> Option<WrittenOut> {
    let next = "`body: \"${reply.author.name} wrote: ${text::plain(reply.body)}\"`";
    let body = needs(compiling, key, node, "body", ("a rule of `replies`", next))?;
    node.get("deleted").map(|node| compiling.keep(written::word(node, &[("ignore", ())])));
    let at = &key.at;
    let files = match node.get("attachments") {
        Some(node) => Attachments::read(compiling, node)?,
        None => Attachments::Nothing,
    };
    let comment = |source: Option<&str>, body: Node, when: String| {
        let params = vec![
            ("case", Some(text(at, "= case.Id"))),
            ("body", Some(body)),
            ("max", node.get("max").cloned()),
            ("too_long", node.get("too_long").cloned()),
            ("published", node.get("published").cloned()),
            ("notify", node.get("notify").map(never_to_oneself)),
            ("source", source.map(|source| text(at, source))),
        ];
        step(at, "salesforce.comment_on_case", params, vec![("when", Some(text(at, when)))])
    };
    let below = files.below(FILES);
    let posted = section::around(body, "", &below);
    let mut steps = vec![comment(Some("khoros:message:${reply.id}"), posted, format!("event.kind != \"{EDIT}\""))];
    if edited == Some(Edited::Add) {
        let body = section::around(body, "Edited: ", &below);
        steps.push(comment(None, body, format!("event.kind == \"{EDIT}\"")));
    }
    steps.extend(files.copied(at, FILES));
    Some(WrittenOut { candidates: vec![("has-case", "thread.has_case".into())], steps, ..WrittenOut::default() })
}

/// Nobody is mailed his own words, whatever a rule says (SET-7).
fn never_to_oneself(notify: &Node) -> Node {
    let written = notify.text().unwrap_or_default();
    let wanted = written.strip_prefix('=').unwrap_or(written).trim();
    text(&notify.at, format!("= ({wanted}) && reply.by_author == false"))
}
