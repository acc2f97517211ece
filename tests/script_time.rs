//! The module `time` in lines and scripts.

use casebridge::plan::Arg;
use casebridge::script::{Evaluated, ScriptOutcome};
use casebridge::value::Value;
use jiff::SignedDuration;

use crate::script_world::*;

fn gives(text: &str, wanted: impl Into<Value>) {
    assert_eq!(value(text, &full()), Evaluated::Is(Arg::Known(wanted.into())), "{text}");
}

#[test]
fn open_hours_are_counted_up_to_now_as_the_facts_have_it() {
    // Posted on a Sunday; now it is Tuesday, six in the morning in Chicago.
    gives("time::business_time(thread.posted_at, \"us-support\")", Value::Span(SignedDuration::from_hours(10)));
    gives("time::business_time(thread.posted_at, \"us-support\") >= hours(10)", true);
    gives("time::business_days(thread.posted_at, \"us-support\")", 0);
    gives("time::business_days(thread.posted_at - days(7), \"us-support\") >= 5", true);
    gives("time::business_time(now + days(1), \"us-support\") == hours(0)", true);
}

#[test]
fn moments_are_asked_whether_it_is_open_and_what_a_clock_there_shows() {
    let eight = Value::Moment("2026-03-03T14:00:00Z".parse().expect("a moment"));
    gives("time::next_open(now, \"us-support\")", eight);
    gives("time::is_open(now, \"us-support\")", false);
    gives("time::is_open(now + hours(2), \"us-support\")", true);
    gives("time::is_open(moment(\"2026-12-25 09:00\", \"America/Chicago\"), \"us-support\")", false);
    gives("time::hour(now, \"America/Chicago\")", 6);
    gives("time::weekday(thread.posted_at, \"America/Chicago\")", "sun");
    gives("time::weekday(now, \"Pacific/Kiritimati\")", "wed");
    gives("time::format(now, \"America/Chicago\")", "2026-03-03 06:00 -06:00");
    gives("time::format(now, \"Asia/Kolkata\")", "2026-03-03 17:30 +05:30");
}

#[test]
fn what_is_asked_of_an_absent_moment_is_absent() {
    for text in [
        "time::business_time(case.LastViewedDate, \"us-support\")",
        "time::next_open(case.LastViewedDate, \"us-support\")",
        "time::hour(case.LastViewedDate, \"UTC\")",
    ] {
        gives(text, Value::Nothing);
    }
    gives("time::business_time(case.LastViewedDate, \"us-support\") >= hours(1)", false);
}

#[test]
fn a_name_that_is_only_known_when_it_is_run_is_said_then() {
    for (text, why) in [
        ("time::is_open(now, thread.board)", "there is no calendar `vpn`"),
        ("time::is_open(now, \"us-\" + \"suport\")", "there is no calendar `us-suport`; did you mean `us-support`?"),
        ("time::hour(now, thread.board)", "`vpn` is not a time zone"),
    ] {
        let Evaluated::Refused(refusal) = value(text, &full()) else { panic!("{text} is refused") };
        assert!(refusal.what.contains(why), "{}", refusal.what);
    }
}

#[test]
fn a_name_that_stands_there_is_checked_when_it_is_loaded() {
    for (text, what, next) in [
        ("time::is_open(now, \"us-suport\")", "there is no calendar `us-suport`", "did you mean `us-support`?"),
        (
            "time::hour(now, \"America/Chicagoo\")",
            "`America/Chicagoo` is not a time zone",
            "did you mean `America/Chicago`?",
        ),
        (
            "moment(\"2026-01-01 08:00\", \"Europe/Pariss\") < now",
            "`Europe/Pariss` is not a time zone",
            "did you mean `Europe/Paris`?",
        ),
    ] {
        let problems = expression(text).err().expect("a problem");
        assert_eq!((problems[0].what.as_str(), problems[0].next.as_str()), (what, next));
    }
    let text = "import \"std/time\" as clock;\nfn rule() { #{ on: [\"khoros.reply_posted\"] } }\n\
                fn then(now) { if clock::is_open(now, \"nowhere\") { return skip(\"open\"); } }\n";
    let problems = script(text).err().expect("a problem");
    assert_eq!((problems[0].what.as_str(), problems[0].at.line), ("there is no calendar `nowhere`", 3));
}

#[test]
fn a_script_imports_the_same_functions() {
    let text = "import \"std/time\" as time;\nfn rule() { #{ on: [\"khoros.reply_posted\"] } }\n\
                fn then(now, thread) { return skip(time::weekday(now, \"UTC\") + \" \" + \
                time::business_days(thread.posted_at - days(7), \"us-support\")); }\n";
    let rule = script(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(rule.then(&full()), ScriptOutcome::Skipped("tue 5".into()));
}

#[test]
fn what_is_known_after_apply_is_no_moment() {
    for text in ["time::hour(task.CreatedDate, \"UTC\")", "time::is_open(task.CreatedDate, \"us-support\")"] {
        let Evaluated::Refused(refusal) = value(text, &full()) else { panic!("{text} is refused") };
        assert_eq!(refusal.code, "decides-by-later", "{text}");
    }
}
