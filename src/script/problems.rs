//! Rhai's positions as places of a file, and its errors in the reader's words.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{AST, ASTNode, EvalAltResult, Expr, ParseError, Position, Stmt};

use crate::problem::{Place, Problem};
use crate::script::codes;
use crate::script::written::Written;

/// The texts of script files, by name.
#[derive(Default)]
pub struct Sources(BTreeMap<String, Arc<Written>>);

impl Sources {
    /// The texts with one more.
    pub fn with(&self, file: &str, text: Written) -> Self {
        let mut all = self.0.clone();
        all.insert(file.to_owned(), Arc::new(text));
        Sources(all)
    }

    /// The place of a position in a file; `at` where there is none.
    pub fn place(&self, at: &Place, file: &str, position: Position) -> Place {
        match self.0.get(file) {
            Some(text) if !position.is_none() => text.place(position, 0),
            _ => at.clone(),
        }
    }

    /// Where an error of a script arose: the innermost function of the pack.
    pub fn blame(&self, at: &Place, error: &EvalAltResult) -> Place {
        self.innermost(&at.file, error).unwrap_or_else(|| at.clone())
    }

    fn innermost(&self, file: &str, error: &EvalAltResult) -> Option<Place> {
        let here = |position: Position| match self.0.get(file) {
            Some(text) if !position.is_none() => Some(text.place(position, 0)),
            _ => None,
        };
        match error {
            EvalAltResult::ErrorInFunctionCall(_, source, inner, position) => {
                let source = if self.0.contains_key(source) { source } else { file };
                self.innermost(source, inner).or_else(|| here(*position))
            }
            error => here(error.position()),
        }
    }
}

/// A syntax error.
pub fn syntax(written: &Written, error: &ParseError) -> Problem {
    let said = error.err_type().to_string();
    let place = written.place(error.position(), 1);
    if written.text.contains(" not in ") {
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
        // A part of `&&`, `||` or the condition of an `if`.
        EvalAltResult::ErrorMismatchDataType(_, found, _) => return found == "()",
        _ => return false,
    };
    words.split_once('(').is_some_and(|(_, arguments)| arguments.split([',', ')']).any(|kind| kind.trim() == "("))
        || words.contains("()")
}

/// The function of a module that was called where an error is said to be. What runs into a limit within it has the
/// place of its call: Rhai moves it there.
pub fn called(ast: &AST, position: Position) -> Option<String> {
    let mut found = None;
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at))) = path.last()
            && *at == position
            && !call.namespace.is_empty()
        {
            let module = call.namespace.path.iter().map(|step| step.name.as_str()).collect::<Vec<_>>().join("::");
            found = Some(format!("{module}::{}", call.name));
        }
        true
    });
    found
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
