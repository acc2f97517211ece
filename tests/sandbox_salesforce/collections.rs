//! Many records in one call, and many calls in one.

use casebridge::sandbox::SandboxHost;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Org, case_record};

#[tokio::test]
async fn a_collection_answers_record_by_record() {
    let org = Org::fresh().await;
    let records = [
        case_record(json!({"Subject": "a", "Community_Thread_Key__c": "k"})),
        case_record(json!({"Subject": "b", "Community_Thread_Key__c": "K"})),
        case_record(json!({"Nope": 1})),
        json!({"attributes": {"type": "Contact"}, "FirstName": "Ann"}),
    ];
    let body = json!({"allOrNone": false, "records": records});
    let (status, answer) = org.send(Method::POST, "composite/sobjects", body).await;
    assert_eq!(status, 200);
    let codes: Vec<_> = (0..4).map(|i| answer[i]["errors"][0]["statusCode"].clone()).collect();
    assert_eq!(codes, [Value::Null, "DUPLICATE_VALUE".into(), "INVALID_FIELD".into(), "REQUIRED_FIELD_MISSING".into()]);
    assert_eq!(answer[0]["success"], true);
    assert_eq!(answer[3]["errors"][0]["fields"], json!(["LastName"]));
    assert_eq!(org.host.applied(), [("create Case".to_owned(), 1)].into());
}

#[tokio::test]
async fn all_or_none_takes_everything_back() {
    let org = Org::fresh().await;
    let records = [case_record(json!({"Subject": "a", "Comments": "c"})), case_record(json!({"Priority": "None"}))];
    let (_, answer) =
        org.send(Method::POST, "composite/sobjects", json!({"allOrNone": true, "records": records})).await;
    assert_eq!(answer[0]["errors"][0]["statusCode"], "ALL_OR_NONE_OPERATION_ROLLED_BACK");
    assert_eq!(answer[1]["errors"][0]["statusCode"], "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST");
    assert!(org.world("cases").is_empty() && org.world("comments").is_empty());
    assert!(org.host.applied().is_empty());
}

#[tokio::test]
async fn a_collection_updates_and_retrieves() {
    let org = Org::fresh().await;
    let id = org.create("Case", json!({"Subject": "a"})).await;
    let gone = "5005g0000000001";
    let records = [case_record(json!({"id": id, "Subject": "b"})), case_record(json!({"Id": gone, "Subject": "b"}))];
    let (_, answer) = org.send(Method::PATCH, "composite/sobjects", json!({"records": records})).await;
    assert_eq!(answer[0], json!({"id": id, "success": true, "errors": []}));
    assert_eq!(answer[1]["errors"][0]["statusCode"], "INVALID_CROSS_REFERENCE_KEY");
    let path = format!("composite/sobjects/Case?ids={id},{gone}&fields=Subject");
    let (_, got) = org.get(&path).await;
    assert_eq!((&got[0]["Subject"], &got[1]), (&json!("b"), &Value::Null));
    let body = json!({"ids": [id], "fields": ["Id", "CaseNumber"]});
    let (_, got) = org.send(Method::POST, "composite/sobjects/Case", body).await;
    assert_eq!(got[0]["CaseNumber"], "00001001");
}

#[tokio::test]
async fn two_hundred_records_are_the_most() {
    let org = Org::fresh().await;
    let records = vec![case_record(json!({})); 201];
    let (status, answer) = org.send(Method::POST, "composite/sobjects", json!({"records": records})).await;
    assert_eq!((status, &answer[0]["errorCode"]), (400, &json!("EXCEEDED_MAX_SOBJECTS")));
    assert!(org.world("cases").is_empty());
}

#[tokio::test]
async fn a_composite_uses_what_its_earlier_parts_answered() {
    let org = Org::fresh().await;
    let body = json!({"allOrNone": true, "compositeRequest": [
        {"method": "POST", "url": "/services/data/v65.0/sobjects/Case", "referenceId": "c", "body": {"Subject": "x"}},
        {"method": "POST", "url": "/services/data/v65.0/sobjects/CaseComment", "referenceId": "k",
         "body": {"ParentId": "@{c.id}", "CommentBody": "for @{c.id}"}},
        {"method": "GET", "url": "/services/data/v65.0/sobjects/Case/@{c.id}?fields=CaseNumber", "referenceId": "r"},
    ]});
    let (status, answer) = org.send(Method::POST, "composite", body).await;
    assert_eq!(status, 200);
    let part = |place: usize| answer["compositeResponse"][place].clone();
    assert_eq!((&part(0)["httpStatusCode"], &part(0)["referenceId"]), (&json!(201), &json!("c")));
    assert!(part(0)["httpHeaders"]["Location"].as_str().unwrap().contains("/sobjects/Case/500"));
    assert_eq!(part(2)["body"]["CaseNumber"], "00001001");
    let id = part(0)["body"]["id"].as_str().unwrap().to_owned();
    assert_eq!(org.world("comments")[0]["body"], format!("for {id}"));
    assert_eq!(org.get("limits").await.1["DailyApiRequests"]["Remaining"], 100_000 - 2);
}

#[tokio::test]
async fn a_composite_of_all_or_none_leaves_nothing_behind() {
    let org = Org::fresh().await;
    let request = |all: bool| {
        json!({"allOrNone": all, "compositeRequest": [
            {"method": "POST", "url": "/services/data/v65.0/sobjects/Case", "referenceId": "a", "body": {"Subject": "x"}},
            {"method": "POST", "url": "/services/data/v65.0/sobjects/Case", "referenceId": "b", "body": {"Nope": "x"}},
            {"method": "GET", "url": "/services/data/v65.0/sobjects/Case/@{b.id}", "referenceId": "d"},
        ]})
    };
    let codes = async |all: bool| {
        let (_, answer) = org.send(Method::POST, "composite", request(all)).await;
        let code = |place: usize| answer["compositeResponse"][place]["body"][0]["errorCode"].clone();
        [code(0), code(1), code(2)]
    };
    let halted = json!("PROCESSING_HALTED");
    assert_eq!(codes(true).await, [halted.clone(), json!("INVALID_FIELD"), halted.clone()]);
    assert!(org.world("cases").is_empty() && org.host.applied().is_empty());
    assert_eq!(codes(false).await, [Value::Null, json!("INVALID_FIELD"), halted]);
    assert_eq!(org.world("cases").len(), 1);
}

#[tokio::test]
async fn a_composite_with_a_wrong_envelope_does_nothing() {
    let org = Org::fresh().await;
    let create = |name: String| json!({"method": "POST", "url": "/services/data/v65.0/sobjects/Case", "referenceId": name, "body": {}});
    let query = |name: String| json!({"method": "GET", "url": "/services/data/v65.0/query/?q=SELECT+Id+FROM+Case", "referenceId": name});
    let many: Vec<_> = (0..26).map(|i| create(format!("c{i}"))).collect();
    let queries: Vec<_> = (0..6).map(|i| query(format!("q{i}"))).collect();
    for parts in [many, queries, vec![create("a b".into())], vec![create("c".into()), create("c".into())]] {
        let (status, answer) = org.send(Method::POST, "composite", json!({"compositeRequest": parts})).await;
        assert_eq!((status, answer.is_array()), (400, true));
    }
    assert!(org.world("cases").is_empty());
}
