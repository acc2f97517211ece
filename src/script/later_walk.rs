//! A test that walks every function and operator that the engines know, with a Later in each argument in turn.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rhai::{Array, Blob, Dynamic, Engine, EvalAltResult, FnPtr, ImmutableString, Map, Scope};

use crate::catalog::Catalog;
use crate::event::Event;
use crate::facts::Facts;
use crate::plan::Piece;
use crate::script::View;
use crate::script::engines::{Engines, reader};
use crate::script::evaluation::Evaluation;
use crate::script::later::{LaterPart, LaterText, evaluation_in};
use crate::script::modules::Library;
use crate::script::time::{Moment, Span};
use crate::value::Value;

/// Functions of lists and maps that keep, move or count what is in them: none looks at it, so what they give is the
/// same whatever the Later will be.
const EXCEPTIONS: &[&str] = &[
    // They move, keep or count.
    "array.append",
    "array.chop",
    "array.clear",
    "array.drain",
    "array.extract",
    "array.get",
    "array.insert",
    "array.is_empty",
    "array.len",
    "array.pad",
    "array.push",
    "array.remove",
    "array.reverse",
    "array.set",
    "array.splice",
    "array.split",
    "array.truncate",
    "map.+",
    "map.clear",
    "map.contains",
    "map.fill_with",
    "map.is_empty",
    "map.keys",
    "map.len",
    "map.mixin",
    "map.set",
    "string.table",
    "map.table",
    // Nothing to do in an empty list, in one of one, or behind its end: `tests/script_later.rs` has longer ones.
    "().any_in",
    "array.any_in",
    "array.dedup",
    "array.find",
    "array.find_map",
    "array.index_of",
    "array.retain",
    "array.sort",
    "array.sort_by",
    // A list is never equal to a text.
    "array.==",
    "array.!=",
    "array.<",
    "array.<=",
    "array.>",
    "array.>=",
    "string.==",
    "string.!=",
    "string.<",
    "string.<=",
    "string.>",
    "string.>=",
];

/// Operators stand between their arguments.
const OPERATORS: &[&str] =
    &["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>", "in"];

fn evaluation() -> Arc<Evaluation> {
    let event = Event {
        id: "e".into(),
        bridge: "b".into(),
        kind: "k".into(),
        subject: "s".into(),
        lane: "l".into(),
        found_by: vec![],
        at: Timestamp::UNIX_EPOCH,
        hint: Value::Nothing,
    };
    Evaluation::of(&View {
        facts: Arc::new(Facts::new(event, Timestamp::UNIX_EPOCH)),
        catalog: Arc::default(),
        settings: Arc::default(),
        lets: Default::default(),
        laters: BTreeMap::new(),
        next_action: 0,
        calendars: Default::default(),
        tables: Arc::new(BTreeMap::from([("a".into(), vec![("a".into(), "b".into())])])),
        mappings: None,
        looked_at: Arc::default(),
    })
}

/// An ordinary value of a type, where one can be made.
fn ordinary(kind: TypeId) -> Option<Dynamic> {
    let is = |other: TypeId| kind == other;
    Some(match () {
        () if is(TypeId::of::<ImmutableString>()) || is(TypeId::of::<Dynamic>()) => "a".into(),
        () if is(TypeId::of::<char>()) => 'a'.into(),
        () if is(TypeId::of::<i64>()) => 1_i64.into(),
        () if is(TypeId::of::<f64>()) => 1.5_f64.into(),
        () if is(TypeId::of::<bool>()) => true.into(),
        () if is(TypeId::of::<()>()) => Dynamic::UNIT,
        () if is(TypeId::of::<Array>()) => vec![Dynamic::from("a")].into(),
        () if is(TypeId::of::<Map>()) => Map::from([("a".into(), "a".into())]).into(),
        () if is(TypeId::of::<Blob>()) => Dynamic::from_blob(vec![1]),
        () if is(TypeId::of::<FnPtr>()) => FnPtr::new("same").expect("a name").into(),
        () if is(TypeId::of::<Moment>()) => Dynamic::from(Moment(Timestamp::UNIX_EPOCH)),
        () if is(TypeId::of::<Span>()) => Dynamic::from(Span(SignedDuration::from_hours(1))),
        () if is(TypeId::of::<std::ops::Range<i64>>()) => Dynamic::from(0..1_i64),
        () if is(TypeId::of::<std::ops::RangeInclusive<i64>>()) => Dynamic::from(0..=1_i64),
        () => return None,
    })
}

/// Laters in the shape of a type: alone, in a list, in a map.
fn laters(kind: TypeId, evaluation: &Arc<Evaluation>) -> Vec<Dynamic> {
    let part = LaterPart { evaluation: evaluation.clone(), action: 0, path: "Id".into() };
    let piece = Piece::Later { action: 0, path: "Id".into() };
    let text = LaterText { evaluation: evaluation.clone(), pieces: vec![Piece::Text("a".into()), piece] };
    let alone = [Dynamic::from(part), Dynamic::from(text)];
    if kind == TypeId::of::<Array>() {
        alone.into_iter().map(|later| vec![later].into()).collect()
    } else if kind == TypeId::of::<Map>() {
        alone.into_iter().map(|later| Map::from([("a".into(), later)]).into()).collect()
    } else {
        alone.to_vec()
    }
}

/// How a call is written.
fn written(module: &str, name: &str, count: usize) -> Option<String> {
    let arguments: Vec<String> = (0..count).map(|n| format!("a{n}")).collect();
    if OPERATORS.contains(&name) {
        return (count == 2).then(|| format!("a0 {name} a1"));
    }
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let whole = if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
    is_word.then(|| format!("{whole}({})", arguments.join(", ")))
}

/// Whether a call with a Later came back with something that was worked out from it.
fn leaks(engine: &Engine, text: &str, arguments: &[Dynamic], evaluation: &Arc<Evaluation>) -> Option<String> {
    let mut scope = Scope::new();
    for (n, argument) in arguments.iter().enumerate() {
        scope.push_dynamic(format!("a{n}"), argument.clone());
    }
    let result = evaluation.run(|| engine.eval_with_scope::<Dynamic>(&mut scope, text));
    if evaluation.take().refused.is_some() {
        return None;
    }
    match result {
        Ok(value) if evaluation_in(&value).is_some() => None,
        Ok(value) => Some(format!("gives {value:?}")),
        Err(error) => (!is_for_its_kind(&error)).then(|| format!("fails: {error}")),
    }
}

/// Errors that say what kind of value it is, and nothing of the value.
fn is_for_its_kind(error: &EvalAltResult) -> bool {
    match error {
        EvalAltResult::ErrorFunctionNotFound(..) | EvalAltResult::ErrorMismatchDataType(..) => true,
        // `print` and `debug` are switched off.
        EvalAltResult::ErrorParsing(..) => true,
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => is_for_its_kind(inner),
        _ => false,
    }
}

fn walk(engine: &Engine) -> Vec<String> {
    let evaluation = evaluation();
    let mut functions = engine.collect_fn_metadata(
        None,
        |info| {
            let types = info.metadata.param_types.to_vec();
            Some((info.namespace.to_string(), info.metadata.name.to_string(), types))
        },
        true,
    );
    let any = TypeId::of::<ImmutableString>();
    functions.extend(OPERATORS.iter().flat_map(|name| {
        [
            TypeId::of::<ImmutableString>(),
            TypeId::of::<char>(),
            TypeId::of::<i64>(),
            TypeId::of::<()>(),
            TypeId::of::<Array>(),
        ]
        .map(|other| {
            [
                (String::new(), (*name).to_owned(), vec![any, other]),
                (String::new(), (*name).to_owned(), vec![other, any]),
            ]
        })
        .concat()
    }));
    let mut found = Vec::new();
    let mut calls = 0;
    for (module, name, types) in functions {
        let Some(text) = written(&module, &name, types.len()) else { continue };
        let Some(plain) = types.iter().map(|kind| ordinary(*kind)).collect::<Option<Vec<_>>>() else { continue };
        for at in 0..types.len() {
            for later in laters(types[at], &evaluation) {
                let mut arguments = plain.clone();
                arguments[at] = later;
                calls += 1;
                let leak = leaks(engine, &text, &arguments, &evaluation);
                let kind = arguments[0].type_name().rsplit("::").next().unwrap_or_default();
                let known = format!("{kind}.{name}");
                found.extend(
                    leak.filter(|_| !EXCEPTIONS.contains(&known.as_str()))
                        .map(|leak| format!("{known}: {text} with argument {at} known later {leak}")),
                );
            }
        }
    }
    assert!(calls > 1_000, "only {calls} calls were tried");
    found.sort();
    found.dedup();
    found
}

#[test]
fn no_function_of_either_engine_gives_away_what_is_known_later() {
    let engines = Engines::new(&Catalog::default(), &Library::standard(&reader()));
    for engine in [&engines.lines, &engines.scripts] {
        let found = walk(engine);
        assert!(found.is_empty(), "{} leaks:\n{}", found.len(), found.join("\n"));
    }
}
