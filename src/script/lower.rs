//! Turns an expression that is one test of one fact into a [`Predicate`]; everything else stays Rhai.
//!
//! Understood: a fact compared with a constant or a setting (`==` `<` `<=` `>` `>=`, on either side), a fact `in` a
//! list of constants or a setting, and `hours(…)` and its like of a constant or a setting.

use jiff::SignedDuration;
use rhai::{AST, Expr, FnCallExpr, Stmt};

use crate::names::Path;
use crate::predicate::{Predicate, Test};
use crate::script::check;
use crate::value::Value;

/// The predicate that an expression is, with the settings filled in.
pub fn lower(ast: &AST, settings: &Value) -> Option<Predicate> {
    match ast.statements() {
        [Stmt::FnCall(call, _)] => of_call(call, settings),
        [Stmt::Expr(expr)] => match &**expr {
            Expr::FnCall(call, _) => of_call(call, settings),
            _ => None,
        },
        _ => None,
    }
}

fn of_call(call: &FnCallExpr, settings: &Value) -> Option<Predicate> {
    let [left, right] = &call.args[..] else { return None };
    // `a in b` stands in the tree as `contains(b, a)`.
    if call.name == "contains" {
        let Value::List(values) = constant(left, settings)? else { return None };
        return Some(Predicate::new(fact(right)?, Test::In(values)));
    }
    match (fact(left), fact(right)) {
        (Some(fact), None) => Some(Predicate::new(fact, test(&call.name, constant(right, settings)?)?)),
        (None, Some(fact)) => Some(Predicate::new(fact, test(turned(&call.name), constant(left, settings)?)?)),
        _ => None,
    }
}

fn test(operator: &str, value: Value) -> Option<Test> {
    let is_single = !matches!(value, Value::List(_) | Value::Map(_));
    let has_order = is_single && !matches!(value, Value::Bool(_));
    Some(match operator {
        "==" if is_single => Test::Is(value),
        _ if !has_order => return None,
        "<" => Test::Below(value),
        "<=" => Test::AtMost(value),
        ">" => Test::Above(value),
        ">=" => Test::AtLeast(value),
        _ => return None,
    })
}

/// The operator with its sides exchanged.
fn turned(operator: &str) -> &str {
    match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        other => other,
    }
}

/// A fact by its path: properties and nothing else. Names of `let:` and of this run's results are no facts.
fn fact(expr: &Expr) -> Option<Path> {
    let path = properties(expr)?;
    let noun = path.steps().next().unwrap_or_default();
    (noun != "settings" && crate::script::NOUNS.contains(&noun)).then_some(path)
}

/// `a.b.c`, if there is nothing else in it.
fn properties(expr: &Expr) -> Option<Path> {
    let mut rest = expr;
    while let Expr::Dot(pair, ..) = rest {
        rest = &pair.rhs;
    }
    matches!(rest, Expr::Property(..)).then(|| check::chain(expr)).flatten().map(|named| named.path())
}

fn constant(expr: &Expr, settings: &Value) -> Option<Value> {
    match expr {
        Expr::BoolConstant(yes, _) => Some((*yes).into()),
        Expr::IntegerConstant(number, _) => Some((*number).into()),
        Expr::FloatConstant(number, _) => Some(Value::Float(**number)),
        Expr::StringConstant(text, _) => Some(Value::text(text.as_str())),
        Expr::Array(items, _) => {
            items.iter().map(|item| constant(item, settings)).collect::<Option<Vec<_>>>().map(Value::List)
        }
        Expr::Unit(_) => Some(Value::Nothing),
        Expr::FnCall(call, _) => span(call, settings),
        expr => properties(expr)?.behind("settings").map(|path| settings.at(&path).clone()),
    }
}

/// `hours(48)`, `days(settings.wait)`.
fn span(call: &FnCallExpr, settings: &Value) -> Option<Value> {
    let minutes = match call.name.as_str() {
        "minutes" => 1,
        "hours" => 60,
        "days" => 24 * 60,
        "weeks" => 7 * 24 * 60,
        _ => return None,
    };
    let [count] = &call.args[..] else { return None };
    let Value::Int(count) = constant(count, settings)? else { return None };
    Some(Value::Span(SignedDuration::from_mins(count.checked_mul(minutes)?)))
}
