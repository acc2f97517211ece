//! `postbacks:`: what an agent writes on a case is posted in its thread (PB-1 to PB-10).
//!
//! Who speaks is decided when it is posted, in the order of `as` (`speaker.rs` has the table). A record in the org says
//! what became of it.

use crate::problem::{Place, Problem};
use crate::rules::collect::{Collecting, Collects, collecting};
use crate::rules::compiling::Compiling;
use crate::rules::look_at::Looks;
use crate::rules::mapping::as_lines;
use crate::rules::section::{self, Section, WrittenOut, key as named, list, map, mapped, needs, step, text};
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{Rule, Then, attachments, codes, mapping, speakers, written};

pub const SECTION: Section = Section {
    name: "postbacks",
    what: "a postback",
    keys: &[
        "body",
        "max",
        "too_long",
        "as",
        "nobody",
        "sign",
        "under",
        "attachments",
        "edited",
        "deleted",
        "locked",
        "gone",
        "collect",
        "marker",
        "alternations",
        "record",
    ],
    looks: Looks::AtLinks,
};

const ADDED: &str = "salesforce.case_comment_added";
const EDITED: &str = "salesforce.case_comment_edited";
const DELETED: &str = "salesforce.case_comment_deleted";
/// What is written down of each comment that is posted.
const NOTED: [&str; 2] = ["notebook.remember", "salesforce.write_record"];
/// What a post takes as the rule says it.
const AS_WRITTEN: [&str; 6] = ["max", "too_long", "under", "marker", "nobody", "locked"];
const RECORD: &str = "Postback_Comment__c";
const REQUESTED: &str = "salesforce.postback_requested";

/// What is done when the comment is edited.
pub const WHEN_EDITED: &[(&str, WhenEdited)] =
    &[("ignore", WhenEdited::Ignore), ("add", WhenEdited::Add), ("update", WhenEdited::Update)];
/// What is done when it is deleted; whether the post is hidden.
pub const WHEN_DELETED: &[(&str, bool)] = &[("ignore", false), ("remove", true)];
/// Whether the case hears that the thread is gone.
pub const GONE: &[(&str, bool)] = &[("comment", true), ("drop", false)];
/// How often a thread and its case may answer each other within an hour.
const ALTERNATIONS: u64 = 10;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WhenEdited {
    Ignore,
    /// A correction behind it.
    Add,
    /// The post itself.
    Update,
}

/// The words of one rule.
struct Words {
    edited: WhenEdited,
    hides: bool,
    tells_gone: bool,
    /// Whether it is about records that ask for a post, not about comments.
    requested: bool,
    /// Whether several comments come into one post.
    collects: bool,
    /// Whether a record says what became of the post.
    records: bool,
}

impl Words {
    /// An edit that is not followed is noted on the record (PB-8).
    fn notes_edits(&self) -> bool {
        self.edited == WhenEdited::Ignore && self.records && !self.requested
    }
}

/// One rule with its stages, and the one that follows deletions.
pub fn rules(compiling: &mut Compiling, key: &Key, node: &Node) -> Vec<Rule> {
    let words = words(compiling, node);
    let alternations = node.get("alternations").and_then(|node| compiling.keep(written::whole(node)));
    let collecting = collecting(compiling, node, ADDED, EDITED);
    let node = &hearing(node, &words);
    let mut rules = SECTION.rules(compiling, key, node, |compiling, key, node| write_out(compiling, key, node, &words));
    if let Some(rule) = rules.first_mut() {
        rule.alternations = Some(alternations.unwrap_or(ALTERNATIONS));
        collecting.into_iter().for_each(|collecting| collect_comments(rule, collecting));
    }
    if words.hides && !rules.is_empty() {
        let about = "The post of a comment that was deleted is hidden";
        let (key, node) = section::of_deletions(key, node, DELETED, about);
        rules.extend(SECTION.rules(compiling, &key, &node, |_, key, _| Some(hidden(&key.at))));
    }
    if words.notes_edits() && !rules.is_empty() {
        let about = "An edit of a comment that was posted is noted on its record";
        let (key, node) = section::of_edits(key, node, EDITED, about, "our_post.value != ()");
        rules.extend(SECTION.rules(compiling, &key, &node, |_, key, _| Some(noted(&key.at))));
    }
    rules
}

/// Has a rule wait for further comments, and post them together.
fn collect_comments(rule: &mut Rule, collecting: Collecting) {
    rule.delay = Some(collecting.delay);
    let Then::Steps(steps) = &mut rule.then else { return };
    // Those of the rule itself stand where they are written, and are done once.
    let own = steps.iter_mut().filter(|step| step.at == rule.at);
    own.filter(|step| NOTED.contains(&step.function.as_str())).for_each(|step| step.collects = Collects::Each);
    if let Some(post) = steps.first_mut() {
        post.collects = Collects::Together(collecting.texts);
    }
}

fn words(compiling: &mut Compiling, node: &Node) -> Words {
    if let Some(files) = node.get("attachments") {
        attachments::none_here(compiling, files);
    }
    let kinds = node.get("on").map(as_lines).unwrap_or_else(|| list(&node.at, vec![]));
    let requests = kinds.items().iter().filter(|kind| kind.text() == Some(REQUESTED)).count();
    if requests > 0 && requests < kinds.items().len() {
        let problem = Problem::new(codes::SHAPE, &kinds.at, "a postback is about comments or about records, not both");
        compiling.problem(problem.next("write two rules"));
    }
    Words {
        edited: word(compiling, node, "edited", WHEN_EDITED).unwrap_or(WhenEdited::Ignore),
        hides: word(compiling, node, "deleted", WHEN_DELETED).unwrap_or(false),
        tells_gone: word(compiling, node, "gone", GONE).unwrap_or(true),
        requested: requests > 0,
        collects: node.get("collect").is_some(),
        records: node.get("record").is_none_or(|record| record.text() != Some("none")),
    }
}

fn word<T: Clone>(compiling: &mut Compiling, node: &Node, key: &str, words: &[(&str, T)]) -> Option<T> {
    node.get(key).and_then(|node| compiling.keep(written::word(node, words)))
}

/// A rule that follows edits hears of them.
fn hearing(node: &Node, words: &Words) -> Node {
    let edits = (words.edited != WhenEdited::Ignore).then_some(EDITED);
    section::hearing(node, edits.into_iter())
}

fn write_out(compiling: &mut Compiling, key: &Key, node: &Node, words: &Words) -> Option<WrittenOut> {
    let next = "`body: = text::html(comment.body)`";
    let body = needs(compiling, key, node, "body", ("a postback", next));
    let who = needs(compiling, key, node, "as", ("a postback", "`as: [ agent, = settings.fallback_username ]`"));
    let (body, who) = (body?, who?);
    let speakers = speakers::speakers(compiling, who, "a postback")?;
    let at = &key.at;
    let source = if words.requested { "salesforce:postback:${request.id}" } else { "salesforce:comment:${comment.id}" };
    let new = format!("event.kind != \"{EDITED}\"");
    // What came into a post of several is not posted once more.
    let first = if words.collects { format!("{new} && our_post.value == ()") } else { new };
    let when = ("when", Some(text(at, first)));
    let beside = vec![("named", Some(text(at, "post"))), when.clone()];
    let said = post(at, node, &speakers, body.clone(), Some(text(at, source)));
    let mut steps = vec![step(at, "khoros.post_reply", said, beside)];
    steps.extend(remembered(at, words, source, when));
    steps.extend(record(compiling, node, at, words, source));
    steps.extend(followed(at, node, &speakers, body, words));
    Some(WrittenOut {
        candidates: candidates(node, words),
        lets: recalled(at, words),
        steps,
        stages: stages(compiling, node, at, words, source),
    })
}

/// What a post in the thread takes.
fn post(
    at: &Place,
    node: &Node,
    speakers: &Node,
    body: Node,
    source: Option<Node>,
) -> Vec<(&'static str, Option<Node>)> {
    let mut params = vec![
        ("thread", Some(text(at, "= thread.id"))),
        ("body", Some(body)),
        ("as", Some(speakers.clone())),
        ("source", source),
        ("sign", node.get("sign").map(|sign| signed(at, sign))),
    ];
    params.extend(AS_WRITTEN.iter().map(|name| (*name, node.get(name).cloned())));
    params
}

/// What follows an edit: nothing where the comment was never posted.
fn followed(at: &Place, node: &Node, speakers: &Node, body: &Node, words: &Words) -> Vec<Node> {
    let only = |further: &str| {
        let line = format!("event.kind == \"{EDITED}\" && our_post.value != (){further}");
        vec![("when", Some(text(at, line)))]
    };
    let correction = |further: &str| {
        let body = section::html_before("<p><em>Edited:</em></p>", body);
        step(at, "khoros.post_reply", post(at, node, speakers, body, None), only(further))
    };
    match words.edited {
        WhenEdited::Ignore => vec![],
        WhenEdited::Add => vec![correction("")],
        WhenEdited::Update => {
            let sign = node.get("sign").map(|sign| signed(at, sign));
            let params = vec![of_our_post(at), ("body", Some(body.clone())), ("sign", sign)];
            // Nobody knows which part of a text in parts has changed.
            vec![
                step(at, "khoros.edit_reply", params, only(" && our_part.value != true")),
                correction(" && our_part.value == true"),
            ]
        }
    }
}

fn of_our_post(at: &Place) -> (&'static str, Option<Node>) {
    ("reply", Some(text(at, "= our_post.value")))
}

/// What follows a deletion: the post is hidden, where there was one.
fn hidden(at: &Place) -> WrittenOut {
    let there_was_one = vec![("when", Some(text(at, "our_post.value != ()")))];
    WrittenOut {
        candidates: vec![("has-thread", "thread.id != ()".to_owned())],
        // A post of another rule, which hides none, is left alone.
        lets: vec![recall(at, "our_post", "hide")],
        steps: vec![step(at, "khoros.hide_reply", vec![of_our_post(at)], there_was_one)],
        ..WrittenOut::default()
    }
}

/// What is noted of an edit.
fn noted(at: &Place) -> WrittenOut {
    let fields = map(at, vec![("Result__c", Some(text(at, "Edited after it was posted")))]);
    let source = "salesforce:comment:${event.comment}";
    WrittenOut {
        candidates: vec![("published", "comment.is_published == true".to_owned())],
        lets: vec![recall(at, "our_post", "noted")],
        steps: vec![step(at, "salesforce.write_record", own_record(at, source, fields), vec![])],
        ..WrittenOut::default()
    }
}

/// The texts under the post, and whose account is the agent's.
fn signed(at: &Place, sign: &Node) -> Node {
    let own = vec![(named(at, "speaker"), text(at, "= agent.speaker"))];
    Node { at: sign.at.clone(), shape: Shape::Map(mapping::on_top(sign.entries().to_vec(), own)) }
}

/// What never leaves, whatever a rule says: internal comments, and text for fewer eyes than the thread has.
fn candidates(node: &Node, words: &Words) -> Vec<(&'static str, String)> {
    let mut lines = vec![("has-thread", "thread.id != ()".to_owned())];
    if !words.requested {
        lines.push(("published", "comment.is_published == true".to_owned()));
    }
    if node.get("may_widen").is_none() {
        let audience = "case.visibility == \"public\" || thread.visibility == \"private\" || \
                        thread.visibility == case.visibility";
        lines.push(("audience", audience.into()));
    }
    lines
}

/// The post of a comment, and whether it is but a part, to be found again when the comment changes.
fn remembered(at: &Place, words: &Words, source: &str, when: (&'static str, Option<Node>)) -> Vec<Node> {
    let remember = |name: &str, value: &str| {
        let params = [("about", source), ("name", name), ("value", value)];
        let params = params.into_iter().map(|(name, value)| (name, Some(text(at, value)))).collect();
        step(at, "notebook.remember", params, vec![when.clone()])
    };
    let part = match words.edited {
        // Where another rule may edit it one day: not for one of several.
        _ if words.collects => Some(remember("part", "= true")),
        WhenEdited::Update => Some(remember("part", "= post.part")),
        _ => None,
    };
    let hide = words.hides.then(|| remember("hide", "= post.id"));
    let noted = words.notes_edits().then(|| remember("noted", "= true"));
    std::iter::once(remember("post", "= post.id")).chain(part).chain(hide).chain(noted).collect()
}

fn recalled(at: &Place, words: &Words) -> Vec<(Key, Node)> {
    let post = (words.edited != WhenEdited::Ignore || words.collects).then(|| recall(at, "our_post", "post"));
    let part = (words.edited == WhenEdited::Update).then(|| recall(at, "our_part", "part"));
    post.into_iter().chain(part).collect()
}

/// A comment that was deleted has no facts, so its id is the event's.
fn recall(at: &Place, noun: &str, name: &str) -> (Key, Node) {
    let about = text(at, "salesforce:comment:${event.comment}");
    let params = map(at, vec![("about", Some(about)), ("name", Some(text(at, name)))]);
    (named(at, noun), map(at, vec![("notebook.recall", Some(params))]))
}

/// The record that says what became of the post (PB-1).
fn record(compiling: &mut Compiling, node: &Node, at: &Place, words: &Words, source: &str) -> Option<Node> {
    let own = [("Status__c", "Posted"), ("Community_Message_ID__c", "= post.id"), ("Author__c", "= post.by")];
    mapped(compiling, node, "postback-record").map(|mapped| written_record(at, words, source, mapped, &own))
}

/// The same for one that was not posted, with the reason; the case hears of a thread that is gone.
fn stages(compiling: &mut Compiling, node: &Node, at: &Place, words: &Words, source: &str) -> Vec<(Key, Node)> {
    let own = [("Status__c", "Failed"), ("Result__c", "= result.why")];
    let record =
        mapped(compiling, node, "postback-record").map(|mapped| written_record(at, words, source, mapped, &own));
    let gone = words.tells_gone.then(|| {
        let params = vec![("case", Some(text(at, "= case.Id"))), ("body", Some(text(at, "Not posted: ${result.why}")))];
        let when = "result.why.contains(\"thread_gone\")";
        step(at, "salesforce.comment_on_case", params, vec![("when", Some(text(at, when)))])
    });
    let steps: Vec<Node> = record.into_iter().chain(gone).collect();
    let stage = |outcome: &str| {
        let parts = vec![
            ("of", Some(text(at, "post"))),
            ("outcome", Some(text(at, outcome))),
            ("then", Some(list(at, steps.clone()))),
        ];
        (named(at, &format!("not-posted-{outcome}")), map(at, parts))
    };
    if steps.is_empty() { vec![] } else { vec![stage("parked"), stage("refused")] }
}

/// What the fields of our objects take (`salesforce/force-app`); a text that is longer is cut.
fn typed(field: &str) -> Option<&'static str> {
    Some(match field {
        "Community_Message_ID__c" | "Thread_ID__c" => "Text(50)",
        "Author__c" => "Text(80)",
        "Board_ID__c" | "Result__c" => "Text(255)",
        _ => return None,
    })
}

/// A record of its own for each comment; what was asked for by a record is written into that one.
fn written_record(at: &Place, words: &Words, source: &str, mapped: Vec<(Key, Node)>, own: &[(&str, &str)]) -> Node {
    let of_the_comment: &[(&str, &str)] = &[
        ("Case__c", "= case.Id"),
        ("Thread_ID__c", "= thread.id"),
        ("Board_ID__c", "= thread.board"),
        ("Salesforce_Agent__c", "= agent.id"),
    ];
    let own = own.iter().chain(if words.requested { &[] } else { of_the_comment });
    let own = own.map(|(name, value)| (named(at, name), section::field(at, value, typed(name))));
    let fields = Node { at: at.clone(), shape: Shape::Map(mapping::on_top(mapped, own.collect())) };
    if words.requested {
        let object = ("object", Some(text(at, RECORD)));
        let params = vec![object, ("id", Some(text(at, "= request.id"))), ("fields", Some(fields))];
        return step(at, "salesforce.update_record", params, vec![]);
    }
    step(at, "salesforce.write_record", own_record(at, source, fields), vec![])
}

/// The record of one comment.
fn own_record(at: &Place, source: &str, fields: Node) -> Vec<(&'static str, Option<Node>)> {
    vec![
        ("object", Some(text(at, RECORD))),
        ("key_field", Some(text(at, "Source_Key__c"))),
        ("key", Some(text(at, source))),
        ("fields", Some(fields)),
    ]
}
