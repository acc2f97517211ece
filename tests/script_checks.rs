//! What is wrong with a text is said when it is loaded, with its place and what was probably meant.

use casebridge::catalog::Call;
use casebridge::problem::Problem;
use casebridge::script::{Known, ScriptOutcome, Scripts};

use crate::script_world::*;

/// Code, line, column and the advice of the first problem.
fn first(problems: &[Problem]) -> (String, usize, usize, String) {
    let problem = problems.first().expect("a problem");
    (problem.code.to_string(), problem.at.line, problem.at.column, problem.next.clone())
}

fn of_line(text: &str) -> (String, usize, usize, String) {
    first(&expression(text).err().unwrap_or_else(|| panic!("{text} has no problem")))
}

fn of_then(params: &str, body: &str) -> (String, usize, usize, String) {
    let text = format!("fn rule() {{ #{{}} }}\nfn then({params}) {{\n{body}\n}}");
    first(&script(&text).err().unwrap_or_else(|| panic!("{body} has no problem")))
}

#[test]
fn lines_are_checked_when_they_are_loaded() {
    let wanted = |code: &str, column: usize, next: &str| (code.to_owned(), 7, column, next.to_owned());
    assert_eq!(of_line("thread.bord in [\"vpn\"]"), wanted("unknown-fact", 16, "did you mean `board`?"));
    assert_eq!(of_line("thraed.board == \"vpn\""), wanted("unknown-name", 9, "did you mean `thread`?"));
    assert_eq!(of_line("settings.bords == []"), wanted("unknown-setting", 18, "did you mean `boards`?"));
    assert_eq!(of_line("thread.age > hour(4)"), wanted("unknown-function", 22, "did you mean `hours`?"));
    assert_eq!(of_line("thread.age > hours(4, 5)").0, "wrong-arguments");
    assert_eq!(
        of_line("text::contians(thread.board, \"x\")"),
        wanted("unknown-function", 15, "did you mean `contains`?")
    );
    assert_eq!(of_line("txt::contains(thread.board, \"x\")"), wanted("unknown-module", 9, "did you mean `text`?"));
    assert_eq!(of_line("thread.board not in [\"vpn\"]").0, "not-in");
    assert_eq!(of_line("thread.board ==").0, "expression-syntax");
    assert_eq!(of_line("switch thread.board.len() { 3 => 1, _ => 2 }").0, "switch-on-value");
    assert_eq!(of_line("khoros::get_thread(#{ id: 1 })").0, "unknown-module");
}

#[test]
fn comparing_unlike_kinds_is_a_problem_with_the_way_out() {
    let kinds = "unlike-kinds".to_owned();
    assert_eq!(of_line("true && thread.wait >= 48"), (kinds.clone(), 7, 17, "`thread.wait >= hours(48)`".to_owned()));
    assert_eq!(of_line("thread.tags == \"vip\""), (kinds.clone(), 7, 9, "`thread.tags.contains(\"vip\")`".to_owned()));
    assert_eq!(of_line("3 == thread.open").3, "`thread.open == true`");
    assert_eq!(of_then("thread", "if thread.views == \"3\" { }"), (kinds, 3, 4, "`thread.views == 3`".to_owned()));
    for line in ["thread.wait > hours(3)", "thread.views != ()", "thread.open == false", "thread.tags.len() == 2"] {
        assert!(expression(line).is_ok(), "{line}");
    }
}

#[test]
fn what_a_script_gives_to_functions_is_of_their_kinds() {
    let of_file = |body: &str| {
        let text = format!("import \"std/text\" as t;\nfn rule() {{ #{{}} }}\nfn then(thread) {{\n{body}\n}}");
        script(&text).err().map(|problems| first(&problems))
    };
    let example = "such as `text::contains(thread.subject, \"vpn\")`".to_owned();
    assert_eq!(of_file("t::contains(thread.tags, \"x\")"), Some(("unlike-kinds".into(), 4, 13, example)));
    assert_eq!(of_file("let thread = \"x\"; thread == \"x\" && t::contains(thread, \"x\")"), None);
}

#[test]
fn keys_that_steer_see_settings_only() {
    let known = Known { facts: false, ..known() };
    let problems = Scripts::new(catalog()).expression("thread.solved", &at(), &known).err().expect("a problem");
    assert_eq!(problems[0].code.as_str(), "facts-not-here");
}

#[test]
fn scripts_are_checked_when_they_are_loaded() {
    let wanted = |code: &str, line, column, next: &str| (code.to_owned(), line, column, next.to_owned());
    assert_eq!(
        of_then("thread", "let x = `\u{1F680}${1}` + thread.bord;"),
        wanted("unknown-fact", 3, 26, "did you mean `board`?")
    );
    assert_eq!(of_then("thread", "\n  let y = thraed.board;"), wanted("unknown-name", 4, 11, "did you mean `thread`?"));
    assert_eq!(of_then("thread", "let y = case.Id;"), wanted("unknown-name", 3, 9, "add `case` to its parameters"));
    assert_eq!(
        of_then("thread", "salesforce::create_recrod(#{})"),
        wanted("unknown-function", 3, 13, "did you mean `create_record`?")
    );
    assert_eq!(of_then("", "text::plain(\"x\");").3, "write `import \"std/text\" as text;` at the top of the file");
    assert_eq!(
        of_then("", "khoros::label_thread(#{ thread: 1, lable: \"x\", label: \"y\" });"),
        wanted("unknown-parameter", 3, 36, "did you mean `label`?")
    );
    assert_eq!(of_then("", "khoros::label_thread(#{ thread: 1 });").0, "missing-parameter");
    assert_eq!(of_then("", "let x = 1; switch x { 1 => 2, _ => 3 }").0, "switch-on-value");
    assert_eq!(of_then("thred", "1").0, "unknown-name");
    assert_eq!(of_then("thread", "thread.board.foo()").0, "unknown-function");
    assert!(script("fn rule() { #{} }\nfn then(case) { switch case.Status { \"New\" => 1, _ => 2 } }").is_ok());
}

#[test]
fn a_rule_file_has_its_two_functions_and_nothing_else_at_the_top() {
    let problems = script("let x = 1;\nimport \"std/txt\" as text;\nfn rule() { #{} }").err().expect("problems");
    let codes: Vec<_> = problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["not-in-a-function", "unknown-module", "missing-function"]);
    assert_eq!(first(&problems).1, 1);
    let problems = script("fn rule() { 5 }\nfn then() { }").err().expect("a problem");
    assert_eq!(problems[0].code.as_str(), "rule-is-no-map");
    let problems = script("fn rule() { #{ }\nfn then() { }").err().expect("a problem");
    assert_eq!(problems[0].code.as_str(), "expression-syntax");
    let problems = script("fn rule() {\n khoros::label_thread(#{ thread: 1, label: \"x\" }) }\nfn then() { }")
        .err()
        .expect("a problem");
    assert_eq!(problems[0].at.line, 2);
}

#[test]
fn modules_of_a_pack_read_and_do_not_write() {
    let mut scripts = Scripts::new(catalog());
    let problems = scripts.add_module(
        "bad",
        "scripts/bad.rhai",
        "fn mark(t) {\n khoros::label_thread(#{ thread: t, label: \"x\" }) }",
    );
    assert_eq!((problems[0].code.as_str(), problems[0].at.line), ("writes-here", 2));
    let problems = scripts.add_module("text", "scripts/text.rhai", "fn mark(t) { t }");
    assert_eq!(problems[0].code.as_str(), "module-name");
    let problems = scripts.add_module("odd", "scripts/odd.rhai", "fn mark(t) {\n u }");
    assert_eq!((problems[0].code.as_str(), problems[0].at.line), ("unknown-name", 2));
    assert_eq!(scripts.add_module("good", "scripts/good.rhai", "fn twice(n) { n + n }"), vec![]);
    assert!(scripts.expression("good::twice(settings.wait) > 3", &at(), &known()).is_ok());
    let text = "import \"std/text\" as t;\nimport \"scripts/later\" as l;\nfn a(x) { t::plain(l::b(x)) }\nfn c(x) {\n  t::plian(x) }";
    let problems = scripts.add_module("uses", "scripts/uses.rhai", text);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(first(&problems), ("unknown-function".into(), 5, 6, "did you mean `plain`?".into()));
}

#[test]
fn an_error_is_blamed_on_the_file_and_line_where_it_arose() {
    let mut scripts = Scripts::new(catalog());
    let module = "fn half(n) {\n  let `zero` = 0;\n  n / zero\n}".replace('`', "");
    assert_eq!(scripts.add_module("sums", "scripts/sums.rhai", &module), vec![]);
    let text =
        "import \"scripts/sums\" as sums;\nfn rule() { #{} }\nfn then() {\n  own(3);\n}\nfn own(n) {\n sums::half(n) }";
    let rule = scripts.script_rule("a.rhai", text, &known()).unwrap_or_else(|problems| panic!("{problems:?}"));
    let ScriptOutcome::Refused(refusal) = rule.then(&full()) else { panic!("{:?}", rule.then(&full())) };
    assert_eq!((&*refusal.at.file, refusal.at.line, refusal.at.column), ("scripts/sums.rhai", 3, 5), "{refusal:?}");
    assert_eq!(refusal.code, "expression-failed");
}

/// The examples of `casebridge functions khoros.label_thread` and its like.
#[test]
fn the_example_of_every_host_function_compiles_in_a_script() {
    let catalog = crate::problems::catalog();
    let scripts = Scripts::new(catalog.clone());
    let known = Known {
        kinds: vec!["khoros.thread_due".into()],
        settings: [("staff_roles".into(), None)].into(),
        facts: true,
        ..Known::default()
    };
    for function in catalog.functions().filter(|function| !matches!(function.call, Call::Scan(_))) {
        let text = format!(
            "fn rule() {{ #{{}} }}\nfn then(thread, case, contact, settings, now) {{\n{};\n}}",
            function.example
        );
        let problems = scripts.script_rule("example.rhai", &text, &known).err().unwrap_or_default();
        assert!(problems.is_empty(), "{}: {problems:?}", function.name);
    }
}
