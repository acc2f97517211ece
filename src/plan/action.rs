//! One write that is planned, with its arguments, its reason and its key.

use serde::{Deserialize, Serialize};

use crate::facts::Read;
use crate::names::{ActionKey, Digest, FunctionName, Name, ParamName, Path, RuleAddress};
use crate::problem::Place;
use crate::value::Value;

/// Its position in its run, never renumbered.
pub type ActionId = u16;

/// A planned write. Its lane is the event's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    pub id: ActionId,
    pub rule: RuleAddress,
    pub function: FunctionName,
    pub args: Vec<(ParamName, Arg)>,
    /// Goes only when these are done.
    pub after: Vec<ActionId>,
    pub assumes: Vec<Guard>,
    pub because: Place,
    pub key: ActionKey,
    /// Whether others may come into its text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub collects: bool,
    /// What came into its text, and has an event of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Also>,
}

/// Something that is said with something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Also {
    /// The key that it has by itself.
    pub key: ActionKey,
    /// The record in which its event is stored.
    pub record: String,
}

/// An argument: known, or known after apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Arg {
    Known(Value),
    /// A long text, kept once in the store under its digest.
    Text(Digest),
    /// A part of the result of an earlier action.
    Later {
        action: ActionId,
        path: Path,
    },
    /// A text that holds one.
    LaterText(Vec<Piece>),
    Map(Vec<(Name, Arg)>),
    List(Vec<Arg>),
}

/// A piece of a text that is filled in after apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Piece {
    Text(String),
    Later { action: ActionId, path: Path },
}

/// What an action assumed; read again straight before the call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Guard {
    /// The rule, judged again on these reads, still plans it.
    StillPlanned { reads: Vec<Read> },
    /// What is there already, against what was seen when it was planned; which read that is, the function says.
    Present { seen: Option<Value> },
}

impl Arg {
    /// The known value, if nothing in it is still to come.
    pub fn known(&self) -> Option<Value> {
        match self {
            Arg::Known(value) => Some(value.clone()),
            Arg::Map(entries) => entries
                .iter()
                .map(|(name, arg)| Some((name.clone(), arg.known()?)))
                .collect::<Option<_>>()
                .map(Value::Map),
            Arg::List(items) => items.iter().map(Arg::known).collect::<Option<_>>().map(Value::List),
            Arg::Text(_) | Arg::Later { .. } | Arg::LaterText(_) => None,
        }
    }

    /// The actions whose results it waits for.
    pub fn waits_for(&self) -> Vec<ActionId> {
        match self {
            Arg::Known(_) | Arg::Text(_) => vec![],
            Arg::Later { action, .. } => vec![*action],
            Arg::LaterText(pieces) => pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Later { action, .. } => Some(*action),
                    Piece::Text(_) => None,
                })
                .collect(),
            Arg::Map(entries) => entries.iter().flat_map(|(_, arg)| arg.waits_for()).collect(),
            Arg::List(items) => items.iter().flat_map(Arg::waits_for).collect(),
        }
    }
}

impl Action {
    /// Its key, and those of what came into its text.
    pub fn says(&self) -> impl Iterator<Item = &ActionKey> {
        std::iter::once(&self.key).chain(self.also.iter().map(|also| &also.key))
    }

    /// An argument by name.
    pub fn arg(&self, name: &str) -> Option<&Arg> {
        self.args.iter().find(|(param, _)| param.as_str() == name).map(|(_, arg)| arg)
    }
}
