//! Random queries as data, and how each is written in SOQL (Salesforce sheet 4).

use jiff::civil::Date;

/// What a field holds, as far as comparisons care.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    Text,
    /// A picklist, in the order of its values.
    Pick(&'static [&'static str]),
    Number,
    Bool,
    Day,
    Multi,
    /// Text whose case counts.
    Exact,
}

/// A dotted name and what stands there.
pub type Path = (&'static str, Type);

pub const STATUSES: &[&str] = &["New", "Working", "Waiting on Customer", "Escalated", "Closed", "Resolved", "Reopened"];
pub const PRIORITIES: &[&str] = &["Low", "Medium", "High", "Critical"];
pub const INTERESTS: &[&str] = &["Routers", "Cameras", "Backup", "VPN"];

pub const OF_CASE: &[Path] = &[
    ("Subject", Type::Text),
    ("Status", Type::Pick(STATUSES)),
    ("Priority", Type::Pick(PRIORITIES)),
    ("Community_Replies__c", Type::Number),
    ("IsEscalated", Type::Bool),
    ("Parent.Subject", Type::Text),
    ("Contact.LastName", Type::Text),
    ("Contact.Birthdate", Type::Day),
    ("Contact.Account.Name", Type::Text),
    ("Contact.Account.NumberOfEmployees", Type::Number),
];

pub const OF_CONTACT: &[Path] = &[
    ("LastName", Type::Text),
    ("FirstName", Type::Text),
    ("Birthdate", Type::Day),
    ("Interests__c", Type::Multi),
    ("Account.Name", Type::Text),
    ("Account.NumberOfEmployees", Type::Number),
];

pub const OF_POSTBACK: &[Path] =
    &[("Source_Key__c", Type::Exact), ("Thread_ID__c", Type::Text), ("Case__r.Subject", Type::Text)];

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Case,
    Contact,
    Postback,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Case => "Case",
            Kind::Contact => "Contact",
            Kind::Postback => "Postback_Comment__c",
        }
    }

    pub fn paths(self) -> &'static [Path] {
        match self {
            Kind::Case => OF_CASE,
            Kind::Contact => OF_CONTACT,
            Kind::Postback => OF_POSTBACK,
        }
    }
}

#[derive(Clone, Debug)]
pub enum Lit {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    Day(Date),
    Span(&'static str, Option<i64>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Piece {
    Char(char),
    One,
    Run,
}

#[derive(Clone, Debug)]
pub enum Cond {
    All(Vec<Cond>),
    Any(Vec<Cond>),
    Not(Box<Cond>),
    Compare(Path, Op, Lit),
    In(Path, bool, Vec<Lit>),
    Like(Path, Vec<Piece>),
    Includes(Path, bool, Vec<Vec<&'static str>>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    Count,
    CountDistinct,
    Min,
    Max,
    Sum,
    Avg,
}

#[derive(Clone, Debug)]
pub enum Shape {
    Rows { order: Vec<(Path, bool, bool)>, limit: Option<usize>, offset: usize, children: Option<Cond> },
    Total,
    Groups { keys: Vec<Path>, sums: Vec<(Measure, Path)>, having: Option<(usize, Op, i64)> },
}

#[derive(Clone, Debug)]
pub struct Query {
    pub kind: Kind,
    pub filter: Option<Cond>,
    /// Of a case its contact, of a contact its cases: whether one is (or none is) among those that another query finds.
    pub among: Option<(bool, Option<Cond>)>,
    pub shape: Shape,
    /// Whether the recycle bin is looked into too.
    pub all: bool,
}

impl Query {
    pub fn written(&self) -> String {
        let object = self.kind.name();
        let mut conditions: Vec<String> = self.filter.iter().map(|filter| format!("({})", filter.written())).collect();
        if let Some((not, inner)) = &self.among {
            let (field, inner_field, from) = match self.kind {
                Kind::Case => ("ContactId", "Id", "Contact"),
                Kind::Contact => ("Id", "ContactId", "Case"),
                Kind::Postback => ("Case__c", "Id", "Case"),
            };
            let not = if *not { "NOT IN" } else { "IN" };
            let inner = inner.as_ref().map(|cond| format!(" WHERE {}", cond.written())).unwrap_or_default();
            conditions.push(format!("{field} {not} (SELECT {inner_field} FROM {from}{inner})"));
        }
        let filter = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
        let names = |paths: &[Path]| paths.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        match &self.shape {
            Shape::Total => format!("SELECT COUNT() FROM {object}{filter}"),
            Shape::Rows { order, limit, offset, children } => {
                let child = |cond: &Cond| format!(", (SELECT Subject FROM Cases WHERE {} ORDER BY Id)", cond.written());
                let children = children.as_ref().map(child).unwrap_or_default();
                let way = |(path, descending, last): &(Path, bool, bool)| {
                    let (way, nulls) =
                        (if *descending { "DESC" } else { "ASC" }, if *last { " NULLS LAST" } else { "" });
                    format!("{} {way}{nulls}", path.0)
                };
                let order: Vec<_> = order.iter().map(way).chain(["Id".to_owned()]).collect();
                let limit = limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
                let offset = if *offset > 0 { format!(" OFFSET {offset}") } else { String::new() };
                let shown = names(self.kind.paths());
                format!(
                    "SELECT Id, {shown}{children} FROM {object}{filter} ORDER BY {}{limit}{offset}",
                    order.join(", ")
                )
            }
            Shape::Groups { keys, sums, having } => {
                let sum = |(sum, path): &(Measure, Path)| format!("{}({})", sum.written(), path.0);
                // Two keys of one name need another one.
                let key = |(place, path): (usize, &Path)| format!("{} k{place}", path.0);
                let shown: Vec<_> = keys.iter().enumerate().map(key).chain(sums.iter().map(sum)).collect();
                let group = if keys.is_empty() { String::new() } else { format!(" GROUP BY {}", names(keys)) };
                let having = having.filter(|_| !keys.is_empty());
                let having = having
                    .map(|(place, op, number)| format!(" HAVING {} {} {number}", sum(&sums[place]), op.written()))
                    .unwrap_or_default();
                format!("SELECT {} FROM {object}{filter}{group}{having}", shown.join(", "))
            }
        }
    }
}

impl Measure {
    fn written(self) -> &'static str {
        match self {
            Measure::Count => "COUNT",
            Measure::CountDistinct => "count_distinct",
            Measure::Min => "MIN",
            Measure::Max => "max",
            Measure::Sum => "SUM",
            Measure::Avg => "AVG",
        }
    }
}

impl Op {
    fn written(self) -> &'static str {
        match self {
            Op::Eq => "=",
            Op::Ne => "!=",
            Op::Lt => "<",
            Op::Le => "<=",
            Op::Gt => ">",
            Op::Ge => ">=",
        }
    }
}

impl Cond {
    pub fn written(&self) -> String {
        let joined = |parts: &[Cond], word: &str| {
            parts.iter().map(|part| format!("({})", part.written())).collect::<Vec<_>>().join(word)
        };
        let list = |lits: &[Lit]| lits.iter().map(Lit::written).collect::<Vec<_>>().join(",");
        match self {
            Cond::All(parts) => joined(parts, " AND "),
            Cond::Any(parts) => joined(parts, " OR "),
            Cond::Not(part) => format!("NOT ({})", part.written()),
            Cond::Compare((path, _), op, lit) => format!("{path} {} {}", op.written(), lit.written()),
            Cond::In((path, _), not, lits) => format!("{path} {} ({})", if *not { "NOT IN" } else { "in" }, list(lits)),
            Cond::Like((path, _), pieces) => format!("{path} LIKE '{}'", pattern(pieces)),
            Cond::Includes((path, _), not, sets) => {
                let sets: Vec<_> = sets.iter().map(|set| format!("'{}'", set.join(";"))).collect();
                format!("{path} {} ({})", if *not { "EXCLUDES" } else { "INCLUDES" }, sets.join(", "))
            }
        }
    }
}

impl Lit {
    fn written(&self) -> String {
        match self {
            Lit::Null => "null".into(),
            Lit::Bool(value) => value.to_string(),
            Lit::Number(number) => number.to_string(),
            Lit::Text(text) => format!("'{}'", text.chars().map(|c| escaped(c, false)).collect::<String>()),
            Lit::Day(day) => day.to_string(),
            Lit::Span(word, None) => (*word).into(),
            Lit::Span(word, Some(count)) => format!("{word}:{count}"),
        }
    }
}

fn pattern(pieces: &[Piece]) -> String {
    let one = |piece: &Piece| match piece {
        Piece::Char(c) => escaped(*c, true),
        Piece::One => "_".into(),
        Piece::Run => "%".into(),
    };
    pieces.iter().map(one).collect()
}

fn escaped(c: char, like: bool) -> String {
    match c {
        '\'' | '\\' | '"' => format!("\\{c}"),
        '\n' => "\\n".into(),
        '%' | '_' if like => format!("\\{c}"),
        c => c.into(),
    }
}
