//! What `explain` says of a thread (every line interpreted) is what a pass decides (lines lowered, the cheapest reads
//! first), on generated threads; and mending the one line that it names makes the rule act.
//!
//! `CASEBRIDGE_GENERATED`: how many threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use casebridge::app::bridge::offline_catalog;
use casebridge::catalog::{Catalog, Gives};
use casebridge::event::Event;
use casebridge::facts::{Answer, Facts, Read, Recorded};
use casebridge::packs::{Sources, compile, load};
use casebridge::plan::{Decision, Holds, Plan, RuleExplained};
use casebridge::rules::{RuleSet, yaml};
use casebridge::value::Value;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

const RULE: &str = "escalations.unanswered-support";
const SETTINGS: &str = "support_boards: [support, returns]\nstaff_roles: [Employee]\nbots: [robo]\n";

/// What a thread is, as far as the rule looks at it. Every field has values for which its line holds.
#[derive(Clone, Debug)]
struct Thread {
    board: &'static str,
    style: &'static str,
    moderation: Option<&'static str>,
    solved: Option<bool>,
    read_only: Option<bool>,
    archived: bool,
    by_author: usize,
    by_others: usize,
    minutes: i64,
    login: &'static str,
    staff: bool,
    banned: Option<bool>,
    deleted: bool,
    linked: bool,
}

/// The lines of the rule, and how each is mended.
type Mend = fn(&mut Thread);
const LINES: [(&str, Mend); 16] = [
    ("include.blogs", |thread| thread.style = "forum"),
    ("include.articles", |thread| thread.style = "forum"),
    ("include.ideas", |thread| thread.style = "forum"),
    ("include.contests", |thread| thread.style = "forum"),
    ("candidate.style", |thread| thread.style = "qanda"),
    ("candidate.approved", |thread| thread.moderation = Some("approved")),
    ("candidate.no-case", |thread| thread.linked = false),
    ("include.archived_threads", |thread| thread.archived = false),
    ("include.bot_authors", |thread| thread.login = "ana"),
    ("include.staff_authors", |thread| thread.staff = false),
    ("include.deleted_authors", |thread| thread.deleted = false),
    ("include.banned_authors", |thread| thread.banned = Some(false)),
    ("when.1", |thread| thread.board = "support"),
    ("when.not-solved", |thread| thread.solved = Some(false)),
    ("when.open", |thread| thread.read_only = Some(false)),
    ("when.unanswered", |thread| thread.by_others = 0),
];
const WAITED: (&str, Mend) = ("when.waited", |thread| thread.minutes = 48 * 60);

fn now() -> Timestamp {
    "2026-03-03T12:00:00Z".parse().expect("a moment")
}

/// Mostly what the rule wants, so that one line alone often stops it.
fn mostly<T: Clone + std::fmt::Debug + 'static>(usual: T, others: Vec<T>) -> impl Strategy<Value = T> {
    prop_oneof![9 => Just(usual), 1 => prop::sample::select(others)]
}

fn any_thread() -> impl Strategy<Value = Thread> {
    let place = (
        mostly("support", vec!["returns", "lounge"]),
        mostly("forum", vec!["qanda", "blog", "tkb", "idea", "contest", "gallery"]),
        mostly(Some("approved"), vec![Some("rejected"), Some("unmoderated"), None]),
    );
    let state = (
        mostly(Some(false), vec![Some(true), None]),
        mostly(Some(false), vec![Some(true), None]),
        mostly(false, vec![true]),
    );
    let posts = (0usize..3, mostly(0usize, vec![1, 2]), prop_oneof![3 => 48i64 * 60..1000 * 60, 1 => 0i64..48 * 60]);
    let author = (
        mostly("ana", vec!["robo", "ROBO"]),
        mostly(false, vec![true]),
        mostly(Some(false), vec![Some(true), None]),
        mostly(false, vec![true]),
        mostly(false, vec![true]),
    );
    (place, state, posts, author).prop_map(|(place, state, posts, author)| Thread {
        board: place.0,
        style: place.1,
        moderation: place.2,
        solved: state.0,
        read_only: state.1,
        archived: state.2,
        by_author: posts.0,
        by_others: posts.1,
        // The rule looks back 30 days.
        minutes: posts.2.min(29 * 24 * 60),
        login: author.0,
        staff: author.1,
        banned: author.2,
        deleted: author.3,
        linked: author.4,
    })
}

impl Thread {
    fn row(&self) -> Value {
        let moment = |minutes: i64| Value::Moment(now() - SignedDuration::from_mins(minutes));
        Value::map([
            ("id", Value::text("42")),
            ("subject", "Help".into()),
            ("body", "<p>Help</p>".into()),
            ("url", "https://community.example/42".into()),
            ("author_id", "7".into()),
            ("author_login", self.login.into()),
            ("author_own", false.into()),
            ("board", self.board.into()),
            ("style", self.style.into()),
            ("moderation", self.moderation.into()),
            ("solved", self.solved.into()),
            ("read_only", self.read_only.into()),
            ("archived", self.archived.into()),
            ("replies", ((self.by_author + self.by_others) as i64).into()),
            ("posted_at", moment(self.minutes)),
            ("last_post_at", moment(0)),
        ])
    }

    fn answer(&self, read: &Read, catalog: &Catalog) -> Answer {
        let reply = |author: &str| Value::map([("author_id", author.into()), ("moderation", Value::from("approved"))]);
        let value = match read.function.as_str() {
            "khoros.get_thread" => self.row(),
            "khoros.find_replies" => Value::List(
                (0..self.by_author).map(|_| reply("7")).chain((0..self.by_others).map(|_| reply("8"))).collect(),
            ),
            "khoros.find_person" => Value::map([
                ("id", Value::text("7")),
                ("name", "Ana".into()),
                ("banned", self.banned.into()),
                ("deleted", self.deleted.into()),
            ]),
            "khoros.find_staff" => {
                let staff = if self.staff { vec!["7".into(), "9".into()] } else { vec!["9".into()] };
                Value::map([("ids", Value::List(staff))])
            }
            "notebook.get_link" if self.linked => Value::map([("case", Value::from("500A"))]),
            other => match catalog.read_call(other).map(|call| call.gives) {
                Some(Gives::List) => Value::List(vec![]),
                _ => return Answer::Nothing,
            },
        };
        Answer::Found(Arc::new(value))
    }
}

struct Rules {
    catalog: Arc<Catalog>,
    rules: RuleSet,
}

impl Rules {
    fn standard() -> Self {
        let catalog = offline_catalog();
        let pack = load::pack("standard", &Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("the pack");
        let settings = Some(yaml::read("settings", SETTINGS).expect("settings"));
        let compiled = compile(&Sources { packs: vec![pack], settings }, &catalog);
        let rules = compiled.unwrap_or_else(|problems| panic!("{}", problems[0].what)).rules;
        Rules { catalog, rules }
    }

    fn facts(&self) -> Facts {
        let subject = "khoros:thread:42";
        let event = Event {
            id: "due:acme:1:khoros:thread:42".into(),
            bridge: "acme".into(),
            kind: "khoros.thread_due".into(),
            subject: subject.into(),
            lane: subject.into(),
            found_by: vec![RULE.into()],
            at: now(),
            hint: Value::Nothing,
        };
        Facts::new(event, now())
    }

    /// Judges until nothing is asked any more.
    fn ask<T>(&self, thread: &Thread, judge: impl Fn(&Arc<Facts>) -> Result<T, Vec<Read>>) -> T {
        let mut facts = Arc::new(self.facts());
        for _ in 0..16 {
            let needs = match judge(&facts) {
                Ok(judged) => return judged,
                Err(needs) => needs,
            };
            for read in needs {
                let answer = thread.answer(&read, &self.catalog);
                Arc::make_mut(&mut facts).learn(Arc::new(Recorded { read, answer, as_of: now() }));
            }
        }
        panic!("{thread:?} asks for ever")
    }

    fn decided(&self, thread: &Thread) -> Plan {
        self.ask(thread, |facts| match self.rules.judge(&self.catalog, facts) {
            Decision::Plan(plan) => Ok(plan),
            Decision::Needs(needs) => Err(needs),
        })
    }

    fn explained(&self, thread: &Thread) -> RuleExplained {
        let mut rules = self.ask(thread, |facts| self.rules.explain(&self.catalog, facts));
        rules.pop().expect("the rule is explained")
    }
}

#[test]
fn explain_and_a_pass_agree_on_generated_threads_and_mending_the_named_line_flips_them() {
    let wanted = std::env::var("CASEBRIDGE_GENERATED").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let rules = Rules::standard();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mends: BTreeMap<&str, Mend> = LINES.into_iter().chain([WAITED]).collect();
    let (mut acted, mut flipped) = (0, BTreeMap::<String, usize>::new());
    for _ in 0..wanted {
        let mut thread = any_thread().new_tree(&mut runner).expect("a thread").current();
        let (plan, explained) = (rules.decided(&thread), rules.explained(&thread));
        assert!(plan.problems.is_empty(), "{thread:?}: {:?}", plan.problems);
        let unmet: Vec<&str> =
            explained.lines.iter().filter(|line| line.holds != Holds::Yes).map(|line| line.line.as_str()).collect();
        assert_eq!(plan.fired.is_empty(), !unmet.is_empty(), "{thread:?}: {unmet:?}");
        if plan.fired.is_empty() {
            let named = plan.unmet[0].line.as_str();
            assert!(unmet.contains(&named), "{thread:?}: a pass names {named}, explain {unmet:?}");
        } else {
            acted += 1;
        }
        // All lines that go by the style are mended with it.
        let by_style =
            unmet.iter().all(|line| *line == "candidate.style" || LINES[..4].iter().any(|(name, _)| name == line));
        if let [line, ..] = unmet[..]
            && (unmet.len() == 1 || by_style)
        {
            let mend = mends.get(line).unwrap_or_else(|| panic!("{line} is a line that this test does not know"));
            mend(&mut thread);
            assert!(!rules.decided(&thread).fired.is_empty(), "{line} was mended: {thread:?}");
            *flipped.entry(line.to_owned()).or_default() += 1;
        }
    }
    println!("{wanted} threads: {acted} acted on, flipped {flipped:?}");
    assert!(acted * 10 > wanted, "{acted} of {wanted}");
    let never: Vec<_> =
        mends.keys().filter(|line| **line != "candidate.style" && !flipped.contains_key(**line)).collect();
    assert!(never.is_empty(), "lines that never stood alone: {never:?}");
}
