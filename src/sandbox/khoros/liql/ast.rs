//! A LiQL query as data.

/// A whole query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub fields: Fields,
    pub from: String,
    pub filter: Option<Cond>,
    pub order: Vec<Sort>,
    pub limit: Option<u64>,
    pub offset: Option<u64>,
    pub cursor: Option<String>,
}

/// What SELECT names.
#[derive(Clone, Debug, PartialEq)]
pub enum Fields {
    All,
    Count,
    /// Paths such as `author.login` or `replies.count(*)`.
    Some(Vec<String>),
}

/// The condition of WHERE.
#[derive(Clone, Debug, PartialEq)]
pub enum Cond {
    All(Vec<Cond>),
    Any(Vec<Cond>),
    Test(Test),
}

/// One comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    pub path: String,
    pub op: Op,
    /// One literal; several for IN and MATCHES.
    pub literals: Vec<Literal>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Matches,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Text(String),
    Int(i64),
    Bool(bool),
}

/// One key of ORDER BY.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    pub path: String,
    pub descending: bool,
}

impl Query {
    /// All tests in WHERE.
    pub fn tests(&self) -> Vec<&Test> {
        self.filter.as_ref().map(Cond::tests).unwrap_or_default()
    }

    /// The tests that every row must pass: those that stand under AND alone.
    pub fn musts(&self) -> Vec<&Test> {
        match &self.filter {
            Some(Cond::Test(test)) => vec![test],
            Some(Cond::All(all)) => all.iter().filter_map(Cond::test).collect(),
            _ => Vec::new(),
        }
    }
}

impl Cond {
    fn test(&self) -> Option<&Test> {
        match self {
            Self::Test(test) => Some(test),
            _ => None,
        }
    }

    fn tests(&self) -> Vec<&Test> {
        match self {
            Self::Test(test) => vec![test],
            Self::All(all) | Self::Any(all) => all.iter().flat_map(Self::tests).collect(),
        }
    }
}
