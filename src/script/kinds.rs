//! Of what kind an expression is, in the words of a person, as far as it can be told before it is run.

use rhai::{AST, Expr, FnCallExpr, Stmt};

use crate::catalog::{Catalog, Type};
use crate::names::Path;
use crate::script::check::{Named, chain};
use crate::script::{Known, NOUNS};
use crate::span;

/// The kind of what a line must be.
pub const YES_NO: &str = "yes or no";

const SAYS_YES_OR_NO: [&str; 9] = ["==", "!=", "<", "<=", ">", ">=", "!", "contains", "any_in"];

/// What kinds are worked out from.
pub struct Kinds<'a> {
    pub known: &'a Known,
    pub catalog: &'a Catalog,
}

impl Kinds<'_> {
    /// Of what kind a whole text is.
    pub fn of_text(&self, ast: &AST) -> Option<&'static str> {
        match ast.statements() {
            [Stmt::Expr(expr)] => self.of(expr),
            [Stmt::FnCall(call, _)] => self.of_call(call),
            _ => None,
        }
    }

    /// Of what kind an expression is; none for what may be anything, or absent.
    pub fn of(&self, expr: &Expr) -> Option<&'static str> {
        Some(match expr {
            Expr::IntegerConstant(..) | Expr::FloatConstant(..) => "number",
            Expr::StringConstant(..) | Expr::InterpolatedString(..) => "text",
            Expr::BoolConstant(..) | Expr::And(..) | Expr::Or(..) => YES_NO,
            Expr::Array(..) => "list",
            Expr::FnCall(call, _) => return self.of_call(call),
            Expr::Variable(name, ..) if name.1 == "now" => "moment",
            Expr::Dot(..) => match last(expr) {
                Expr::MethodCall(call, _) if call.name == "contains" => YES_NO,
                _ => return self.fact(expr).and_then(|named| self.of_fact(&named.path())),
            },
            _ => return None,
        })
    }

    fn of_call(&self, call: &FnCallExpr) -> Option<&'static str> {
        let name = call.name.as_str();
        if !call.namespace.is_empty() {
            return None;
        }
        if SAYS_YES_OR_NO.contains(&name) {
            return Some(YES_NO);
        }
        match (name, &call.args[..]) {
            (unit, [_]) if span::UNITS.iter().any(|(name, _)| *name == unit) => Some("duration"),
            ("moment", [_, _]) => Some("moment"),
            ("+" | "-" | "*" | "/" | "%", [left, right]) => match (name, self.of(left)?, self.of(right)?) {
                (_, "number", "number") => Some("number"),
                ("-", "moment", "moment") => Some("duration"),
                _ => None,
            },
            _ => None,
        }
    }

    /// A fact or a setting, by properties alone.
    pub fn fact(&self, expr: &Expr) -> Option<Named> {
        chain(expr).filter(|_| is_plain(expr))
    }

    /// Of what kind a fact or a setting is; the same for every event that it is looked at for.
    pub fn of_fact(&self, path: &Path) -> Option<&'static str> {
        let noun = path.steps().next()?;
        if let Some(setting) = path.behind("settings") {
            return self.known.settings.get(setting.as_str()).copied().flatten();
        }
        // A name of `let:` hides a noun of the same name.
        if !NOUNS.contains(&noun) || self.known.names.iter().any(|name| name.as_str() == noun) {
            return None;
        }
        let mut kinds = self.known.kinds.iter().map(|kind| self.catalog.gives(kind, path).and_then(word));
        let first = kinds.next()??;
        kinds.all(|other| other == Some(first)).then_some(first)
    }

    /// The kinds of what is in a list; none where they are not known.
    pub fn of_items(&self, expr: &Expr) -> Option<Vec<&'static str>> {
        let Expr::Array(items, _) = expr else { return None };
        let mut kinds: Vec<&'static str> = Vec::new();
        for item in items.iter() {
            // `()` in a list stands for what is absent.
            let Expr::Unit(_) = item else {
                kinds.push(self.of(item)?);
                continue;
            };
        }
        kinds.dedup();
        Some(kinds)
    }
}

/// Properties alone, without calls and indexes.
pub fn is_plain(expr: &Expr) -> bool {
    match expr {
        Expr::Variable(..) | Expr::Property(..) => true,
        Expr::Dot(pair, ..) => is_plain(&pair.lhs) && is_plain(&pair.rhs),
        _ => false,
    }
}

/// What stands at the end of a chain.
pub fn last(expr: &Expr) -> &Expr {
    match expr {
        Expr::Dot(pair, ..) => last(&pair.rhs),
        other => other,
    }
}

/// An expression as a person wrote it, shortened where it is long.
pub fn shown(expr: &Expr) -> String {
    match expr {
        Expr::IntegerConstant(number, _) => number.to_string(),
        Expr::FloatConstant(number, _) => number.to_string(),
        Expr::StringConstant(text, _) => format!("\"{text}\""),
        Expr::BoolConstant(yes, _) => yes.to_string(),
        Expr::Array(items, _) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Expr::FnCall(call, _) => format!("{}(…)", call.name),
        Expr::Variable(name, ..) => name.1.to_string(),
        expr => chain(expr).map_or_else(|| "…".to_owned(), |named| named.path().to_string()),
    }
}

/// The word for what a fact is; none for what may be anything.
fn word(gives: Type) -> Option<&'static str> {
    Some(match gives {
        Type::Text | Type::Html | Type::Id => "text",
        Type::Number => "number",
        Type::YesNo => YES_NO,
        Type::Moment => "moment",
        Type::Span => "duration",
        Type::List => "list",
        Type::Fields | Type::Any => return None,
    })
}
