//! What rules may look at about a thread: each fact is found by its reads, and those that follow need none.

use std::sync::Arc;

use casebridge::catalog::{Asked, Gives, Seen};
use casebridge::event::Event;
use casebridge::facts::{Answer, Facts, Read, Recorded};
use casebridge::names::Subject;
use casebridge::ports::Batch;
use casebridge::value::Value;
use jiff::SignedDuration;
use serde_json::json;

use crate::hosts_pair::Pair;

/// The facts of one thread, read as they are looked at.
pub struct Looking<'a> {
    pair: &'a Pair,
    facts: Facts,
    settings: Value,
    pub asked: Vec<String>,
}

impl<'a> Looking<'a> {
    pub fn at(pair: &'a Pair, thread: &str) -> Self {
        let subject = Subject::new("khoros", "thread", thread);
        let now = pair.sandbox.clock.now();
        let event = Event {
            id: "due:acme:t".into(),
            bridge: "acme".into(),
            kind: "khoros.thread_due".into(),
            lane: subject.as_str().into(),
            subject,
            found_by: vec![],
            at: now,
            hint: Value::Nothing,
        };
        let settings = Value::from_json(&json!({ "staff_roles": ["Employee"] }));
        Looking { pair, facts: Facts::new(event, now), settings, asked: vec![] }
    }

    /// A fact, with every read that it needs.
    pub async fn see(&mut self, fact: &str) -> Value {
        loop {
            match self.pair.catalog.see(&self.facts, &self.settings, &fact.into()) {
                Seen::Is(value) => return value,
                Seen::Needs(reads) => {
                    for read in reads {
                        self.answer(read).await;
                    }
                }
                other => panic!("{fact}: {other:?}"),
            }
        }
    }

    /// What was read so far.
    pub fn asked(&self) -> &[String] {
        &self.asked
    }

    /// Changes one setting.
    pub fn set(&mut self, name: &str, value: serde_json::Value) {
        let Value::Map(settings) = &mut self.settings else { panic!("settings are a map") };
        settings.insert(name.into(), Value::from_json(&value));
    }

    async fn answer(&mut self, read: Read) {
        let call = self.pair.catalog.read_call(read.function.as_str()).expect("a read");
        let key = read.args[&call.key].clone();
        let rows = (call.call)(Asked { shared: read.args.clone(), keys: vec![key] }).await.expect("an answer").rows;
        let answer = match (call.gives, rows.first()) {
            (Gives::List, _) => Answer::Found(Arc::new(Value::List(rows))),
            (Gives::One, Some(row)) => Answer::Found(Arc::new(row.clone())),
            (Gives::One, None) => Answer::Nothing,
        };
        self.asked.push(read.function.to_string());
        self.facts.learn(Arc::new(Recorded { read, answer, as_of: self.facts.now }));
    }
}

#[tokio::test]
async fn a_thread_without_replies_is_judged_by_one_read() {
    let pair = Pair::small().await;
    let mut looking = Looking::at(&pair, "120");
    assert_eq!(looking.see("thread.replies_by_staff").await, 0.into());
    assert_eq!(looking.see("thread.replies_by_others").await, 0.into());
    let Value::Span(age) = looking.see("thread.age").await else { panic!("no duration") };
    assert!((age - SignedDuration::from_hours(96)).abs() < SignedDuration::from_mins(2), "{age}");
    assert_eq!(looking.see("thread.author.login").await, "ana".into());
    assert_eq!(looking.see("thread.has_case").await, false.into());
    assert_eq!(looking.see("case").await, Value::Nothing);
    assert_eq!(looking.asked, ["khoros.get_thread", "notebook.get_link"]);
    assert_eq!(looking.see("thread.author.rank").await, "VIP".into());
    assert_eq!(looking.see("thread.author.staff").await, false.into());
    assert_eq!(looking.see("thread.labels").await, Value::List(vec!["vpn".into()]));
}

#[tokio::test]
async fn replies_are_counted_by_who_wrote_them() {
    let pair = Pair::small().await;
    let mut looking = Looking::at(&pair, "102");
    assert_eq!(looking.see("thread.replies_by_staff").await, 1.into());
    assert_eq!(looking.see("thread.replies_by_author").await, 1.into());
    assert_eq!(looking.see("thread.replies_by_others").await, 1.into());
    let Value::Span(waits) = looking.see("thread.author_waits").await else { panic!("the author wrote last") };
    assert!((waits - SignedDuration::from_hours(398)).abs() < SignedDuration::from_mins(2), "{waits}");
    assert_eq!(Looking::at(&pair, "101").see("thread.author.staff").await, true.into());
}

#[tokio::test]
async fn a_reply_by_the_connector_does_not_count() {
    let pair = Pair::small().await;
    let said = json!({ "replies": [{ "thread": "120", "author": "connector", "body": "<p>A case was opened.</p>" }] });
    pair.sandbox.khoros.edit(&said).expect("an edit");
    let mut looking = Looking::at(&pair, "120");
    assert_eq!(looking.see("thread.replies").await, 1.into());
    assert_eq!(looking.see("thread.replies_by_others").await, 0.into());
}

#[tokio::test]
async fn without_staff_roles_nobody_is_asked_for() {
    let pair = Pair::small().await;
    let mut looking = Looking::at(&pair, "120");
    looking.settings = Value::from_json(&json!({ "staff_roles": [] }));
    assert_eq!(looking.see("thread.author.staff").await, false.into());
    assert!(looking.asked.is_empty(), "{:?}", looking.asked);
}

#[tokio::test]
async fn a_linked_thread_has_its_case_with_every_field() {
    let pair = Pair::small().await;
    let fields = Value::map([("Subject", Value::text("VPN"))]);
    let wanted = Value::map([("thread", "120".into()), ("fields", fields)]);
    let replies = pair.write("salesforce.create_case", &[("makes:acme:salesforce.create_case:120:1", wanted)]).await;
    let casebridge::catalog::Reply::Done(made) = &replies[0] else { panic!("{replies:?}") };
    let mut batch = Batch::default();
    let args = [("thread", "120".into()), ("case", made.get("Id").clone())];
    for (key, value) in pair.note("notebook.link", args) {
        batch.put(key, value.to_json().to_string());
    }
    pair.store.commit(batch).await.expect("a commit");
    let mut looking = Looking::at(&pair, "120");
    assert_eq!(looking.see("thread.has_case").await, true.into());
    assert_eq!(looking.see("case.Subject").await, "VPN".into());
    assert_eq!(looking.see("case.CaseNumber").await, *made.get("CaseNumber"));
    assert!(matches!(looking.see("case.age").await, Value::Span(_)));
    assert_eq!(looking.see("case.since_closed").await, Value::Nothing);
}

#[tokio::test]
async fn what_is_remembered_is_recalled_and_forgotten() {
    let pair = Pair::small().await;
    let recall = |pair: &Pair| {
        let call = pair.catalog.read_call("notebook.recall").expect("a read");
        let shared = [("name".into(), Value::text("asked"))].into();
        (call.call)(Asked { shared, keys: vec!["120".into()] })
    };
    for (value, rows) in [(Value::Int(7), 1), (Value::Nothing, 0)] {
        let mut batch = Batch::default();
        let args = [("about", "120".into()), ("name", "asked".into()), ("value", value)];
        for (key, value) in pair.note("notebook.remember", args) {
            match value {
                Value::Nothing => batch.remove(key),
                value => batch.put(key, value.to_json().to_string()),
            }
        }
        pair.store.commit(batch).await.expect("a commit");
        let found = recall(&pair).await.expect("rows").rows;
        assert_eq!(found.len(), rows, "{found:?}");
    }
}

#[tokio::test]
async fn every_function_has_its_page_of_the_manual() {
    let pair = Pair::small().await;
    for function in pair.catalog.functions() {
        assert!(!function.about.is_empty() && !function.example.is_empty(), "{}", function.name);
        assert!(function.params.iter().all(|param| !param.about.is_empty()), "{}", function.name);
    }
}
