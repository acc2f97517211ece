//! Unlike kinds: Rhai says `false` without a word where they are compared, and the line would never hold.
//!
//! What kind a text has is worked out in `kinds.rs`; what functions are given is `check_given.rs`'.

use rhai::{AST, ASTNode, Expr, FnCallExpr, Stmt};

use crate::names::Path;
use crate::problem::Problem;
use crate::script::check::chain;
use crate::script::check_given;
use crate::script::codes;
use crate::script::kinds::{Kinds, NOUN, a, is_plain_call, last, shown, suits};
use crate::script::written::Written;

const COMPARES: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

/// What one may ask of a list and of a text beside calls.
const PARTS: [(&str, &[&str]); 2] = [("list", &["len", "is_empty"]), ("text", &["len", "is_empty", "chars", "bytes"])];

/// Problems of comparing, of asking what is in something, and of what functions are given.
pub fn check(ast: &AST, written: &Written, kinds: &Kinds) -> Vec<Problem> {
    let mut problems = Vec::new();
    let checking = Checking { written, kinds };
    ast.walk(&mut |path| {
        match path.last() {
            Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) => {
                problems.extend(checking.call(call));
                problems.extend(check_given::check(call, written, kinds));
            }
            Some(ASTNode::Expr(expr @ Expr::Dot(..))) => {
                problems.extend(checking.contains(expr));
                problems.extend(checking.part(expr));
            }
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
            "-" => self.difference(left, right),
            _ => None,
        }
    }

    fn comparison(&self, operator: &str, left: &Expr, right: &Expr) -> Option<Problem> {
        // What is asked for a value stands first, whichever side it was written on.
        let is_fact = |expr: &Expr| self.kinds.fact(expr).is_some();
        let is_turned = !is_fact(left) && (is_fact(right) || left.is_constant());
        let (it, operator, other) = if is_turned { (right, turned(operator), left) } else { (left, operator, right) };
        if let Expr::Unit(_) = other {
            return self.is_absent(it, operator);
        }
        let (kind, other_kind) = (self.kinds.of(it)?, self.kinds.of(other)?);
        if suits(kind, other_kind) {
            return None;
        }
        let (path, shown) = (shown(it), shown(other));
        let never = if operator == "!=" { "this would always hold" } else { "this could never hold" };
        let what = format!("`{path}` is {} and `{shown}` {}, so {never}", a(kind), a(other_kind));
        let problem = self.problem(it, what);
        let in_zone = |day: &str| format!("moment({day}, settings.zone)");
        Some(match (kind, other_kind, other) {
            (NOUN, ..) => problem.next(format!("name one of the parts of `{path}`")),
            (_, NOUN, _) => problem.next(format!("name one of the parts of `{shown}`")),
            ("duration", "number", _) => problem.next(format!("`{path} {operator} hours({shown})`")),
            ("list", "text", _) => problem.next(format!("`{path}.contains({shown})`")),
            ("list", "number", _) => problem.next(format!("`{path}.len() {operator} {shown}`")),
            ("list", "yes or no", _) => problem.next(format!("`{path}.len() > 0`")),
            ("yes or no", ..) => problem.next(format!("`{path} == true`")),
            ("moment", "date" | "text", _) => problem.next(format!("`{path} {operator} {}`", in_zone(&shown))),
            ("date", "moment", _) => problem.next(format!("`{} {operator} {shown}`", in_zone(&path))),
            ("number", _, Expr::StringConstant(text, _)) if text.parse::<f64>().is_ok() => {
                problem.next(format!("`{path} {operator} {text}`"))
            }
            ("text", _, other) if other.is_constant() => problem.next(format!("`{path} {operator} \"{shown}\"`")),
            _ => problem.next(format!("compare it with {}", a(kind))),
        })
    }

    /// `now - case.Due__c`: a date is a day of the calendar, and becomes a moment in a zone.
    fn difference(&self, left: &Expr, right: &Expr) -> Option<Problem> {
        let kinds = (self.kinds.of(left)?, self.kinds.of(right)?);
        let date = match kinds {
            ("moment" | "date", "date") => right,
            ("date", "moment") => left,
            _ => return None,
        };
        let in_zone = |expr: &Expr| match self.kinds.of(expr) {
            Some("date") => format!("moment({}, settings.zone)", shown(expr)),
            _ => shown(expr),
        };
        let what = format!("`{}` is a date, and no time passes between a date and a moment", shown(date));
        Some(self.problem(date, what).next(format!("`{} - {}`", in_zone(left), in_zone(right))))
    }

    /// `found == ()`: what a read found is a list, also when that is nothing.
    fn is_absent(&self, it: &Expr, operator: &str) -> Option<Problem> {
        let named = self.kinds.fact(it)?;
        self.kinds.named(&named.path()).filter(|kind| kind.is_found)?;
        let (what, asks) = match operator {
            "==" => ("this could never hold", "== 0"),
            "!=" => ("this would always hold", "> 0"),
            _ => return None,
        };
        let name = shown(it);
        let what = format!("`{name}` is a list, empty where nothing was found and never `()`, so {what}");
        Some(self.problem(it, what).next(format!("`{name}.len() {asks}`")))
    }

    /// `item in whole`.
    fn is_in(&self, item: &Expr, whole: &Expr) -> Option<Problem> {
        let (kind, whole_kind) = (self.kinds.of(item)?, self.kinds.of(whole)?);
        let (path, shown) = (shown(item), shown(whole));
        let never = |what: String| self.problem(item, format!("{what}, so this could never hold"));
        match (kind, whole_kind) {
            ("list", "list") => Some(
                never(format!("`{path}` is a list, and `{shown}` holds no lists"))
                    .next(format!("`any_in({path}, {shown})`: one entry of both is enough")),
            ),
            (_, "list") => {
                let items = self.kinds.of_items(whole)?;
                let fits = items.is_empty() || items.iter().any(|item| suits(kind, item));
                let what = || format!("`{path}` is {} and `{shown}` holds {}s", a(kind), items.join("s and "));
                let next = match whole {
                    Expr::Array(..) => format!("put {} into the list", a(kind)),
                    _ => format!("ask for it in a list of {kind}s"),
                };
                (!fits).then(|| never(what()).next(next))
            }
            // A word in a text is asked for; a fact is hardly meant to be a part of a word.
            ("text", "text") if self.kinds.fact(item).is_some() && whole.is_constant() => {
                let what = format!("this asks whether `{path}` is a part of the text `{shown}`");
                Some(self.problem(item, what).next(format!("`{path} == {shown}`, or a list: `{path} in [{shown}]`")))
            }
            ("text", "text" | "map") => None,
            ("list", other) => Some(
                never(format!("`{shown}` is {} and no list", a(other))).next(format!("`{path}.contains({shown})`")),
            ),
            (_, other) => {
                Some(never(format!("`{shown}` is {} and no list", a(other))).next(format!("`{path} == {shown}`")))
            }
        }
    }

    /// `fact.contains(wanted)`.
    fn contains(&self, expr: &Expr) -> Option<Problem> {
        let (Expr::MethodCall(call, _), true) = (last(expr), is_plain_call(expr)) else { return None };
        let ("contains", [wanted]) = (call.name.as_str(), &call.args[..]) else { return None };
        let named = chain(expr)?;
        let path = named.path();
        let kind = self.kinds.of_fact(&path)?;
        let (other, shown) = (self.kinds.of(wanted)?, shown(wanted));
        let quoted = || match wanted.is_constant() {
            true => format!("`{path}.contains(\"{shown}\")`"),
            false => "ask for a text".to_owned(),
        };
        let problem = |what: String| self.problem(expr, what);
        match (kind, other) {
            ("list", "list") => {
                let what = format!("`{path}` holds no lists, so this could never hold");
                Some(problem(what).next(format!("`any_in({path}, {shown})`")))
            }
            ("list", other) => {
                let items = self.kinds.items_of(&path)?;
                let what = format!("`{path}` holds {items}s and `{shown}` is {}, so this could never hold", a(other));
                let next = if items == "text" { quoted() } else { format!("ask for {}", a(items)) };
                (!suits(other, items)).then(|| problem(what).next(next))
            }
            ("text" | "map", "text" | "date") => None,
            ("text", other) => {
                let what = format!("`{path}` is a text and `{shown}` {}, so this could never hold", a(other));
                Some(problem(what).next(match other {
                    "list" => format!("`{path} in {shown}`"),
                    _ => quoted(),
                }))
            }
            (NOUN, _) => {
                let what = format!("`{path}` is {}, and nothing is contained in it", a(NOUN));
                Some(problem(what).next("name one of its parts"))
            }
            (kind, _) => {
                let what = format!("`{path}` is {}, and nothing is contained in it", a(kind));
                Some(problem(what).next(format!("compare it with {}", a(kind))))
            }
        }
    }

    /// `found.IsClosed`: a list has no parts, its entries do.
    fn part(&self, expr: &Expr) -> Option<Problem> {
        let named = chain(expr)?;
        for end in 1..named.steps.len() {
            let path: Path =
                named.steps[..end].iter().map(|(step, _)| step.as_str()).collect::<Vec<_>>().join(".").into();
            let (step, at) = &named.steps[end];
            let Some(kind) = self.kinds.of_fact(&path) else { continue };
            let Some((_, parts)) = PARTS.iter().find(|(with, _)| *with == kind) else { continue };
            if parts.contains(&step.as_str()) {
                return None;
            }
            let place = self.written.place(*at, step.chars().count());
            let what = format!("`{path}` is {}, and {} has no `{step}`", a(kind), a(kind));
            let problem = Problem::new(codes::UNLIKE_KINDS, &place, what);
            let is_length = matches!(step.as_str(), "length" | "size" | "count");
            return Some(match kind {
                _ if is_length => problem.next(format!("`{path}.len()`")),
                "list" => problem.next(format!("`{path}.len() > 0`, or one entry: `{path}[0].{step}`")),
                _ => problem.next(format!("`{path}.len()` is its length")),
            });
        }
        None
    }

    fn problem(&self, at: &Expr, what: String) -> Problem {
        let width = match at {
            // Such a call is said to stand where its name does, behind its module.
            Expr::FnCall(call, _) if !call.namespace.is_empty() => call.name.chars().count(),
            at => shown(at).chars().count(),
        };
        let place = self.written.place(at.start_position(), width);
        Problem::new(codes::UNLIKE_KINDS, &place, what)
    }
}

/// The operator as it stands between the same two, the other way round.
fn turned(operator: &str) -> &str {
    match operator {
        ">=" => "<=",
        ">" => "<",
        "<=" => ">=",
        "<" => ">",
        other => other,
    }
}
