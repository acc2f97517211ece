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
    pub filter: Option<Condition>,
    pub order: Vec<Order>,
    pub limit: Option<usize>,
    pub offset: usize,
}

#[derive(Debug)]
pub enum Item {
    Field(Name),
    /// `COUNT()`
    CountAll,
    /// `COUNT(field) alias`
    Count(Name, Option<String>),
    Children(Query),
}

#[derive(Debug)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        field: Name,
        sign: Sign,
        literal: Literal,
    },
    In {
        field: Name,
        not: bool,
        literals: Vec<Literal>,
    },
    /// `field IN (SELECT …)`
    InQuery {
        field: Name,
        not: bool,
        query: Box<Query>,
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
    pub field: Name,
    pub descending: bool,
    pub nulls_last: bool,
}
