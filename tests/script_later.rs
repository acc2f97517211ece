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
    "X.len",
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
            let full =
                format!("import \"std/text\" as text;\nfn rule() {{ #{{}} }}\nfn then(thread, now) {{ {body} }}");
            match script(&full) {
                Ok(rule) => {
                    let outcome = rule.then(&full_view());
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

fn full_view() -> casebridge::script::View {
    full()
}
