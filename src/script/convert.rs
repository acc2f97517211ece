//! Our values as Rhai's, and back.

use std::sync::Arc;

use rhai::{Array, Dynamic, ImmutableString, Map};

use crate::names::Name;
use crate::plan::{Arg, Piece};
use crate::script::evaluation::Evaluation;
use crate::script::later::{LaterPart, LaterText};
use crate::script::noun::Noun;
use crate::script::time::{Moment, Span};
use crate::value::Value;

/// A value as Rhai sees it.
pub fn to_dynamic(value: &Value) -> Dynamic {
    match value {
        Value::Nothing => Dynamic::UNIT,
        Value::Bool(yes) => (*yes).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Text(text) => ImmutableString::from(&**text).into(),
        Value::Moment(moment) => Dynamic::from(Moment(*moment)),
        Value::Span(span) => Dynamic::from(Span(*span)),
        Value::List(items) => items.iter().map(to_dynamic).collect::<Array>().into(),
        Value::Map(map) => map.iter().map(|(k, v)| (k.as_str().into(), to_dynamic(v))).collect::<Map>().into(),
    }
}

/// What Rhai came back with: known, or with parts that are known after apply. A noun alone is no value.
pub fn to_arg(dynamic: Dynamic) -> Result<Arg, String> {
    let dynamic = dynamic.flatten();
    if let Some(later) = dynamic.read_lock::<LaterPart>() {
        return Ok(Arg::Later { action: later.action, path: later.path.clone() });
    }
    if let Some(later) = dynamic.read_lock::<LaterText>() {
        return Ok(later_text(&later.pieces));
    }
    if let Some(noun) = dynamic.read_lock::<Noun>() {
        return Err(format!("`{}` is not a value; its parts are", noun.path));
    }
    if dynamic.is_array() {
        let items = dynamic.into_array().unwrap_or_default();
        let items = items.into_iter().map(to_arg).collect::<Result<Vec<_>, _>>()?;
        return Ok(joined_list(items));
    }
    if dynamic.is_map() {
        let map = dynamic.try_cast::<Map>().unwrap_or_default();
        let entries = map.into_iter().map(|(k, v)| Ok((Name::from(k.as_str()), to_arg(v)?)));
        return entries.collect::<Result<Vec<_>, String>>().map(joined_map);
    }
    to_value(&dynamic).map(Arg::Known)
}

/// An argument as Rhai sees it, with its Laters.
pub fn from_arg(evaluation: &Arc<Evaluation>, arg: &Arg) -> Dynamic {
    match arg {
        Arg::Known(value) => to_dynamic(value),
        // Digests are made when a plan is stored; an evaluation never meets one.
        Arg::Text(digest) => digest.to_string().into(),
        Arg::Later { action, path } => {
            Dynamic::from(LaterPart { evaluation: evaluation.clone(), action: *action, path: path.clone() })
        }
        Arg::LaterText(pieces) => Dynamic::from(LaterText { evaluation: evaluation.clone(), pieces: pieces.clone() }),
        Arg::List(items) => items.iter().map(|item| from_arg(evaluation, item)).collect::<Array>().into(),
        Arg::Map(entries) => {
            entries.iter().map(|(k, v)| (k.as_str().into(), from_arg(evaluation, v))).collect::<Map>().into()
        }
    }
}

/// The pieces of a text, without empty ones.
fn later_text(pieces: &[Piece]) -> Arg {
    let holds = |piece: &&Piece| !matches!(piece, Piece::Text(text) if text.is_empty());
    Arg::LaterText(pieces.iter().filter(holds).cloned().collect())
}

fn joined_list(items: Vec<Arg>) -> Arg {
    let list = Arg::List(items);
    list.known().map_or(list, Arg::Known)
}

fn joined_map(entries: Vec<(Name, Arg)>) -> Arg {
    let map = Arg::Map(entries);
    map.known().map_or(map, Arg::Known)
}

fn to_value(dynamic: &Dynamic) -> Result<Value, String> {
    if dynamic.is_unit() {
        return Ok(Value::Nothing);
    }
    if let Ok(yes) = dynamic.as_bool() {
        return Ok(yes.into());
    }
    if let Ok(number) = dynamic.as_int() {
        return Ok(number.into());
    }
    if let Ok(number) = dynamic.as_float() {
        return Ok(Value::Float(number));
    }
    if let Ok(text) = dynamic.as_immutable_string_ref() {
        return Ok(Value::text(text.as_str()));
    }
    if let Ok(character) = dynamic.as_char() {
        return Ok(Value::text(character.to_string()));
    }
    if let Some(moment) = dynamic.read_lock::<Moment>() {
        return Ok(Value::Moment(moment.0));
    }
    if let Some(span) = dynamic.read_lock::<Span>() {
        return Ok(Value::Span(span.0));
    }
    Err(format!("a {} is not a value that can be written", dynamic.type_name()))
}
