//! `streams:` of an org: the channels that we listen to, and where an event of the org's own names its record.

use crate::config::{Reading, codes};
use crate::names::{Path, is_api_name};
use crate::problem::Problem;
use crate::rules::codes as rule_codes;
use crate::rules::written;
use crate::rules::yaml::Node;

/// The keys of a stream that is written as a map.
pub const STREAM_KEYS: &[&str] = &["channel", "record_id"];

/// The first version of the API that replays (Salesforce sheet 9.2).
const FIRST_VERSION: u32 = 37;

/// A channel that we listen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// `/data/CaseChangeEvent`, `/event/Support_Update__e`, `/topic/OpenCases`.
    pub channel: String,
    /// Where a platform event holds the id of a case or a comment; the others name their records themselves.
    pub record_id: Option<Path>,
}

pub(super) fn read(reading: &mut Reading, of: &Node, api_version: &str) -> Vec<Stream> {
    let Some(node) = of.get("streams") else { return vec![] };
    let items = reading.keep(written::list(node, "`streams`").map(<[_]>::to_vec)).unwrap_or_default();
    let mut streams: Vec<Stream> = Vec::new();
    for item in &items {
        let Some(stream) = one(reading, item) else { continue };
        if streams.iter().any(|known| known.channel == stream.channel) {
            let problem = Problem::new(codes::CHANNEL, &item.at, format!("`{}` stands here twice", stream.channel));
            reading.problems.push(problem.next("leave one of them out"));
        }
        streams.push(stream);
    }
    if !streams.is_empty() && version(api_version).is_some_and(|version| version < FIRST_VERSION) {
        let problem = Problem::new(codes::API_VERSION, &node.at, "`streams` need a later `api_version`");
        reading.problems.push(problem.next(format!("`api_version: v{FIRST_VERSION}.0` or later, or leave it out")));
    }
    streams
}

fn version(text: &str) -> Option<u32> {
    text.strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn one(reading: &mut Reading, item: &Node) -> Option<Stream> {
    let is_map = !item.entries().is_empty();
    if is_map {
        reading.known_keys(item, STREAM_KEYS, "a stream");
    }
    let (at, record_id) = if is_map { (item.get("channel"), item.get("record_id")) } else { (Some(item), None) };
    let Some(at) = at else {
        let problem = Problem::new(rule_codes::MISSING_KEY, &item.at, "a stream needs `channel`");
        reading.problems.push(problem.next("`{ channel: /event/NAME__e, record_id: FIELD }`"));
        return None;
    };
    let channel = reading.keep(written::text(at))?.to_owned();
    if !is_channel(&channel) {
        let problem = Problem::new(codes::CHANNEL, &at.at, format!("`{channel}` is not a channel of an org"));
        let next = "`/data/CaseChangeEvent` for changes, `/event/NAME__e` for a platform event, or `/topic/NAME`";
        reading.problems.push(problem.next(next));
        return None;
    }
    let record_id = match record_id {
        Some(node) => Some((reading.keep(written::text(node))?, node)),
        None => None,
    };
    let is_event = channel.starts_with("/event/");
    match record_id {
        None if is_event => {
            let problem = Problem::new(rule_codes::MISSING_KEY, &at.at, format!("`{channel}` needs `record_id`"));
            let problem = problem.because("only the org knows which field of its own event holds the id of a case");
            reading.problems.push(problem.next(format!("`{{ channel: {channel}, record_id: Case_Id__c }}`")));
        }
        Some((_, node)) if !is_event => {
            let problem = Problem::new(codes::CHANNEL, &node.at, format!("`{channel}` has no `record_id`"));
            reading.problems.push(problem.next("leave it out: what it tells of names its record by itself"));
        }
        Some((path, node)) if !path.split('.').all(is_api_name) => {
            let what = "`record_id` is not the API name of a field";
            let next = "write the field of the event that holds the id, such as `Case_Id__c`";
            reading.problems.push(Problem::new(codes::FIELD_NAME, &node.at, what).next(next));
        }
        _ => {}
    }
    Some(Stream { channel, record_id: record_id.map(|(path, _)| path.into()) })
}

/// The channels whose events name a record (Salesforce sheet 9.2); `__chn` are an org's own bundles of them.
fn is_channel(text: &str) -> bool {
    let ends = |name: &str, ends: &[&str]| is_api_name(name) && ends.iter().any(|end| name.ends_with(end));
    match text.split('/').collect::<Vec<_>>().as_slice() {
        ["", "data", name] => *name == "ChangeEvents" || ends(name, &["ChangeEvent", "__chn"]),
        ["", "event", name] => ends(name, &["__e", "__chn"]),
        ["", "topic", name] => is_api_name(name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_channel;

    #[test]
    fn channels_are_known_by_their_form() {
        for channel in [
            "/data/CaseChangeEvent",
            "/data/ChangeEvents",
            "/data/Postback__ChangeEvent",
            "/data/Support__chn",
            "/event/Support_Update__e",
            "/topic/OpenCases",
        ] {
            assert!(is_channel(channel), "{channel}");
        }
        for other in
            ["", "CaseChangeEvent", "/data/Case", "/event/Support_Update", "/topic/", "/u/all", "/meta/connect"]
        {
            assert!(!is_channel(other), "{other}");
        }
    }
}
