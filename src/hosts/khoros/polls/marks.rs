//! Labels and tags that are new on a thread. No event of the community tells of them, and no count of them is sure to
//! change, so they are read in every pass where a rule waits for them (Khoros sheet 7).

use std::collections::BTreeMap;

use crate::catalog::Told;
use crate::failure::HostError;
use crate::hosts::khoros::reads::find_marks::marks_of;
use crate::names::Name;
use crate::value::Value;

use super::threads::Look;

/// A kind of mark: the event, the collection and the part of what is seen, and the word of what happened.
struct Kind {
    event: &'static str,
    collection: &'static str,
    word: &'static str,
    write: fn(&str) -> String,
}

const KINDS: [Kind; 2] = [
    Kind { event: "khoros.thread_labelled", collection: "labels", word: "labelled", write: str::to_owned },
    Kind { event: "khoros.thread_tagged", collection: "tags", word: "tagged", write: str::to_lowercase },
];
pub const TELLS: [&str; 2] = [KINDS[0].event, KINDS[1].event];

/// What is kept, and what happened. What a thread bears when it is first looked at was stuck on it before.
pub async fn look(look: &Look<'_>, seen: &Value) -> Result<(Vec<(Name, Value)>, Vec<Told>), HostError> {
    let (mut kept, mut told) = (Vec::new(), Vec::new());
    for kind in KINDS.iter().filter(|kind| look.is_wanted(&[kind.event])) {
        let marks = marks_of(look.client, kind.collection, look.thread).await?;
        let marks: Vec<String> = marks.iter().map(|text| (kind.write)(text)).collect();
        let before = match seen.get(kind.collection) {
            Value::Map(before) => Some(before),
            _ => None,
        };
        if let Some(before) = before {
            told.extend(marks.iter().filter_map(|text| tell(look, kind, before, text)));
        }
        kept.push((kind.collection.into(), Value::Map(counted(before, &marks))));
    }
    Ok((kept, told))
}

/// How often each mark was stuck on; below zero while it is off.
fn counted(before: Option<&BTreeMap<Name, Value>>, marks: &[String]) -> BTreeMap<Name, Value> {
    let known = before.into_iter().flatten().map(|(text, _)| text.as_str());
    let all = known.chain(marks.iter().map(String::as_str));
    let count = |text: &str| {
        let times = times(before, text);
        let is_on = marks.iter().any(|mark| mark == text);
        if is_on && times <= 0 {
            1 - times
        } else if is_on {
            times
        } else {
            -times.abs()
        }
    };
    all.map(|text| (text.into(), count(text).into())).collect()
}

fn tell(look: &Look<'_>, kind: &Kind, before: &BTreeMap<Name, Value>, text: &str) -> Option<Told> {
    let times = times(Some(before), text);
    let what = format!("khoros:thread:{}:{}:{text}", look.thread, kind.word);
    // The first time it is known by what our own writes are known by.
    let what = if times == 0 { what } else { format!("{what}:{}", 1 - times) };
    (times <= 0).then(|| look.told(kind.event, what, Value::map([("text", Value::text(text))])))
}

fn times(before: Option<&BTreeMap<Name, Value>>, text: &str) -> i64 {
    let known = before.and_then(|before| before.get(text));
    if let Some(Value::Int(times)) = known { *times } else { 0 }
}
