//! What a rule may look at, with the reads that made it.
//!
//! A fact is a path into a recorded answer (the catalog says which); there is no second copy. *Not read* is not
//! `Nothing`: looking at a fact whose read is missing yields that read.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::failure::HostError;
use crate::names::{FunctionName, ParamName, Path, ReadKey};
use crate::value::Value;

/// Named arguments, sorted; absent ones are left out.
pub type Args = BTreeMap<ParamName, Value>;

/// The part of arguments at a path, whose first step is the parameter.
pub fn part<'a>(args: &'a Args, path: &Path) -> Option<&'a Value> {
    let param = path.steps().next()?;
    let rest = path.behind(param)?;
    args.get(param).map(|value| value.at(&rest)).filter(|value| !value.is_nothing())
}

/// A question to a host. Made by `Catalog::read`, which brings the arguments to their declared types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Read {
    pub function: FunctionName,
    pub args: Args,
}

impl Read {
    /// Its canonical text: equal questions have equal keys.
    pub fn key(&self) -> ReadKey {
        let args: serde_json::Map<_, _> = self.args.iter().map(|(k, v)| (k.to_string(), v.to_json())).collect();
        format!("{}{}", self.function, serde_json::Value::Object(args)).into()
    }
}

/// A read with its answer and the time before the call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    pub read: Read,
    pub answer: Answer,
    pub as_of: Timestamp,
}

/// What a host said. A failed answer is not an absent one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Found(Arc<Value>),
    Nothing,
    Failed(HostError),
}

/// An event and every answer that its rules asked for, at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub event: Arc<Event>,
    pub answers: BTreeMap<ReadKey, Arc<Recorded>>,
    /// The instant the run started; used for the whole run.
    pub now: Timestamp,
}

impl Facts {
    /// Facts about an event before anything was read.
    pub fn new(event: Event, now: Timestamp) -> Self {
        Facts { event: Arc::new(event), answers: BTreeMap::new(), now }
    }

    /// Adds or replaces an answer.
    pub fn learn(&mut self, recorded: Arc<Recorded>) {
        self.answers.insert(recorded.read.key(), recorded);
    }
}
