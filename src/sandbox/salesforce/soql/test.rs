//! A condition over the schema: types checked once, then judged record by record, or group by group.

use std::collections::HashSet;

use super::super::id::Id;
use super::super::org::Org;
use super::super::packed::Held;
use super::super::record::Record;
use super::super::schema::Kind;
use super::against::{self, Against};
use super::asker::Asker;
use super::error::QueryError;
use super::join::{self, Join};
use super::query::{Condition, Expr, Name, Sign};
use super::read::Column;

/// A condition that is ready to be judged; `L` is where a value is read.
#[derive(Debug)]
pub enum Test<L> {
    All(Vec<Test<L>>),
    Any(Vec<Test<L>>),
    Not(Box<Test<L>>),
    Is(L, Sign, Against),
    /// Values in their one spelling; whether case counts; whether they must not be there.
    OneOf(L, HashSet<String>, bool, bool),
    Joined(L, Box<Join>, bool),
    /// Of each set, all values must be chosen (sheet 4.1).
    Includes(L, Vec<Vec<String>>, bool),
}

/// Where a value is read, and what it is checked against.
pub struct Left<L> {
    pub place: L,
    pub name: String,
    pub at: usize,
    pub kind: Kind,
    pub exact: bool,
}

/// Resolves and checks; `left` finds what stands left of an operator.
pub fn compile<L>(
    condition: &Condition,
    left: &impl Fn(&Expr) -> Result<Left<L>, QueryError>,
    asker: &Asker,
) -> Result<Test<L>, QueryError> {
    let all = |parts: &[Condition]| parts.iter().map(|part| compile(part, left, asker)).collect::<Result<Vec<_>, _>>();
    let field = |name: &Name| left(&Expr::Field(name.clone()));
    Ok(match condition {
        Condition::All(parts) => Test::All(all(parts)?),
        Condition::Any(parts) => Test::Any(all(parts)?),
        Condition::Not(part) => Test::Not(Box::new(compile(part, left, asker)?)),
        Condition::Compare { left: expr, sign, literal } => {
            let left = left(expr)?;
            let against = against::against(&left, *sign, literal, asker)?;
            Test::Is(left.place, *sign, against)
        }
        Condition::InQuery { field: name, not, query } => {
            Test::Joined(field(name)?.place, Box::new(join::join(name, query, asker)?), *not)
        }
        Condition::In { left: expr, not, literals } => {
            let left = left(expr)?;
            let mut values = HashSet::new();
            for literal in literals {
                values.insert(against::against(&left, Sign::Equal, literal, asker)?.spelling());
            }
            Test::OneOf(left.place, values, left.exact, *not)
        }
        Condition::Includes { field: name, not, literals } => {
            let left = field(name)?;
            let sets = literals.iter().map(|literal| against::chosen(&left, literal)).collect::<Result<_, _>>()?;
            Test::Includes(left.place, sets, *not)
        }
    })
}

/// The condition that a record belongs to somebody.
pub fn owned_by(owner: Column, user: &Id) -> Test<Column> {
    Test::Is(owner, Sign::Equal, Against::Exact(user.as_str().to_owned()))
}

impl<L> Test<L> {
    pub fn holds<'v>(&self, org: &Org, read: &impl Fn(&L) -> Held<'v>) -> bool {
        match self {
            Test::All(parts) => parts.iter().all(|part| part.holds(org, read)),
            Test::Any(parts) => parts.iter().any(|part| part.holds(org, read)),
            Test::Not(part) => !part.holds(org, read),
            Test::Is(left, sign, against) => against.compare(read(left), *sign),
            Test::Joined(left, join, not) => join.holds(org, read(left)) != *not,
            Test::OneOf(left, values, exact, not) => values.contains(&against::key_of(read(left), *exact)) != *not,
            Test::Includes(left, sets, not) => against::includes(read(left), sets) != *not,
        }
    }
}

impl Test<Column> {
    pub fn holds_for(&self, org: &Org, record: &Record) -> bool {
        self.holds(org, &|column: &Column| column.held(org, record))
    }

    /// Values of an own indexed field, one of which every record must have; they spare the walk over all records.
    pub fn wanted(&self) -> Option<(&Column, Vec<String>)> {
        let indexed = |column: &Column| column.hops.is_empty() && (column.leaf.indexed || column.leaf.kind == Kind::Id);
        match self {
            Test::All(parts) => {
                // The shortest list spares the most; a key is most often alone.
                parts.iter().filter_map(Test::wanted).min_by_key(|(column, values)| (!column.leaf.unique, values.len()))
            }
            Test::Is(column, Sign::Equal, against) if indexed(column) => {
                Some((column, vec![against.spelling()])).filter(|(_, values)| !values[0].is_empty())
            }
            Test::OneOf(column, values, _, false) if indexed(column) && !values.contains("") => {
                Some((column, values.iter().cloned().collect()))
            }
            _ => None,
        }
    }
}
