//! The bare functions that lines and scripts have: `any_in`, `table`, `moment`; in scripts also `skip` and `map`.

use std::cmp::Ordering;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rhai::{Array, Dynamic, Engine, EvalAltResult, Map};

use crate::predicate::compare;
use crate::script::convert::{from_arg, to_arg, to_dynamic};
use crate::script::evaluation::{Evaluation, Looked};
use crate::script::kinds::YES_NO;
use crate::script::time::Moment;
use crate::script::{Evaluated, later};
use crate::span;

/// The kind of what may be anything.
pub const ANY: &str = "anything";

/// Of what kinds the arguments of a function are, and what it gives.
pub struct Signature {
    pub takes: Vec<&'static str>,
    pub gives: &'static str,
    pub example: String,
}

/// What the bare functions take and give; those that make durations are `span.rs`'.
const SIGNATURES: &[(&str, &[&str], &str, &str)] = &[
    ("any_in", &["list", "list"], YES_NO, "any_in(thread.labels, [\"vip\", \"gold\"])"),
    ("moment", &["text", "text"], "moment", "moment(\"2026-01-31 08:00\", settings.zone)"),
    ("table", &["table", ANY, ANY], ANY, "table(\"region-queue\", thread.board, \"Support\")"),
];

/// What a bare function takes and gives.
pub fn signature(name: &str) -> Option<Signature> {
    if let Some((unit, _)) = span::UNITS.iter().find(|(unit, _)| *unit == name) {
        return Some(Signature { takes: vec!["number"], gives: "duration", example: format!("{unit}(2)") });
    }
    let (_, takes, gives, example) = SIGNATURES.iter().find(|(known, ..)| *known == name)?;
    Some(Signature { takes: takes.to_vec(), gives, example: (*example).to_owned() })
}

/// Registers those that lines have too.
pub fn register(engine: &mut Engine) {
    engine.register_fn("any_in", |wanted: Array, list: Array| any_in(&wanted, &list));
    engine.register_fn("any_in", |_: (), _: Array| false);
    engine.register_fn("any_in", |_: Array, ()| false);
    engine.register_fn("sort", |list: &mut Array| sort(list, false));
    engine.register_fn("sort_desc", |list: &mut Array| sort(list, true));
    engine.register_fn("moment", moment);
    engine.register_fn("table", |name: &str, key: Dynamic| table(name, &key, None));
    engine.register_fn("table", |name: &str, key: Dynamic, otherwise: Dynamic| table(name, &key, Some(otherwise)));
    // A setting of type `table` is used in the same way; one that is absent has no rows.
    engine.register_fn("table", |rows: Map, key: Dynamic| in_setting(&rows, &key, None));
    engine.register_fn("table", |rows: Map, key: Dynamic, otherwise: Dynamic| in_setting(&rows, &key, Some(otherwise)));
    engine.register_fn("table", |_: (), _: Dynamic| ());
    engine.register_fn("table", |_: (), _: Dynamic, otherwise: Dynamic| otherwise);
}

/// Registers those of scripts.
pub fn register_for_scripts(engine: &mut Engine) {
    engine.register_fn("skip", |why: &str| -> Looked<()> { Err(Evaluation::current()?.skip(why)) });
    engine.register_fn("map", mapping);
}

fn any_in(wanted: &Array, list: &Array) -> Looked<bool> {
    later::none_in(wanted)?;
    later::none_in(list)?;
    let same = |a: &Dynamic, b: &Dynamic| match (a.as_immutable_string_ref(), b.as_immutable_string_ref()) {
        (Ok(a), Ok(b)) => *a == *b,
        _ => a.as_int().is_ok_and(|a| b.as_int() == Ok(a)),
    };
    Ok(wanted.iter().any(|wanted| list.iter().any(|item| same(wanted, item))))
}

/// Sorts by value. Rhai's own leaves lists of our types as they are, without a word.
fn sort(list: &mut Array, backwards: bool) -> Looked<()> {
    later::none_in(list)?;
    let value = |item: &Dynamic| to_arg(item.clone()).ok().and_then(|arg| arg.known());
    let mut keyed = Vec::new();
    for item in list.iter() {
        keyed.push((value(item).ok_or("only values can be sorted")?, item.clone()));
    }
    if keyed.iter().any(|(value, _)| compare(value, &keyed[0].0).is_none()) {
        return Err("values of different kinds cannot be sorted".into());
    }
    keyed.sort_by(|(a, _), (b, _)| compare(a, b).unwrap_or(Ordering::Equal));
    if backwards {
        keyed.reverse();
    }
    *list = keyed.into_iter().map(|(_, item)| item).collect();
    Ok(())
}

/// `moment("2026-01-31 08:00", "Europe/Paris")`.
fn moment(text: &str, zone: &str) -> Looked<Moment> {
    let wrong = |error: jiff::Error| -> Box<EvalAltResult> { format!("`{text}` in `{zone}`: {error}").into() };
    let zone = TimeZone::get(zone).map_err(wrong)?;
    let civil = civil(text).map_err(wrong)?;
    Ok(Moment(zone.to_ambiguous_zoned_datetime(civil).compatible().map_err(wrong)?.timestamp()))
}

/// A day and a time as `moment` takes them; a day alone begins at midnight.
pub fn civil(text: &str) -> Result<DateTime, jiff::Error> {
    text.replace(' ', "T").parse()
}

/// `table("tag-priority", thread.board, "Low")`: the row of a key, or what is said otherwise, or nothing.
fn table(name: &str, key: &Dynamic, otherwise: Option<Dynamic>) -> Looked<Dynamic> {
    let evaluation = Evaluation::current()?;
    let rows = evaluation.view.tables.get(name).ok_or_else(|| format!("there is no table `{name}`"))?;
    none_in_list(key)?;
    let row = rows.iter().find(|(row, _)| is_key(row.as_str(), key)).map(|(_, value)| to_dynamic(value));
    Ok(row.or(otherwise).unwrap_or(Dynamic::UNIT))
}

/// `table(settings.fallback_by_board, thread.board)`: the same of a setting.
fn in_setting(rows: &Map, key: &Dynamic, otherwise: Option<Dynamic>) -> Looked<Dynamic> {
    none_in_list(key)?;
    let row = rows.iter().find(|(row, _)| is_key(row, key)).map(|(_, value)| value.clone());
    Ok(row.or(otherwise).unwrap_or(Dynamic::UNIT))
}

/// Which row it is must be known.
fn none_in_list(key: &Dynamic) -> Looked<()> {
    key.as_array_ref().map_or(Ok(()), |list| later::none_in(&list))
}

/// Whether a row is the one of a key, or of an entry of a list.
fn is_key(row: &str, key: &Dynamic) -> bool {
    match key.as_array_ref() {
        Ok(list) => list.iter().any(|key| key.to_string() == row),
        Err(_) => key.to_string() == row,
    }
}

/// `map("thread-to-case")`: the fields of a mapping, as this event gives them.
fn mapping(name: &str) -> Looked<Dynamic> {
    let evaluation = Evaluation::current()?;
    let fields = match &evaluation.view.mappings {
        Some(mappings) => mappings.fields(name, &evaluation.view),
        None => return Err(format!("there is no mapping `{name}`").into()),
    };
    match fields {
        Evaluated::Is(arg) => Ok(from_arg(&evaluation, &arg)),
        Evaluated::Needs(reads) => Err(evaluation.need(reads)),
        Evaluated::Failed(error) => Err(evaluation.fail(error)),
        Evaluated::Refused(refusal) => Err(evaluation.refuse(refusal.code, refusal.what, refusal.next)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_in_its_zone() {
        let read = moment("2026-01-31 08:00", "Europe/Paris").map(|moment| moment.0.to_string());
        assert_eq!(read.ok().as_deref(), Some("2026-01-31T07:00:00Z"));
        assert!(moment("2026-01-31 08:00", "Mars/Crater").is_err());
    }
}
