//! Rhai's positions as places of a file, and its errors in the reader's words.

use rhai::{EvalAltResult, ParseError, Position};

use crate::problem::{Place, Problem};
use crate::script::codes;

/// A position inside a text that starts at `at`.
pub fn place(at: &Place, position: Position, width: usize) -> Place {
    let (Some(line), Some(column)) = (position.line(), position.position()) else { return at.clone() };
    let column = if line == 1 { at.column + column - 1 } else { column };
    Place { file: at.file.clone(), line: at.line + line - 1, column, width }
}

/// A syntax error.
pub fn syntax(text: &str, at: &Place, error: &ParseError) -> Problem {
    let said = error.err_type().to_string();
    let place = place(at, error.position(), 1);
    if text.contains(" not in ") {
        return Problem::new(codes::NOT_IN, &place, "there is no `not in`").next("write `(a in b) == false`");
    }
    let said = said.trim_end_matches('.');
    Problem::new(codes::SYNTAX, &place, format!("this is not an expression: {}", lower(said)))
        .next("in an expression, text stands in \"…\" and names are facts; `functions` lists what there is")
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + letters.as_str())
}

/// Whether an error says that something was asked of an absent value.
pub fn asks_nothing(error: &EvalAltResult) -> bool {
    let words = match error {
        EvalAltResult::ErrorFunctionNotFound(signature, _) => signature,
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => return asks_nothing(inner),
        _ => return false,
    };
    words.split_once('(').is_some_and(|(_, arguments)| arguments.split([',', ')']).any(|kind| kind.trim() == "("))
        || words.contains("()")
}

/// Whether an error is a limit that was run into.
pub fn is_limit(error: &EvalAltResult) -> bool {
    match error {
        EvalAltResult::ErrorTooManyOperations(_)
        | EvalAltResult::ErrorStackOverflow(_)
        | EvalAltResult::ErrorDataTooLarge(..)
        | EvalAltResult::ErrorTooManyVariables(_)
        | EvalAltResult::ErrorTerminated(..) => true,
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => is_limit(inner),
        _ => false,
    }
}
