//! A line that was lowered says what the interpreted one says, whatever the fact is.

use casebridge::catalog::Seen;
use casebridge::facts::Answer;
use casebridge::plan::Arg;
use casebridge::predicate::{Predicate, Test};
use casebridge::script::Evaluated;
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

fn any_line() -> impl Strategy<Value = String> {
    let operator = prop_oneof![Just("=="), Just("<"), Just("<="), Just(">"), Just(">=")];
    prop_oneof![
        5 => (prop::sample::select(&LINES[..]), operator).prop_map(|(line, operator)| line.replace('$', operator)),
        1 => prop::sample::select(&LISTS[..]).prop_map(str::to_owned),
    ]
}

/// The answer in which age and rank are that value.
fn thread_with(value: &Value) -> Answer {
    found(Value::map([("age", value.clone()), ("author", Value::map([("rank", value.clone())]))]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    #[test]
    fn lowered_and_interpreted_agree(line in any_line(), value in any_value()) {
        let mut view = view(facts(&[("khoros.get_thread", "42", thread_with(&value))]));
        view.laters.clear();
        // A line that can never hold is refused before anybody could lower it.
        let Ok(line) = expression(&line) else { return Ok(()) };
        let Some(predicate) = line.lowered(&view.settings) else { return Ok(()) };
        let Seen::Is(seen) = view.catalog.see(&view.facts, &view.settings, &predicate.fact) else {
            panic!("{} was not seen", predicate.fact)
        };
        let interpreted = line.value(&view);
        prop_assert_eq!(Evaluated::Is(Arg::Known(predicate.holds(&seen).into())), interpreted, "{} with {}", line.text(), value);
    }
}

#[test]
fn tests_of_one_fact_are_lowered_and_nothing_else_is() {
    let lowered = |text: &str| expression(text).expect(text).lowered(&full().settings);
    let hours = |count| Value::Span(SignedDuration::from_hours(count));
    let age = |test| Some(Predicate::new("thread.age", test));
    assert_eq!(lowered("thread.age >= hours(settings.wait)"), age(Test::AtLeast(hours(48))));
    assert_eq!(lowered("weeks(1) < thread.age"), age(Test::Above(hours(168))));
    assert_eq!(lowered("thread.solved == false"), Some(Predicate::new("thread.solved", Test::Is(false.into()))));
    let boards = Test::In(vec!["vpn".into(), "billing".into()]);
    assert_eq!(lowered("thread.board in settings.boards"), Some(Predicate::new("thread.board", boards)));
    for other in [
        "thread.solved",
        "thread.labels.contains(\"vip\")",
        "thread.age >= hours(2) + hours(settings.wait)",
        "thread.board != \"vpn\"",
        "task.Id == ()",
        "threads::unanswered(thread) == true",
        "settings.wait == 48",
        "thread.age >= hours(2) && thread.solved == false",
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
    assert_eq!(lines.len(), 5);
    for line in lines {
        assert!(line.lowered.is_some(), "{} is interpreted", line.expression.text());
    }
}
