//! What a test leaves out is ordinary: an open, unanswered question by a member whom the org does not know; a case is
//! new and open.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::names::Path;
use crate::value::Value;

/// Facts by path.
pub type Told = BTreeMap<Path, Value>;

/// The case that a test speaks of without giving its id.
pub const CASE: &str = "500000000000001AAA";

/// What an event may be about beside its subject, with the id of the one that a test speaks of without giving it.
pub const THINGS: [(&str, &str); 4] =
    [("solution", "2"), ("reply", "3"), ("comment", "00a000000000001AAA"), ("request", "a01000000000001AAA")];

/// The contact that a test speaks of without giving its id, and its account.
pub const CONTACT: &str = "003000000000001AAA";
/// Another contact with the same e-mail.
pub const OTHER_CONTACT: &str = "003000000000002AAA";
/// The user of the org who wrote what a test speaks of.
const AGENT: &str = "005000000000001AAA";
const ACCOUNT: &str = "001000000000001AAA";

/// The ordinary facts around those that are given, in the order in which they rest on each other.
pub fn facts(given: &Told, now: Timestamp) -> Vec<(Path, Value)> {
    let mut facts: Vec<(Path, Value)> = named(thread(given, now));
    facts.extend(post("solution", given, now));
    facts.extend(post("reply", given, now));
    facts.extend(of_the_org(given, now));
    let speaks_of = |noun: &str| given.keys().any(|path| path.behind(noun).is_some());
    if speaks_of("case") {
        facts.extend(named(case(given, now)));
    }
    let has_contact = given.get("contact.state").is_none_or(|state| *state == "linked".into());
    if (speaks_of("contact") && has_contact) || speaks_of("account") {
        facts.extend(named(contact(given)));
    }
    if speaks_of("account") {
        facts.extend(named(vec![("account.Id", account(given)), ("account.Name", "An account".into())]));
    }
    facts
}

fn named(facts: Vec<(&str, Value)>) -> Vec<(Path, Value)> {
    facts.into_iter().map(|(path, value)| (path.into(), value)).collect()
}

fn thread(given: &Told, now: Timestamp) -> Vec<(&'static str, Value)> {
    let text = |path: &str, otherwise: &str| given.get(path).and_then(Value::as_str).unwrap_or(otherwise).to_owned();
    let (id, board) = (text("thread.id", "1"), text("thread.board", "support"));
    let login = text("thread.author.login", "member");
    let names = ["thread.author.first_name", "thread.author.last_name"].map(|path| text(path, ""));
    let name = Some(names.join(" ").trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or(login.clone());
    let ago = |hours| Value::Moment(now - SignedDuration::from_hours(hours));
    let none = || Value::List(vec![]);
    vec![
        ("thread.id", Value::text(id.as_str())),
        ("thread.author.id", "11".into()),
        ("thread.author.login", Value::text(login.as_str())),
        ("thread.author.name", Value::text(name)),
        ("thread.author.email", Value::text(format!("{login}@people.example"))),
        ("thread.author.rank", "Member".into()),
        ("thread.author.banned", false.into()),
        ("thread.author.deleted", false.into()),
        ("thread.author.registered_at", ago(365 * 24)),
        ("thread.author.last_visit_at", ago(1)),
        ("thread.author.posts", 1.into()),
        ("thread.author.language", "en".into()),
        ("thread.author.url", Value::text(format!("https://community.example/t5/user/{login}"))),
        ("thread.author.roles", none()),
        ("thread.author.bot", false.into()),
        ("thread.author.kudos", 0.into()),
        ("thread.author.solutions", 0.into()),
        ("thread.board", Value::text(board.as_str())),
        ("thread.board_title", Value::text(board.as_str())),
        ("thread.style", "forum".into()),
        ("thread.url", Value::text(format!("https://community.example/t5/{board}/td-p/{id}"))),
        ("thread.subject", "A question".into()),
        ("thread.body", "<p>How does it work?</p>".into()),
        ("thread.language", "en".into()),
        ("thread.posted_at", ago(1)),
        ("thread.views", 0.into()),
        ("thread.kudos", 0.into()),
        ("thread.solved", false.into()),
        ("thread.read_only", false.into()),
        ("thread.archived", false.into()),
        ("thread.places", Value::List(vec![Value::text(board.as_str())])),
        ("thread.visibility", "public".into()),
        ("thread.me_too", 0.into()),
        ("thread.attachments", none()),
        ("thread.moderation", "approved".into()),
        ("thread.labels", none()),
        ("thread.tags", none()),
    ]
}

/// A reply, as the noun that events call it by.
fn post(noun: &str, given: &Told, now: Timestamp) -> Vec<(Path, Value)> {
    let login = given.get(format!("{noun}.author.login").as_str()).and_then(Value::as_str).unwrap_or("helper");
    let (id, is_solution) = if noun == "solution" { ("2", true) } else { ("3", false) };
    let parts = [
        ("id", Value::text(id)),
        ("author.id", "12".into()),
        ("author.login", Value::text(login)),
        ("author.name", Value::text(login)),
        ("author.bot", false.into()),
        ("author.roles", Value::List(vec![])),
        ("body", "<p>It works like this.</p>".into()),
        ("url", Value::text(format!("https://community.example/t5/support/td-p/1#m{id}"))),
        ("posted_at", Value::Moment(now - SignedDuration::from_mins(30))),
        ("is_solution", is_solution.into()),
        ("attachments", Value::List(vec![])),
    ];
    parts.into_iter().map(|(part, value)| (format!("{noun}.{part}").as_str().into(), value)).collect()
}

/// A comment of an agent, and a record that asks for a post or a message.
fn of_the_org(given: &Told, now: Timestamp) -> Vec<(Path, Value)> {
    let email = given.get("agent.email").cloned().unwrap_or_else(|| "agent@acme.example".into());
    let parts: [(&str, Value); 10] = [
        ("comment.id", THINGS[2].1.into()),
        ("comment.author_id", AGENT.into()),
        ("comment.body", "Please restart it.".into()),
        ("comment.is_published", true.into()),
        ("comment.at", Value::Moment(now - SignedDuration::from_mins(1))),
        ("agent.id", AGENT.into()),
        ("agent.name", "An Agent".into()),
        ("agent.email", email),
        ("request.id", THINGS[3].1.into()),
        ("request.author_id", AGENT.into()),
    ];
    parts.into_iter().map(|(path, value)| (path.into(), value)).collect()
}

fn case(given: &Told, now: Timestamp) -> Vec<(&'static str, Value)> {
    // The link leads to the case that is given, so that what is asked about its id is asked about this one.
    let id = given.get("case.Id").and_then(Value::as_str).unwrap_or(CASE);
    let opened = Value::Moment(now - SignedDuration::from_hours(1));
    let thread = given.get("thread.id").cloned().unwrap_or_else(|| "1".into());
    vec![
        ("link.case", id.into()),
        ("case.Id", id.into()),
        ("made.thread", thread.clone()),
        ("noted.thread", thread),
        ("case.CaseNumber", "00001001".into()),
        ("case.Status", "New".into()),
        ("case.IsClosed", false.into()),
        ("case.Origin", "Community".into()),
        ("case.Priority", "Medium".into()),
        ("case.CreatedDate", opened.clone()),
        ("case.LastModifiedDate", opened),
        ("case.url", Value::text(format!("https://org.example/{id}"))),
    ]
}

fn contact(given: &Told) -> Vec<(&'static str, Value)> {
    let id = given.get("contact.Id").cloned().unwrap_or_else(|| CONTACT.into());
    vec![
        ("contact.Id", id),
        ("contact.LastName", "Member".into()),
        ("contact.Name", "Member".into()),
        ("contact.AccountId", account(given)),
    ]
}

/// The account of the contact, by either side's id.
fn account(given: &Told) -> Value {
    let id = given.get("account.Id").or_else(|| given.get("contact.AccountId"));
    id.cloned().unwrap_or_else(|| ACCOUNT.into())
}
