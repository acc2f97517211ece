//! Comparisons of unlike kinds: Rhai says `false` without a word, and the line would never hold.

use rhai::{AST, ASTNode, Expr, FnCallExpr, Stmt};

use crate::catalog::{Catalog, Type};
use crate::names::EventKind;
use crate::problem::Problem;
use crate::script::check::chain;
use crate::script::codes;
use crate::script::written::Written;
use crate::span;

const COMPARES: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

/// Problems of comparing a fact with a constant of another kind.
pub fn check(ast: &AST, written: &Written, kinds: &[EventKind], catalog: &Catalog) -> Vec<Problem> {
    let mut problems = Vec::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) = path.last()
            && COMPARES.contains(&call.name.as_str())
        {
            problems.extend(kinds.iter().find_map(|kind| check_comparison(call, written, kind, catalog)));
        }
        true
    });
    problems
}

fn check_comparison(call: &FnCallExpr, written: &Written, kind: &EventKind, catalog: &Catalog) -> Option<Problem> {
    let [left, right] = call.args.as_slice() else { return None };
    let (named, constant) = [(left, right), (right, left)].into_iter().find_map(|(fact, other)| {
        let named = chain(fact).filter(|_| is_plain(fact))?;
        Some((named, constant(other)?))
    })?;
    let path = named.path();
    let row = catalog.row(kind, &path).filter(|row| row.fact == path)?;
    let fact = word(row.gives)?;
    if fact == constant.0 {
        return None;
    }
    let (other, shown) = constant;
    let never = if call.name == "!=" { "this would always hold" } else { "this could never hold" };
    let place = written.place(named.steps[0].1, path.as_str().chars().count());
    let what = format!("`{path}` is a {fact} and `{shown}` a {other}, so {never}");
    let problem = Problem::new(codes::UNLIKE_KINDS, &place, what);
    Some(match (fact, other) {
        ("duration", "number") => problem.next(format!("`{path} {} hours({shown})`", call.name)),
        ("list", _) => problem.next(format!("`{path}.contains({shown})`")),
        ("yes or no", _) => problem.next(format!("`{path} == true`")),
        _ => problem.next(format!("compare it with a {fact}")),
    })
}

/// Properties alone, without calls and indexes.
pub fn is_plain(expr: &Expr) -> bool {
    match expr {
        Expr::Variable(..) | Expr::Property(..) => true,
        Expr::Dot(pair, ..) => is_plain(&pair.lhs) && is_plain(&pair.rhs),
        _ => false,
    }
}

/// The kind of a constant, and how it is written.
fn constant(expr: &Expr) -> Option<(&'static str, String)> {
    Some(match expr {
        Expr::IntegerConstant(number, _) => ("number", number.to_string()),
        Expr::FloatConstant(number, _) => ("number", number.to_string()),
        Expr::StringConstant(text, _) => ("text", format!("\"{text}\"")),
        Expr::BoolConstant(yes, _) => ("yes or no", yes.to_string()),
        Expr::FnCall(call, _) if span::UNITS.iter().any(|(name, _)| *name == call.name) => {
            ("duration", format!("{}(…)", call.name))
        }
        _ => return None,
    })
}

/// The word for what a fact is; none for what may be anything.
fn word(gives: Type) -> Option<&'static str> {
    Some(match gives {
        Type::Text | Type::Html | Type::Id => "text",
        Type::Number => "number",
        Type::YesNo => "yes or no",
        Type::Moment => "moment",
        Type::Span => "duration",
        Type::List => "list",
        Type::Fields | Type::Any => return None,
    })
}
