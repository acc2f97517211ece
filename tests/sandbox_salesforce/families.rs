//! The composite family beyond `/composite` itself: collections by key and by id, batch, tree, graph.

use casebridge::sandbox::SandboxHost;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Org, case_record};

const KEY: &str = "Community_Thread_Key__c";

#[tokio::test]
async fn a_collection_is_upserted_by_key() {
    let org = Org::fresh().await;
    let path = format!("composite/sobjects/case/{}", KEY.to_lowercase());
    let body = json!({"records": [case_record(json!({KEY: "a", "Subject": "1"})), case_record(json!({KEY: "b"}))]});
    let (_, made) = org.send(Method::PATCH, &path, body).await;
    assert_eq!((&made[0]["created"], &made[1]["created"]), (&json!(true), &json!(true)));
    let records = [
        case_record(json!({KEY: "A", "Subject": "2"})),
        case_record(json!({"Subject": "no key"})),
        json!({"attributes": {"type": "Contact"}, KEY: "c"}),
        case_record(json!({KEY: "d", "Subject": "x".repeat(256)})),
    ];
    let (status, answer) = org.send(Method::PATCH, &path, json!({"records": records})).await;
    assert_eq!(
        (status, &answer[0]),
        (200, &json!({"id": made[0]["id"], "success": true, "errors": [], "created": false}))
    );
    let codes: Vec<_> = (1..4).map(|place| answer[place]["errors"][0]["statusCode"].clone()).collect();
    assert_eq!(codes, ["MISSING_ARGUMENT", "INVALID_TYPE", "STRING_TOO_LONG"]);
    assert_eq!(org.host.applied(), [("create Case".to_owned(), 2), ("update Case".to_owned(), 1)].into());
    org.host.set_switches(&json!({"external_id_unique": false})).unwrap();
    org.create("Case", json!({KEY: "a"})).await;
    let (_, answer) = org.send(Method::PATCH, &path, json!({"records": [case_record(json!({KEY: "a"}))]})).await;
    assert_eq!(answer[0]["errors"][0]["statusCode"], "DUPLICATE_EXTERNAL_ID");
    let (status, answer) = org.send(Method::PATCH, "composite/sobjects/Case/Subject", json!({"records": []})).await;
    assert_eq!((status, &answer[0]["errorCode"]), (404, &json!("NOT_FOUND")));
}

#[tokio::test]
async fn a_collection_is_deleted_by_id_across_objects() {
    let org = Org::fresh().await;
    let case = org.create("Case", json!({})).await;
    let contact = org.create("Contact", json!({"LastName": "Gone"})).await;
    let ids = format!("{},{contact},500000000000001,abc", &case[..15]);
    let (status, answer) =
        org.send(Method::DELETE, &format!("composite/sobjects?ids={ids}&allOrNone=true"), json!({})).await;
    let codes: Vec<_> = (0..4).map(|place| answer[place]["errors"][0]["statusCode"].clone()).collect();
    let back = "ALL_OR_NONE_OPERATION_ROLLED_BACK";
    assert_eq!(
        (status, codes),
        (200, vec![json!(back), json!(back), json!("INVALID_CROSS_REFERENCE_KEY"), json!("MALFORMED_ID")])
    );
    assert_eq!(org.read("Case", &case).await["Id"], case.as_str());
    let (_, answer) = org.send(Method::DELETE, &format!("composite/sobjects?ids={ids}"), json!({})).await;
    assert_eq!(answer[0], json!({"id": case, "success": true, "errors": []}));
    assert_eq!((&answer[1]["success"], &answer[2]["success"]), (&json!(true), &json!(false)));
    assert_eq!(org.get(&format!("sobjects/Contact/{contact}")).await.0, 404);
    assert_eq!(org.send(Method::DELETE, "composite/sobjects", json!({})).await.0, 400);
    let many = vec![case.as_str(); 201].join(",");
    assert_eq!(
        org.send(Method::DELETE, &format!("composite/sobjects?ids={many}"), json!({})).await.1[0]["errorCode"],
        "EXCEEDED_MAX_SOBJECTS"
    );
}

#[tokio::test]
async fn a_batch_goes_on_or_halts_and_pays_for_each_part() {
    let org = Org::fresh().await;
    let case = org.create("Case", json!({"Subject": "a"})).await;
    let body = |halts: bool| {
        json!({"haltOnError": halts, "batchRequests": [
            {"method": "PATCH", "url": format!("v65.0/sobjects/Case/{case}"), "richInput": {"Subject": "b"}},
            {"method": "GET", "url": "/services/data/v65.0/sobjects/Case/500000000000001"},
            {"method": "GET", "url": format!("v65.0/sobjects/Case/{case}?fields=Subject")},
        ]})
    };
    let (status, answer) = org.send(Method::POST, "composite/batch", body(true)).await;
    let codes = |answer: &Value| -> Vec<u64> {
        answer["results"].as_array().unwrap().iter().map(|one| one["statusCode"].as_u64().unwrap()).collect()
    };
    assert_eq!((status, &answer["hasErrors"], codes(&answer)), (200, &json!(true), vec![204, 404, 412]));
    assert_eq!(answer["results"][0]["result"], Value::Null);
    assert_eq!(answer["results"][2]["result"][0]["errorCode"], "BATCH_PROCESSING_HALTED");
    let (_, answer) = org.send(Method::POST, "composite/batch", body(false)).await;
    assert_eq!((codes(&answer), &answer["results"][2]["result"]["Subject"]), (vec![204, 404, 200], &json!("b")));
    assert_eq!(org.get("limits").await.1["DailyApiRequests"]["Remaining"], 100_000 - 1 - 2 - 3 - 1);
    let (_, answer) = org
        .send(
            Method::POST,
            "composite/batch",
            json!({"batchRequests": vec![json!({"method": "GET", "url": "v65.0/limits"}); 26]}),
        )
        .await;
    assert_eq!(answer[0]["errorCode"], "INVALID_BATCH_REQUEST");
    org.host.set_switches(&json!({"daily_limit": 10})).unwrap();
    let (_, answer) = org.send(Method::POST, "composite/batch", body(false)).await;
    assert_eq!(codes(&answer), [204, 404, 403]);
}

fn leaf(name: &str, body: &str) -> Value {
    json!({"attributes": {"type": "CaseComment", "referenceId": name}, "CommentBody": body})
}

#[tokio::test]
async fn a_tree_is_made_whole_or_not_at_all() {
    let org = Org::fresh().await;
    let tree = |comment: &str| {
        json!({"records": [
            {"attributes": {"type": "Case", "referenceId": "r1"}, "Subject": "x", "casecomments": {"records": [leaf("r2", comment)]}},
            {"attributes": {"type": "Case", "referenceId": "r3"}, "Subject": "y"},
        ]})
    };
    let (status, answer) = org.send(Method::POST, "composite/tree/Case", tree("hi")).await;
    assert_eq!((status, &answer["hasErrors"]), (201, &json!(false)));
    let names: Vec<_> = answer["results"].as_array().unwrap().iter().map(|one| one["referenceId"].clone()).collect();
    assert_eq!(names, ["r1", "r2", "r3"]);
    assert_eq!(org.world("comments")[0]["case"], answer["results"][0]["id"]);
    let (status, answer) = org.send(Method::POST, "composite/tree/Case", tree(&"x".repeat(4_001))).await;
    assert_eq!((status, &answer["hasErrors"]), (400, &json!(true)));
    assert_eq!(answer["results"][0]["referenceId"], "r2");
    assert_eq!((answer["results"].as_array().unwrap().len(), org.world("cases").len()), (1, 2));
    assert_eq!(answer["results"][0]["errors"][0]["statusCode"], "STRING_TOO_LONG");
}

#[tokio::test]
async fn a_tree_with_a_wrong_shape_is_refused() {
    let org = Org::fresh().await;
    let case = |name: &str| json!({"attributes": {"type": "Case", "referenceId": name}});
    let mut deep = case("r0");
    for level in 1..6 {
        let mut above = case(&format!("r{level}"));
        above["Cases"] = json!({"records": [deep]});
        deep = above;
    }
    let many: Vec<_> = (0..201).map(|n| case(&format!("r{n}"))).collect();
    for records in [
        json!([deep]),
        json!(many),
        json!([case("a"), case("a")]),
        json!([case("")]),
        json!([leaf("a", "b")]),
        Value::Null,
    ] {
        let (status, answer) = org.send(Method::POST, "composite/tree/Case", json!({"records": records})).await;
        assert_eq!((status, answer.is_array()), (400, true), "{answer}");
    }
    assert!(org.world("cases").is_empty());
}

fn node(name: &str, body: Value) -> Value {
    json!({"method": "POST", "url": "/services/data/v65.0/sobjects/Case", "referenceId": name, "body": body})
}

#[tokio::test]
async fn every_graph_is_a_transaction_of_its_own() {
    let org = Org::fresh().await;
    let graphs = json!({"graphs": [
        {"graphId": "good", "compositeRequest": [node("a", json!({"Subject": "x"})), {
            "method": "PATCH", "url": format!("/services/data/v65.0/sobjects/Case/{KEY}/g:1"), "referenceId": "b",
            "body": {"ParentId": "@{a.id}"}}]},
        {"graphId": "bad", "compositeRequest": [node("a", json!({"Subject": "y"})), node("b", json!({"Nope": 1}))]},
    ]});
    let (status, answer) = org.send(Method::POST, "composite/graph", graphs).await;
    let graph = |place: usize| answer["graphs"][place].clone();
    assert_eq!((status, &graph(0)["isSuccessful"], &graph(1)["isSuccessful"]), (200, &json!(true), &json!(false)));
    let bad = graph(1)["graphResponse"]["compositeResponse"].clone();
    assert_eq!(
        (&bad[0]["body"][0]["errorCode"], &bad[1]["body"][0]["errorCode"]),
        (&json!("PROCESSING_HALTED"), &json!("INVALID_FIELD"))
    );
    let cases = org.world("cases");
    assert_eq!((cases.len(), &cases[1]["fields"]["ParentId"]), (2, &cases[0]["id"]));
    assert_eq!(org.get("limits").await.1["DailyApiRequests"]["Remaining"], 100_000 - 2);
}

#[tokio::test]
async fn graphs_have_limits_and_only_rows() {
    let org = Org::fresh().await;
    let graph = |id: &str, nodes: Vec<Value>| json!({"graphId": id, "compositeRequest": nodes});
    let query =
        json!({"method": "GET", "url": "/services/data/v65.0/query/?q=SELECT+Id+FROM+Case", "referenceId": "q"});
    let nodes = |count: usize| (0..count).map(|n| node(&format!("n{n}"), json!({}))).collect::<Vec<_>>();
    for graphs in [
        vec![graph("a", vec![query])],
        vec![graph("a", nodes(501))],
        (0..76).map(|n| graph(&format!("g{n}"), nodes(1))).collect(),
        vec![graph("a", nodes(1)), graph("a", nodes(1))],
        vec![graph("a.b", nodes(1))],
    ] {
        assert_eq!(org.send(Method::POST, "composite/graph", json!({"graphs": graphs})).await.0, 400);
    }
    let failing: Vec<_> = (0..20).map(|n| graph(&format!("g{n}"), vec![node("a", json!({"Nope": 1}))])).collect();
    let (_, answer) = org.send(Method::POST, "composite/graph", json!({"graphs": failing})).await;
    let code =
        |place: usize| answer["graphs"][place]["graphResponse"]["compositeResponse"][0]["body"][0]["errorCode"].clone();
    assert_eq!((code(13), code(14)), (json!("INVALID_FIELD"), json!("PROCESSING_HALTED")));
    assert!(org.world("cases").is_empty());
}

#[tokio::test]
async fn the_id_is_a_key_too() {
    let org = Org::fresh().await;
    let (status, made) = org.send(Method::POST, "sobjects/Case/Id", json!({"Subject": "a"})).await;
    assert_eq!(status, 201);
    let path = format!("sobjects/Case/Id/{}", made["id"].as_str().unwrap());
    assert_eq!(org.send(Method::PATCH, &path, json!({"Subject": "b"})).await.1["created"], false);
    assert_eq!(org.send(Method::PATCH, "sobjects/Case/Id/500000000000001", json!({})).await.0, 404);
}

#[tokio::test]
async fn the_tooling_api_is_empty_and_records_are_counted() {
    let org = Org::fresh().await;
    org.create("Case", json!({})).await;
    let (status, answer) = org.get("tooling/query/?q=SELECT+Id+FROM+SandboxProcess").await;
    assert_eq!((status, &answer["totalSize"], &answer["records"]), (200, &json!(0), &json!([])));
    let (_, counts) = org.get("limits/recordCount?sObjects=Case,contact").await;
    assert_eq!(counts["sObjects"], json!([{"count": 1, "name": "Case"}, {"count": 4, "name": "Contact"}]));
}
