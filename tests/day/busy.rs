//! What people do on both sides in a day: they ask, answer, comment, accept, withdraw, take up cases and open them again.
//!
//! Everything is an edit as a person makes it. Who does what to which thread is chance with a seed.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use super::random::Random;
use crate::world::World;

/// How much happens, and in which time.
#[derive(Clone, Copy)]
pub struct Size {
    pub threads: usize,
    pub replies: usize,
    pub comments: usize,
    pub solutions: usize,
    pub hours: i64,
}

const MEMBERS: [&str; 4] = ["ana", "ben", "cleo", "dan"];
/// One account each, or two (kai), one that may not write any more (eve), none (mia, ole).
const AGENTS: [&str; 6] = ["zoe", "kai", "mia", "lea", "eve", "ole"];
/// Those among the agents who write in the community too.
const STAFF: [&str; 2] = ["zoe", "lea"];

/// The accounts of all of them.
pub fn people(world: &World) {
    let account = |login: &str, email: String| json!({ "login": login, "email": email });
    let members = MEMBERS.iter().map(|login| account(login, format!("{login}@people.test")));
    let staff = ["zoe", "kai", "lea"].iter().map(|login| account(login, format!("{login}@acme.test")));
    let mut all: Vec<Json> = members.chain(staff).collect();
    all.push(account("kai.l", "KAI@acme.test".to_owned()));
    all.push(json!({ "login": "eve", "email": "eve@acme.test", "banned": true }));
    world.community(json!({ "members": all }));
    let user = |name: &&str| {
        let address = format!("{name}@acme.test");
        json!({ "fields": { "FirstName": "Agent", "LastName": name, "Username": address, "Email": address, "Alias": name } })
    };
    let new = ["lea", "eve", "ole"];
    world.org(json!({ "users": new.iter().map(user).collect::<Vec<_>>() }));
}

/// A thread, and what people know of it.
struct Thread {
    id: String,
    author: &'static str,
    /// Its case, as soon as there is one.
    case: Option<String>,
    /// What people answered.
    replies: Vec<String>,
    solved: bool,
    /// Nobody accepts, withdraws or reopens any more.
    settled: bool,
}

/// The people, and how far their day has come.
pub struct Busy {
    random: Random,
    size: Size,
    begin: Timestamp,
    threads: Vec<Thread>,
    replies: usize,
    comments: usize,
    solutions: usize,
}

impl Busy {
    pub fn new(seed: u64, size: Size, begin: Timestamp) -> Self {
        let random = Random(seed.wrapping_mul(0x2545_F491_4F6C_DD1D));
        Busy { random, size, begin, threads: vec![], replies: 0, comments: 0, solutions: 0 }
    }

    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.begin + SignedDuration::from_hours(self.size.hours)
    }

    /// Everything that is to happen until a moment and did not yet; the rest of it waits for threads with a case.
    pub fn go_on(&mut self, world: &World, now: Timestamp) {
        let until = |total: usize, lead: i64| {
            let passed = now.duration_since(self.begin).as_secs();
            let whole = (SignedDuration::from_hours(self.size.hours).as_secs() - lead).max(1);
            (total as i64 * passed / whole).clamp(0, total as i64) as usize
        };
        // Questions come a little earlier than what is said about them.
        let asked = until(self.size.threads, 5400).max(self.size.threads / 10);
        let (replies, comments) = (until(self.size.replies, 0), until(self.size.comments, 0));
        let solutions = until(self.size.solutions, 0);
        self.ask(world, asked.saturating_sub(self.threads.len()));
        self.look(world);
        self.reply(world, replies.saturating_sub(self.replies));
        self.comment(world, comments.saturating_sub(self.comments));
        self.solve(world, solutions.saturating_sub(self.solutions));
        self.take_up(world);
    }

    /// One question in four is answered at once, one in ten is not for support.
    fn ask(&mut self, world: &World, count: usize) {
        let first = self.threads.len();
        let authors: Vec<&str> = (0..count).map(|_| *self.random.one_of(&MEMBERS)).collect();
        let entries: Vec<Json> = (first..)
            .zip(&authors)
            .map(|(n, author)| {
                let board = if self.random.once_in(10) { "lounge" } else { "support" };
                let body = format!("<p>Question {n}: it hums &amp; stops</p>");
                json!({ "board": board, "subject": format!("Question {n}"), "body": body, "author": author })
            })
            .collect();
        let ids = ids(&world.community(json!({ "threads": entries })), "threads");
        for (id, author) in ids.into_iter().zip(authors) {
            self.threads.push(Thread { id, author, case: None, replies: vec![], solved: false, settled: false });
        }
        let answered: Vec<usize> = (first..first + count).filter(|_| self.random.once_in(4)).collect();
        let by = |thread: &Thread| MEMBERS.iter().copied().find(|member| *member != thread.author).unwrap_or("ana");
        let answers = answered.into_iter().map(|n| (n, by(&self.threads[n]))).collect();
        self.write(world, answers);
    }

    /// Which threads have a case by now.
    fn look(&mut self, world: &World) {
        for case in world.cases() {
            let key = case["fields"]["Community_Thread_Key__c"].as_str().unwrap_or_default();
            let thread = key.rsplit(':').next().unwrap_or_default();
            let known = self.threads.iter_mut().find(|known| known.case.is_none() && known.id == thread);
            known.into_iter().for_each(|known| known.case = case["id"].as_str().map(str::to_owned));
        }
    }

    /// Anybody answers where there is a case; elsewhere only the author goes on.
    fn reply(&mut self, world: &World, count: usize) {
        let mut written = Vec::new();
        for _ in 0..count {
            let n = self.random.below(self.threads.len());
            let by = match &self.threads[n].case {
                Some(_) if self.random.once_in(8) => *self.random.one_of(&STAFF),
                Some(_) => *self.random.one_of(&MEMBERS),
                None => self.threads[n].author,
            };
            written.push((n, by));
        }
        self.write(world, written);
    }

    fn write(&mut self, world: &World, written: Vec<(usize, &'static str)>) {
        let mut entries = Vec::new();
        for (n, by) in &written {
            let words = self.words().replace('&', "&amp;").replace('<', "&lt;");
            let body = format!("<p>Reply {} of {by}: {words}</p>", self.replies);
            entries.push(json!({ "thread": self.threads[*n].id, "author": by, "body": body }));
            self.replies += 1;
        }
        let ids = ids(&world.community(json!({ "replies": entries })), "replies");
        for ((n, _), id) in written.into_iter().zip(ids) {
            self.threads[n].replies.push(id);
        }
    }

    /// Some are long enough for parts on either side.
    fn words(&mut self) -> String {
        let times = if self.random.once_in(20) { 200 } else { 1 + self.random.below(3) };
        let sentences = ["try a < b & wait. ", "Das heißt „später“. ", "שלום עולם. ", "👨‍👩‍👧 say it hums. "];
        (0..times).map(|_| *self.random.one_of(&sentences)).collect::<String>().trim_end().to_owned()
    }

    /// One comment in four is internal.
    fn comment(&mut self, world: &World, count: usize) {
        let linked: Vec<String> = self.threads.iter().filter_map(|thread| thread.case.clone()).collect();
        let mut entries = Vec::new();
        for _ in 0..if linked.is_empty() { 0 } else { count } {
            let (case, agent) = (self.random.one_of(&linked).clone(), *self.random.one_of(&AGENTS));
            let published = !self.random.once_in(4);
            let word = if published { "Comment" } else { "Internal" };
            let words: String = self.words().chars().take(1500).collect();
            let body = format!("{word} {} of {agent}: {words}", self.comments);
            let by = format!("{agent}@acme.test");
            entries.push(json!({ "case": case, "body": body, "is_published": published, "by": by }));
            self.comments += 1;
        }
        world.org(json!({ "comments": entries }));
    }

    fn solve(&mut self, world: &World, count: usize) {
        let mut accepted = Vec::new();
        for _ in 0..count {
            let open = |thread: &Thread| !thread.solved && thread.case.is_some() && !thread.replies.is_empty();
            let open: Vec<usize> = (0..self.threads.len()).filter(|n| open(&self.threads[*n])).collect();
            if open.is_empty() {
                break;
            }
            let thread = &mut self.threads[*self.random.one_of(&open)];
            thread.solved = true;
            accepted.push(json!({ "reply": self.random.one_of(&thread.replies) }));
            self.solutions += 1;
        }
        world.community(json!({ "solutions": accepted }));
    }

    /// Of the cases that were closed for a solution agents open some again; of the solutions some are withdrawn.
    fn take_up(&mut self, world: &World) {
        let cases = world.cases();
        let is_closed =
            |id: &str| cases.iter().any(|case| case["id"] == id && case["fields"]["IsClosed"] == json!(true));
        let (mut reopened, mut withdrawn) = (Vec::new(), Vec::new());
        for thread in self.threads.iter_mut().filter(|thread| thread.solved && !thread.settled) {
            let Some(case) = thread.case.as_deref().filter(|case| is_closed(case)) else { continue };
            thread.settled = true;
            match self.random.below(10) {
                0 => reopened.push(json!({ "id": case, "fields": { "Status": "Working" }, "by": "zoe@acme.test" })),
                1 => withdrawn.extend(thread.replies.iter().map(|reply| json!({ "reply": reply, "deleted": true }))),
                _ => {}
            }
        }
        world.org(json!({ "cases": reopened }));
        world.community(json!({ "solutions": withdrawn }));
    }

    /// How much has happened.
    pub fn told(&self) -> String {
        let linked = self.threads.iter().filter(|thread| thread.case.is_some()).count();
        let Busy { threads, replies, comments, solutions, .. } = self;
        format!(
            "{} threads ({linked} with a case), {replies} replies, {comments} comments, {solutions} solutions",
            threads.len()
        )
    }
}

fn ids(answer: &Json, name: &str) -> Vec<String> {
    answer[name].as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect()
}
