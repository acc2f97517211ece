//! The key of a write: what makes two plans of it the same effect.
//!
//! The kind of the write decides it; neither rule, trigger nor route is ever part of it (`docs/architecture.md`).

use crate::catalog::Write;
use crate::names::{ActionKey, BridgeId, EventId, FunctionName, ParamName};
use crate::plan::{Action, ActionId, Arg, Piece};
use crate::value::Value;

/// The generation of a thing that is made: 1, and one more for each time it is made anew.
pub type Generation = u32;

/// The key of an action among those planned before it in its run.
pub fn action_key(
    bridge: &BridgeId,
    event: &EventId,
    kind: &Write,
    function: &FunctionName,
    args: &[(ParamName, Arg)],
    before: &[Action],
) -> ActionKey {
    let part = |name: &ParamName| {
        args.iter().find(|(param, _)| param == name).map_or_else(String::new, |(_, arg)| identity(arg, before))
    };
    let parts = |names: &[ParamName]| names.iter().map(part).collect::<Vec<_>>().join(":");
    match kind {
        Write::Makes { once_per, any_case } => {
            let folded =
                |name: &ParamName| if any_case.contains(name) { part(name).to_lowercase() } else { part(name) };
            let parts = once_per.iter().map(folded).collect::<Vec<_>>().join(":");
            format!("makes:{bridge}:{function}:{parts}:1").into()
        }
        Write::Sets { target } => format!("sets:{bridge}:{function}:{}:{event}", parts(target)).into(),
        Write::Says { source, target } => {
            let source = source.as_ref().map(part).unwrap_or_default();
            let said = if source.is_empty() { format!("{event}:{}", parts(target)) } else { source };
            nth(&said_by(bridge, function, &said), before)
        }
    }
}

/// The key of one part of a source that was said.
pub fn of_said(bridge: &BridgeId, function: &FunctionName, source: &str, part: usize) -> ActionKey {
    format!("{}{part}", said_by(bridge, function, source)).into()
}

fn said_by(bridge: &BridgeId, function: &FunctionName, said: &str) -> String {
    format!("says:{bridge}:{function}:{said}:")
}

/// A *says* is known by the source that is said, whichever event brought it; without one by its event and target. Parts
/// are told apart by their place.
fn nth(start: &str, before: &[Action]) -> ActionKey {
    let n = before.iter().filter(|action| action.key.as_str().starts_with(start)).count();
    format!("{start}{n}").into()
}

/// The part of the same thing that is said before this one; parts keep their order (PB-3).
pub fn part_before(key: &ActionKey, before: &[Action]) -> Option<ActionId> {
    let (start, n) = key.as_str().strip_prefix("says:").and(key.as_str().rsplit_once(':'))?;
    let earlier = format!("{start}:{}", n.parse::<usize>().ok()?.checked_sub(1)?);
    before.iter().find(|action| action.key.as_str() == earlier).map(|action| action.id)
}

/// The same thing made once more: the key of a later generation.
pub fn with_generation(key: &ActionKey, generation: Generation) -> ActionKey {
    let start = key.as_str().rfind(':').map_or(key.as_str(), |end| &key.as_str()[..end]);
    format!("{start}:{generation}").into()
}

/// The generation that a *makes* key speaks of.
pub fn generation(key: &ActionKey) -> Generation {
    key.as_str().rsplit(':').next().and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// Whether two keys are of one thing, whichever generation of it.
pub fn is_same_thing(a: &ActionKey, b: &ActionKey) -> bool {
    a == b || (is_made(a) && is_made(b) && with_generation(a, 1) == with_generation(b, 1))
}

/// What the key of a *makes* says that it is made of, where this function makes it: the thread of a case.
pub fn made_of(key: &ActionKey, function: &FunctionName) -> Option<String> {
    let (_, made) = key.as_str().strip_prefix("makes:")?.split_once(&format!(":{function}:"))?;
    made.rsplit_once(':').map(|(thing, _)| thing.to_owned())
}

/// What begins the ids of all that happens to a source that is said: `acme:salesforce:comment:00a…:`.
pub fn about_source(key: &ActionKey) -> Option<String> {
    let (bridge, said) = key.as_str().strip_prefix("says:")?.split_once(':')?;
    let (_, source) = said.split_once(':')?;
    let (source, _) = source.rsplit_once(':')?;
    Some(format!("{bridge}:{source}:"))
}

/// Whether a key is that of a *makes*.
pub fn is_made(key: &ActionKey) -> bool {
    key.as_str().starts_with("makes:")
}

/// What a host is asked for when the answer to a *makes* was lost: `42`, from the second case on `42:2`.
pub fn of_generation(thing: &Value, key: &ActionKey) -> Value {
    match (thing.as_str(), is_made(key).then(|| generation(key))) {
        (Some(thing), Some(generation)) if generation > 1 => Value::text(format!("{thing}:{generation}")),
        _ => thing.clone(),
    }
}

/// A Later in a key stands for the key of the action that makes it.
fn identity(arg: &Arg, before: &[Action]) -> String {
    let later = |action: &u16, path: &crate::names::Path| {
        let key = before.get(usize::from(*action)).map_or("?", |action| action.key.as_str());
        format!("<{key}>.{path}")
    };
    match arg {
        Arg::Known(value) => match (value.as_str(), value.get("id").as_str()) {
            (Some(text), _) => text.to_owned(),
            // What else is said of a thing, such as where it lies, may change.
            (None, Some(id)) => id.to_owned(),
            (None, None) => value.to_json().to_string(),
        },
        Arg::Text(digest) => digest.to_string(),
        Arg::Later { action, path } => later(action, path),
        Arg::LaterText(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Later { action, path } => later(action, path),
            })
            .collect(),
        Arg::Map(entries) => entries.iter().map(|(name, arg)| format!("{name}={};", identity(arg, before))).collect(),
        Arg::List(items) => items.iter().map(|item| format!("{};", identity(item, before))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_to_a_source_is_told_by_its_id() {
        let about = |key: &str| about_source(&key.into());
        let key = "says:acme:khoros.post_reply:salesforce:comment:00a1:0";
        assert_eq!(about(key).as_deref(), Some("acme:salesforce:comment:00a1:"));
        assert_eq!(about("makes:acme:salesforce.create_case:42:1"), None);
    }

    #[test]
    fn a_file_is_one_wherever_it_lies_and_another_in_another_case() {
        let key = |case: &str, url: &str| {
            let file = Value::map([("id", Value::from("105_1")), ("url", url.into())]);
            let args = [("case".into(), Arg::Known(case.into())), ("file".into(), Arg::Known(file))];
            let kind = Write::Makes { once_per: vec!["case".into(), "file".into()], any_case: vec![] };
            action_key(&"acme".into(), &"e".into(), &kind, &"salesforce.attach_file".into(), &args, &[])
        };
        assert_eq!(key("500A", "/a").as_str(), "makes:acme:salesforce.attach_file:500A:105_1:1");
        assert_eq!(key("500A", "/a"), key("500A", "/b"));
        assert_ne!(key("500A", "/a"), key("500B", "/a"));
    }
}
