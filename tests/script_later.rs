//! What is known only after apply can be passed on, and every other use of it is refused.

use casebridge::plan::{Arg, Piece};
use casebridge::script::{Evaluated, ScriptOutcome};

use crate::script_world::*;

/// Uses of `m`, a text that holds a Later, and of `p`, a Later itself; each decides by it.
const USES: &[&str] = &[
    "X == \"5\"",
    "\"5\" == X",
    "X != \"5\"",
    "X == ()",
    "() == X",
    "X != ()",
    "X == X",
    "X < \"5\"",
    "X <= \"5\"",
    "X > \"5\"",
    "X >= \"5\"",
    "\"5\" < X",
    "\"5\" >= X",
    "X < 5",
    "5 > X",
    "X == 5",
    "X == 'c'",
    "'c' == X",
    "X == [X]",
    "X == true",
    "X == now",
    "now < X",
    "X - \"5\"",
    "\"5\" - X",
    "X - 'c'",
    "X * 2",
    "2 * X",
    "X / 2",
    "X % 2",
    "-X",
    "X ** 2",
    "X & 1",
    "X | 1",
    "1 + X",
    "'c' + X",
    "now + X",
    "!X",
    "if X { 1 } else { 2 }",
    "X && true",
    "true && X",
    "X || true",
    "X in [\"5\"]",
    "\"5\" in [X]",
    "[\"5\"].contains(X)",
    "[X].contains(\"5\")",
    "X in \"abc\"",
    "\"5\" in X",
    "X.contains(\"5\")",
    "\"abc\".contains(X)",
    "X in #{ a: 1 }",
    "#{ a: 1 }.contains(X)",
    "X.len()",
    "X.is_empty()",
    "X.chars()",
    "X.bytes()",
    "X.starts_with(\"5\")",
    "\"5\".starts_with(X)",
    "X.ends_with(\"5\")",
    "X.index_of(\"5\")",
    "[\"5\"].index_of(X)",
    "[X].index_of(\"5\")",
    "X.sub_string(1)",
    "\"abc\".sub_string(X)",
    "X.to_upper()",
    "X.to_lower()",
    "X.trim()",
    "X.split(\",\")",
    "\"a\".split(X)",
    "X.replace(\"5\", \"6\")",
    "X.crop(1)",
    "X.get(0)",
    "X[0]",
    "X[-1]",
    "X[0..2]",
    "[1, 2][X]",
    "#{ a: 1 }[X]",
    "X.to_int()",
    "X.parse_int()",
    "parse_int(X)",
    "parse_float(X)",
    "X.to_string()",
    "X.to_debug()",
    "X.to_blob()",
    "[X].to_string()",
    "[X].to_debug()",
    "`${[X]}`",
    "`${[[X]]}`",
    "`${#{ a: [#{ b: X }] }}`",
    "text::join([[X]], \",\")",
    "`${#{ a: X }}`",
    "#{ a: X }.to_json()",
    "#{ a: X } == #{ a: \"5\" }",
    "[X] == [\"5\"]",
    "[X] != [\"5\"]",
    "[\"5\"] == [X]",
    "any_in([X], [\"5\"])",
    "any_in([\"5\"], [X])",
    "hours(X)",
    "days(X)",
    "moment(X, \"UTC\")",
    "table(\"urgency\", X)",
    "table(X, \"vpn\")",
    "text::plain(X)",
    "text::html(X)",
    "text::cut(X, 2)",
    "text::cut_bytes(X, 2)",
    "text::characters(X)",
    "text::bytes(X)",
    "text::contains(X, \"5\")",
    "text::contains(\"5\", X)",
    "text::contains_any(X, [\"5\"])",
    "text::contains_any(\"5\", [X])",
    "text::same(X, \"5\")",
    "text::same(\"5\", X)",
    "text::join([X], \",\")",
    "text::join([\"5\"], X)",
    "text::quote(X)",
    "text::link(X, \"5\")",
    "text::link(\"https://a\", X)",
    "text::mask(X)",
    "max(X, 1)",
    "min(1, X)",
    "X.abs()",
    "X.pad(9, \" \")",
    "[\"5\", X].dedup()",
    "[\"5\", X].sort()",
    "[\"5\", X].sort_desc()",
    "[X, X].sort()",
    "[X, X].sort(|a, b| if a < b { -1 } else { 1 })",
    "[\"5\", X].index_of(\"6\", 0)",
    "[X, \"5\"].contains(\"6\")",
    "[3, 1].map(|n| n == X)",
    "[\"5\"].filter(|n| n == X)",
    "[X].some(|n| n == \"5\")",
    "[2, 1].map(|n| `${X}` == \"5\")",
];

/// Everything a use may come back with: refused, or the record says so.
fn is_refused(outcome: &ScriptOutcome) -> bool {
    matches!(outcome, ScriptOutcome::Refused(refusal) if refusal.code == "decides-by-later")
}

fn lets() -> &'static str {
    "let task = salesforce::create_record(#{ object: \"Task\", key: thread.id, fields: #{} });
     let p = task.Id;
     let m = `a${task.Id}`;"
}

#[test]
fn each_use_that_would_decide_is_refused_in_a_script() {
    let mut wrong = Vec::new();
    for text in USES {
        for x in ["p", "m"] {
            let body = format!("{}\nlet x = {};", lets(), text.replace('X', x));
            let file =
                format!("import \"std/text\" as text;\nfn rule() {{ #{{}} }}\nfn then(thread, now) {{ {body} }}");
            match script(&file) {
                Ok(rule) => {
                    let outcome = rule.then(&full());
                    if !is_refused(&outcome) {
                        wrong.push(format!("{text} with {x}: {outcome:?}"));
                    }
                }
                // A property that a text does not have is no function; it says so at load.
                Err(problems) => wrong.push(format!("{text} with {x}: {problems:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_use_that_would_decide_is_refused_in_a_line() {
    let mut wrong = Vec::new();
    for text in
        USES.iter().filter(|text| !text.contains("|n|") && !text.contains("|a, b|") && !text.contains("sub_string(1)"))
    {
        for x in ["task.Id", "(`a${task.Id}`)"] {
            let line = text.replace('X', x);
            match expression(&line).map(|line| line.value(&full())) {
                Ok(Evaluated::Refused(refusal)) if refusal.code == "decides-by-later" => {}
                Ok(other) => wrong.push(format!("{line}: {other:?}")),
                Err(problems) => wrong.push(format!("{line}: {problems:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_script_that_catches_the_refusal_is_refused_all_the_same() {
    let body = format!("{}\ntry {{ if m == \"5\" {{ }} }} catch {{ }}\nlet x = 1;", lets());
    assert!(is_refused(&then("thread", &body, &full())));
    let body = format!("{}\n[\"a\", m].sort(|a, b| if a == b {{ 1 }} else {{ 0 }});", lets());
    assert!(is_refused(&then("thread", &body, &full())));
}

#[test]
fn passing_on_is_fine_in_arguments_texts_lists_and_maps() {
    let body = format!(
        "{}\nlet list = [m]; list.push(p); list += m; let map = #{{ a: p }}; map.b = list; map[\"c\"] = m;
         notebook::remember(#{{ about: p, name: `x${{m}}y${{p.Name}}`, value: map }});",
        lets()
    );
    let ScriptOutcome::Planned(writes) = then("thread", &body, &full()) else { panic!("not planned") };
    let id = || Arg::Later { action: 3, path: path("Id") };
    let piece = |at: &str| Piece::Later { action: 3, path: path(at) };
    let text = |text: &str| Piece::Text(text.to_owned());
    let m = || Arg::LaterText(vec![text("a"), piece("Id")]);
    let args: Vec<_> = writes[1].args.iter().map(|(name, arg)| (name.as_str(), arg.clone())).collect();
    let list = Arg::List(vec![m(), id(), m()]);
    let value = Arg::Map(vec![("a".into(), id()), ("b".into(), list), ("c".into(), m())]);
    let name = Arg::LaterText(vec![text("xa"), piece("Id"), text("y"), piece("Id.Name")]);
    assert_eq!(args, [("about", id()), ("name", name), ("value", value)]);
}

#[test]
fn a_text_of_laters_is_bounded() {
    let body = format!("{}\nloop {{ m += m; }}", lets());
    let ScriptOutcome::Refused(refusal) = then("thread", &body, &full()) else { panic!("not refused") };
    assert_eq!(refusal.code, "script-limit");
}

#[test]
fn a_line_that_switches_on_what_is_made_in_this_run_is_refused() {
    let mut view = full();
    view.laters.insert("case".into(), 0);
    let line = "switch case.Status { \"New\" => 1, _ => 2 }";
    assert!(matches!(value(line, &view), Evaluated::Refused(refusal) if refusal.code == "decides-by-later"));
    assert!(matches!(value("case == ()", &view), Evaluated::Refused(refusal) if refusal.code == "decides-by-later"));
    assert_eq!(value(line, &full()), Evaluated::Is(Arg::Known(1.into())));
}
