//! A small world and a slow, obvious evaluator of LiQL, written from sheet 4 alone. It shares nothing with the sandbox.

use serde_json::{Value, json};

pub const BOARDS: [(&str, &str, &str); 3] =
    [("help", "forum", "left"), ("ask", "qanda", "left"), ("news", "blog", "right")];
pub const MEMBERS: [(u64, &str); 3] = [(11, "ana"), (12, "ben"), (13, "Cem O'Neill")];
pub const WORDS: [&str; 5] = ["printer", "vpn", "Invoice", "scanner", "wörld"];
pub const MARKS: [&str; 4] = ["escalated", "it's", "two words", "b\\s"];

/// A topic or a reply.
#[derive(Clone, Debug)]
pub struct Post {
    pub id: u64,
    pub board: usize,
    pub author: usize,
    pub parent: Option<u64>,
    pub topic: u64,
    pub depth: i64,
    pub time: i64,
    pub subject: Vec<usize>,
    pub body: Vec<usize>,
    pub labels: Vec<usize>,
    pub tags: Vec<usize>,
    pub kudos: usize,
    pub views: i64,
    pub accepted: bool,
}

/// What WHERE can ask about a message.
#[derive(Clone, Debug)]
pub enum Ask {
    Ids(Vec<u64>),
    BoardIn(Vec<usize>),
    BoardNot(usize),
    Depth(i64),
    Deeper(i64),
    Solved(bool),
    Replies(i64),
    MoreReplies(i64),
    Posted(&'static str, i64),
    LastPost(&'static str, i64),
    Author(usize),
    Login(usize),
    Topic(u64),
    Parents(Vec<u64>),
    IsSolution(bool),
    Label(usize),
    TagIn(Vec<usize>),
    Subject(usize),
    Words(usize, usize),
    MoreKudos(i64),
    Styles(Vec<usize>),
    Category(&'static str),
    Ancestor(&'static str),
}

#[derive(Clone, Debug)]
pub enum Cond {
    Ask(Ask),
    All(Vec<Cond>),
    Any(Vec<Cond>),
}

pub fn text(words: &[usize]) -> String {
    words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" ")
}

impl Cond {
    /// The condition in LiQL; groups always stand in parentheses.
    pub fn liql(&self) -> String {
        let joined =
            |all: &[Cond], word: &str| format!("({})", all.iter().map(Cond::liql).collect::<Vec<_>>().join(word));
        match self {
            Self::Ask(ask) => ask.liql(),
            Self::All(all) => joined(all, " AND "),
            Self::Any(all) => joined(all, " OR "),
        }
    }

    pub fn holds(&self, world: &[Post], post: &Post) -> bool {
        match self {
            Self::Ask(ask) => ask.holds(world, post),
            Self::All(all) => all.iter().all(|one| one.holds(world, post)),
            Self::Any(all) => all.iter().any(|one| one.holds(world, post)),
        }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn list(texts: impl Iterator<Item = String>) -> String {
    format!("({})", texts.map(|text| quoted(&text)).collect::<Vec<_>>().join(", "))
}

impl Ask {
    fn liql(&self) -> String {
        let ids = |ids: &[u64]| list(ids.iter().map(u64::to_string));
        match self {
            Self::Ids(all) => format!("id IN {}", ids(all)),
            Self::BoardIn(all) => format!("board.id IN {}", list(all.iter().map(|at| BOARDS[*at].0.to_owned()))),
            Self::BoardNot(at) => format!("board.id != {}", quoted(BOARDS[*at].0)),
            Self::Depth(depth) => format!("depth={depth}"),
            Self::Deeper(depth) => format!("depth > {depth}"),
            Self::Solved(truth) => format!("conversation.solved = {truth}"),
            Self::Replies(count) => format!("replies.count(*) = {count}"),
            Self::MoreReplies(count) => format!("replies.count(*) > {count}"),
            Self::Posted(op, at) => format!("post_time {op} {at}"),
            Self::LastPost(op, at) => format!("conversation.last_post_time {op} {at}"),
            Self::Author(at) => format!("author.id = '{}'", MEMBERS[*at].0),
            Self::Login(at) => format!("author.login = {}", quoted(MEMBERS[*at].1)),
            Self::Topic(id) => format!("topic.id = \"{id}\""),
            Self::Parents(all) => format!("parent.id IN {}", ids(all)),
            Self::IsSolution(truth) => format!("is_solution = {truth}"),
            Self::Label(at) => format!("labels.text = {}", quoted(MARKS[*at])),
            Self::TagIn(all) => format!("tags.text IN {}", list(all.iter().map(|at| MARKS[*at].to_owned()))),
            Self::Subject(word) => format!("subject MATCHES '{}'", WORDS[*word].to_uppercase()),
            Self::Words(one, two) => format!("body matches '{} {}'", WORDS[*one], WORDS[*two]),
            Self::MoreKudos(count) => format!("kudos.sum(weight) > {count}"),
            Self::Styles(all) => {
                format!("conversation.style IN {}", list(all.iter().map(|at| BOARDS[*at].1.to_owned())))
            }
            Self::Category(id) => format!("category.id = '{id}'"),
            Self::Ancestor(id) => format!("ancestors.id = '{id}'"),
        }
    }

    fn holds(&self, world: &[Post], post: &Post) -> bool {
        let compared = |op: &str, one: i64, other: i64| match op {
            "<" => one < other,
            "<=" => one <= other,
            ">" => one > other,
            _ => one >= other,
        };
        match self {
            Self::Ids(all) => all.contains(&post.id),
            Self::BoardIn(all) => all.contains(&post.board),
            Self::BoardNot(at) => post.board != *at,
            Self::Depth(depth) => post.depth == *depth,
            Self::Deeper(depth) => post.depth > *depth,
            Self::Solved(truth) => solved(world, post) == *truth,
            Self::Replies(count) => replies(world, post) == *count,
            Self::MoreReplies(count) => replies(world, post) > *count,
            Self::Posted(op, at) => compared(op, post.time, *at),
            Self::LastPost(op, at) => compared(op, last_post(world, post), *at),
            Self::Author(at) | Self::Login(at) => post.author == *at,
            Self::Topic(id) => post.topic == *id,
            Self::Parents(all) => post.parent.is_some_and(|parent| all.contains(&parent)),
            Self::IsSolution(truth) => post.accepted == *truth,
            Self::Label(at) => post.labels.contains(at),
            Self::TagIn(all) => post.tags.iter().any(|tag| all.contains(tag)),
            Self::Subject(word) => post.subject.contains(word),
            Self::Words(one, two) => post.body.contains(one) && post.body.contains(two),
            Self::MoreKudos(count) => i64::try_from(post.kudos).is_ok_and(|kudos| kudos > *count),
            Self::Styles(all) => all.contains(&post.board),
            Self::Category(id) => BOARDS[post.board].2 == *id,
            Self::Ancestor(id) => *id == "sandbox.prod" || BOARDS[post.board].2 == *id || BOARDS[post.board].0 == *id,
        }
    }
}

fn thread<'w>(world: &'w [Post], post: &Post) -> impl Iterator<Item = &'w Post> {
    let topic = post.topic;
    world.iter().filter(move |other| other.topic == topic)
}

pub fn solved(world: &[Post], post: &Post) -> bool {
    thread(world, post).any(|other| other.accepted)
}

pub fn replies(world: &[Post], post: &Post) -> i64 {
    world.iter().filter(|other| other.parent == Some(post.id)).count() as i64
}

pub fn last_post(world: &[Post], post: &Post) -> i64 {
    thread(world, post).map(|other| other.time).max().unwrap_or(post.time)
}

/// What ORDER BY compares.
pub fn key(world: &[Post], post: &Post, path: &str) -> i64 {
    match path {
        "id" => post.id as i64,
        "post_time" => post.time,
        "conversation.last_post_time" => last_post(world, post),
        "metrics.views" => post.views,
        "kudos.sum(weight)" => post.kudos as i64,
        "replies.count(*)" => replies(world, post),
        _ => i64::from(post.accepted),
    }
}

/// What SELECT shows of a message, as far as this world knows it.
pub fn shown(world: &[Post], post: &Post) -> Value {
    let mut item = json!({
        "type": "message", "id": post.id.to_string(), "subject": text(&post.subject), "depth": post.depth,
        "board": { "type": "board", "id": BOARDS[post.board].0 },
        "author": { "type": "user", "login": MEMBERS[post.author].1 },
        "replies": { "count": replies(world, post) }, "kudos": { "sum": { "weight": post.kudos } },
        "is_solution": post.accepted, "labels": { "count": post.labels.len() },
        "conversation": { "type": "conversation", "solved": solved(world, post), "messages_count": thread(world, post).count() },
    });
    if let Some(parent) = post.parent {
        item["parent"] = json!({ "type": "message", "id": parent.to_string() });
    }
    item
}

pub const SELECT: &str = "id, subject, depth, board.id, author.login, parent.id, replies.count(*), kudos.sum(weight), \
                          is_solution, labels.count(*), conversation.solved, conversation.messages_count";

/// The world as a scene.
pub fn scene(world: &[Post]) -> Value {
    let moment = |ms: i64| jiff::Timestamp::from_millisecond(ms).expect("a moment").to_string();
    let marks = |all: &[usize]| all.iter().map(|at| MARKS[*at]).collect::<Vec<_>>();
    let entry = |post: &Post| {
        let givers: Vec<&str> = MEMBERS.iter().take(post.kudos).map(|(_, login)| *login).collect();
        json!({
            "id": post.id, "author": MEMBERS[post.author].1, "subject": text(&post.subject), "body": text(&post.body),
            "post_time": moment(post.time), "labels": marks(&post.labels), "tags": marks(&post.tags),
            "kudos": givers, "views": post.views,
        })
    };
    let threads = world.iter().filter(|post| post.parent.is_none()).map(|post| {
        let mut entry = entry(post);
        entry["board"] = json!(BOARDS[post.board].0);
        entry
    });
    let replies = world.iter().filter(|post| post.parent.is_some()).map(|post| {
        let mut entry = entry(post);
        entry["parent"] = json!(post.parent);
        entry
    });
    let board = |(id, style, category): &(&str, &str, &str)| json!({ "id": id, "style": style, "category": category });
    json!({
        "boards": BOARDS.iter().map(board).collect::<Vec<_>>(),
        "members": MEMBERS.iter().map(|(id, login)| json!({ "id": id, "login": login })).collect::<Vec<_>>(),
        "threads": threads.collect::<Vec<_>>(), "replies": replies.collect::<Vec<_>>(),
        "solutions": world.iter().filter(|post| post.accepted).map(|post| json!({ "reply": post.id })).collect::<Vec<_>>(),
    })
}
