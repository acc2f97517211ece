//! Reading YAML as people write it: every trap is said, nothing is changed on the way.

use std::time::{Duration, Instant};

use casebridge::problem::Problem;
use casebridge::rules::yaml::{Node, codes, read};

fn good(text: &str) -> Node {
    read("rules.yaml", text).unwrap_or_else(|problems| panic!("{}", shown(&problems, text)))
}

fn bad(text: &str) -> Vec<Problem> {
    read("rules.yaml", text).expect_err("something is wrong with it")
}

/// The only Problem of a text: code, line, column, width.
fn only(text: &str) -> (Problem, [usize; 3]) {
    let problems = bad(text);
    assert_eq!(problems.len(), 1, "{}", shown(&problems, text));
    let problem = problems.into_iter().next().expect("one");
    let place = [problem.at.line, problem.at.column, problem.at.width];
    (problem, place)
}

fn shown(problems: &[Problem], text: &str) -> String {
    problems.iter().map(|problem| format!("{}\n", problem.show(Some(text)))).collect()
}

fn texts(node: &Node) -> Vec<&str> {
    node.items().iter().filter_map(Node::text).collect()
}

/// F-033
#[test]
fn words_that_look_like_yes_and_no_stay_text_f_033() {
    let node = good(include_str!("data/F-033.yaml"));
    let settings = node.get("settings").expect("settings");
    assert_eq!(texts(settings.get("languages").expect("a list")), ["de", "no", "en"]);
    for (key, text) in [("quiet_label", "off"), ("yes_label", "y"), ("region", "NO"), ("on_call_label", "on")] {
        assert_eq!(settings.get(key).and_then(Node::text), Some(text));
    }
}

#[test]
fn times_numbers_and_the_key_on_keep_their_spelling() {
    let node =
        good("on: khoros.thread_posted\nat: 12:30\ncode: 017\nmany: 1_000\nbig: 1e3\nhex: 0x1F\nday: 2026-12-25\n");
    let read: Vec<_> = node.entries().iter().map(|(key, value)| (key.name.as_str(), value.text().unwrap())).collect();
    let written = [
        ("on", "khoros.thread_posted"),
        ("at", "12:30"),
        ("code", "017"),
        ("many", "1_000"),
        ("big", "1e3"),
        ("hex", "0x1F"),
        ("day", "2026-12-25"),
    ];
    assert_eq!(read, written);
}

/// F-031
#[test]
fn a_block_that_stands_twice_is_named_with_both_places_f_031() {
    let (problem, place) = only(include_str!("data/F-031.yaml"));
    assert_eq!((problem.code.as_str(), place), (codes::DUPLICATE_KEY, [9, 1, 11]));
    assert_eq!(problem.also.expect("the first").line, 2);
}

/// F-036
#[test]
fn an_alias_bomb_is_refused_at_once_f_036() {
    let before = Instant::now();
    let problems = bad(include_str!("data/F-036.yaml"));
    assert!(before.elapsed() < Duration::from_secs(20));
    assert_eq!(problems.last().expect("a problem").code.as_str(), codes::TOO_LARGE);
}

#[test]
fn a_bomb_of_maps_and_one_of_long_texts_are_refused_too() {
    let mut maps = String::from("a0: &a0 { x: y }\n");
    let mut texts = format!("a0: &a0 {}\n", "x".repeat(100_000));
    for n in 1..9 {
        let before = n - 1;
        let items = vec![format!("*a{before}"); 9].join(", ");
        maps += &format!(
            "a{n}: &a{n} {{ {} }}\n",
            (0..9).map(|k| format!("k{k}: *a{before}")).collect::<Vec<_>>().join(", ")
        );
        texts += &format!("a{n}: &a{n} [{items}]\n");
    }
    for bomb in [maps, texts] {
        let before = Instant::now();
        assert!(bad(&bomb).iter().any(|problem| problem.code.as_str() == codes::TOO_LARGE));
        assert!(before.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn an_alias_is_what_it_stands_for() {
    let node = good("shared: &s [ a, b ]\nagain: *s\n");
    assert_eq!(texts(node.get("again").expect("the alias")), ["a", "b"]);
}

/// F-038
#[test]
fn a_merge_key_is_a_problem_at_its_line_f_038() {
    let (problem, place) = only(include_str!("data/F-038.yaml"));
    assert_eq!((problem.code.as_str(), place), (codes::MERGE_KEY, [7, 5, 2]));
}

#[test]
fn ten_thousand_brackets_are_refused_without_a_crash() {
    for text in ["[".repeat(10_000), "- ".repeat(10_000), "{a: ".repeat(10_000)] {
        let problems = bad(&text);
        assert!(problems.iter().any(|problem| problem.code.as_str() == codes::TOO_LARGE), "{}", problems[0].what);
    }
}

#[test]
fn an_exclamation_mark_at_the_start_of_a_line_is_a_tag_that_nobody_meant() {
    let (problem, place) = only("when:\n  - !thread.solved\n");
    assert_eq!((problem.code.as_str(), place), (codes::TAG, [2, 5, 14]));
    assert_eq!(problem.next, "`thread.solved == false`, or the whole line in quotes");
    let (problem, _) = only("when:\n  - !thread.solved == true\n");
    assert_eq!(problem.code.as_str(), codes::TAG);
    let (problem, _) = only("value: !!str 5\n");
    assert_eq!(problem.code.as_str(), codes::TAG);
}

#[test]
fn a_quote_at_the_start_of_a_line_ends_the_value_early() {
    let (problem, place) = only("when:\n  - \"vip\" in thread.labels\n");
    assert_eq!((problem.code.as_str(), place), (codes::QUOTE, [2, 5, 1]));
    assert_eq!(problem.next, "`thread.labels.contains(\"vip\")`, or the whole line in quotes");
    let (problem, place) = only("a: 1\nlabel: 'x' and more\n");
    assert_eq!((problem.code.as_str(), place), (codes::QUOTE, [2, 8, 1]));
    let (problem, place) = only("label: \"größe\" > 1\n");
    assert_eq!((problem.code.as_str(), place), (codes::QUOTE, [1, 8, 1]));
}

#[test]
fn characters_that_yaml_keeps_for_itself_are_named() {
    for (text, column) in [("a: `x ${y}`\n", 4), ("a: @home\n", 4), ("a: %x\n", 4), ("- `x`\n", 3)] {
        let (problem, place) = only(text);
        assert_eq!((problem.code.as_str(), place), (codes::QUOTE, [1, column, 1]), "{text}");
    }
}

#[test]
fn a_bracket_at_the_start_of_a_line_makes_a_list() {
    let (problem, place) = only("when:\n  - [\"vpn\"].contains(thread.board)\n");
    assert_eq!((problem.code.as_str(), place), (codes::QUOTE, [2, 5, 1]));
}

#[test]
fn a_dollar_brace_inside_braces_needs_quotes() {
    let (problem, place) = only("then:\n  - khoros.tag_thread: { tag: ${case.CaseNumber}, thread: x }\n");
    assert_eq!((problem.code.as_str(), place[0]), (codes::SYNTAX, 2));
    assert!(problem.what.contains("`${…}`"), "{}", problem.what);
}

#[test]
fn a_comma_ends_a_value_inside_braces() {
    let (problem, place) = only("Subject: { value: = f(a, b) }\n");
    assert_eq!((problem.code.as_str(), place[0]), (codes::FLOW_COMMA, 1));
    assert_eq!(problem.cause, "this became `value: = f(a` and a key `b)` without value");
    let (problem, _) = only("s: { help: Boards, and more }\n");
    assert_eq!(problem.code.as_str(), codes::FLOW_COMMA);
    assert_eq!(problem.cause, "this became `help: Boards` and a key `and more` without value");
}

#[test]
fn a_hash_that_cuts_an_expression_is_a_problem_and_a_comment_is_none() {
    let (problem, _) = only("when:\n  - thread.tags.contains(\"a #b\")\n");
    assert_eq!(problem.code.as_str(), codes::COMMENT);
    assert!(!problem.warning);
    good("when:\n  - thread.solved == false   # the author is happy\n");
}

#[test]
fn an_empty_value_is_a_problem_at_its_key() {
    for text in ["a: b\nwith:\n", "a: b\nwith: null\n", "a: b\nwith: ~\n"] {
        let (problem, place) = only(text);
        assert_eq!((problem.code.as_str(), place), (codes::EMPTY_VALUE, [2, 1, 4]), "{text}");
    }
    let (problem, _) = only("when:\n  -\n  - thread.solved\n");
    assert_eq!(problem.code.as_str(), codes::EMPTY_VALUE);
    assert_eq!(good("a: ''\nb: \"null\"\n").get("b").and_then(Node::text), Some("null"));
}

#[test]
fn a_file_holds_one_document() {
    let (problem, place) = only("a: 1\n---\nb: 2\n");
    assert_eq!((problem.code.as_str(), place[0]), (codes::SEVERAL_DOCUMENTS, 2));
    good("---\na: 1\n");
}

#[test]
fn an_empty_file_holds_nothing() {
    assert!(good("").entries().is_empty());
    assert!(good("# only words\n").entries().is_empty());
}

#[test]
fn places_count_characters_also_behind_umlauts_and_emoji() {
    let node = good("größe: { 🦀ü: x, b: \"y\" }\n");
    let (key, value) = &node.get("größe").expect("a map").entries()[1];
    assert_eq!((key.at.column, key.at.width), (17, 1));
    assert_eq!((value.at.column, value.at.width), (20, 3));
}

#[test]
fn a_block_begins_at_its_first_line() {
    let node = good("a:\n  body: |\n    first\n    second\n");
    let body = node.get("a").and_then(|a| a.get("body")).expect("a block");
    assert_eq!(body.text(), Some("first\nsecond\n"));
    assert_eq!((body.at.line, body.at.column), (3, 5));
}

#[test]
fn a_tab_in_the_indent_is_named() {
    let (problem, place) = only("escalations:\n\tfirst: 1\n");
    assert_eq!((problem.code.as_str(), place[0]), (codes::SYNTAX, 2));
    assert!(problem.what.contains("tab"), "{}", problem.what);
}

#[test]
fn several_problems_of_a_file_come_at_once() {
    let problems = bad("a: 1\na: 2\nb:\nwhen: [ !x ]\n<<: c\n");
    let codes: Vec<_> = problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["duplicate-key", "empty-value", "yaml-tag", "merge-key"]);
}

#[test]
fn a_windows_file_with_a_byte_order_mark_reads_like_any_other() {
    let node = good("\u{feff}a: 1\r\nb: two words\r\n");
    assert_eq!(node.get("a").and_then(Node::text), Some("1"));
    assert_eq!(node.get("b").and_then(Node::text), Some("two words"));
}

#[test]
fn a_long_file_is_read_in_no_time() {
    let rule = |n: usize| {
        format!("  rule-{n}:\n    every: 15 minutes\n    when: [ thread.solved == false ]\n    with: \"x\"\n")
    };
    let text: String = std::iter::once("escalations:\n".into()).chain((0..10_000).map(rule)).collect();
    let before = Instant::now();
    assert_eq!(good(&text).get("escalations").expect("them").entries().len(), 10_000);
    assert!(before.elapsed() < Duration::from_secs(60), "{:?}", before.elapsed());
}
