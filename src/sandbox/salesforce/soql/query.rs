//! A statement as it was written, before anybody looked at the schema.

/// A dotted name and its place.
#[derive(Debug, Clone)]
pub struct Name {
    pub text: String,
    pub at: usize,
}

#[derive(Debug)]
pub struct Query {
    pub items: Vec<Item>,
    pub object: Name,
    pub alias: Option<String>,
    /// `FROM Contact c, c.Account a`: paths that have a short name.
    pub paths: Vec<(Name, String)>,
    /// `USING SCOPE mine`
    pub scope: Option<Name>,
    pub filter: Option<Condition>,
    pub group: Option<Group>,
    pub having: Option<Condition>,
    pub order: Vec<Order>,
    pub limit: Option<usize>,
    pub offset: usize,
}

#[derive(Debug)]
pub enum Item {
    /// A field or a function of one, and its alias.
    Expr(Expr, Option<String>),
    /// `FIELDS(STANDARD)`
    Fields(Name),
    Children(Box<Query>),
}

/// What stands where a value is read.
#[derive(Debug, Clone)]
pub enum Expr {
    Field(Name),
    /// `MAX(CreatedDate)`; only `COUNT()` has no argument.
    Call(Name, Option<Name>),
}

impl Expr {
    pub fn at(&self) -> usize {
        match self {
            Expr::Field(name) | Expr::Call(name, _) => name.at,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Grouping {
    Plain,
    Rollup,
    Cube,
}

#[derive(Debug)]
pub struct Group {
    pub grouping: Grouping,
    pub fields: Vec<Name>,
}

#[derive(Debug)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        left: Expr,
        sign: Sign,
        literal: Literal,
    },
    In {
        left: Expr,
        not: bool,
        literals: Vec<Literal>,
    },
    /// `field IN (SELECT …)`
    InQuery {
        field: Name,
        not: bool,
        query: Box<Query>,
    },
    /// `field INCLUDES ('A;B', 'C')`
    Includes {
        field: Name,
        not: bool,
        literals: Vec<Literal>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sign {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
}

/// A literal as written, and its place.
#[derive(Debug)]
pub struct Literal {
    pub at: usize,
    pub value: Written,
}

#[derive(Debug)]
pub enum Written {
    Null,
    Bool(bool),
    /// Still escaped.
    Text(String),
    Number(f64),
    Day(String),
    Moment(String),
    /// `TODAY`, `LAST_N_DAYS:3`
    Span(String, Option<i64>),
}

#[derive(Debug)]
pub struct Order {
    pub by: Expr,
    pub descending: bool,
    pub nulls_last: bool,
}

impl Condition {
    /// The functions that stand left of an operator.
    pub fn calls(&self) -> Vec<&Expr> {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().flat_map(Condition::calls).collect(),
            Condition::Not(part) => part.calls(),
            Condition::Compare { left: left @ Expr::Call(..), .. }
            | Condition::In { left: left @ Expr::Call(..), .. } => vec![left],
            _ => Vec::new(),
        }
    }
}
