//! A write to several is one write to each: each has a key and an outcome of its own, so that nobody is written to twice
//! because another could not be reached.

use std::collections::BTreeSet;

use crate::catalog::Each;
use crate::names::ParamName;
use crate::plan::Arg;
use crate::value::Value;

type Args = Vec<(ParamName, Arg)>;

/// The arguments of each write; an entry that comes again is one.
pub fn each(each: Option<Each>, args: Args) -> Vec<Args> {
    let Some(Each { param, may_be_none }) = each else { return vec![args] };
    let otherwise = |args| if may_be_none { vec![] } else { vec![args] };
    let Some(place) = args.iter().position(|(name, _)| name.as_str() == param) else { return otherwise(args) };
    let entries = match &args[place].1 {
        Arg::Known(Value::List(entries)) => entries.iter().cloned().map(Arg::Known).collect(),
        Arg::List(entries) => entries.clone(),
        // One alone.
        _ => return vec![args],
    };
    let mut seen = BTreeSet::new();
    let folded = |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_lowercase());
    let is_new = |entry: &Arg| match entry {
        Arg::Known(value) => !value.is_absent() && seen.insert(folded(value)),
        _ => true,
    };
    let with = |entry: Arg| {
        let mut args = args.clone();
        args[place].1 = entry;
        args
    };
    let writes: Vec<Args> = entries.into_iter().filter(is_new).map(with).collect();
    if writes.is_empty() { otherwise(args) } else { writes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(list: Vec<Value>) -> Args {
        vec![("to".into(), Arg::Known(Value::List(list))), ("body".into(), Arg::Known("x".into()))]
    }

    #[test]
    fn an_empty_list_is_one_write_or_none_as_its_function_wants() {
        let wanted = |may_be_none| each(Some(Each { param: "to", may_be_none }), args(vec![])).len();
        assert_eq!((wanted(false), wanted(true)), (1, 0));
        let left_out = each(Some(Each { param: "from", may_be_none: true }), args(vec![]));
        assert!(left_out.is_empty(), "a list that is absent is empty");
    }

    #[test]
    fn an_entry_that_comes_again_is_one_write() {
        let file = |id: &str| Value::map([("id", id.into()), ("name", "a.png".into())]);
        let entries = vec![file("1"), file("2"), file("1"), "A@b.test".into(), " a@B.test".into(), Value::Nothing];
        let writes = each(Some(Each { param: "to", may_be_none: true }), args(entries));
        assert_eq!(writes.len(), 3, "{writes:?}");
    }
}
