//! The only room that knows Rhai: lines of `when:`, `=` values and `.rhai` files.
//!
//! Two engines: *lines* (every module at hand, no host functions) and *scripts* (host functions, imports). Both see
//! facts by name; looking at one that was not read ends the evaluation with that read. What is known only after apply
//! can be passed on and nothing else (`later.rs`). Nothing here does IO.

mod called;
mod cases;
mod check;
mod check_calls;
mod check_filled;
mod check_given;
mod check_kinds;
mod check_patterns;
mod check_script;
mod check_tables;
mod check_time;
pub mod codes;
mod comparisons;
mod compile;
mod convert;
mod engines;
mod evaluation;
mod expression;
mod files;
mod flow;
mod functions;
mod host_calls;
mod kinds;
mod later;
#[cfg(test)]
mod later_walk;
mod limits;
mod lower;
mod mask;
mod mentions;
mod modules;
mod noun;
mod opening_hours;
mod pattern;
mod plain_text;
mod problems;
mod script_rule;
pub mod standard;
mod text;
mod time;
mod written;

pub use comparisons::Comparison;
pub use compile::Scripts;
pub use expression::{Expression, NOUNS, constant};
pub use kinds::{Kind, NOUN, YES_NO};
pub use lower::Lowering;
pub use mentions::{Longest, Mention, Named, Requires, Writes, noun};
pub use plain_text::{plain, tidy};
pub use script_rule::{ScriptOutcome, ScriptRule};
pub use text::html;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::calendar::Calendars;
use crate::catalog::{Catalog, Seen};
use crate::facts::{Facts, Read};
use crate::failure::HostError;
use crate::names::{EventKind, FunctionName, Name, ParamName, Path};
use crate::plan::{ActionId, Arg};
use crate::problem::Place;
use crate::value::Value;

/// What an evaluation may look at.
#[derive(Clone)]
pub struct View {
    pub facts: Arc<Facts>,
    pub catalog: Arc<Catalog>,
    pub settings: Arc<Value>,
    /// `let:` of the rule: worked out with the lines that name it.
    pub lets: Arc<Lets>,
    /// Nouns that are made in this run: `case` after an escalation opened one, and named steps.
    pub laters: BTreeMap<Name, ActionId>,
    /// The id that the next planned write gets.
    pub next_action: ActionId,
    /// Tables and mappings of the rule set, for `table(…)` and `map(…)`.
    pub tables: Arc<Tables>,
    /// Calendars of the rule set, for the module `time`.
    pub calendars: Arc<Calendars>,
    pub mappings: Option<Arc<dyn Mappings>>,
    /// What was looked at already: many rules look at the same facts of one event.
    pub looked_at: Arc<Mutex<HashMap<Path, Seen>>>,
}

impl View {
    /// Looks at a fact.
    pub fn see(&self, path: &Path) -> Seen {
        let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        match looked_at.get(path) {
            Some(seen) => seen.clone(),
            None => {
                let seen = self.catalog.see(&self.facts, &self.settings, path);
                looked_at.insert(path.clone(), seen.clone());
                seen
            }
        }
    }

    /// What a read gave; what is not read yet, or could not be, stands in the way.
    pub fn answer(&self, read: Read) -> Result<Value, Evaluated> {
        match Seen::answer(&self.facts, read) {
            Seen::Is(value) => Ok(value),
            Seen::Needs(reads) => Err(Evaluated::Needs(reads)),
            Seen::Failed(error) => Err(Evaluated::Failed(error)),
            Seen::More | Seen::Unknown => Ok(Value::Nothing),
        }
    }
}

/// `let:` by name.
pub type Lets = BTreeMap<Name, Arc<dyn Let>>;

/// What a name of `let:` stands for: an expression, or a read.
pub trait Let: Send + Sync {
    /// Its value, worked out with the line that names it.
    fn value(&self, view: &View) -> Evaluated;
    /// As written.
    fn text(&self) -> &str;
    /// Where it stands.
    fn at(&self) -> &Place;
    /// The facts and names that it looks at.
    fn uses(&self) -> Vec<&Path>;
    /// What it asks itself.
    fn reads(&self) -> Option<&FunctionName>;
}

/// Tables by name: rows in file order.
pub type Tables = BTreeMap<Name, Vec<(Name, Value)>>;

/// What works out a mapping for `map("thread-to-case")` in a script.
pub trait Mappings: Send + Sync {
    /// The fields of a mapping, seen from `view`.
    fn fields(&self, mapping: &str, view: &View) -> Evaluated;
}

/// How an evaluation ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Evaluated {
    Is(Arg),
    /// Reads that must be answered first.
    Needs(Vec<Read>),
    /// A fact that it looked at could not be read.
    Failed(HostError),
    /// It did what is not allowed: decided by a Later, ran past a limit, failed.
    Refused(Refusal),
}

/// Why an evaluation was stopped, in words for a Problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// A lasting name: `decides-by-later`, `script-limit`, `expression-failed`, `no-value`, `wrong-argument`, `writes-here`.
    pub code: &'static str,
    pub at: Place,
    pub what: String,
    pub next: String,
}

/// Which names a text may use; checked when it is compiled.
#[derive(Clone, Default)]
pub struct Known {
    /// The kinds of events it is judged for; empty: settings only.
    pub kinds: Vec<EventKind>,
    /// Declared settings, and of what kind each is where that is known.
    pub settings: BTreeMap<Name, Option<Kind>>,
    /// Names of `let:` and of named steps.
    pub names: Vec<Name>,
    /// Of what kind those of `let:` are, where that is known.
    pub lets: BTreeMap<Name, Kind>,
    /// Of what kind the fields are that a pack requires, by the fact: `case.Due__c`.
    pub fields: BTreeMap<Path, &'static str>,
    /// Names of tables; none where they are not known yet.
    pub tables: Option<Vec<Name>>,
    /// Whether facts may be looked at; keys that steer see settings only.
    pub facts: bool,
}

/// One write that a script planned: its arguments and its line.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedWrite {
    pub function: FunctionName,
    pub args: Vec<(ParamName, Arg)>,
    pub at: Place,
    /// Whether it is the same write as the one before, to somebody else: neither waits for the other.
    pub is_beside: bool,
}
