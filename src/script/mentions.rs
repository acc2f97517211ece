//! What lines and scripts name in the org and in the community, with its place, so that it can be asked whether it is
//! there. Only what is written out: a name that is worked out is known when the line is run.

use rhai::{AST, ASTNode, Expr, FnCallExpr, Position, Stmt};

use crate::names::{Name, Path, is_field};
use crate::problem::Place;
use crate::script::Expression;
use crate::script::cases::FUNCTIONS;
use crate::script::check::{chain, names};
use crate::script::check_time::imported_as;
use crate::script::written::Written;

/// One name, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    pub named: Named,
    pub at: Place,
}

/// What it is the name of.
#[derive(Clone, Debug, PartialEq)]
pub enum Named {
    Board(Name),
    Category(Name),
    /// A board or a category.
    Node(Name),
    Label(Name),
    Role(Name),
    Rank(Name),
    Username(Name),
    Queue(Name),
    RecordType(Name),
    /// A user of the org, by e-mail or user name.
    User(Name),
    /// A status of cases.
    Status(Name),
    /// A field that is read or asked for.
    Field {
        object: Name,
        field: Name,
    },
    /// A value that a field is compared with, or gets.
    Value {
        object: Name,
        field: Name,
        value: Name,
    },
    /// A field that is written.
    Writes(Writes),
    /// A field that the org must have.
    Requires(Requires),
}

/// A field that a mapping writes, and what it says about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Writes {
    pub object: Name,
    pub field: Name,
    /// `type:`, as written.
    pub takes: Option<Name>,
    /// What of a text is written at most.
    pub longest: Longest,
    /// Whether it says what happens to a text that does not fit.
    pub says_too_long: bool,
    /// Whether it looks what stands there before.
    pub fills_blanks: bool,
}

/// How long a text may be that a mapping gives to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Longest {
    /// No text at all.
    NoText,
    Characters(usize),
    /// Nobody knows.
    Open,
}

/// A field that a pack requires.
#[derive(Clone, Debug, PartialEq)]
pub struct Requires {
    pub object: Name,
    pub field: Name,
    pub takes: Option<Name>,
    pub unique: bool,
    pub external_id: bool,
}

/// The nouns whose parts are fields of a record.
const RECORDS: &[(&str, &str)] = &[("case", "Case"), ("contact", "Contact"), ("account", "Account")];

impl Expression {
    /// What it names.
    pub fn mentions(&self) -> Vec<Mention> {
        of(&self.compiled.ast, &self.compiled.written)
    }
}

/// What a syntax tree names.
pub fn of(ast: &AST, written: &Written) -> Vec<Mention> {
    let mut found: Vec<Mention> = names(ast)
        .iter()
        .filter_map(|named| {
            let (root, part) = (named.steps.first()?, named.steps.get(1)?);
            let named = Named::Field { object: object(&root.0)?, field: field(&part.0)? };
            Some(Mention { named, at: written.place(part.1, part.0.chars().count()) })
        })
        .collect();
    let (cases, people) = (imported_as(ast, "cases"), imported_as(ast, "people"));
    ast.walk(&mut |path| {
        match path.last() {
            Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) => {
                found.extend(of_call(call, written, &cases, &people));
            }
            Some(ASTNode::Expr(expr @ Expr::Dot(..))) => found.extend(of_method(expr, written)),
            _ => {}
        }
        true
    });
    found
}

/// The object that a noun is a record of.
pub fn object(noun: &str) -> Option<Name> {
    RECORDS.iter().find(|(known, _)| *known == noun).map(|(_, object)| (*object).into())
}

/// The noun that is a record of an object.
pub fn noun(object: &str) -> Option<&'static str> {
    RECORDS.iter().find(|(_, known)| *known == object).map(|(noun, _)| *noun)
}

/// Our own facts of a record begin with a small letter.
fn field(part: &str) -> Option<Name> {
    is_field(part).then(|| part.into())
}

fn of_call(call: &FnCallExpr, written: &Written, cases: &str, people: &str) -> Vec<Mention> {
    let module: Vec<&str> = call.namespace.path.iter().map(|step| step.name.as_str()).collect();
    let mention = |named: fn(Name) -> Named, expr: &Expr| {
        let of = |(text, at): (&str, Position)| Mention {
            named: named(text.into()),
            at: written.place(at, text.chars().count() + 2),
        };
        texts(expr).into_iter().map(of).collect::<Vec<_>>()
    };
    match (module.as_slice(), call.name.as_str(), &call.args[..]) {
        ([module], name, [what]) if *module == cases => match name {
            "queue" => mention(Named::Queue, what),
            "record_type" => mention(Named::RecordType, what),
            "user" => mention(Named::User, what),
            name if FUNCTIONS.iter().any(|function| function.name == name) => mention(Named::Status, what),
            _ => vec![],
        },
        ([module], "has_role" | "has_any_role", [_, roles]) if *module == people => mention(Named::Role, roles),
        ([], "==" | "!=", [one, other]) => {
            [(one, other), (other, one)].into_iter().flat_map(|(fact, value)| compared(fact, value, written)).collect()
        }
        // `a in b` stands in the tree as `contains(b, a)`.
        ([], "contains", [values, fact]) => compared(fact, values, written),
        _ => vec![],
    }
}

/// `thread.labels.contains("vip")`.
fn of_method(expr: &Expr, written: &Written) -> Vec<Mention> {
    let Expr::Dot(pair, ..) = expr else { return vec![] };
    let mut last = &pair.rhs;
    while let Expr::Dot(pair, ..) = last {
        last = &pair.rhs;
    }
    let Expr::MethodCall(call, _) = last else { return vec![] };
    match (call.name.as_str(), &call.args[..]) {
        ("contains", [value]) => compared(expr, value, written),
        _ => vec![],
    }
}

/// What the texts are names of that a fact is held against.
fn compared(fact: &Expr, values: &Expr, written: &Written) -> Vec<Mention> {
    let Some(path) = chain(fact).map(|named| named.path()) else { return vec![] };
    let of = |(text, at): (&str, Position)| {
        let named = value_of(&path, text.into())?;
        Some(Mention { named, at: written.place(at, text.chars().count() + 2) })
    };
    texts(values).into_iter().filter_map(of).collect()
}

fn value_of(fact: &Path, value: Name) -> Option<Named> {
    let steps: Vec<&str> = fact.steps().collect();
    Some(match steps.as_slice() {
        ["thread", "board"] => Named::Board(value),
        ["thread", "places"] => Named::Node(value),
        ["thread", "labels"] => Named::Label(value),
        [.., "rank"] => Named::Rank(value),
        [.., "roles"] => Named::Role(value),
        [noun, part] => Named::Value { object: object(noun)?, field: field(part)?, value },
        _ => return None,
    })
}

/// A text that is written out, or a list of them.
fn texts(expr: &Expr) -> Vec<(&str, Position)> {
    match expr {
        Expr::StringConstant(text, at) => vec![(text.as_str(), *at)],
        Expr::Array(items, _) => items.iter().flat_map(texts).collect(),
        _ => vec![],
    }
}
