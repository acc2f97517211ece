//! What runs away is stopped, and blamed by file and line.

use std::sync::Arc;

use std::time::{Duration, Instant};

use casebridge::script::{Evaluated, ScriptOutcome, Scripts};

use crate::script_world::*;

fn stopped(body: &str) -> (usize, String) {
    let start = Instant::now();
    let outcome = then("thread", body, &full());
    assert!(start.elapsed() < Duration::from_secs(20), "{body} took {:?}", start.elapsed());
    match outcome {
        ScriptOutcome::Refused(refusal) if refusal.code == "script-limit" => {
            assert_eq!(&*refusal.at.file, "angry.rhai");
            (refusal.at.line, refusal.what)
        }
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn endless_loops_huge_texts_lists_maps_and_deep_calls_are_stopped_at_their_line() {
    assert_eq!(stopped("let x = 1;\nloop { x += 1; }").0, 4);
    assert_eq!(stopped("let s = \"0123456789\";\nlet n = 0;\nwhile n < 30 { s += s; n += 1; }").0, 5);
    assert_eq!(stopped("\nlet a = []; loop { a.push(1); }").0, 4);
    assert_eq!(stopped("\n\nlet a = []; a.pad(1000000, 1);").0, 5);
    assert_eq!(stopped("let m = #{}; let n = 0;\nloop { m[`k${n}`] = n; n += 1; }").0, 4);
    assert_eq!(stopped("fn_down(1);\n}\nfn fn_down(n) { fn_down(n + 1)").0, 3);
    assert_eq!(stopped("try { loop { } } catch { }").0, 3);
}

#[test]
fn a_line_whose_function_is_stopped_names_the_function() {
    let mut scripts = Scripts::new(catalog());
    let module = "fn calm(n) { n }\nfn spin(n) { loop { n += 1; } }\nfn swell(n) { let s = `${n}`; loop { s += s; } }";
    assert_eq!(scripts.add_module("mood", "scripts/mood.rhai", module), vec![]);
    for function in ["spin", "swell"] {
        let text = format!("mood::calm(1) == mood::{function}(2)");
        let line = scripts.expression(&text, &at(), &known()).expect("a line");
        let Evaluated::Refused(refusal) = line.value(&full()) else { panic!("not stopped") };
        assert_eq!((refusal.code, refusal.at.line, refusal.at.column), ("script-limit", 7, 32));
        assert!(refusal.what.starts_with(&format!("`mood::{function}`: it was stopped")), "{}", refusal.what);
    }
}

#[test]
fn a_line_that_is_nested_too_deep_or_makes_too_long_a_text_is_refused() {
    let deep = format!("{}1{}", "(".repeat(100), ")".repeat(100));
    let problems = expression(&deep).err().expect("too deep");
    assert_eq!(problems[0].code.as_str(), "expression-syntax");
    let mut view = full();
    let long = expression(&format!("\"{}\"", "0123456789".repeat(20_000))).expect("a text within the limit");
    let long: Arc<dyn casebridge::script::Let> = Arc::new(long);
    view.lets = Arc::new([("task".into(), long)].into());
    assert!(matches!(value("task.len() == 200000", &view), Evaluated::Is(_)));
    let Evaluated::Refused(refusal) = value("task + task", &view) else { panic!("not refused") };
    assert_eq!((refusal.code, refusal.at.line), ("script-limit", 7));
}

#[test]
fn nothing_of_the_outside_world_is_there() {
    for call in
        ["eval(\"1\")", "print(1)", "debug(1)", "sleep(1)", "timestamp()", "open_file(\"a\")", "import \"a\" as a"]
    {
        assert!(expression(call).is_err(), "{call}");
        let text = format!("fn rule() {{ #{{}} }} fn then() {{ {call}; }}");
        let outcome = script(&text).map(|rule| rule.then(&full()));
        assert!(!matches!(outcome, Ok(ScriptOutcome::Planned(_))), "{call}: {outcome:?}");
    }
}
