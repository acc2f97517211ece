//! Rule files in Rhai: what they plan, ask, skip and import.

use casebridge::facts::Answer;
use casebridge::failure::{FailureClass, HostError};
use casebridge::plan::{Arg, Piece};
use casebridge::script::{Evaluated, Mappings, ScriptOutcome, Scripts, View};
use casebridge::value::Value;
use std::sync::Arc;

use crate::script_world::*;

const ANGRY: &str = r#"//! angry.rhai: an angry reply is remembered beside its thread.
import "scripts/mood" as mood;
import "std/text" as text;

fn rule() { #{ on: ["khoros.reply_posted"], limits: #{ per_day: 20 }, when: ["thread.solved == false"] } }

fn then(reply, thread, case, settings) {
    if case == () { return skip("no case"); }
    if mood::anger(text::plain(reply.body)) < settings.wait - 46 { return skip("calm"); }
    let task = salesforce::create_record(#{ object: "Task", key: reply.id, fields: #{ Subject: `Angry in ${thread.subject}`, WhatId: case.Id } });
    notebook::remember(#{ about: thread.id, name: "angry_task", value: task.Id });
    khoros::label_thread(#{ thread: thread.id, label: `task-${task.Id}` });
}
"#;
const MOOD: &str = r#"//! scripts/mood.rhai
fn anger(text) { let n = 0; for word in ["again", "useless", "refund"] { if text.contains(word) { n += 1; } } n }
"#;

fn angry(view: &View) -> ScriptOutcome {
    let mut scripts = Scripts::new(catalog());
    assert_eq!(scripts.add_module("mood", "scripts/mood.rhai", MOOD), vec![]);
    let given = scripts.given("angry.rhai", ANGRY).expect("keys");
    assert_eq!(given.get("limits").get("per_day"), &Value::from(20));
    let rule = scripts.script_rule("angry.rhai", ANGRY, &known()).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(rule.about(), "an angry reply is remembered beside its thread.");
    rule.then(view)
}

#[test]
fn an_angry_reply_plans_writes_that_pass_on_what_is_made() {
    let ScriptOutcome::Planned(writes) = angry(&full()) else { panic!("not planned: {:?}", angry(&full())) };
    let names: Vec<_> = writes.iter().map(|write| write.function.as_str()).collect();
    assert_eq!(names, ["salesforce.create_record", "notebook.remember", "khoros.label_thread"]);
    let fields = Value::map([("Subject", Value::from("Angry in VPN drops \u{1F680}")), ("WhatId", "500A".into())]);
    assert_eq!(writes[0].args[2], ("fields".into(), Arg::Known(fields)));
    assert_eq!((writes[0].at.file.as_ref(), writes[0].at.line, writes[0].at.column), ("angry.rhai", 10, 28));
    assert_eq!(writes[1].args[2], ("value".into(), Arg::Later { action: 3, path: path("Id") }));
    let label = vec![Piece::Text("task-".into()), Piece::Later { action: 3, path: path("Id") }];
    assert_eq!(writes[2].args[1], ("label".into(), Arg::LaterText(label)));
}

#[test]
fn fields_stand_by_themselves_in_a_question_and_an_absent_value_finds_nothing_without_a_call() {
    let asks = |fields: &str| {
        let body =
            format!("let found = salesforce::find_cases(#{{ {fields} }}); return skip(`found ${{found.len()}}`);");
        then("case", &body, &full())
    };
    let ScriptOutcome::Needs(reads) = asks("ParentId: case.Id, IsClosed: false") else { panic!("nothing is asked") };
    assert_eq!(reads[0].key().as_str(), r#"salesforce.find_cases{"where":{"IsClosed":false,"ParentId":"500A"}}"#);
    let absent = "ContactId: case.ContactId, IsClosed: false";
    let none = ScriptOutcome::Skipped("found 0".into());
    assert_eq!((asks(absent), asks(&format!("where: #{{ {absent} }}"))), (none.clone(), none));
    let problems = script("fn rule() { #{} }\nfn then() { salesforce::find_cases(#{ isClosed: false }) }");
    let codes: Vec<String> = problems.err().unwrap_or_default().iter().map(|p| p.code.to_string()).collect();
    assert_eq!(codes, ["unknown-parameter", "missing-parameter"]);
}

#[test]
fn each_round_asks_for_what_it_looks_at_and_drops_what_it_planned() {
    let ScriptOutcome::Needs(reads) = angry(&view(facts(&[]))) else { panic!("no need") };
    assert_eq!(reads[0].function.as_str(), "salesforce.get_case");
    let ScriptOutcome::Needs(reads) = angry(&view(facts(&[case(), reply("again useless")]))) else { panic!("no need") };
    assert_eq!(reads[0].key().as_str(), r#"khoros.get_thread{"id":"42"}"#);
    let none = ("salesforce.get_case", "500A", Answer::Nothing);
    assert_eq!(angry(&view(facts(&[none]))), ScriptOutcome::Skipped("no case".into()));
    assert_eq!(angry(&view(facts(&[case(), reply("hello")]))), ScriptOutcome::Skipped("calm".into()));
}

#[test]
fn a_read_that_stands_only_in_a_sort_comparator_is_asked_for() {
    let body = r#"let ids = ["42", "43"];
        ids.sort(|a, b| { let one = khoros::get_thread(#{ id: a }); if one.board == "vpn" { 1 } else { -1 } });
        khoros::label_thread(#{ thread: ids[1], label: "last" });"#;
    assert!(matches!(then("", body, &view(facts(&[]))), ScriptOutcome::Needs(_)));
    assert!(matches!(then("", body, &full()), ScriptOutcome::Planned(writes) if writes.len() == 1));
    let body = "let x = `${[thread.board]}`; khoros::label_thread(#{ thread: \"1\", label: \"x\" });";
    assert!(matches!(then("thread", body, &view(facts(&[]))), ScriptOutcome::Needs(_)));
}

#[test]
fn a_script_that_catches_everything_still_needs_and_fails() {
    let body = "try { let x = case.Status; } catch (e) { }\nkhoros::label_thread(#{ thread: \"1\", label: \"x\" });";
    assert!(matches!(then("case", body, &view(facts(&[]))), ScriptOutcome::Needs(_)));
    let error = HostError::new(FailureClass::Refused, "salesforce: GET", "no access");
    let failed = ("salesforce.get_case", "500A", Answer::Failed(error.clone()));
    assert_eq!(then("case", body, &view(facts(&[failed]))), ScriptOutcome::Failed(error));
}

#[test]
fn reads_give_one_or_a_list_and_an_absent_argument_makes_no_call() {
    let replies =
        found(Value::List(vec![Value::map([("id", Value::from("7"))]), Value::map([("id", Value::from("8"))])]));
    let view = view(facts(&[
        thread(),
        ("khoros.find_replies", "42", replies),
        ("salesforce.get_case", "500A", Answer::Nothing),
    ]));
    let body = r#"let none = khoros::find_replies(#{ thread: case.Thread }).len() + if khoros::get_thread(#{ id: case.Thread }) == () { 0 } else { 9 };
        let ids = []; for reply in khoros::find_replies(#{ thread: thread.id }) { ids.push(reply.id); }
        notebook::remember(#{ about: 42, name: `n${none}`, value: ids });"#;
    let ScriptOutcome::Planned(writes) = then("thread, case", body, &view) else {
        panic!("{:?}", then("thread, case", body, &view))
    };
    let args: Vec<_> = writes[0].args.iter().map(|(_, arg)| arg.clone()).collect();
    let ids = Value::List(vec!["7".into(), "8".into()]);
    assert_eq!(args, [Arg::Known("42".into()), Arg::Known("n0".into()), Arg::Known(ids)]);
}

#[test]
fn a_read_by_what_is_made_in_this_run_is_refused() {
    let body = r#"let task = salesforce::create_record(#{ object: "Task", key: "1", fields: #{} });
        let x = salesforce::get_case(#{ id: task.Id });"#;
    assert!(matches!(then("", body, &full()), ScriptOutcome::Refused(refusal) if refusal.code == "decides-by-later"));
}

#[test]
fn wrong_arguments_are_refused_with_their_line() {
    for (call, word) in [
        ("let a = \"label\"; khoros::label_thread(#{ thread: \"1\", label: () })", "needs `label`"),
        ("khoros::label_thread(#{ thread: \"1\", label: [1] })", "does not take a list"),
        ("let m = #{ thread: \"1\", lable: \"x\", label: \"x\" }; khoros::label_thread(m)", "takes no `lable`"),
        ("khoros::label_thread(#{ thread: thread, label: \"x\" })", "not a value"),
    ] {
        let ScriptOutcome::Refused(refusal) = then("thread", call, &full()) else { panic!("{call}") };
        assert!(refusal.what.contains(word), "{call}: {refusal:?}");
        assert_eq!((refusal.code, refusal.at.line), ("wrong-argument", 3), "{call}");
    }
}

struct OneMapping;

impl Mappings for OneMapping {
    fn fields(&self, mapping: &str, view: &View) -> Evaluated {
        match mapping {
            "thread-to-case" => value("#{ Subject: thread.subject, Ref: task.Id }", view),
            _ => panic!("another mapping"),
        }
    }
}

#[test]
fn a_mapping_gives_its_fields_as_the_event_does() {
    let mut view = full();
    view.mappings = Some(Arc::new(OneMapping));
    let body = r#"let fields = map("thread-to-case"); fields.Priority = table("urgency", "vpn");
        salesforce::create_record(#{ object: "Case", key: "1", fields: fields });
        salesforce::create_record(#{ object: "Case", key: "2", fields: "thread-to-case" });"#;
    let ScriptOutcome::Planned(writes) = then("", body, &view) else { panic!("{:?}", then("", body, &view)) };
    let subject = || ("Subject".into(), Arg::Known("VPN drops \u{1F680}".into()));
    let later = || ("Ref".into(), Arg::Later { action: 1, path: path("Id") });
    let priority = ("Priority".into(), Arg::Known("High".into()));
    assert_eq!(writes[0].args[2].1, Arg::Map(vec![priority, later(), subject()]));
    assert_eq!(writes[1].args[2].1, Arg::Map(vec![later(), subject()]));
    let view = View { facts: Arc::new(facts(&[])), looked_at: Arc::default(), ..view };
    assert!(matches!(then("", body, &view), ScriptOutcome::Needs(_)));
}

#[test]
fn skipping_after_a_write_is_refused_and_skip_ends_the_script() {
    let write = "khoros::label_thread(#{ thread: \"1\", label: \"x\" });";
    let refused = then("", &format!("{write} skip(\"why\")"), &full());
    assert!(matches!(refused, ScriptOutcome::Refused(_)), "{refused:?}");
    assert_eq!(then("", &format!("skip(\"why\"); {write}"), &full()), ScriptOutcome::Skipped("why".into()));
}
