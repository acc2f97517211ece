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
