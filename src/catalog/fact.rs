//! What a fact is: a path, and the read in whose answer it stands.

use crate::catalog::Type;
use crate::facts::{Answer, Facts, Read};
use crate::failure::HostError;
use crate::names::{EventKind, FunctionName, ParamName, Path};
use crate::predicate::Predicate;
use crate::value::Value;

/// As the argument of a fact's read: the first step behind the fact, `serial` for `thread.custom.serial`.
pub const PART: &str = "(part)";

/// Where a fact comes from.
#[derive(Clone)]
pub enum Source {
    /// A path into the answer of a read, whose arguments are facts themselves.
    Answer { read: FunctionName, args: Vec<(ParamName, Path)>, at: Path },
    /// Worked out from other facts; absent when the first of them is.
    From { facts: Vec<Path>, work: fn(&[Value]) -> Value },
}

/// One fact, or a whole noun with all that is in its answer.
#[derive(Clone)]
pub struct FactRow {
    pub fact: Path,
    pub gives: Type,
    pub about: &'static str,
    /// The kinds of events that have it; empty for all that have the noun.
    pub on: Vec<EventKind>,
    pub source: Source,
    /// When this holds, the fact is that value and nothing is read.
    pub follows: Option<(Predicate, Value)>,
    /// A noun whose parts are not listed: every field of a case.
    pub open: bool,
}

impl FactRow {
    /// What follows the fact in a path: the part that its read asks for, if it does, and the rest.
    pub fn split(&self, path: &Path) -> (Value, Path) {
        let rest = path.behind(self.fact.as_str()).unwrap_or_else(|| "".into());
        let Source::Answer { args, .. } = &self.source else { return (Value::Nothing, rest) };
        let asks = args.iter().any(|(_, path)| path.as_str() == PART);
        let Some(part) = rest.steps().next().filter(|_| asks) else { return (Value::Nothing, rest.clone()) };
        (Value::text(part), rest.behind(part).unwrap_or_else(|| "".into()))
    }
}

/// What one finds when looking at a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Is(Value),
    /// A noun: only its parts can be looked at.
    More,
    /// Not read yet.
    Needs(Vec<Read>),
    Failed(HostError),
    Unknown,
}

impl Seen {
    /// What a whole read gave.
    pub fn answer(facts: &Facts, read: Read) -> Seen {
        match facts.answers.get(&read.key()).map(|recorded| &recorded.answer) {
            None => Seen::Needs(vec![read]),
            Some(Answer::Failed(error)) => Seen::Failed(error.clone()),
            Some(Answer::Nothing) => Seen::Is(Value::Nothing),
            Some(Answer::Found(value)) => Seen::Is((**value).clone()),
        }
    }
}
