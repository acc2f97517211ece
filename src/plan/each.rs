//! A write to several is one write to each: each has a key and an outcome of its own, so that nobody is written to twice
//! because another could not be reached.

use std::collections::BTreeSet;

use crate::names::ParamName;
use crate::plan::Arg;
use crate::value::Value;

type Args = Vec<(ParamName, Arg)>;

/// The arguments of each write; an entry that comes again is one. Without a list, or with an empty one, it is one write.
pub fn each(param: Option<&str>, args: Args) -> Vec<Args> {
    let listed = param.and_then(|param| args.iter().position(|(name, _)| name.as_str() == param));
    let Some(place) = listed else { return vec![args] };
    let entries = match &args[place].1 {
        Arg::Known(Value::List(entries)) => entries.iter().cloned().map(Arg::Known).collect(),
        Arg::List(entries) => entries.clone(),
        _ => vec![],
    };
    let mut seen = BTreeSet::new();
    let is_new = |entry: &Arg| match entry {
        Arg::Known(value) => !value.is_absent() && seen.insert(value.to_string().trim().to_lowercase()),
        _ => true,
    };
    let with = |entry: Arg| {
        let mut args = args.clone();
        args[place].1 = entry;
        args
    };
    let writes: Vec<Args> = entries.into_iter().filter(is_new).map(with).collect();
    if writes.is_empty() { vec![args] } else { writes }
}
