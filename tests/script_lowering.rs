//! A line that was lowered says what the interpreted one says, whatever the fact is.

use casebridge::catalog::Seen;
use casebridge::facts::Answer;
use casebridge::names::Path;
use casebridge::plan::Arg;
use casebridge::predicate::{Lowered, Predicate, Test};
use casebridge::script::{Evaluated, Expression, Lowering, View};
use casebridge::value::Value;
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::script_world::*;
use crate::world::{self, World};

/// `$` stands for the operator.
const LINES: [&str; 12] = [
    "thread.age $ hours(settings.wait)",
    "thread.age $ days(2)",
    "hours(48) $ thread.age",
    "thread.age $ 2",
    "2 $ thread.age",
    "thread.age $ 2.0",
    "thread.age $ -1",
    "thread.age $ \"vpn\"",
    "thread.age $ settings.wait",
    "thread.age $ ()",
    "thread.age $ true",
    "thread.author.rank $ \"VIP\"",
];
const LISTS: [&str; 3] = ["thread.age in settings.boards", "thread.age in [2, 48]", "thread.age in [\"vpn\", true]"];

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Nothing),
        any::<bool>().prop_map(Value::Bool),
        (-3i64..60).prop_map(Value::Int),
        prop_oneof![Just(2.0), Just(48.0), Just(1.5)].prop_map(Value::Float),
        prop_oneof![Just("vpn"), Just("VIP"), Just("w"), Just("2"), Just("")].prop_map(Value::from),
        (47i64 * 3600 * 1000..49 * 3600 * 1000).prop_map(|ms| Value::Span(SignedDuration::from_millis(ms))),
        Just(Value::Span(SignedDuration::from_hours(48))),
        Just(Value::Moment(now())),
    ]
}

fn any_list() -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Nothing), prop::collection::vec(any_value(), 0..3).prop_map(Value::List)]
}

fn one_test() -> impl Strategy<Value = String> {
    let operator = prop_oneof![Just("=="), Just("!="), Just("<"), Just("<="), Just(">"), Just(">=")];
    prop_oneof![
        5 => (prop::sample::select(&LINES[..]), operator).prop_map(|(line, operator)| line.replace('$', operator)),
        1 => prop::sample::select(&LISTS[..]).prop_map(str::to_owned),
        3 => prop::sample::select(&[
            "thread.open",
            "!thread.open",
            "thread.tags.contains(\"vpn\")",
            "thread.tags.contains(2)",
            "case.Status == \"New\"",
        ][..]).prop_map(str::to_owned),
    ]
}

/// Tests, and what `&&`, `||` and `!` make of them.
fn any_line() -> impl Strategy<Value = String> {
    one_test().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            inner.prop_map(|part| format!("!({part})")),
        ]
    })
}

/// A thread in which age and rank are that value.
fn thread_with(value: &Value, open: Option<bool>, tags: &Value) -> Answer {
    found(Value::map([
        ("age", value.clone()),
        ("author", Value::map([("rank", value.clone())])),
        ("open", open.map_or(Value::Nothing, Value::Bool)),
        ("tags", tags.clone()),
    ]))
}

/// How a line comes out: yes, no, not a question for an absent value, or not known yet.
#[derive(Debug, PartialEq)]
enum Came {
    Out(Option<bool>),
    Unread,
}

fn interpreted(line: &Expression, view: &View) -> Came {
    match line.value(view) {
        Evaluated::Is(Arg::Known(Value::Bool(yes))) => Came::Out(Some(yes)),
        Evaluated::Is(Arg::Known(Value::Nothing)) => Came::Out(None),
        Evaluated::Refused(refusal) if refusal.code == "no-value" => Came::Out(None),
        Evaluated::Needs(_) => Came::Unread,
        other => panic!("{}: {other:?}", line.text()),
    }
}

fn lowered(text: &Expression, view: &View) -> Option<Lowered> {
    let gives = |path: &Path| view.catalog.gives(&KIND.into(), path);
    text.lowered(&Lowering { settings: &view.settings, gives: &gives })
}

fn judged(lowered: &Lowered, view: &View) -> Came {
    let see = |predicate: &Predicate| match view.catalog.see(&view.facts, &view.settings, &predicate.fact) {
        Seen::Is(value) => Ok(value),
        other => Err(other),
    };
    lowered.verdict(&see).map_or(Came::Unread, Came::Out)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    #[test]
    fn lowered_and_interpreted_agree(
        line in any_line(),
        value in any_value(),
        open in any::<Option<bool>>(),
        tags in any_list(),
        case in any::<bool>(),
    ) {
        let mut answers = vec![("khoros.get_thread", "42", thread_with(&value, open, &tags))];
        if case {
            answers.push(("salesforce.get_case", "500A", found(Value::map([("Status", value.clone())]))));
        }
        let mut view = view(facts(&answers));
        view.laters.clear();
        // A line that can never hold is refused before anybody could lower it.
        let Ok(line) = expression(&line) else { return Ok(()) };
        let Some(lowered) = lowered(&line, &view) else { return Ok(()) };
        prop_assert_eq!(judged(&lowered, &view), interpreted(&line, &view), "{} with {}", line.text(), value);
    }
}

#[test]
fn tests_of_facts_are_lowered_and_nothing_else_is() {
    let lowered = |text: &str| lowered(&expression(text).expect(text), &full());
    let hours = |count| Value::Span(SignedDuration::from_hours(count));
    let test = |fact: &str, test| Lowered::Test(Predicate::new(fact, test));
    let age = |test| Some(Lowered::Test(Predicate::new("thread.age", test)));
    assert_eq!(lowered("thread.age >= hours(settings.wait)"), age(Test::AtLeast(hours(48))));
    assert_eq!(lowered("weeks(1) < thread.age"), age(Test::Above(hours(168))));
    assert_eq!(lowered("thread.solved == false"), Some(test("thread.solved", Test::Is(false.into()))));
    let boards = Test::In(vec!["vpn".into(), "billing".into()]);
    assert_eq!(lowered("thread.board in settings.boards"), Some(test("thread.board", boards)));
    assert_eq!(lowered("thread.board != \"vpn\""), Some(test("thread.board", Test::IsNot("vpn".into()))));
    assert_eq!(lowered("!thread.open"), Some(test("thread.open", Test::Says(false))));
    assert_eq!(lowered("thread.tags.contains(\"vip\")"), Some(test("thread.tags", Test::Contains("vip".into()))));
    let both = vec![test("thread.age", Test::AtLeast(hours(2))), test("thread.open", Test::Says(true))];
    assert_eq!(lowered("thread.age >= hours(2) && thread.open"), Some(Lowered::All(both.clone())));
    assert_eq!(lowered("thread.age >= hours(2) || thread.open"), Some(Lowered::Any(both)));
    for other in [
        "thread.solved",
        "thread.tags.contains(\"vip\") && threads::unanswered(thread)",
        "thread.age >= hours(2) + hours(settings.wait)",
        "task.Id == ()",
        "threads::unanswered(thread) == true",
        "settings.wait == 48",
    ] {
        assert_eq!(lowered(other), None, "{other}");
    }
}

#[tokio::test]
async fn every_line_of_the_standard_pack_is_lowered() {
    let small = World::small().await;
    let bridge =
        small.open(small.store(), small.web(), &world::Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    let rules = &bridge.engine.parts().rules;
    let lines: Vec<_> = rules.rules.iter().flat_map(|rule| casebridge::rules::judge::lines(&rule.when)).collect();
    // What a read under `let` gave is no fact.
    let of_a_let = |text: &str| ["known.", "our_post."].iter().any(|start| text.starts_with(start));
    let lines: Vec<_> = lines.into_iter().filter(|line| !of_a_let(line.expression.text())).collect();
    assert_eq!(lines.len(), 6);
    for line in lines {
        assert!(line.lowered.is_some(), "{} is interpreted", line.expression.text());
    }
}
