//! Which durations an expression compares with an amount: `thread.age >= days(2)`.

use rhai::{ASTNode, Expr, FnCallExpr, Stmt};

use crate::names::Path;
use crate::problem::Place;
use crate::script::Expression;
use crate::script::check::chain;
use crate::script::kinds::is_plain;
use crate::script::written::Written;
use crate::span;

/// A fact that is compared with an amount of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub fact: Path,
    /// As if the fact stood at the left.
    pub operator: String,
    /// Unit and count as written; none where the count is worked out.
    pub amount: Option<(String, String)>,
    pub at: Place,
}

impl Expression {
    /// Its comparisons of a fact with `minutes(…)`, `hours(…)`, `days(…)` or `weeks(…)`.
    pub fn comparisons(&self) -> Vec<Comparison> {
        let mut found = Vec::new();
        self.compiled.ast.walk(&mut |path| {
            if let Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) = path.last() {
                found.extend(comparison(call, &self.compiled.written));
            }
            true
        });
        found
    }
}

fn comparison(call: &FnCallExpr, written: &Written) -> Option<Comparison> {
    let [left, right] = call.args.as_slice() else { return None };
    let turned = |operator: &'static str| match operator {
        ">=" => "<=",
        ">" => "<",
        "<=" => ">=",
        "<" => ">",
        other => other,
    };
    let operator = *[">=", ">", "<=", "<", "=="].iter().find(|operator| call.name == **operator)?;
    let (fact, span, operator) = match (span(left), span(right)) {
        (None, Some(span)) => (left, span, operator),
        (Some(span), None) => (right, span, turned(operator)),
        _ => return None,
    };
    let named = chain(fact).filter(|_| is_plain(fact))?;
    let fact = named.path();
    let at = written.place(named.steps[0].1, fact.as_str().chars().count());
    let amount = span.args.first().and_then(count).map(|count| (span.name.to_string(), count));
    Some(Comparison { fact, operator: operator.to_owned(), amount, at })
}

fn span(expr: &Expr) -> Option<&FnCallExpr> {
    match expr {
        Expr::FnCall(call, _) if span::UNITS.iter().any(|(name, _)| *name == call.name) => Some(call),
        _ => None,
    }
}

fn count(expr: &Expr) -> Option<String> {
    match expr {
        Expr::IntegerConstant(count, _) => Some(count.to_string()),
        Expr::FloatConstant(count, _) => Some(count.to_string()),
        expr if is_plain(expr) => chain(expr).map(|named| named.path().to_string()),
        _ => None,
    }
}
