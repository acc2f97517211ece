//! Fills the Later parts of arguments from the results of settled actions.

use crate::plan::{Arg, Piece};
use crate::run::State;
use crate::value::Value;

/// The value of an argument; none while a part of it is not known. Long texts must have been brought back before.
pub fn resolve(arg: &Arg, states: &[State]) -> Option<Value> {
    let part = |action: &u16, path: &crate::names::Path| Some(states[usize::from(*action)].result()?.at(path).clone());
    match arg {
        Arg::Known(value) => Some(value.clone()),
        Arg::Text(_) => None,
        Arg::Later { action, path } => part(action, path),
        Arg::LaterText(pieces) => {
            let mut text = String::new();
            for piece in pieces {
                match piece {
                    Piece::Text(known) => text.push_str(known),
                    Piece::Later { action, path } => {
                        text.push_str(&crate::rules::template::plain(&part(action, path)?))
                    }
                }
            }
            Some(Value::text(text))
        }
        Arg::Map(entries) => entries
            .iter()
            .map(|(name, arg)| Some((name.clone(), resolve(arg, states)?)))
            .collect::<Option<_>>()
            .map(Value::Map),
        Arg::List(items) => items.iter().map(|item| resolve(item, states)).collect::<Option<_>>().map(Value::List),
    }
}
