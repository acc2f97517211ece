//! The functions of `stdlib/`, each called as a line of a rule calls it.

use casebridge::plan::Arg;
use casebridge::script::Evaluated;
use casebridge::value::Value;

use crate::script_world::*;

/// What a line gives when the thread's author is this.
fn with_author(line: &str, author: &[(&'static str, Value)]) -> Value {
    let thread = Value::map([("author", Value::map(author.iter().cloned()))]);
    match value(line, &view(facts(&[("khoros.get_thread", "42", found(thread))]))) {
        Evaluated::Is(Arg::Known(value)) => value,
        other => panic!("{line}: {other:?}"),
    }
}

/// ESC-10.
#[test]
fn a_last_name_is_never_empty() {
    let last_name = |names: &[(&'static str, Value)]| with_author("people::last_name(thread.author)", names);
    let login = || ("login", Value::from("ana_77"));
    assert_eq!(last_name(&[login(), ("last_name", "Ruiz".into()), ("name", "Ana Ruiz".into())]), "Ruiz".into());
    assert_eq!(last_name(&[login(), ("name", "Ana de la Cruz".into())]), "de la Cruz".into());
    assert_eq!(last_name(&[login(), ("last_name", "  ".into()), ("name", " 安娜 李 ".into())]), "李".into());
    assert_eq!(last_name(&[login(), ("name", "Ana".into())]), "ana_77".into());
    assert_eq!(last_name(&[login()]), "ana_77".into());
}

#[test]
fn a_role_is_found_in_any_case() {
    let roles = || ("roles", Value::List(vec!["Employee".into(), "Moderator".into()]));
    assert_eq!(with_author("people::has_role(thread.author, \"moderator\")", &[roles()]), true.into());
    assert_eq!(with_author("people::has_role(thread.author, \"Mod\")", &[roles()]), false.into());
    assert_eq!(with_author("people::has_any_role(thread.author, [\"x\", \"EMPLOYEE\"])", &[roles()]), true.into());
    assert_eq!(with_author("people::has_any_role(thread.author, [\"x\"])", &[]), false.into());
}

#[test]
fn a_thread_is_unanswered_until_another_answers_it_or_it_is_solved() {
    let unanswered = |solved: bool, replies: i64| {
        let thread = Value::map([("solved", Value::from(solved)), ("replies_by_others", replies.into())]);
        value("threads::unanswered(thread)", &view(facts(&[("khoros.get_thread", "42", found(thread))])))
    };
    assert_eq!(unanswered(false, 0), Evaluated::Is(Arg::Known(true.into())));
    assert_eq!(unanswered(false, 1), Evaluated::Is(Arg::Known(false.into())));
    assert_eq!(unanswered(true, 0), Evaluated::Is(Arg::Known(false.into())));
}

/// What a line gives about a thread.
fn with_thread(line: &str, thread: Value) -> Value {
    match value(line, &view(facts(&[("khoros.get_thread", "42", found(thread))]))) {
        Evaluated::Is(Arg::Known(value)) => value,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn the_weightiest_thread_is_the_one_that_concerns_most_people() {
    let weight = |views: i64, replies: i64, kudos: i64| {
        let thread = [("views", Value::from(views)), ("replies", replies.into()), ("kudos", kudos.into())];
        with_thread("threads::weight(thread)", Value::map(thread))
    };
    assert_eq!((weight(57, 0, 0), weight(7, 2, 1), weight(0, 0, 0)), (57.into(), 47.into(), 0.into()));
    assert_eq!(with_thread("threads::weight(thread)", Value::map([("views", Value::from(3))])), 3.into());
}

#[test]
fn a_transcript_has_every_post_under_its_author_and_time() {
    let at = |text: &str| Value::Moment(text.parse().expect("a moment"));
    let post = |author: &str, posted_at: &str, body: &str, is_solution: bool| {
        Value::map([
            ("author", Value::from(author)),
            ("posted_at", at(posted_at)),
            ("body", body.into()),
            ("is_solution", is_solution.into()),
        ])
    };
    let posts = Value::List(vec![
        post("ana", "2026-03-01T10:00:00Z", "<p>It <b>drops</b>.</p>", false),
        post("kai", "2026-03-01T11:00:00Z", "<p>Reboot</p>", true),
    ]);
    assert_eq!(
        with_thread("threads::transcript(thread)", Value::map([("posts", posts)])),
        "ana, 2026-03-01T10:00:00Z:\nIt drops.\n\nkai, 2026-03-01T11:00:00Z, accepted as the solution:\nReboot".into()
    );
    assert_eq!(with_thread("threads::transcript(thread)", Value::map([("id", Value::from("42"))])), Value::Nothing);
}

#[test]
fn a_mention_names_the_person_to_the_community() {
    let ana = || [("id", Value::from("11")), ("login", "ana<b>".into())];
    let mention = with_author("text::mention(thread.author)", &ana());
    assert_eq!(mention, "<li-user uid=\"11\" login=\"@ana&lt;b&gt;\"></li-user>".into());
    assert_eq!(with_author("text::mention(thread.author)", &[("id", "-1".into())]), Value::Nothing);
    assert_eq!(with_author("text::mention(())", &ana()), Value::Nothing);
}

#[test]
fn a_pattern_fits_anywhere_as_it_is_written() {
    let fits = |pattern: &str| {
        let thread = Value::map([("subject", Value::from("Error 0x80070005 on start"))]);
        with_thread(&format!("text::matches(thread.subject, \"{pattern}\")"), thread)
    };
    assert_eq!((fits("0x[0-9a-f]{8}"), fits("^error"), fits("(?i)^error")), (true.into(), false.into(), true.into()));
}

#[test]
fn a_line_about_an_absent_text_is_unmet_and_a_pattern_from_a_setting_is_refused_when_it_is_wrong() {
    let thread = Value::map([("id", Value::from("42"))]);
    let view = view(facts(&[("khoros.get_thread", "42", found(thread))]));
    assert!(
        matches!(value("text::matches(thread.subject, \"x\")", &view), Evaluated::Refused(why) if why.code == "no-value")
    );
    assert!(
        matches!(value("text::matches(\"x\", \"(\" + \"x\")", &view), Evaluated::Refused(why) if why.what.contains("no pattern"))
    );
}

/// The examples of `casebridge functions text` and its like.
#[test]
fn the_example_of_every_standard_function_runs() {
    for page in casebridge::script::standard::pages() {
        let seen = value(&page.example, &full());
        let runs = match &seen {
            // These ask the org, which no test of a line has.
            Evaluated::Needs(reads) => page.module == "cases" && reads.len() == 1,
            seen => matches!(seen, Evaluated::Is(Arg::Known(_))),
        };
        assert!(runs, "{}::{}: {seen:?}", page.module, page.signature);
    }
}
