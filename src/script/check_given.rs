//! What functions are given: Rhai finds an argument of another kind only when the line is run, and says so in words of
//! its own.

use rhai::{EvalAltResult, Expr, FnCallExpr};

use crate::problem::Problem;
use crate::script::functions::{self, ANY, Signature};
use crate::script::kinds::{Kinds, NOUN, a, shown, suits};
use crate::script::written::Written;
use crate::script::{codes, standard};
use crate::span;

/// Problems of what one call is given.
pub fn check(call: &FnCallExpr, written: &Written, kinds: &Kinds) -> Vec<Problem> {
    let Some((name, signature)) = kinds.signature(call) else { return vec![] };
    let given = call.args.iter().zip(&signature.takes);
    given.filter_map(|(argument, takes)| unfit(&name, &signature, argument, takes, written, kinds)).collect()
}

fn unfit(
    name: &str,
    signature: &Signature,
    argument: &Expr,
    takes: &str,
    written: &Written,
    kinds: &Kinds,
) -> Option<Problem> {
    let kind = kinds.of(argument)?;
    if takes == ANY || fits(kind, takes) {
        return None;
    }
    let shown = shown(argument);
    let place = written.place(argument.start_position(), shown.chars().count());
    let what = format!("`{name}` takes {}, and `{shown}` is {}", a(takes), a(kind));
    let problem = Problem::new(codes::UNLIKE_KINDS, &place, what);
    let is_unit = span::UNITS.iter().any(|(unit, _)| *unit == name);
    Some(match argument {
        _ if kind == NOUN => problem.next(format!("name one of the parts of `{shown}`")),
        _ if is_unit && kind == "duration" => problem.next(format!("`{shown}` without `{name}`")),
        Expr::StringConstant(text, _) if takes == "number" && text.parse::<f64>().is_ok() => {
            problem.next(format!("`{text}`"))
        }
        Expr::IntegerConstant(..) if takes == "text" => problem.next(format!("`\"{shown}\"`")),
        _ => problem.next(format!("such as `{}`", signature.example)),
    })
}

/// Whether an argument may be of a kind. A person or a thread is a noun, or a map that a function made.
fn fits(kind: &str, takes: &str) -> bool {
    match takes {
        "person" | "thread" => matches!(kind, NOUN | "map"),
        "table" => matches!(kind, "text" | "map"),
        takes => suits(kind, takes),
    }
}

/// The same when a line is run: what a function takes and what it was given, and an example. None for other errors.
pub fn said(error: &EvalAltResult) -> Option<(String, String)> {
    let words = match error {
        EvalAltResult::ErrorFunctionNotFound(words, _) => words,
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => return said(inner),
        _ => return None,
    };
    let (name, given) = words.strip_suffix(')')?.split_once(" (")?;
    let given: Vec<String> = given.split(", ").map(|kind| a(kind_of(kind))).collect();
    let given = given.join(" and ");
    let signature = match name.rsplit_once("::") {
        Some((module, name)) => standard::signature(module, name),
        None => functions::signature(name),
    };
    Some(match signature {
        Some(signature) => {
            let takes: Vec<String> = signature.takes.iter().map(|kind| a(kind)).collect();
            let what = format!("`{name}` takes {}, and was given {given}", takes.join(" and "));
            (what, format!("such as `{}`", signature.example))
        }
        None if name.starts_with(|c: char| c.is_alphabetic()) => {
            (format!("`{name}` cannot be asked of {given}"), "look at the kinds of what it is given".to_owned())
        }
        None => (format!("`{name}` does not go with {given}"), "both sides must be of one kind".to_owned()),
    })
}

/// The word for a type of Rhai's.
fn kind_of(name: &str) -> &str {
    match name {
        "array" => "list",
        "i64" | "f64" => "number",
        "bool" => "yes or no",
        "()" => "absent value",
        name if name.contains("string") || name.contains("String") => "text",
        name => name,
    }
}
