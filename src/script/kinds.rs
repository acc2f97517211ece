//! Of what kind an expression is, in the words of a person, as far as it can be told before it is run.
//!
//! What a function takes and gives is declared where the function is (`standard.rs`, `functions.rs`).

use rhai::{AST, Expr, FnCallExpr, Stmt};

use crate::catalog::{Catalog, Type};
use crate::names::Path;
use crate::script::check::{Named, chain};
use crate::script::functions::Signature;
use crate::script::{Known, NOUNS, functions, standard};

/// The kind of what a line must be.
pub const YES_NO: &str = "yes or no";
/// What has parts and is no value itself: `thread`, `thread.author`.
pub const NOUN: &str = "thing with parts";

const SAYS_YES_OR_NO: [&str; 8] = ["==", "!=", "<", "<=", ">", ">=", "!", "contains"];

/// What the methods give that lines are likely to call.
const METHODS: [(&str, &str); 8] = [
    ("contains", YES_NO),
    ("starts_with", YES_NO),
    ("ends_with", YES_NO),
    ("is_empty", YES_NO),
    ("len", "number"),
    ("index_of", "number"),
    ("to_string", "text"),
    ("sub_string", "text"),
];

/// Of what kind a setting or a name of `let:` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub is: &'static str,
    /// Of what kind the entries of a list are.
    pub of: Option<&'static str>,
    /// Whether it is what a read found: an empty list where that is nothing, and never absent.
    pub is_found: bool,
}

impl Kind {
    /// A kind without entries.
    pub fn new(is: &'static str) -> Self {
        Kind { is, of: None, is_found: false }
    }

    /// A list of entries of one kind.
    pub fn list(of: &'static str) -> Self {
        Kind { is: "list", of: Some(of), is_found: false }
    }
}

/// What kinds are worked out from.
pub struct Kinds<'a> {
    pub known: &'a Known,
    pub catalog: &'a Catalog,
    /// What a script calls the modules that it imports.
    pub imports: Vec<(String, String)>,
}

impl Kinds<'_> {
    /// Of what kind a whole text is.
    pub fn of_text(&self, ast: &AST) -> Option<Kind> {
        let kind = match ast.statements() {
            [Stmt::Expr(expr)] => {
                let entries = self.of_items(expr);
                let of = entries.as_deref().and_then(|kinds| if let [one] = kinds { Some(*one) } else { None });
                Kind { of, ..Kind::new(self.of(expr)?) }
            }
            [Stmt::FnCall(call, _)] => Kind::new(self.of_call(call)?),
            _ => return None,
        };
        Some(kind)
    }

    /// Of what kind an expression is; none for what may be anything, or absent.
    pub fn of(&self, expr: &Expr) -> Option<&'static str> {
        Some(match expr {
            Expr::IntegerConstant(..) | Expr::FloatConstant(..) => "number",
            Expr::StringConstant(..) | Expr::InterpolatedString(..) => "text",
            Expr::BoolConstant(..) | Expr::And(..) | Expr::Or(..) => YES_NO,
            Expr::Array(..) => "list",
            Expr::Map(..) => "map",
            Expr::FnCall(call, _) => return self.of_call(call),
            Expr::Variable(name, ..) if name.1 == "now" => "moment",
            Expr::Variable(..) => return self.fact(expr).and_then(|named| self.of_fact(&named.path())),
            Expr::Dot(..) => match last(expr) {
                Expr::MethodCall(call, _) => METHODS.iter().find(|(name, _)| call.name == *name)?.1,
                _ => return self.fact(expr).and_then(|named| self.of_fact(&named.path())),
            },
            _ => return None,
        })
    }

    fn of_call(&self, call: &FnCallExpr) -> Option<&'static str> {
        if let Some((_, signature)) = self.signature(call) {
            return Some(signature.gives).filter(|gives| *gives != functions::ANY);
        }
        let name = call.name.as_str();
        if !call.namespace.is_empty() {
            return None;
        }
        if SAYS_YES_OR_NO.contains(&name) {
            return Some(YES_NO);
        }
        match (name, &call.args[..]) {
            ("+" | "-" | "*" | "/" | "%", [left, right]) => match (name, self.of(left)?, self.of(right)?) {
                (_, "number", "number") => Some("number"),
                ("-", "moment", "moment") => Some("duration"),
                ("+" | "-", "moment", "duration") => Some("moment"),
                ("+" | "-", "duration", "duration") => Some("duration"),
                ("+", "text", "text") => Some("text"),
                _ => None,
            },
            _ => None,
        }
    }

    /// What a call takes and gives, with the name that the manual has for it.
    pub fn signature(&self, call: &FnCallExpr) -> Option<(String, Signature)> {
        let name = call.name.as_str();
        let module = match call.namespace.path.as_slice() {
            [] => return functions::signature(name).map(|signature| (name.to_owned(), signature)),
            [module] => module.name.as_str(),
            _ => return None,
        };
        let imported = self.imports.iter().find(|(alias, _)| alias == module).map(|(_, module)| module.as_str());
        standard::signature(imported.unwrap_or(module), name).map(|signature| (format!("{module}::{name}"), signature))
    }

    /// A fact, a setting or a name, by properties alone.
    pub fn fact(&self, expr: &Expr) -> Option<Named> {
        match expr {
            Expr::Variable(name, _, at) => Some(Named { steps: vec![(name.1.to_string(), *at)] }),
            expr => chain(expr).filter(|_| is_plain(expr)),
        }
    }

    /// Of what kind a fact, a setting or a name is; a fact is the same for every event that it is looked at for.
    pub fn of_fact(&self, path: &Path) -> Option<&'static str> {
        let noun = path.steps().next()?;
        if let Some(kind) = self.named(path) {
            return Some(kind.is);
        }
        if !self.is_noun(noun) {
            return None;
        }
        if let Some(kind) = self.known.fields.get(path) {
            return Some(kind);
        }
        let mut kinds = self.known.kinds.iter().map(|kind| {
            let row = self.catalog.row(kind, path).filter(|row| row.fact == *path);
            match row {
                Some(row) if row.open => Some(NOUN),
                Some(row) => word(row.gives),
                None => self.catalog.is_noun(path).then_some(NOUN),
            }
        });
        let first = kinds.next()??;
        kinds.all(|other| other == Some(first)).then_some(first)
    }

    /// What is known of a setting or of a name of `let:`, whole.
    pub fn named(&self, path: &Path) -> Option<Kind> {
        match path.behind("settings") {
            Some(setting) => self.known.settings.get(setting.as_str()).copied().flatten(),
            None => self.known.lets.get(path.as_str()).copied(),
        }
    }

    /// Whether a name stands for a noun: a name of `let:`, or one of a script's own, hides it.
    fn is_noun(&self, root: &str) -> bool {
        NOUNS.contains(&root) && !self.known.names.iter().any(|name| name.as_str() == root)
    }

    /// The kinds of what is in a list; none where they are not known.
    pub fn of_items(&self, expr: &Expr) -> Option<Vec<&'static str>> {
        let Expr::Array(items, _) = expr else {
            return self.items_of(&self.fact(expr)?.path()).map(|kind| vec![kind]);
        };
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

    /// Of what kind the entries of a fact, a setting or a name are.
    pub fn items_of(&self, path: &Path) -> Option<&'static str> {
        let kinds = &self.known.kinds;
        let is_texts = |kind| self.catalog.gives(kind, path) == Some(Type::Texts);
        let is_fact = path.steps().next().is_some_and(|root| self.is_noun(root)) && !kinds.is_empty();
        let of = self.named(path).and_then(|kind| kind.of);
        of.or((is_fact && kinds.iter().all(is_texts)).then_some("text"))
    }
}

/// Whether what is of one kind may stand for another. A date is a text, a day of the calendar.
pub fn suits(kind: &str, wanted: &str) -> bool {
    kind == wanted || matches!((kind, wanted), ("date", "text") | ("text", "date"))
}

/// A kind as a person says it: `a list`, `yes or no`.
pub fn a(kind: &str) -> String {
    if kind == YES_NO { kind.to_owned() } else { format!("a {kind}") }
}

/// Properties alone, without calls and indexes.
pub fn is_plain(expr: &Expr) -> bool {
    match expr {
        Expr::Variable(..) | Expr::Property(..) => true,
        Expr::Dot(pair, ..) => is_plain(&pair.lhs) && is_plain(&pair.rhs),
        _ => false,
    }
}

/// Properties and one call at the end.
pub fn is_plain_call(expr: &Expr) -> bool {
    match expr {
        Expr::MethodCall(..) => true,
        Expr::Dot(pair, ..) => is_plain(&pair.lhs) && is_plain_call(&pair.rhs),
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

/// An expression as a person wrote it.
pub fn shown(expr: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(shown).collect::<Vec<_>>().join(", ");
    match expr {
        Expr::IntegerConstant(number, _) => number.to_string(),
        Expr::FloatConstant(number, _) => number.to_string(),
        Expr::StringConstant(text, _) => format!("\"{text}\""),
        Expr::BoolConstant(yes, _) => yes.to_string(),
        Expr::Unit(_) => "()".to_owned(),
        Expr::Array(items, _) => format!("[{}]", list(items)),
        Expr::FnCall(call, _) | Expr::MethodCall(call, _) => match (&call.args[..], call.namespace.is_empty()) {
            ([left, right], true) if !call.name.starts_with(|c: char| c.is_alphabetic()) => {
                format!("{} {} {}", shown(left), call.name, shown(right))
            }
            (args, true) => format!("{}({})", call.name, list(args)),
            (args, false) => format!("{}::{}({})", call.namespace.path[0].name, call.name, list(args)),
        },
        Expr::Variable(name, ..) => name.1.to_string(),
        Expr::Property(name, _) => name.2.to_string(),
        Expr::Dot(pair, ..) => format!("{}.{}", shown(&pair.lhs), shown(&pair.rhs)),
        _ => "…".to_owned(),
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
        Type::List | Type::Texts => "list",
        Type::Fields | Type::Any => return None,
    })
}
