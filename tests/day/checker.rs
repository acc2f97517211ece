//! What must hold after a day, found out from the two worlds alone: nothing of the program is used here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

/// Who writes as the connector in the org.
const CONNECTOR: &str = "integration@acme.test";
const CLOSED: [&str; 2] = ["Closed", "Resolved"];

/// The policy that the day is checked against.
pub struct Policy<'a> {
    pub boards: &'a [&'a str],
    /// A question that nobody else answered becomes a case after so long.
    pub due_after: SignedDuration,
    pub now: Timestamp,
}

/// Everything that is wrong, in words.
pub fn wrong(policy: &Policy<'_>, community: &Json, org: &Json) -> Vec<String> {
    let mut wrong = Vec::new();
    for thread in list(community, "threads") {
        let id = text(thread, "id");
        let posts = in_order(list(community, "replies").filter(|reply| text(reply, "thread") == id));
        let cases: Vec<&Json> = list(org, "cases").filter(|case| key_of(case).ends_with(&format!(":{id}"))).collect();
        if cases.len() != usize::from(is_due(policy, thread, &posts)) {
            wrong.push(format!("thread {id} has {} cases", cases.len()));
        }
        let Some(case) = cases.first() else { continue };
        let of_case = |comment: &&Json| text(comment, "case") == text(case, "id");
        let (ours, agents): (Vec<&Json>, Vec<&Json>) =
            list(org, "comments").filter(of_case).partition(|comment| text(comment, "by") == CONNECTOR);
        let published = agents.iter().filter(|comment| comment["is_published"] == Json::Bool(true));
        let said: Vec<String> = published.map(|comment| plain(text(comment, "body"))).collect();
        let heard = joined(posts.iter().map(|post| html(text(post, "body"))));
        let (heard, own): (Vec<String>, Vec<String>) = heard.into_iter().partition(|text| said.contains(text));
        if heard != said {
            wrong.push(format!("thread {id} has of the comments {}", compared(&said, &heard)));
        }
        let noted = joined(ours.iter().map(|comment| plain(text(comment, "body"))));
        let copied = noted.iter().filter_map(|text| text.split_once("wrote:").map(|(_, text)| text.to_owned()));
        let (copied, own) = (sorted(copied), sorted(own));
        if copied != own {
            wrong.push(format!("case of thread {id} has of the replies {}", compared(&own, &copied)));
        }
        let different: BTreeSet<&String> = noted.iter().collect();
        if different.len() != noted.len() {
            wrong.push(format!("case of thread {id} was told something twice: {noted:?}"));
        }
        let is_solved = list(community, "solutions").any(|solution| posts.iter().any(|p| p["id"] == solution["reply"]));
        let is_closed = CLOSED.contains(&text(&case["fields"], "Status"));
        let may_differ = if is_closed { was_touched(case, &ours, &agents) } else { was_reopened(org, case) };
        if is_closed != is_solved && !may_differ {
            wrong.push(format!("case of thread {id} is closed: {is_closed}, and its thread is solved: {is_solved}"));
        }
    }
    let public = list(community, "replies").chain(list(community, "threads")).map(|post| html(text(post, "body")));
    let public = public.collect::<Vec<_>>().join("\n");
    let internal = list(org, "comments").filter(|comment| comment["is_published"] != Json::Bool(true));
    for comment in internal.filter(|comment| text(comment, "by") != CONNECTOR) {
        let secret: String = plain(text(comment, "body")).chars().take(24).collect();
        if public.contains(&secret) {
            wrong.push(format!("`{secret}` is internal and stands in the community"));
        }
    }
    wrong
}

fn is_due(policy: &Policy<'_>, thread: &Json, posts: &[&Json]) -> bool {
    let due = moment(thread) + policy.due_after;
    let answers = |post: &&Json| text(post, "author") != text(thread, "author") && moment(post) < due;
    policy.boards.contains(&text(thread, "board")) && due <= policy.now && !posts.iter().any(answers)
}

/// Whether an agent wrote on the closed case before it was noted that its solution was withdrawn: then it stays closed.
/// Where he wrote while it was about to be opened, nothing is noted.
fn was_touched(case: &Json, ours: &[&Json], agents: &[&Json]) -> bool {
    let at = |comment: &&Json| text(&comment["fields"], "CreatedDate").to_owned();
    let noted = ours.iter().filter(|comment| text(comment, "body").contains("withdrawn")).map(at).max();
    let is_before_note = |written: &String| noted.as_ref().is_none_or(|noted| written <= noted);
    let between = |written: String| written.as_str() >= text(&case["fields"], "ClosedDate") && is_before_note(&written);
    agents.iter().map(at).any(between)
}

/// Whether the last word on its status was an agent's, who opened it again.
fn was_reopened(org: &Json, case: &Json) -> bool {
    let users: BTreeMap<&str, &str> =
        list(org, "users").map(|user| (text(user, "id"), text(&user["fields"], "Username"))).collect();
    let of_status = |row: &&Json| row["fields"]["CaseId"] == case["id"] && row["fields"]["Field"] == "Status";
    list(org, "histories").filter(of_status).last().is_some_and(|row| {
        let by = users.get(text(&row["fields"], "CreatedById")).copied();
        by != Some(CONNECTOR) && CLOSED.contains(&text(&row["fields"], "OldValue"))
    })
}

/// Numbered parts as one text; what others write between two parts does not part them.
fn joined(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    let mut open = None;
    for text in texts {
        match (part(&text), open) {
            (Some((1, rest)), _) => {
                open = Some(whole.len());
                whole.push(rest.to_owned());
            }
            (Some((_, rest)), Some(at)) => whole[at] = format!("{}{rest}", whole[at]),
            _ => whole.push(text),
        }
    }
    whole
}

/// The number of a part, and its text: `(2/3) and so on`.
fn part(text: &str) -> Option<(usize, &str)> {
    let (number, rest) = text.strip_prefix('(')?.split_once(')')?;
    let (n, of) = number.split_once('/')?;
    of.parse::<usize>().ok().and(n.parse().ok()).map(|n| (n, rest))
}

/// What a reader sees of HTML.
fn html(body: &str) -> String {
    let mut pieces = body.split('<');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    pieces.filter_map(|piece| piece.split_once('>')).for_each(|(_, after)| text.push_str(after));
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")];
    plain(&entities.iter().fold(text, |text, (entity, letter)| text.replace(entity, letter)))
}

/// What a reader sees, without blanks: where lines break is not looked at.
fn plain(text: &str) -> String {
    let hidden = |letter: &char| matches!(letter, '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}');
    text.chars().filter(|letter| !letter.is_whitespace() && !hidden(letter)).collect()
}

fn compared(wanted: &[String], found: &[String]) -> String {
    let count = |all: &[String], text: &String| all.iter().filter(|other| *other == text).count();
    let missing: Vec<_> = wanted.iter().filter(|text| count(found, text) < count(wanted, text)).collect();
    let extra: Vec<_> = found.iter().filter(|text| count(found, text) > count(wanted, text)).collect();
    format!("missing {missing:?}, too many {extra:?}, order {found:?} instead of {wanted:?}")
}

fn list<'w>(world: &'w Json, name: &str) -> impl Iterator<Item = &'w Json> {
    world[name].as_array().into_iter().flatten().filter(|entry| entry["deleted"] != Json::Bool(true))
}

fn text<'e>(entry: &'e Json, name: &str) -> &'e str {
    entry[name].as_str().unwrap_or_default()
}

fn key_of(case: &Json) -> &str {
    text(&case["fields"], "Community_Thread_Key__c")
}

fn moment(post: &Json) -> Timestamp {
    text(post, "post_time").parse().unwrap_or(Timestamp::MAX)
}

fn in_order<'w>(posts: impl Iterator<Item = &'w Json>) -> Vec<&'w Json> {
    let mut posts: Vec<_> = posts.collect();
    posts.sort_by_key(|post| text(post, "id").parse::<u64>().unwrap_or(0));
    posts
}

fn sorted(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort();
    texts
}
