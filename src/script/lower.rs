//! Turns an expression into tests of facts, so that it needs no interpreter and can go along in a search; what is not
//! understood stays Rhai.
//!
//! Understood: a fact compared with a constant or a setting (on either side), a fact `in` a list of them, a list or
//! text that `.contains(…)` one, a yes/no fact by itself, `hours(…)` and its like, and these joined by `&&` `||` `!`.

use rhai::{AST, Expr, FnCallExpr, Stmt};

use crate::catalog::Type;
use crate::names::Path;
use crate::predicate::{Lowered, Predicate, Test};
use crate::script::check;
use crate::script::kinds::last;
use crate::span;
use crate::value::Value;

/// What the expressions of a rule are lowered with.
pub struct Lowering<'a> {
    pub settings: &'a Value,
    /// What a fact gives, where that is known.
    pub gives: &'a dyn Fn(&Path) -> Option<Type>,
}

impl Lowering<'_> {
    /// The tests that an expression is, with the settings filled in.
    pub fn lower(&self, ast: &AST) -> Option<Lowered> {
        match ast.statements() {
            [Stmt::FnCall(call, _)] => self.of_call(call),
            [Stmt::Expr(expr)] => self.of_expr(expr),
            _ => None,
        }
    }

    fn of_expr(&self, expr: &Expr) -> Option<Lowered> {
        let all = |parts: &[Expr]| parts.iter().map(|part| self.of_expr(part)).collect::<Option<Vec<_>>>();
        match expr {
            Expr::FnCall(call, _) => self.of_call(call),
            Expr::And(parts, _) => all(parts).map(Lowered::All),
            Expr::Or(parts, _) => all(parts).map(Lowered::Any),
            Expr::Dot(..) => self.says(expr).or_else(|| self.contains(expr)),
            _ => None,
        }
    }

    fn of_call(&self, call: &FnCallExpr) -> Option<Lowered> {
        match (call.name.as_str(), &call.args[..]) {
            ("!", [part]) => Some(match self.of_expr(part)? {
                Lowered::Test(Predicate { fact, test: Test::Says(yes) }) => {
                    Lowered::Test(Predicate::new(fact, Test::Says(!yes)))
                }
                part => Lowered::Not(Box::new(part)),
            }),
            // `a in b` stands in the tree as `contains(b, a)`.
            ("contains", [list, item]) => {
                let Value::List(values) = constant(list, self.settings)? else { return None };
                Some(Lowered::Test(Predicate::new(fact(item)?, Test::In(values))))
            }
            (operator, [left, right]) => {
                let (fact, operator, other) = match (fact(left), fact(right)) {
                    (Some(fact), None) => (fact, operator, right),
                    (None, Some(fact)) => (fact, turned(operator), left),
                    _ => return None,
                };
                Some(Lowered::Test(Predicate::new(fact, test(operator, constant(other, self.settings)?)?)))
            }
            _ => None,
        }
    }

    /// A fact by itself, if it is yes or no.
    fn says(&self, expr: &Expr) -> Option<Lowered> {
        let fact = fact(expr).filter(|fact| (self.gives)(fact) == Some(Type::YesNo))?;
        Some(Lowered::Test(Predicate::new(fact, Test::Says(true))))
    }

    /// `thread.labels.contains("vip")`.
    fn contains(&self, expr: &Expr) -> Option<Lowered> {
        let named = check::chain(expr)?;
        let Expr::MethodCall(call, _) = last(expr) else { return None };
        let ("contains", [wanted]) = (call.name.as_str(), &call.args[..]) else { return None };
        let wanted = constant(wanted, self.settings)?;
        let fact = is_fact(named.path())?;
        let fits = match (self.gives)(&fact)? {
            Type::List | Type::Texts => !matches!(wanted, Value::List(_) | Value::Map(_) | Value::Nothing),
            Type::Text | Type::Html => matches!(wanted, Value::Text(_)),
            _ => false,
        };
        fits.then(|| Lowered::Test(Predicate::new(fact, Test::Contains(wanted))))
    }
}

fn test(operator: &str, value: Value) -> Option<Test> {
    let is_single = !matches!(value, Value::List(_) | Value::Map(_));
    let has_order = is_single && !matches!(value, Value::Bool(_));
    Some(match operator {
        "==" if is_single => Test::Is(value),
        "!=" if is_single => Test::IsNot(value),
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

/// A fact by its path: properties and nothing else.
fn fact(expr: &Expr) -> Option<Path> {
    properties(expr).and_then(is_fact)
}

/// Names of `let:` and of this run's results are no facts.
fn is_fact(path: Path) -> Option<Path> {
    let noun = path.steps().next().unwrap_or_default();
    (noun != "settings" && crate::script::NOUNS.contains(&noun)).then_some(path)
}

/// `a.b.c`, if there is nothing else in it.
fn properties(expr: &Expr) -> Option<Path> {
    matches!(last(expr), Expr::Property(..)).then(|| check::chain(expr)).flatten().map(|named| named.path())
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
        Expr::FnCall(call, _) => amount(call, settings),
        expr => properties(expr)?.behind("settings").map(|path| settings.at(&path).clone()),
    }
}

/// `hours(48)`, `days(settings.wait)`.
fn amount(call: &FnCallExpr, settings: &Value) -> Option<Value> {
    let [count] = &call.args[..] else { return None };
    if !span::UNITS.iter().any(|(name, _)| *name == call.name) {
        return None;
    }
    let Value::Int(count) = constant(count, settings)? else { return None };
    span::of(count, &call.name).map(Value::Span)
}
