//! Calendars and zones that a text names: one that nobody knows is found before the text is run.

use rhai::{AST, ASTNode, Expr, FnCallExpr, Position, Stmt};

use crate::calendar;
use crate::names::Name;
use crate::problem::{Problem, closest};
use crate::script::codes;
use crate::script::functions;
use crate::script::opening_hours::{OF_CALENDARS, OF_ZONES};
use crate::script::written::Written;

/// Problems of the names that are written out.
pub fn check(ast: &AST, written: &Written, calendars: &[Name]) -> Vec<Problem> {
    let module = imported_as(ast, "time");
    let mut problems = Vec::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) = path.last()
            && let [first, Expr::StringConstant(name, at)] = call.args.as_slice()
        {
            problems.extend(check_moment(call, first, written));
            problems.extend(check_call(call, &module, name, *at, written, calendars));
        }
        true
    });
    problems
}

/// What a standard module is called here: lines have it at hand, scripts may import it under another name.
pub fn imported_as(ast: &AST, module: &str) -> String {
    let found = imports(ast).into_iter().find(|(_, imported)| imported == module);
    found.map_or_else(|| module.to_owned(), |(alias, _)| alias)
}

/// The standard modules that a file imports: what each is called there, and its own name.
pub fn imports(ast: &AST) -> Vec<(String, String)> {
    let import = |statement: &Stmt| {
        let Stmt::Import(import, _) = statement else { return None };
        let Expr::StringConstant(path, _) = &import.0 else { return None };
        Some((import.1.name.to_string(), path.strip_prefix("std/")?.to_owned()))
    };
    ast.statements().iter().filter_map(import).collect()
}

fn check_call(
    call: &FnCallExpr,
    module: &str,
    name: &str,
    at: Position,
    written: &Written,
    calendars: &[Name],
) -> Option<Problem> {
    let of: Vec<&str> = call.namespace.path.iter().map(|step| step.name.as_str()).collect();
    let is_time = of == [module];
    let function = call.name.as_str();
    let place = written.place(at, name.chars().count() + 2);
    if is_time && OF_CALENDARS.contains(&function) {
        let names: Vec<&str> = calendars.iter().map(|name| name.as_str()).collect();
        if names.contains(&name) {
            return None;
        }
        let problem = Problem::new(codes::UNKNOWN_CALENDAR, &place, format!("there is no calendar `{name}`"));
        return Some(match closest(name, &names) {
            Some(near) => problem.next(format!("did you mean `{near}`?")),
            None if names.is_empty() => problem.next("calendars stand under `calendars:`, and there is none yet"),
            None => problem.next(format!("calendars are: {}", names.join(", "))),
        });
    }
    if !(is_time && OF_ZONES.contains(&function) || of.is_empty() && function == "moment") {
        return None;
    }
    let near = calendar::zone(name).err()?;
    let problem = Problem::new(codes::UNKNOWN_ZONE, &place, format!("`{name}` is not a time zone"));
    Some(match near {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem.next("a name such as `Europe/Berlin`, `America/Chicago` or `UTC`"),
    })
}

/// A day that no calendar has, or a form that is none.
fn check_moment(call: &FnCallExpr, text: &Expr, written: &Written) -> Option<Problem> {
    let Expr::StringConstant(text, at) = text else { return None };
    let is_moment = call.name == "moment" && call.namespace.is_empty();
    let wrong = functions::civil(text).err().filter(|_| is_moment)?;
    let place = written.place(*at, text.chars().count() + 2);
    let problem = Problem::new(codes::BAD_MOMENT, &place, format!("`{text}` is not a moment"));
    Some(problem.because(wrong.to_string()).next("year, month, day and time: `\"2026-01-31 08:00\"`"))
}
