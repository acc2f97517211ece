//! Lines and `=` values: what they see, what they ask, what they give.

use casebridge::facts::Answer;
use casebridge::failure::{FailureClass, HostError};
use casebridge::plan::{Arg, Piece};
use casebridge::script::Evaluated;
use casebridge::value::Value;

use crate::script_world::*;

fn gives(text: &str, wanted: impl Into<Value>) {
    assert_eq!(value(text, &full()), Evaluated::Is(Arg::Known(wanted.into())), "{text}");
}

#[test]
fn lines_compare_facts_with_constants_settings_and_time() {
    for line in [
        "thread.board in [\"vpn\", \"billing\"]",
        "thread.board in settings.boards",
        "thread.labels.contains(\"vip\")",
        "\"vip\" in thread.labels",
        "thread.solved == false",
        "thread.age >= hours(settings.wait)",
        "thread.age == hours(50)",
        "now - thread.posted_at == thread.age",
        "thread.posted_at + days(2) < now",
        "thread.posted_at < moment(\"2026-03-01 06:00\", \"America/New_York\")",
        "any_in(thread.labels, [\"x\", \"beta\"])",
        "case != () && case.Status == \"New\"",
        "case.Owner.Name == ()",
        "threads::unanswered(thread)",
        "event.kind == \"khoros.reply_posted\"",
    ] {
        gives(line, true);
    }
    gives("case.Missing == \"x\"", false);
    gives("case.Missing >= 3", false);
    gives("if thread.author.rank == \"VIP\" { \"High\" } else { \"Low\" }", "High");
    gives("`${thread.board}: ${thread.subject}`", "vpn: VPN drops \u{1F680}");
    gives("table(\"urgency\", thread.board)", "High");
    gives("table(\"urgency\", \"x\", \"none\")", "none");
    gives("text::cut(text::plain(reply.body), 8)", "again u…");
}

#[test]
fn a_fact_that_was_not_read_is_asked_for() {
    let view = view(facts(&[]));
    let Evaluated::Needs(reads) = value("thread.solved == false", &view) else { panic!("no need") };
    assert_eq!(reads[0].key().as_str(), r#"khoros.get_thread{"id":"42"}"#);
    assert!(matches!(value("case == ()", &view), Evaluated::Needs(_)));
    assert!(matches!(value("`${[thread.board]}` == \"\"", &view), Evaluated::Needs(_)));
}

#[test]
fn a_failed_read_is_neither_absent_nor_a_value() {
    let error = HostError::new(FailureClass::Refused, "salesforce: GET", "no access");
    let view = view(facts(&[("salesforce.get_case", "500A", Answer::Failed(error.clone()))]));
    assert_eq!(value("case == ()", &view), Evaluated::Failed(error.clone()));
    assert_eq!(value("case.Status == \"New\"", &view), Evaluated::Failed(error));
}

#[test]
fn asking_something_of_an_absent_value_is_told_apart() {
    let view = view(facts(&[thread(), ("salesforce.get_case", "500A", Answer::Nothing)]));
    assert_eq!(value("case == ()", &view), Evaluated::Is(Arg::Known(true.into())));
    for line in ["case.Status.contains(\"x\")", "text::contains(case.Subject, \"x\")", "case.Status.len() > 3"] {
        assert!(matches!(value(line, &view), Evaluated::Refused(refusal) if refusal.code == "no-value"), "{line}");
    }
}

#[test]
fn what_is_known_after_apply_is_passed_on() {
    let later = |path: &str| Piece::Later { action: 1, path: path.into() };
    assert_eq!(value("task.Id", &full()), Evaluated::Is(Arg::Later { action: 1, path: path("Id") }));
    assert_eq!(value("task.Owner.Name", &full()), Evaluated::Is(Arg::Later { action: 1, path: path("Owner.Name") }));
    let text = Arg::LaterText(vec![Piece::Text("case-".into()), later("Id"), Piece::Text(" of vpn".into())]);
    assert_eq!(value("`case-${task.Id} of ${thread.board}`", &full()), Evaluated::Is(text.clone()));
    assert_eq!(value("\"case-\" + task.Id + \" of \" + thread.board", &full()), Evaluated::Is(text));
    let list = Arg::List(vec![Arg::Known("a".into()), Arg::Later { action: 1, path: path("Id") }]);
    assert_eq!(value("[\"a\", task.Id]", &full()), Evaluated::Is(list));
}

#[test]
fn places_of_a_line_are_those_of_the_file_also_behind_wide_characters() {
    let problems = expression("\"\u{1F680}é\" == thread.bord").err().expect("a problem");
    assert_eq!((problems[0].at.line, problems[0].at.column, problems[0].at.width), (7, 24, 4));
    let problems = expression("`\u{1F680} ${thread.board}` == thread.bord").err().expect("a problem");
    assert_eq!((problems[0].at.line, problems[0].at.column), (7, 39));
    let problems = expression("true &&\n  thread.bord").err().expect("a problem");
    assert_eq!((problems[0].at.line, problems[0].at.column), (8, 10));
}

#[test]
fn a_function_that_is_given_another_kind_says_what_it_takes_and_what_it_was_given() {
    let said = |line: &str| match value(line, &full()) {
        Evaluated::Refused(refusal) => (refusal.what, refusal.next),
        other => panic!("{line}: {other:?}"),
    };
    let (what, next) = said("thread.age >= hours(thread.age)");
    assert_eq!(what, "`thread.age >= hours(thread.age)` failed: `hours` takes a number, and was given a duration");
    assert_eq!(next, "such as `hours(2)`");
    let (what, _) = said("text::contains(thread.labels, \"x\")");
    assert!(what.ends_with("`text::contains` takes a text and a text, and was given a list and a text"), "{what}");
    assert!(said("thread.board.index_of(thread.age) > 1").0.ends_with("cannot be asked of a text and a duration"));
}

#[test]
fn a_setting_that_is_a_table_is_used_like_a_table() {
    let row = |line: &str| match value(line, &full()) {
        Evaluated::Is(Arg::Known(value)) => value,
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(row("table(settings.words, thread.board)"), "Networks".into());
    assert_eq!(row("table(settings.words, \"x\", \"Others\")"), "Others".into());
    assert_eq!(row("table(settings.nowhere, thread.board)"), Value::Nothing);
    assert_eq!(row("table(\"urgency\", [\"none\", \"billing\"])"), "Low".into());
}
