//! Where an event says to look (Salesforce sheets 9.2 to 9.4). Nothing else of it is believed, and what is new in a record
//! is no part of a hint.
//!
//! Our own changes come back too and are no news to the polls; they are looked at all the same, since the org's own
//! triggers act under our name.

use serde_json::Value as Json;

use super::Channel;
use crate::hint::Hint;
use crate::names::{Path, Subject, in_full};

/// What the data of an event hint at. A gap hints at its records like any other; where it names none, only the polls know.
pub fn of(channel: &Channel, data: &Json) -> Vec<Hint> {
    if channel.name.starts_with("/data/") {
        changed(&data["payload"])
    } else if let Some(path) = &channel.record_id {
        ids(at(&data["payload"], path)).map(|id| about(kind_of(&id), &id)).collect()
    } else {
        found(&data["sobject"]).into_iter().collect()
    }
}

/// A change event names all records of one object that changed in the same way.
fn changed(payload: &Json) -> Vec<Hint> {
    let header = &payload["ChangeEventHeader"];
    let records: Vec<String> = ids(&header["recordIds"]).collect();
    let kind = match header["entityName"].as_str() {
        Some("Case") => "case",
        Some("CaseComment") => "comment",
        _ => "record",
    };
    match (kind, records.as_slice(), ids(&payload["ParentId"]).next()) {
        ("comment", [_], Some(case)) => vec![about("case", &case)],
        _ => records.iter().map(|id| about(kind, id)).collect(),
    }
}

/// A push topic shows the fields that its query selects.
fn found(record: &Json) -> Option<Hint> {
    let id = ids(&record["Id"]).next()?;
    match (kind_of(&id), ids(&record["ParentId"]).next()) {
        ("comment", Some(case)) => Some(about("case", &case)),
        (kind, _) => Some(about(kind, &id)),
    }
}

fn about(kind: &str, id: &str) -> Hint {
    Hint { subject: Subject::new("salesforce", kind, id) }
}

/// The first three characters say what a record is (Salesforce sheet 11).
fn kind_of(id: &str) -> &'static str {
    match id.get(..3) {
        Some("500") => "case",
        Some("00a") => "comment",
        _ => "record",
    }
}

fn at<'j>(payload: &'j Json, path: &Path) -> &'j Json {
    path.steps().fold(payload, |value, step| &value[step])
}

/// The ids in a text or a list. `500*` (too many to name) is none, nor is the id of nothing that an overflow has.
fn ids(value: &Json) -> impl Iterator<Item = String> {
    let listed = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let is_id = |text: &&str| {
        matches!(text.len(), 15 | 18)
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !text.starts_with("000")
    };
    listed.iter().filter_map(Json::as_str).map(str::trim).filter(is_id).map(|id| in_full(&id[..15]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CASE: &str = "5005g000002S6HrAAK";

    fn subjects(channel: &str, record_id: Option<&str>, data: &Json) -> Vec<String> {
        let channel = Channel { name: channel.into(), record_id: record_id.map(Path::from) };
        of(&channel, data).iter().map(|hint| hint.subject.to_string()).collect()
    }

    fn change(entity: &str, kind: &str, records: &[&str]) -> Json {
        json!({ "payload": { "ChangeEventHeader": { "entityName": entity, "changeType": kind, "recordIds": records } } })
    }

    #[test]
    fn a_change_hints_at_each_of_its_records_a_gap_too() {
        let here = |data: &Json| subjects("/data/ChangeEvents", None, data);
        let case = format!("salesforce:case:{CASE}");
        for kind in ["UPDATE", "GAP_UPDATE", "DELETE", "UNDELETE"] {
            assert_eq!(
                here(&change("Case", kind, &[CASE, "5005g000002S6Hs"])),
                [&*case, "salesforce:case:5005g000002S6HsAAK"]
            );
        }
        assert_eq!(
            here(&change("CaseComment", "GAP_CREATE", &["00a5g00000AAAAAAA5"])),
            ["salesforce:comment:00a5g00000AAAAAAA5"]
        );
        assert_eq!(
            here(&change("Contact", "UPDATE", &["0035g00000AAAAAAA5"])),
            ["salesforce:record:0035g00000AAAAAAA5"]
        );
        let mut comment = change("CaseComment", "CREATE", &["00a5g00000AAAAAAA5"]);
        comment["payload"]["ParentId"] = CASE.into();
        assert_eq!(here(&comment), [case]);
    }

    #[test]
    fn what_names_no_record_hints_at_nothing() {
        for records in [&["000000000000000AAA"][..], &["500*"], &[], &["5005g000002S6Hr/../x"]] {
            assert_eq!(subjects("/data/CaseChangeEvent", None, &change("Case", "GAP_OVERFLOW", records)), [""; 0]);
        }
        for data in [json!(null), json!([]), json!({ "payload": "x" }), json!({ "payload": { "Id__c": 7 } })] {
            assert_eq!(subjects("/event/X__e", Some("Id__c"), &data), [""; 0]);
            assert_eq!(subjects("/topic/X", None, &data), [""; 0]);
        }
    }

    #[test]
    fn an_event_of_the_orgs_own_says_it_in_its_field_and_a_topic_in_its_record() {
        let event = json!({ "payload": { "Case_Id__c": "5005g000002S6Hr", "Comment_Id__c": "00a5g00000AAAAAAA5" } });
        assert_eq!(subjects("/event/X__e", Some("Case_Id__c"), &event), [format!("salesforce:case:{CASE}")]);
        assert_eq!(subjects("/event/X__e", Some("Comment_Id__c"), &event), ["salesforce:comment:00a5g00000AAAAAAA5"]);
        let topic = json!({ "sobject": { "Id": "00a5g00000AAAAAAA5", "ParentId": CASE } });
        assert_eq!(subjects("/topic/X", None, &topic), [format!("salesforce:case:{CASE}")]);
    }
}
