//! Unlike kinds: Rhai says `false` without a word where they are compared, and the line would never hold.
//!
//! What kind a text has is worked out in `kinds.rs`.

use rhai::{AST, ASTNode, Expr, FnCallExpr, Stmt};

use crate::problem::Problem;
use crate::script::check::{Named, chain};
use crate::script::codes;
use crate::script::kinds::{Kinds, last, shown};
use crate::script::written::Written;

const COMPARES: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

/// Problems of comparing, and of asking what is in something.
pub fn check(ast: &AST, written: &Written, kinds: &Kinds) -> Vec<Problem> {
    let mut problems = Vec::new();
    let checking = Checking { written, kinds };
    ast.walk(&mut |path| {
        match path.last() {
            Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) => {
                problems.extend(checking.call(call));
            }
            Some(ASTNode::Expr(expr @ Expr::Dot(..))) => problems.extend(checking.contains(expr)),
            _ => {}
        }
        true
    });
    problems
}

struct Checking<'a> {
    written: &'a Written,
    kinds: &'a Kinds<'a>,
}

impl Checking<'_> {
    fn call(&self, call: &FnCallExpr) -> Option<Problem> {
        let [left, right] = call.args.as_slice() else { return None };
        match call.name.as_str() {
            // `a in b` is read as a call of `contains` with `b` in front.
            "contains" if call.namespace.is_empty() => self.is_in(right, left),
            name if COMPARES.contains(&name) => self.comparison(name, left, right),
            _ => None,
        }
    }

    fn comparison(&self, operator: &str, left: &Expr, right: &Expr) -> Option<Problem> {
        let (kind, other_kind) = (self.kinds.of(left)?, self.kinds.of(right)?);
        if kind == other_kind {
            return None;
        }
        // What is asked for a value stands first, whichever side it was written on.
        let facts = |expr: &Expr| self.kinds.fact(expr);
        let (named, kind, other, other_kind) = match (facts(left), facts(right)) {
            (Some(named), _) => (named, kind, right, other_kind),
            (None, Some(named)) => (named, other_kind, left, kind),
            (None, None) => return None,
        };
        let never = if operator == "!=" { "this would always hold" } else { "this could never hold" };
        let (path, shown) = (named.path(), shown(other));
        let problem = self.problem(&named, format!("`{path}` is a {kind} and `{shown}` a {other_kind}, so {never}"));
        Some(match (kind, other_kind) {
            ("duration", "number") => problem.next(format!("`{path} {operator} hours({shown})`")),
            ("list", "text" | "number") => problem.next(format!("`{path}.contains({shown})`")),
            ("yes or no", _) => problem.next(format!("`{path} == true`")),
            _ => problem.next(format!("compare it with a {kind}")),
        })
    }

    /// `item in whole`.
    fn is_in(&self, item: &Expr, whole: &Expr) -> Option<Problem> {
        let (named, shown) = (self.kinds.fact(item)?, shown(whole));
        let (path, kind) = (named.path(), self.kinds.of(item)?);
        let never = |what: String| self.problem(&named, format!("{what}, so this could never hold"));
        match (kind, self.kinds.of(whole)?) {
            ("list", "list") => Some(
                never(format!("`{path}` is a list, and `{shown}` holds no lists"))
                    .next(format!("`any_in({path}, {shown})`: one entry of both is enough")),
            ),
            (_, "list") => {
                let items = self.kinds.of_items(whole)?;
                let fits = items.is_empty() || items.contains(&kind);
                let what = || format!("`{path}` is a {kind} and `{shown}` holds {}", items.join(", "));
                (!fits).then(|| never(what()).next(format!("put a {kind} into the list")))
            }
            ("text", "text") => None,
            (_, other) => {
                Some(never(format!("`{shown}` is a {other} and no list")).next(format!("`{path} == {shown}`")))
            }
        }
    }

    /// `fact.contains(wanted)`.
    fn contains(&self, expr: &Expr) -> Option<Problem> {
        let Expr::MethodCall(call, _) = last(expr) else { return None };
        let ("contains", [wanted]) = (call.name.as_str(), &call.args[..]) else { return None };
        let named = chain(expr)?;
        let kind = self.kinds.of_fact(&named.path())?;
        let (path, shown) = (named.path(), shown(wanted));
        match (kind, self.kinds.of(wanted)?) {
            ("list", "list") => {
                let what = format!("`{path}` holds no lists, so this could never hold");
                Some(self.problem(&named, what).next(format!("`any_in({path}, {shown})`")))
            }
            ("list", _) | ("text", "text") => None,
            ("text", other) => {
                let what = format!("`{path}` is a text and `{shown}` a {other}, so this could never hold");
                Some(self.problem(&named, what).next(format!("`{path}.contains(\"{shown}\")`")))
            }
            (kind, _) => {
                let what = format!("`{path}` is a {kind}, and nothing is contained in it");
                Some(self.problem(&named, what).next(format!("compare it with a {kind}")))
            }
        }
    }

    fn problem(&self, named: &Named, what: String) -> Problem {
        let place = self.written.place(named.steps[0].1, named.path().as_str().chars().count());
        Problem::new(codes::UNLIKE_KINDS, &place, what)
    }
}
