//! What people write that YAML reads otherwise, each with its own words.

use saphyr_parser::Span;

use super::{Key, Node, codes};
use crate::problem::{Place, Problem};

/// A line that the parser cannot read.
pub fn syntax(lines: &[&str], at: &Place, info: &str) -> Problem {
    let line = line_of(lines, at.line);
    // The parser often notices one line late.
    let before = line_of(lines, at.line.saturating_sub(1));
    for (n, line) in [(at.line, line), (at.line.saturating_sub(1), before)] {
        if let Some(problem) = special_start(line, at, n) {
            return problem;
        }
    }
    if let Some(problem) = inside_brackets(line, before, at) {
        return problem;
    }
    if info.contains("recursion limit") {
        return Problem::new(codes::TOO_LARGE, at, "the file is too large: it is nested too deeply")
            .next("write it out, in several files");
    }
    if line.contains('\t') && line.trim_start_matches(' ').starts_with('\t') {
        return Problem::new(codes::SYNTAX, at, "a tab stands in the indent").next("indent with spaces");
    }
    if line.contains("${") && line.contains('{') && line.find("${") > line.find('{') {
        return Problem::new(codes::SYNTAX, at, "inside `{ }` a value with `${…}` needs quotes")
            .because("YAML reads the brace itself")
            .next("write it as \"${…}\", or on its own line");
    }
    if info.contains("mapping values are not allowed") {
        return Problem::new(codes::SYNTAX, at, "a colon and a blank make a map, and a text stands here")
            .next("put the whole text in quotes; if a key was meant, look at the indent");
    }
    Problem::new(codes::SYNTAX, at, format!("this is not YAML: {}", info.trim_end_matches('.')))
        .next("look at the indent, and at quotes, colons and brackets in this line and the one before")
}

/// A value that starts with a character that YAML keeps for itself.
fn special_start(line: &str, at: &Place, number: usize) -> Option<Problem> {
    let value = value_of(line)?;
    let first = value.chars().next()?;
    let column = line.chars().count() - value.chars().count() + 1;
    let at = Place { line: number, column, width: 1, ..at.clone() };
    match first {
        '"' | '\'' => {
            let closed = value[1..].find(first).map(|end| value[end + 2..].trim());
            let rest = closed.filter(|rest| !rest.is_empty() && !rest.starts_with('#'))?;
            let next = match rest.strip_prefix("in ") {
                Some(list) => format!(
                    "`{}.contains({})`, or the whole line in quotes",
                    list.trim(),
                    &value[..value.len() - rest.len()].trim_end()
                ),
                None => "put the whole line in quotes of the other kind".into(),
            };
            Some(
                Problem::new(codes::QUOTE, &at, format!("YAML reads `{first}` at the start of a line itself"))
                    .next(next),
            )
        }
        '`' | '@' | '%' => Some(
            Problem::new(codes::QUOTE, &at, format!("YAML keeps {} at the start of a value for itself", named(first)))
                .next("put the whole value in quotes"),
        ),
        '[' if !value.trim_end().ends_with([']', ',', '[']) => Some(
            Problem::new(codes::QUOTE, &at, "YAML reads `[` at the start of a line as a list")
                .next("put the whole line in quotes"),
        ),
        _ => None,
    }
}

/// An expression inside `[ ]`, whose brackets, commas and quotes YAML reads itself.
fn inside_brackets(line: &str, before: &str, at: &Place) -> Option<Problem> {
    let is_list = |line: &str| value_of(line).is_some_and(|value| value.starts_with('['));
    if let Some((kept, _)) = before.split_once(" #").filter(|(kept, _)| is_list(kept) && !kept.contains(']')) {
        let column = kept.chars().count() + 2;
        let at = Place { line: at.line - 1, column, width: 1, ..at.clone() };
        let problem = Problem::new(codes::COMMENT, &at, "` #` cuts this line: what stands behind it is a comment");
        return Some(problem.because("the `]` with it").next("put the `]` before it, or the whole value in quotes"));
    }
    let list = value_of(line).filter(|_| is_list(line))?;
    let start = line.chars().count() - list.chars().count() + 1;
    (at.column > start).then(|| in_a_list(&Place { width: 1, ..at.clone() }))
}

fn in_a_list(at: &Place) -> Problem {
    Problem::new(codes::FLOW_LIST, at, "inside `[ ]` YAML reads brackets, commas, colons and quotes itself")
        .next("give each entry a line of its own that begins with `- `, or put it in quotes as a whole")
}

/// `[ any_in(a, b) ]`, `[ a == "x: y" ]`: what a comma or colon cut off.
pub fn flow_entry(text: &str, at: &Place) -> Option<Problem> {
    is_unfinished(text).then(|| in_a_list(at))
}

fn is_unfinished(text: &str) -> bool {
    text.matches('"').count() % 2 == 1 || text.matches('(').count() > text.matches(')').count()
}

/// What stands behind `- ` or `key: ` in a line.
fn value_of(line: &str) -> Option<&str> {
    let start = line.trim_start();
    let value = start.strip_prefix("- ").or_else(|| start.split_once(": ").map(|(_, value)| value))?;
    Some(value.trim_start())
}

/// `- !thread.solved`: no error for any parser, but a tag on an empty value.
pub fn tag(lines: &[&str], at: &Place) -> Problem {
    let line = line_of(lines, at.line);
    let spot = line.chars().position(|c| c == '!').map_or(at.column, |n| n + 1);
    let written: String = line.chars().skip(spot).take_while(|c| c.is_alphanumeric() || "._".contains(*c)).collect();
    let at = Place { column: spot, width: written.chars().count() + 1, ..at.clone() };
    let next = if written.is_empty() {
        "put it in quotes".into()
    } else {
        format!("`{written} == false`, or the whole line in quotes")
    };
    Problem::new(codes::TAG, &at, "YAML reads `!` at the start of a value itself").next(next)
}

/// ` #` cuts a line: what stands behind it is a comment.
pub fn comment(lines: &[&str], at: &Place, value: &str, span: Span) -> Option<Problem> {
    let line = line_of(lines, span.end.line());
    let behind: String = line.chars().skip(span.end.col()).collect();
    (is_unfinished(value) && behind.trim_start().starts_with('#')).then(|| {
        Problem::new(codes::COMMENT, at, "` #` cuts this line: what stands behind it is a comment")
            .because("it ends here")
            .next("put the whole value in quotes")
    })
}

/// `{ value: = f(a, b) }`: the comma ended the value, and the rest became a key without one.
pub fn flow_comma(entries: &[(Key, Node)], key: &Key) -> Option<Problem> {
    let (before, node) = entries.last()?;
    let value = node.text()?;
    let expression = value.starts_with('=') || value.matches('(').count() > value.matches(')').count();
    let behind = key.name.ends_with([')', ']', '}']) || key.name.contains(' ') || expression;
    behind.then(|| {
        let what = "the comma ends the value inside `{ }`";
        Problem::new(codes::FLOW_COMMA, &node.at, what)
            .because(format!("this became `{}: {value}` and a key `{}` without value", before.name, key.name))
            .next("give it its own line, or quotes")
    })
}

/// The character at a place.
pub fn character(lines: &[&str], at: &Place) -> Option<char> {
    line_of(lines, at.line).chars().nth(at.column - 1)
}

fn named(character: char) -> String {
    if character == '`' { "a backtick".into() } else { format!("`{character}`") }
}

/// A line by its number, from 1.
fn line_of<'a>(lines: &[&'a str], number: usize) -> &'a str {
    lines.get(number.wrapping_sub(1)).copied().unwrap_or_default()
}
