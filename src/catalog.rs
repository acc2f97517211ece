//! The Catalog: all host functions there are, and which fact is found by which read.
//!
//! A function is *Read*, *Scan*, *Write*, *Note* or *Stream*; what each one promises is written here and nowhere
//! else. The functions themselves live under `hosts/`, one file each.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::event::Event;
use crate::facts::{Answer, Args, Facts, Read};
use crate::failure::HostError;
use crate::names::{ActionKey, EventKind, FunctionName, ParamName, Path};
use crate::predicate::{Predicate, Pushed};
use crate::value::Value;

/// A boxed future, as host functions return it.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Our own notebook: a host that costs no call.
pub const NOTEBOOK: &str = "notebook";

/// As the argument of a fact's read: the first step behind the fact, `serial` for `thread.custom.serial`.
pub const PART: &str = "(part)";

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    /// Becomes HTML: `${…}` in it is escaped.
    Html,
    /// An id; numbers are brought to text, so that `42` and `"42"` are one.
    Id,
    Number,
    YesNo,
    Moment,
    Span,
    List,
    /// Field names and values, or the name of a mapping.
    Fields,
    Any,
}

/// One parameter of a host function.
#[derive(Clone, Debug)]
pub struct Param {
    pub name: ParamName,
    pub takes: Type,
    pub about: &'static str,
    pub required: bool,
}

/// One thing a host can do: its page of the manual, and the call.
#[derive(Clone)]
pub struct HostFunction {
    pub name: FunctionName,
    pub about: &'static str,
    pub params: Vec<Param>,
    pub example: &'static str,
    pub call: Call,
}

/// How a function is called, and what it promises.
#[derive(Clone)]
pub enum Call {
    Read(ReadCall),
    Scan(ScanCall),
    Write(WriteCall),
    /// A write to our own notebook: no call, its records go into the settle commit.
    Note {
        kind: Write,
        call: FnNote,
    },
}

/// A question that can be asked for many subjects at once.
#[derive(Clone)]
pub struct ReadCall {
    /// The parameter whose values are asked together.
    pub key: ParamName,
    /// How many values one call takes.
    pub up_to: usize,
    /// Where a row of the answer holds its key.
    pub row: Path,
    pub gives: Gives,
    pub fold: Fold,
    /// Asked again before a write; others are used again for an hour.
    pub fresh: bool,
    pub call: FnRead,
}

/// Whether a key has one row or a list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    One,
    List,
}

/// When two keys are the same to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    Exact,
    AnyCase,
    /// 15 and 18 characters name one record.
    SalesforceId,
}

impl Fold {
    /// The folded form of a key.
    pub fn apply(self, key: &Value) -> Value {
        match (self, key.as_str()) {
            (Fold::AnyCase, Some(text)) => Value::text(text.trim().to_lowercase()),
            (Fold::SalesforceId, Some(text)) if text.len() == 18 && text.is_ascii() => Value::text(&text[..15]),
            _ => key.clone(),
        }
    }
}

/// A search for the subjects of a rule, a page at a time.
#[derive(Clone)]
pub struct ScanCall {
    /// Whose answer a row is, so that it need not be read again.
    pub rows_answer: FunctionName,
    /// The kind of event that a row becomes.
    pub event: EventKind,
    /// The moment by which its subjects are old or new.
    pub since: Path,
    pub accepts: fn(&Predicate) -> Pushed,
    pub call: FnScan,
    /// How many rows the same search has; none where the host does not tell.
    pub count: FnCount,
}

/// A write at a host.
#[derive(Clone)]
pub struct WriteCall {
    pub kind: Write,
    /// How many items one call takes; 1 where the host takes one.
    pub up_to: usize,
    /// How many reads each call makes besides (for the price of a plan).
    pub reads: usize,
    /// How many reads the first call of a process makes besides those.
    pub reads_once: usize,
    pub unanswered: Unanswered,
    pub present: Present,
    pub call: FnMany,
}

/// The kind of a write decides its key (`plan/key.rs`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    Makes {
        once_per: Vec<ParamName>,
    },
    Sets {
        target: Vec<ParamName>,
    },
    /// Once for each thing that is said; where none is named, for each event and target.
    Says {
        source: Option<ParamName>,
        target: Vec<ParamName>,
    },
}

/// What is done about a write whose answer never came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// Sending it again is harmless.
    Repeat,
    /// A read whose key stands at `key` among the arguments tells; its row is the result. Without a key nobody can tell.
    Ask { with: FunctionName, key: Path, sure: Sure },
    /// Nobody can tell: a person looks.
    Person,
}

/// When "not found" is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sure {
    /// The host refuses a second one, so it is simply sent again.
    AtOnce,
    /// Nothing lags; only the request may still be under way: asked twice, this long apart.
    After(Duration),
    /// The question reads an index that lags (setting `index_lag`).
    Index,
}

/// How a *sets* function sees what is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Present {
    /// A thing that nobody else writes: set blindly.
    Ours,
    /// The host itself says "already so".
    HostSays,
    /// Read with this function (its key stands at `key` among the arguments) and compared at `path`.
    Compare { with: FunctionName, key: Path, path: Path, holds: Holds },
}

/// When the present value already is what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The value at the path equals the parameter `value`.
    Equal,
    /// The list of texts at the path holds the last target, in any case.
    Listed,
    /// Every entry of the parameter `fields` equals the field of that name. One that another changed since it was seen
    /// is left alone; where nothing could be seen because the record is made in this run, `changed_by` must be who
    /// made it.
    Fields { made_by: &'static str, changed_by: &'static str },
}

/// The values of one key parameter, asked together, with what they share.
#[derive(Clone, Debug)]
pub struct Asked {
    pub shared: Args,
    pub keys: Vec<Value>,
}

/// The answer to an `Asked`: all its rows.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub rows: Vec<Value>,
    /// The newest write that the host's index shows, where it tells.
    pub newest: Option<Timestamp>,
}

/// One page of a scan to be read.
#[derive(Clone, Debug)]
pub struct Scanning {
    pub args: Args,
    pub predicates: Vec<Predicate>,
    /// The moment of the pass, for facts that are times since something.
    pub now: Timestamp,
    pub cursor: Option<String>,
}

/// One page of a scan.
#[derive(Clone, Debug, Default)]
pub struct ScanPage {
    pub rows: Vec<Value>,
    pub next: Option<String>,
    /// What the host refused in a search, in its own words; it is tested here instead.
    pub refused: Vec<String>,
}

/// One write of a wave, every argument known.
#[derive(Clone, Debug)]
pub struct Item {
    pub key: ActionKey,
    pub args: Args,
}

/// What became of an item; `call` returns as many as it was given, in that order.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Done(Value),
    AlreadyDone(Value),
    Refused(HostError),
    /// Not applied, and waiting helps.
    Again(HostError),
    /// Nobody knows: it stays *sent*.
    Unknown(HostError),
}

pub type FnRead = Arc<dyn Fn(Asked) -> Boxed<Result<Rows, HostError>> + Send + Sync>;
pub type FnScan = Arc<dyn Fn(Scanning) -> Boxed<Result<ScanPage, HostError>> + Send + Sync>;
pub type FnCount = Arc<dyn Fn(Scanning) -> Boxed<Result<Option<u64>, HostError>> + Send + Sync>;
pub type FnMany = Arc<dyn Fn(Vec<Item>) -> Boxed<Vec<Reply>> + Send + Sync>;
/// The records of a note: key and value in the notebook; a value of `Nothing` removes it.
pub type FnNote = Arc<dyn Fn(&Args) -> Vec<(String, Value)> + Send + Sync>;

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

/// All functions and facts of one bridge.
#[derive(Clone, Default)]
pub struct Catalog {
    functions: BTreeMap<FunctionName, HostFunction>,
    facts: BTreeMap<Path, Vec<FactRow>>,
    nouns: BTreeMap<EventKind, Vec<&'static str>>,
}

impl Catalog {
    /// Adds a function.
    pub fn add(&mut self, function: HostFunction) {
        self.functions.insert(function.name.clone(), function);
    }

    /// Adds facts.
    pub fn add_facts(&mut self, rows: Vec<FactRow>) {
        for row in rows {
            self.facts.entry(row.fact.clone()).or_default().push(row);
        }
    }

    /// Says which nouns the events of a kind have, beside `event`, `settings`, `now` and `bridge`.
    pub fn add_nouns(&mut self, kind: &str, nouns: &[&'static str]) {
        self.nouns.insert(kind.into(), nouns.to_vec());
    }

    /// One function by name.
    pub fn get(&self, name: &str) -> Option<&HostFunction> {
        self.functions.get(name)
    }

    /// All functions, by name.
    pub fn functions(&self) -> impl Iterator<Item = &HostFunction> {
        self.functions.values()
    }

    /// All rows of facts, by path.
    pub fn facts(&self) -> impl Iterator<Item = &FactRow> {
        self.facts.values().flatten()
    }

    /// The kinds of events there are, with their nouns.
    pub fn kinds(&self) -> impl Iterator<Item = (&EventKind, &[&'static str])> {
        self.nouns.iter().map(|(kind, nouns)| (kind, nouns.as_slice()))
    }

    /// The call of a read function.
    pub fn read_call(&self, name: &str) -> Option<&ReadCall> {
        match &self.get(name)?.call {
            Call::Read(call) => Some(call),
            _ => None,
        }
    }

    /// The call of a write function.
    pub fn write_call(&self, name: &str) -> Option<&WriteCall> {
        match &self.get(name)?.call {
            Call::Write(call) => Some(call),
            _ => None,
        }
    }

    /// The call of a scan function.
    pub fn scan_call(&self, name: &str) -> Option<&ScanCall> {
        match &self.get(name)?.call {
            Call::Scan(call) => Some(call),
            _ => None,
        }
    }

    /// The scan that finds the subjects of a kind of event.
    pub fn scan_for(&self, event: &EventKind) -> Option<&ScanCall> {
        self.scan_call(self.search_for(event)?.as_str())
    }

    /// Its name. Of several searches it is the one whose rows are found by the host that the event is about.
    pub fn search_for(&self, event: &EventKind) -> Option<&FunctionName> {
        let finds = |name: &&FunctionName| self.scan_call(name.as_str()).is_some_and(|call| call.event == *event);
        let is_there = |name: &&FunctionName| event.as_str().starts_with(name.host());
        let mut names = self.functions.keys().filter(finds);
        self.functions.keys().filter(finds).find(is_there).or_else(|| names.next())
    }

    /// A question with its arguments brought to their declared types; none when an argument is absent.
    pub fn read(&self, function: &FunctionName, args: impl IntoIterator<Item = (ParamName, Value)>) -> Option<Read> {
        let shape = self.get(function.as_str());
        let mut typed = Args::new();
        for (name, value) in args {
            if value.is_nothing() {
                return None;
            }
            let takes = shape.and_then(|f| f.params.iter().find(|p| p.name == name)).map_or(Type::Any, |p| p.takes);
            typed.insert(name, takes.bring(value));
        }
        Some(Read { function: function.clone(), args: typed })
    }

    /// The question about one key.
    pub fn read_of(&self, function: &FunctionName, key: Value) -> Option<Read> {
        let param = self.read_call(function.as_str())?.key.clone();
        self.read(function, [(param, key)])
    }

    /// The row of a fact for a kind of event: the longest that is the path or begins it.
    pub fn row(&self, kind: &EventKind, path: &Path) -> Option<&FactRow> {
        let mut start = path.as_str();
        loop {
            let rows = self.facts.get(start).map(Vec::as_slice).unwrap_or_default();
            let fits = |row: &&FactRow| row.on.is_empty() || row.on.contains(kind);
            if let Some(row) = rows.iter().find(fits) {
                return (row.open || start == path.as_str()).then_some(row);
            }
            start = &start[..start.rfind('.')?];
        }
    }

    /// What a fact of a kind of event gives; none for parts of a noun that are not listed.
    pub fn gives(&self, kind: &EventKind, path: &Path) -> Option<Type> {
        self.row(kind, path).filter(|row| row.fact == *path).map(|row| row.gives)
    }

    /// Whether a path is a noun, so that only its parts can be looked at.
    pub fn is_noun(&self, path: &Path) -> bool {
        let start = format!("{path}.");
        let from = Path::from(start.as_str());
        self.facts.range(from..).next().is_some_and(|(fact, _)| fact.as_str().starts_with(&start))
    }

    /// Looks at a fact.
    pub fn see(&self, facts: &Facts, settings: &Value, path: &Path) -> Seen {
        if let Some(seen) = given(facts, settings, path) {
            return seen;
        }
        let Some(row) = self.row(&facts.event.kind, path) else {
            return if self.is_noun(path) { Seen::More } else { Seen::Unknown };
        };
        match self.follows(row, facts, settings) {
            Some(Seen::Is(value)) => return Seen::Is(value),
            Some(other) => return other,
            None => {}
        }
        let (part, rest) = row.split(path);
        match self.answer(row, &part, facts, settings) {
            Seen::Is(value) => Seen::Is(value.at(&rest).clone()),
            other => other,
        }
    }

    /// The value that follows without a read, if the row has such a rule and it applies; a need of its own otherwise.
    fn follows(&self, row: &FactRow, facts: &Facts, settings: &Value) -> Option<Seen> {
        let (predicate, value) = row.follows.as_ref()?;
        match self.see(facts, settings, &predicate.fact) {
            Seen::Is(seen) => predicate.holds(&seen).then(|| Seen::Is(value.clone())),
            other => Some(other),
        }
    }

    fn answer(&self, row: &FactRow, part: &Value, facts: &Facts, settings: &Value) -> Seen {
        match &row.source {
            Source::From { facts: paths, work } => match self.see_all(facts, settings, paths.iter()) {
                Ok(values) if values.first().is_some_and(Value::is_nothing) => Seen::Is(Value::Nothing),
                Ok(values) => Seen::Is(work(&values)),
                Err(seen) => seen,
            },
            Source::Answer { read, args, at } => {
                let facts_of = args.iter().filter(|(_, path)| path.as_str() != PART);
                let values = match self.see_all(facts, settings, facts_of.clone().map(|(_, path)| path)) {
                    Ok(values) => values,
                    Err(seen) => return seen,
                };
                let part =
                    args.iter().filter(|(_, path)| path.as_str() == PART).map(|(name, _)| (name.clone(), part.clone()));
                let args = facts_of.map(|(name, _)| name.clone()).zip(values).chain(part);
                let Some(read) = self.read(read, args) else {
                    return Seen::Is(Value::Nothing);
                };
                match facts.answers.get(&read.key()).map(|recorded| &recorded.answer) {
                    None => Seen::Needs(vec![read]),
                    Some(Answer::Failed(error)) => Seen::Failed(error.clone()),
                    Some(Answer::Nothing) => Seen::Is(Value::Nothing),
                    Some(Answer::Found(value)) => Seen::Is(value.at(at).clone()),
                }
            }
        }
    }

    /// All of some facts, or what stands in the way; the needs of all of them come together.
    fn see_all<'a>(
        &self,
        facts: &Facts,
        settings: &Value,
        paths: impl Iterator<Item = &'a Path>,
    ) -> Result<Vec<Value>, Seen> {
        let mut values = Vec::new();
        let mut needs = Vec::new();
        for path in paths {
            match self.see(facts, settings, path) {
                Seen::Is(value) => values.push(value),
                Seen::Needs(reads) => needs.extend(reads),
                Seen::More | Seen::Unknown => values.push(Value::Nothing),
                failed @ Seen::Failed(_) => return Err(failed),
            }
        }
        if needs.is_empty() { Ok(values) } else { Err(Seen::Needs(needs)) }
    }
}

/// What needs no read: the event itself, settings, the moment, the bridge.
fn given(facts: &Facts, settings: &Value, path: &Path) -> Option<Seen> {
    let event = &facts.event;
    if let Some(rest) = path.behind("settings") {
        return Some(Seen::Is(settings.at(&rest).clone()));
    }
    if let Some(value) = told_of_steps(event, path) {
        return Some(Seen::Is(value));
    }
    Some(match path.as_str() {
        "now" => Seen::Is(Value::Moment(facts.now)),
        "event" | "bridge" => Seen::More,
        "event.kind" => Seen::Is(event.kind.as_str().into()),
        "event.at" => Seen::Is(Value::Moment(event.at)),
        "event.subject" => Seen::Is(event.subject.id().into()),
        "bridge.name" => Seen::Is(event.bridge.as_str().into()),
        _ => Seen::Is(event.hint.at(&path.behind("event")?).clone()),
    })
}

/// In a stage: how the steps that it hangs on ended, and what each of them gave.
fn told_of_steps(event: &Event, path: &Path) -> Option<Value> {
    let stage = event.hint.get("stage");
    let root = path.steps().next().filter(|_| !stage.is_nothing())?;
    let told = if root == "result" { stage.get("result") } else { stage.get("steps").get(root) };
    (!told.is_nothing()).then(|| told.at(&path.behind(root).unwrap_or_else(|| "".into())).clone())
}

impl Type {
    /// Brings a value to this type where that loses nothing.
    pub fn bring(self, value: Value) -> Value {
        match (self, &value) {
            (Type::Id | Type::Text, Value::Int(number)) => Value::text(number.to_string()),
            _ => value,
        }
    }
}

/// Builders for the one file that each host function is.
impl HostFunction {
    /// A function with a name; what it takes and does is added.
    pub fn new(name: &str, call: Call) -> Self {
        HostFunction { name: name.into(), about: "", params: vec![], example: "", call }
    }

    /// One sentence for the manual.
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// A required parameter.
    pub fn needs(mut self, name: &str, takes: Type, about: &'static str) -> Self {
        self.params.push(Param { name: name.into(), takes, about, required: true });
        self
    }

    /// A parameter that may be left out.
    pub fn may(mut self, name: &str, takes: Type, about: &'static str) -> Self {
        self.params.push(Param { name: name.into(), takes, about, required: false });
        self
    }

    /// An example that compiles.
    pub fn example(mut self, example: &'static str) -> Self {
        self.example = example;
        self
    }
}
