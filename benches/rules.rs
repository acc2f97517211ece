//! What rules cost: compiling many of them (`check`), and judging one event by many.

use std::collections::BTreeMap;
use std::sync::Arc;

use casebridge::app::bridge::offline_catalog;
use casebridge::event::Event;
use casebridge::facts::{Answer, Facts, Recorded};
use casebridge::packs::{PackSource, Sources, compile};
use casebridge::value::Value;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const KIND: &str = "khoros.thread_posted";

/// One escalation, of a board of its own.
fn rule(n: usize) -> String {
    format!(
        "  rule-{n}:\n    about: Questions of board {n}\n    on: {KIND}\n    when:\n      - thread.board == \"board-{n}\"\n      \
         - not-solved: thread.solved == false\n      - any: [ thread.views >= 1000, thread.kudos >= 2 ]\n      \
         - long: thread.subject.len > 3 + 4\n    with: thread-to-case\n    set: {{ Priority: High }}\n"
    )
}

/// A pack of so many escalations, a thousand a file.
fn pack(rules: usize) -> Sources {
    let file = |name: &str, text: &str| (format!("rules/{name}"), text.to_owned());
    let mappings = "mappings:\n  thread-to-case:\n    Subject: { value: = thread.subject, too_long: cut }\n    Origin: Community\n";
    let manifest = "pack: acme/many\nversion: 1.0.0\nabout: Many rules\n";
    let mut files = BTreeMap::from([file("pack.yaml", manifest), file("mappings.yaml", mappings)]);
    for first in (0..rules).step_by(1_000) {
        let text: String = (first..rules.min(first + 1_000)).map(rule).collect();
        files.extend([file(&format!("rules-{first}.yaml"), &format!("escalations:\n{text}"))]);
    }
    let pack = PackSource { name: "many".into(), folder: "rules".into(), files, overlay: None };
    Sources { packs: vec![pack], settings: None }
}

/// A posted question of the last board but one.
fn facts(board: usize) -> Facts {
    let event = Event {
        id: "khoros:message:42:created".into(),
        bridge: "acme".into(),
        kind: KIND.into(),
        subject: "khoros:thread:42".into(),
        lane: "khoros:thread:42".into(),
        found_by: vec![],
        at: "2026-03-03T12:00:00Z".parse().expect("a moment"),
        hint: Value::Nothing,
    };
    let now = event.at;
    let mut facts = Facts::new(event, now);
    let thread = Value::map([
        ("id", Value::text("42")),
        ("board", Value::text(format!("board-{board}"))),
        ("style", "forum".into()),
        ("subject", "VPN drops".into()),
        ("solved", true.into()),
        ("moderation", "approved".into()),
        ("views", 3.into()),
    ]);
    let catalog = offline_catalog();
    let read = catalog.read(&"khoros.get_thread".into(), [("id".into(), "42".into())]).expect("a read");
    facts.learn(Arc::new(Recorded { read, answer: Answer::Found(Arc::new(thread)), as_of: now }));
    facts
}

fn check(criterion: &mut Criterion) {
    let catalog = offline_catalog();
    let mut group = criterion.benchmark_group("check");
    group.sample_size(10);
    for rules in [100_usize, 1_000, 10_000] {
        let sources = pack(rules);
        group.throughput(Throughput::Elements(rules as u64));
        group.bench_function(BenchmarkId::from_parameter(rules), |bencher| {
            bencher.iter(|| compile(&sources, &catalog).unwrap_or_else(|problems| panic!("{}", problems[0].what)));
        });
    }
    group.finish();
}

fn one_event(criterion: &mut Criterion) {
    let catalog = Arc::new(offline_catalog());
    let mut group = criterion.benchmark_group("one event");
    for rules in [20_usize, 200, 2_000] {
        let compiled = compile(&pack(rules), &catalog).unwrap_or_else(|problems| panic!("{}", problems[0].what));
        let facts = Arc::new(facts(rules - 2));
        group.bench_function(BenchmarkId::from_parameter(rules), |bencher| {
            bencher.iter(|| compiled.rules.judge(&catalog, &facts));
        });
    }
    group.finish();
}

criterion_group!(benches, check, one_event);
criterion_main!(benches);
