//! What is wrong with a script file before it is run: its shape, its names, what a `switch` goes by.

use std::collections::BTreeSet;

use rhai::{AST, ASTNode, Expr, Stmt};

use crate::catalog::Catalog;
use crate::names::EventKind;
use crate::problem::Problem;
use crate::script::Known;
use crate::script::check::{self, Named, misspelt};
use crate::script::codes;
use crate::script::expression::NOUNS;
use crate::script::written::Written;

/// Only imports and functions stand at the top.
pub fn top_level(ast: &AST, written: &Written) -> Vec<Problem> {
    let stands = |statement: &&Stmt| !matches!(statement, Stmt::Import(..) | Stmt::Noop(..));
    let problem = |statement: &Stmt| {
        let place = written.place(statement.position(), 0);
        Problem::new(codes::NOT_IN_A_FUNCTION, &place, "only imports and functions stand at the top of a script file")
            .next("move it into a function")
    };
    ast.statements().iter().filter(stands).map(problem).collect()
}

/// The syntax tree of one function alone.
pub fn function(ast: &AST, name: &str, params: usize) -> AST {
    // `clone_functions_only_filtered` does not filter (rhai 1.27: `Module::merge_filtered` into an empty module).
    let mut alone = ast.clone();
    alone.clear_statements().retain_functions(|_, _, found, count| found == name && count == params);
    alone
}

/// The statements of one function.
pub fn statements(function: &AST) -> Vec<Stmt> {
    let mut found = Vec::new();
    function.walk(&mut |path| {
        if let [ASTNode::Stmt(statement)] = path {
            found.push((*statement).clone());
        }
        true
    });
    found
}

/// Problems of the names of every function; in `then`, parameters are facts.
pub fn names(ast: &AST, written: &Written, known: &Known, catalog: &Catalog) -> Vec<Problem> {
    let mut problems = Vec::new();
    for metadata in ast.iter_functions() {
        let is_then = metadata.name == "then";
        let body = function(ast, metadata.name, metadata.params.len());
        let mut local: BTreeSet<String> = metadata.params.iter().map(|param| (*param).to_owned()).collect();
        let declared = declared(&body);
        let is_fact = |name: &str| is_then && metadata.params.contains(&name) && !declared.contains(name);
        for named in check::names(&body) {
            let root = named.steps[0].0.as_str();
            if is_fact(root) && root != "settings" && root != "now" {
                let kinds: &[EventKind] = &known.kinds;
                problems.extend(kinds.iter().find_map(|kind| check::check_fact(&named, written, kind, catalog)));
            } else if is_fact(root) {
                problems.extend(check::check(&[named], written, known, catalog));
            } else if !local.contains(root) && !declared.contains(root) && !metadata.name.starts_with("anon$") {
                problems.push(unknown_name(&named, written, &local, is_then));
            }
        }
        problems.extend(switches(&body, written, |name| is_fact(name)));
        local.clear();
    }
    problems
}

/// Names that a function declares itself: `let`, `for`, `catch`, closures' own.
pub fn declared(body: &AST) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    body.walk(&mut |path| {
        match path.last() {
            Some(ASTNode::Stmt(Stmt::Var(var, ..))) => drop(found.insert(var.0.name.to_string())),
            Some(ASTNode::Stmt(Stmt::For(each, _))) => {
                found.insert(each.0.name.to_string());
                found.extend(each.1.as_ref().map(|counter| counter.name.to_string()));
            }
            Some(ASTNode::Stmt(Stmt::TryCatch(control, _))) => {
                if let Expr::Variable(name, ..) = &control.expr {
                    found.insert(name.1.to_string());
                }
            }
            _ => {}
        }
        true
    });
    found
}

fn unknown_name(named: &Named, written: &Written, local: &BTreeSet<String>, is_then: bool) -> Problem {
    let (root, position) = &named.steps[0];
    let place = written.place(*position, root.chars().count());
    if is_then && (NOUNS.contains(&root.as_str()) || root == "settings" || root == "now") {
        let what = format!("`then` does not take `{root}`");
        return Problem::new(codes::UNKNOWN_NAME, &place, what).next(format!("add `{root}` to its parameters"));
    }
    let names: Vec<&str> = local.iter().map(String::as_str).collect();
    misspelt(codes::UNKNOWN_NAME, &place, &format!("unknown name `{root}`"), root, &names, "names here are")
}

/// A `switch` on what may be a Later would silently take its last branch.
fn switches(body: &AST, written: &Written, is_fact: impl Fn(&str) -> bool) -> Vec<Problem> {
    let constants = constant_loops(body);
    let mut problems = Vec::new();
    body.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::Switch(switch, at))) = path.last() {
            let may = match root(&switch.0) {
                Some(name) => is_fact(&name) || constants.contains(&name),
                None => switch.0.is_constant(),
            };
            if !may {
                let what = "a `switch` goes by a fact or a constant; anything else may be known only after apply";
                problems.push(
                    Problem::new(codes::SWITCH_ON_VALUE, &written.place(*at, 6), what).next("write `if … else if …`"),
                );
            }
        }
        true
    });
    problems
}

/// Names of loops over constants.
fn constant_loops(body: &AST) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    body.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::For(each, _))) = path.last()
            && each.2.expr.is_constant()
        {
            found.insert(each.0.name.to_string());
        }
        true
    });
    found
}

/// The name that a plain chain of properties starts with.
fn root(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Variable(name, ..) => Some(name.1.to_string()),
        Expr::Dot(pair, ..) if is_properties(&pair.rhs) => root(&pair.lhs),
        _ => None,
    }
}

fn is_properties(expr: &Expr) -> bool {
    match expr {
        Expr::Property(..) => true,
        Expr::Dot(pair, ..) => is_properties(&pair.lhs) && is_properties(&pair.rhs),
        _ => false,
    }
}

/// The nouns that a line's `switch` goes by, and Problems of those that go by something else.
pub fn branches(ast: &AST, written: &Written) -> (Vec<String>, Vec<Problem>) {
    let mut nouns = Vec::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::Switch(switch, _))) = path.last() {
            nouns.extend(root(&switch.0));
        }
        true
    });
    (nouns, switches(ast, written, |_| true))
}
