//! A bridge made by hand for the script tests: one thread event, a few facts, four host functions.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use casebridge::calendar::{Calendar, Calendars, Hours};
use casebridge::catalog::{
    Call, Catalog, FactRow, Fold, Gives, HostFunction, Present, ReadCall, Rows, Source, Type, Unanswered, Write,
    WriteCall,
};
use casebridge::event::Event;
use casebridge::facts::{Answer, Facts, Recorded};
use casebridge::names::Path;
use casebridge::plan::ActionId;
use casebridge::problem::{Place, Problem};
use casebridge::script::{Evaluated, Expression, Known, ScriptOutcome, ScriptRule, Scripts, View};
use casebridge::value::Value;
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub const KIND: &str = "khoros.reply_posted";

pub fn now() -> Timestamp {
    "2026-03-03T12:00:00Z".parse().expect("a moment")
}

fn read(key: &str, gives: Gives) -> Call {
    Call::Read(ReadCall {
        key: key.into(),
        up_to: 100,
        row: "id".into(),
        gives,
        fold: Fold::Exact,
        fresh: true,
        call: Arc::new(|_| Box::pin(async { Ok(Rows::default()) })),
    })
}

fn write(kind: Write) -> Call {
    Call::Write(WriteCall {
        kind,
        up_to: 1,
        reads: 0,
        reads_once: 0,
        unanswered: Unanswered::Repeat,
        present: Present::Ours,
        call: Arc::new(|_| Box::pin(async { vec![] })),
    })
}

fn fact(fact: &str, function: &str, param: &str, from: &str, at: &str, open: bool) -> FactRow {
    FactRow {
        fact: fact.into(),
        gives: Type::Any,
        about: "",
        on: vec![],
        source: Source::Answer { read: function.into(), args: vec![(param.into(), from.into())], at: at.into() },
        follows: None,
        open,
    }
}

pub fn catalog() -> Arc<Catalog> {
    let mut catalog = Catalog::default();
    catalog.add(HostFunction::new("khoros.get_thread", read("id", Gives::One)).needs("id", Type::Id, "the thread"));
    catalog.add(HostFunction::new("khoros.find_replies", read("thread", Gives::List)).needs(
        "thread",
        Type::Id,
        "its thread",
    ));
    catalog.add(HostFunction::new("salesforce.get_case", read("id", Gives::One)).needs("id", Type::Id, "the case"));
    catalog.add(HostFunction::new("salesforce.find_cases", read("where", Gives::List)).needs(
        "where",
        Type::Any,
        "fields and their values",
    ));
    let makes = Write::Makes { once_per: vec!["key".into()], any_case: vec![] };
    catalog.add(
        HostFunction::new("salesforce.create_record", write(makes))
            .needs("object", Type::Text, "the object")
            .needs("key", Type::Id, "what it is once per")
            .needs("fields", Type::Fields, "its fields"),
    );
    let sets = Write::Sets { target: vec!["thread".into(), "label".into()] };
    catalog.add(HostFunction::new("khoros.label_thread", write(sets)).needs("thread", Type::Id, "the thread").needs(
        "label",
        Type::Text,
        "a label",
    ));
    let sets = Write::Sets { target: vec!["about".into(), "name".into()] };
    catalog.add(
        HostFunction::new("notebook.remember", Call::Note { kind: sets, call: Arc::new(|_, _| vec![]) })
            .needs("about", Type::Id, "what it is about")
            .needs("name", Type::Text, "its name")
            .may("value", Type::Any, "what is remembered"),
    );
    let thread = |part: &str| fact(&format!("thread.{part}"), "khoros.get_thread", "id", "event.thread", part, false);
    let parts = ["id", "board", "subject", "labels", "solved", "replies_by_others", "age", "posted_at", "author.rank"];
    let more = ["body", "kudos", "posts", "attachments", "author.id"];
    catalog.add_facts(more.iter().map(|part| thread(part)).collect());
    let author = ["author.login", "author.name", "author.last_name", "author.roles"];
    catalog.add_facts(parts.iter().chain(&author).map(|part| thread(part)).collect());
    let typed = [
        ("wait", Type::Span),
        ("tags", Type::List),
        ("views", Type::Number),
        ("replies", Type::Number),
        ("open", Type::YesNo),
    ];
    catalog.add_facts(typed.map(|(part, gives)| FactRow { gives, ..thread(part) }).to_vec());
    catalog.add_facts(vec![
        fact("case", "salesforce.get_case", "id", "event.case", "", true),
        fact("reply.body", "khoros.get_thread", "id", "event.reply", "body", false),
        fact("reply.id", "khoros.get_thread", "id", "event.reply", "id", false),
    ]);
    catalog.add_nouns(KIND, &["thread", "case", "reply"]);
    Arc::new(catalog)
}

pub fn known() -> Known {
    Known {
        kinds: vec![KIND.into()],
        settings: ["boards", "wait", "staff_roles", "words", "nowhere"].map(|name| (name.into(), None)).into(),
        names: vec!["task".into()],
        tables: Some(vec!["urgency".into()]),
        facts: true,
        ..Known::default()
    }
}

/// Facts about thread 42 and case 500A, with these answers by function and id.
pub fn facts(answers: &[(&str, &str, Answer)]) -> Facts {
    let hint = Value::map([("thread", Value::from("42")), ("case", "500A".into()), ("reply", "43".into())]);
    let event = Event {
        id: "khoros:message:43:created".into(),
        bridge: "acme".into(),
        kind: KIND.into(),
        subject: "khoros:thread:42".into(),
        lane: "khoros:thread:42".into(),
        found_by: vec![],
        at: now(),
        hint,
    };
    let mut facts = Facts::new(event, now());
    for (function, id, answer) in answers {
        let param = if *function == "khoros.find_replies" { "thread" } else { "id" };
        let read = catalog().read(&(*function).into(), [(param.into(), (*id).into())]).expect("a read");
        facts.learn(Arc::new(Recorded { read, answer: answer.clone(), as_of: now() }));
    }
    facts
}

pub fn found(value: Value) -> Answer {
    Answer::Found(Arc::new(value))
}

pub fn thread() -> (&'static str, &'static str, Answer) {
    let hours = |n| Value::Span(jiff::SignedDuration::from_hours(n));
    let thread = Value::map([
        ("id", Value::from("42")),
        ("board", "vpn".into()),
        ("subject", "VPN drops \u{1F680}".into()),
        ("labels", Value::List(vec!["vip".into(), "beta".into()])),
        ("solved", false.into()),
        ("replies_by_others", 0.into()),
        ("age", hours(50)),
        ("posted_at", Value::Moment("2026-03-01T10:00:00Z".parse().expect("a moment"))),
        ("author", Value::map([("rank", Value::from("VIP"))])),
    ]);
    ("khoros.get_thread", "42", found(thread))
}

pub fn reply(body: &str) -> (&'static str, &'static str, Answer) {
    ("khoros.get_thread", "43", found(Value::map([("id", Value::from("43")), ("body", body.into())])))
}

pub fn case() -> (&'static str, &'static str, Answer) {
    ("salesforce.get_case", "500A", found(Value::map([("Id", Value::from("500A")), ("Status", "New".into())])))
}

pub fn view(facts: Facts) -> View {
    let rows = vec![("vpn".into(), "High".into()), ("billing".into(), "Low".into())];
    View {
        facts: Arc::new(facts),
        catalog: catalog(),
        settings: Arc::new(Value::map([
            ("boards", Value::List(vec!["vpn".into(), "billing".into()])),
            ("wait", 48.into()),
            ("staff_roles", Value::List(vec!["Employee".into()])),
            ("words", Value::map([("vpn", Value::from("Networks"))])),
        ])),
        lets: Default::default(),
        laters: BTreeMap::new(),
        next_action: 3,
        tables: Arc::new(BTreeMap::from([("urgency".into(), rows)])),
        mappings: None,
        looked_at: Arc::default(),
        calendars: Arc::new(calendars()),
    }
}

/// Weekdays from eight to six in Chicago, with Christmas off.
fn calendars() -> Calendars {
    let day = vec![Hours { from: 480, to: 1080 }];
    let week = std::array::from_fn(|n| if n < 5 { day.clone() } else { vec![] });
    let days = BTreeMap::from([("2026-12-25".parse().expect("a day"), vec![])]);
    let zone = TimeZone::get("America/Chicago").expect("a zone");
    BTreeMap::from([("us-support".into(), Arc::new(Calendar { name: "us-support".into(), zone, week, days }))])
}

/// A view in which everything is read, and `task` is made by action 1.
pub fn full() -> View {
    let mut view = view(facts(&[thread(), case(), reply("again <b>useless</b>")]));
    view.laters = BTreeMap::from([("task".into(), 1 as ActionId)]);
    view
}

pub fn at() -> Place {
    Place { file: "rules/a.yaml".into(), line: 7, column: 9, width: 0 }
}

fn scripts() -> &'static Scripts {
    static SCRIPTS: OnceLock<Scripts> = OnceLock::new();
    SCRIPTS.get_or_init(|| Scripts::new(catalog()).with_calendars(calendars().into_keys().collect()))
}

pub fn expression(text: &str) -> Result<Expression, Vec<Problem>> {
    scripts().expression(text, &at(), &known())
}

pub fn value(text: &str, view: &View) -> Evaluated {
    match expression(text) {
        Ok(expression) => expression.value(view),
        Err(problems) => panic!("{text}: {problems:?}"),
    }
}

pub fn script(text: &str) -> Result<ScriptRule, Vec<Problem>> {
    let scripts = scripts();
    scripts.given("angry.rhai", text)?;
    scripts.script_rule("angry.rhai", text, &known())
}

/// What a `then` with this body and parameters does.
pub fn then(params: &str, body: &str, view: &View) -> ScriptOutcome {
    let text = format!("fn rule() {{ #{{ on: [\"{KIND}\"] }} }}\nfn then({params}) {{\n{body}\n}}");
    match script(&text) {
        Ok(rule) => rule.then(view),
        Err(problems) => panic!("{body}: {problems:?}"),
    }
}

pub fn path(text: &str) -> Path {
    text.into()
}
