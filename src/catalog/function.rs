//! What a host function is: *Read*, *Scan*, *Write* or *Note*, and what each one promises.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::facts::Args;
use crate::failure::HostError;
use crate::names::{ActionKey, EventKind, FunctionName, ParamName, Path};
use crate::predicate::{Predicate, Pushed};
use crate::run::Why;
use crate::value::Value;

/// A boxed future, as host functions return it.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Our own notebook: a host that costs no call.
pub const NOTEBOOK: &str = "notebook";

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
    /// A list of texts.
    Texts,
    /// Field names and values, or the name of a mapping.
    Fields,
    Any,
}

/// How long a text may be, in the unit that the target counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Characters(usize),
    /// Characters as a reader counts them: an emoji is one, whatever it is made of.
    Graphemes(usize),
    Bytes(usize),
}

/// One parameter of a host function.
#[derive(Clone, Debug)]
pub struct Param {
    pub name: ParamName,
    pub takes: Type,
    pub about: &'static str,
    pub required: bool,
    /// How long a text may be, without what the function adds to it.
    pub limit: Option<Measure>,
    /// The only texts that it takes, in any case.
    pub only: Option<Only>,
}

/// The texts that a parameter takes, as a person listed them.
#[derive(Clone, Debug)]
pub struct Only {
    pub texts: Arc<[String]>,
    /// Where they are listed.
    pub under: &'static str,
}

/// One thing a host can do: its page of the manual, and the call.
#[derive(Clone)]
pub struct HostFunction {
    pub name: FunctionName,
    pub about: &'static str,
    pub params: Vec<Param>,
    pub example: &'static str,
    pub call: Call,
    /// A read may also find the subjects of rules.
    pub finds: Option<ScanCall>,
    /// What a write makes happen, as its host will tell of it: `khoros:message:{id}:created`, filled from its result.
    pub echo: Option<&'static str>,
    /// Of a write that goes to each entry of a list by itself.
    pub each: Option<Each>,
    /// After so many tries a person looks at it, so that what comes behind it does not wait for ever.
    pub patience: Option<u8>,
    /// Whether its place in its lane is kept while a person looks at it, so that what comes behind it waits (PB-3).
    pub keeps_place: bool,
}

/// A parameter whose entries are each a write of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Each {
    pub param: &'static str,
    /// Whether an empty list is no write at all; else it is one, which says that there is nobody.
    pub may_be_none: bool,
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
        /// Those of them whose capitals mean nothing to the host.
        any_case: Vec<ParamName>,
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

/// As the key of an `Unanswered::Ask`: the key of the action itself, of which the host holds a marker.
pub const KEY: &str = "(key)";

/// A part of the row that answers an `Unanswered::Ask`: it is there, and a person has to look at it: `{ code, text }`.
pub const PARKED: &str = "parked";

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
    /// It does not.
    NotListed,
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
    /// Fields that the host does not know; facts that come from them have no value.
    pub unknown: Vec<String>,
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
    /// Set aside for a person, as its rule wants.
    Parked(Why),
    /// Not done and never to be: nobody has to look at it.
    No(Why),
}

pub type FnRead = Arc<dyn Fn(Asked) -> Boxed<Result<Rows, HostError>> + Send + Sync>;
pub type FnScan = Arc<dyn Fn(Scanning) -> Boxed<Result<ScanPage, HostError>> + Send + Sync>;
pub type FnCount = Arc<dyn Fn(Scanning) -> Boxed<Result<Option<u64>, HostError>> + Send + Sync>;
pub type FnMany = Arc<dyn Fn(Vec<Item>) -> Boxed<Vec<Reply>> + Send + Sync>;
/// The records of a note: key and value in the notebook; a value of `Nothing` removes it.
pub type FnNote = Arc<dyn Fn(&Args, Timestamp) -> Vec<(String, Value)> + Send + Sync>;

impl Type {
    /// Brings a value to this type where that loses nothing.
    pub fn bring(self, value: Value) -> Value {
        match (self, &value) {
            (Type::Id | Type::Text, Value::Int(number)) => Value::text(number.to_string()),
            (Type::Texts, Value::Text(_)) => Value::List(vec![value]),
            _ => value,
        }
    }
}

impl HostFunction {
    /// What its host will tell of, once it gave this result.
    pub fn echo_of(&self, result: &Value) -> Option<String> {
        let (mut what, mut rest) = (String::new(), self.echo?);
        while let Some((start, named)) = rest.split_once('{') {
            let (name, after) = named.split_once('}')?;
            what = what + start + result.get(name).as_str()?;
            rest = after;
        }
        Some(what + rest)
    }

    /// The parameter of a question by field: fields that stand beside the others are what it takes.
    pub fn by_field(&self) -> Option<&Param> {
        self.params.iter().find(|param| param.takes == Type::Any && matches!(self.call, Call::Read(_)))
    }
}

/// Builders for the one file that each host function is.
impl HostFunction {
    /// A function with a name; what it takes and does is added.
    pub fn new(name: &str, call: Call) -> Self {
        HostFunction {
            name: name.into(),
            about: "",
            params: vec![],
            example: "",
            call,
            finds: None,
            echo: None,
            each: None,
            patience: None,
            keeps_place: false,
        }
    }

    /// A read that also finds the subjects of rules (`look_at:`).
    pub fn finds(mut self, search: ScanCall) -> Self {
        self.finds = Some(search);
        self
    }

    /// A write whose effect its host tells of later: that is no news.
    pub fn echo(mut self, happens: &'static str) -> Self {
        self.echo = Some(happens);
        self
    }

    /// A write that goes to each entry of a list by itself.
    pub fn each(mut self, param: &'static str) -> Self {
        self.each = Some(Each { param, may_be_none: false });
        self
    }

    /// The same for a list that often is empty.
    pub fn each_if_any(mut self, param: &'static str) -> Self {
        self.each = Some(Each { param, may_be_none: true });
        self
    }

    /// A write that depends on more than its host: it waits for a while, not for ever.
    pub fn gives_up_after(mut self, tries: u8) -> Self {
        self.patience = Some(tries);
        self
    }

    /// The only texts that a parameter takes, and where they are listed.
    pub fn only(mut self, name: &str, texts: Arc<[String]>, under: &'static str) -> Self {
        let param = self.params.iter_mut().find(|param| param.name.as_str() == name);
        param.into_iter().for_each(|param| param.only = Some(Only { texts: texts.clone(), under }));
        self
    }

    /// A write whose followers wait while a person looks at it.
    pub fn keeps_place(mut self) -> Self {
        self.keeps_place = true;
        self
    }

    /// One sentence for the manual.
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// A required parameter.
    pub fn needs(mut self, name: &str, takes: Type, about: &'static str) -> Self {
        self.params.push(Param { name: name.into(), takes, about, required: true, limit: None, only: None });
        self
    }

    /// A parameter that may be left out.
    pub fn may(mut self, name: &str, takes: Type, about: &'static str) -> Self {
        self.params.push(Param { name: name.into(), takes, about, required: false, limit: None, only: None });
        self
    }

    /// How long the text of a parameter may be.
    pub fn limit(mut self, name: &str, limit: Measure) -> Self {
        let param = self.params.iter_mut().find(|param| param.name.as_str() == name);
        param.into_iter().for_each(|param| param.limit = Some(limit));
        self
    }

    /// An example that compiles.
    pub fn example(mut self, example: &'static str) -> Self {
        self.example = example;
        self
    }
}
