//! `docs/output.md` and what `--format json` prints have one shape: every kind of line, every key, every word.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::home::{Home, Running};

const PAGE: &str = include_str!("../docs/output.md");
/// The keys that say what a line is.
const KINDS: [&str; 11] = [
    "planned",
    "nothing",
    "differs",
    "looked",
    "settled",
    "waits",
    "retries",
    "scheduled",
    "summary",
    "not_run",
    "explained",
];
/// Objects with keys of their own: arguments, results, hosts.
const FREE: [&str; 4] = ["args", "result", "cost", "halted"];

/// A rule in the shadow of the escalation.
const EAGER: &str = "escalations:\n  eager:\n    every: 15 minutes\n    shadow: escalations.unanswered-support\n    \
     when: [ thread.views >= 100000 ]\n    with: thread-to-case\n";

fn kind(line: &Json) -> &'static str {
    let has = |kind: &&&str| line.get(**kind).is_some() && (**kind != "nothing" || line.get("summary").is_none());
    KINDS.iter().find(has).unwrap_or_else(|| panic!("what is this? {line}"))
}

fn documented() -> BTreeMap<&'static str, Json> {
    let blocks = PAGE.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let read = |line: &str| serde_json::from_str::<Json>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    blocks.flat_map(str::lines).map(read).map(|line| (kind(&line), line)).collect()
}

/// Where two values have other keys; lists are compared by their first objects, what may be absent where it is there.
fn differences(path: &str, printed: &Json, told: &Json, found: &mut BTreeSet<String>) {
    match (printed, told) {
        (Json::Object(printed), Json::Object(told)) => {
            let keys = |map: &serde_json::Map<String, Json>| map.keys().cloned().collect::<BTreeSet<_>>();
            for key in keys(printed).symmetric_difference(&keys(told)) {
                found.insert(format!("{path}.{key}"));
            }
            let both = |(key, _): &(&String, &Json)| !FREE.contains(&key.as_str()) && told.contains_key(*key);
            for (key, value) in printed.iter().filter(both) {
                differences(&format!("{path}.{key}"), value, &told[key], found);
            }
        }
        (Json::Array(printed), Json::Array(told)) => {
            if let Some(told) = told.first() {
                printed.iter().for_each(|printed| differences(&format!("{path}[]"), printed, told, found));
            }
        }
        _ => {}
    }
}

fn lines(home: &Home, args: &[&str]) -> Vec<Json> {
    let said = home.run(&[&["--format", "json"], args].concat());
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{args:?}: {error}: {line}"));
    said.out.lines().map(read).collect()
}

#[tokio::test]
async fn every_line_has_the_keys_that_the_page_shows() {
    let home = Home::new();
    home.write("rules/eager.yaml", EAGER);
    let running = Running::start(&home, &["sandbox"]);
    let at = |args: &[&str]| lines(&home, &[args, &["--sandbox", running.says("/khoros/url")]].concat());
    let mut printed = at(&["run", "--dry-run"]);
    let busy = json!({ "match": { "path": "/composite" }, "times": 1, "do": "status", "status": 503 });
    running.control("salesforce", "faults", busy).await;
    let unanswered = json!({ "match": { "path": "/search" }, "times": 1, "do": "status", "status": 503 });
    running.control("khoros", "faults", unanswered).await;
    printed.extend(at(&["run", "--due"]));
    printed.extend(at(&["explain", "102"]));
    printed.extend(at(&["explain", "120"]));
    home.replace("casebridge.yaml", "path: rules", "path: nowhere");
    printed.extend(at(&["run"]));
    let documented = documented();
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for line in &printed {
        seen.insert(kind(line));
        differences(kind(line), line, &documented[kind(line)], &mut found);
    }
    assert!(found.is_empty(), "docs/output.md and the program differ in {found:?}");
    assert_eq!(seen, documented.keys().copied().collect(), "every kind of line is printed and shown");
    let text: String = printed.iter().map(Json::to_string).collect();
    for inside in ["Known", "LaterText", "Some(", "Why {", "\"Done\"", "StillPlanned"] {
        assert!(!text.contains(inside), "{inside} is a name of the program's own");
    }
}

#[test]
fn every_word_of_the_sums_is_on_the_page_and_the_sums_come_last() {
    let printed = lines(&Home::new(), &["run", "--dry-run", "--sandbox"]);
    let summary = printed.last().expect("a line");
    assert_eq!(
        (&summary["summary"], &summary["cases"], &summary["exit_code"]),
        (&json!("acme"), &json!(15), &json!(0))
    );
    assert!(summary["cost"]["salesforce"]["writes"].as_u64().is_some_and(|writes| writes > 0), "{summary}");
    for sums in ["plans", "outcomes"] {
        for word in summary[sums].as_object().expect("sums").keys() {
            assert!(PAGE.contains(&format!("`{word}`")), "docs/output.md has no `{word}`");
        }
    }
}
