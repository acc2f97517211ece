//! The REST surface: versions, paths, quota, zipping, describe.

use casebridge::sandbox::SandboxHost;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::{DESCRIPTOR, Org, told};

#[tokio::test]
async fn versions_are_listed_without_signing_in() {
    let org = Org::fresh().await;
    let answer = org.http.get(format!("{}/services/data/", org.url)).send().await.unwrap();
    let list: Value = answer.json().await.unwrap();
    let known = json!({"label": "Winter '26", "url": "/services/data/v65.0", "version": "65.0"});
    assert!(list.as_array().unwrap().contains(&known));
}

#[tokio::test]
async fn paths_forgive_slashes_case_and_version() {
    let org = Org::fresh().await;
    let case = org.create("Case", json!({"Subject": "x"})).await;
    for path in
        ["//services/data/v65.0/", "/services/data/v31.0/LIMITS/", "/services//data/v51.0/sobjects/CASE/describe"]
    {
        let answer = org.http.get(format!("{}{path}", org.url)).bearer_auth(&org.token).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    for path in [format!("sobjects/case/{}", &case[..15]), format!("sobjects/Case/{}", case.to_lowercase())] {
        assert_eq!(org.get(&path).await.1["Id"], case.as_str());
    }
    let old = org.http.get(format!("{}/services/data/v30.0/limits", org.url)).bearer_auth(&org.token).send().await;
    assert_eq!(old.unwrap().status(), 410);
}

#[tokio::test]
async fn the_resource_list_names_the_identity() {
    let org = Org::fresh().await;
    let body = org.get("").await.1;
    assert!(body["identity"].as_str().unwrap().starts_with(&format!("{}/id/00D", org.url)));
    assert_eq!(body["query"], "/services/data/v65.0/query");
}

#[tokio::test]
async fn a_used_up_quota_is_403_until_the_window_moves() {
    let mut org = Org::fresh().await;
    org.host.set_switches(&json!({"daily_limit": 2})).unwrap();
    let answer = org.ask(Method::GET, "limits").send().await.unwrap();
    assert_eq!(answer.headers()["sforce-limit-info"], "api-usage=1/2");
    assert_eq!(org.get("limits").await.1["DailyApiRequests"], json!({"Max": 2, "Remaining": 0}));
    let (status, body) = org.get("limits").await;
    assert_eq!((status, &body[0]["errorCode"]), (403, &json!("REQUEST_LIMIT_EXCEEDED")));
    org.clock.advance(SignedDuration::from_hours(24));
    org.sign_in().await;
    assert_eq!(org.get("limits").await.0, 200);
}

#[tokio::test]
async fn an_answer_is_zipped_when_asked() {
    let org = Org::fresh().await;
    let plain = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
    let request = plain.get(format!("{}/services/data/v65.0/sobjects", org.url)).bearer_auth(&org.token);
    let answer = request.header("Accept-Encoding", "gzip").send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert_eq!(answer.bytes().await.unwrap()[..2], [0x1f, 0x8b]);
}

#[tokio::test]
async fn describe_tells_types_lengths_and_keys() {
    let org = Org::fresh().await;
    let body = org.get("sobjects/Case/describe").await.1;
    let field = |name: &str| body["fields"].as_array().unwrap().iter().find(|f| f["name"] == name).unwrap().clone();
    let key = field("Community_Thread_Key__c");
    for (name, value) in [
        ("type", json!("string")),
        ("length", json!(80)),
        ("unique", json!(true)),
        ("externalId", json!(true)),
        ("caseSensitive", json!(false)),
        ("custom", json!(true)),
    ] {
        assert_eq!(key[name], value, "{name}");
    }
    let missing: Vec<_> = DESCRIPTOR.split(',').filter(|name| key.get(name).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(field("Description")["filterable"], false);
    assert_eq!(field("Priority")["restrictedPicklist"], true);
    assert_eq!(field("Origin")["picklistValues"].as_array().unwrap().len(), 4);
    assert_eq!(field("OwnerId")["referenceTo"], json!(["Group", "User"]));
    assert_eq!(field("Community_Replies__c")["precision"], 5);
    assert!(body["childRelationships"].as_array().unwrap().iter().any(|c| c["relationshipName"] == "CaseComments"));
    let all = org.get("sobjects").await.1;
    assert!(all["sobjects"].as_array().unwrap().iter().any(|o| o["name"] == "CaseComment" && o["keyPrefix"] == "00a"));
}

#[tokio::test]
async fn a_wrong_method_or_place_is_told() {
    let org = Org::fresh().await;
    let (status, body) = org.send(Method::PUT, "query", json!({})).await;
    assert_eq!((status, &body[0]["errorCode"]), (405, &json!("METHOD_NOT_ALLOWED")));
    assert_eq!(org.get("sobjects/Dragon/describe").await.0, 404);
    assert_eq!(org.get("sobjects/Case/abc").await.0, 400);
    assert_eq!(org.get("sobjects/Case/5005g0000000000").await.0, 404);
    let (_, body) = org.get("sobjects/Case/0035g0000000000").await;
    assert_eq!(body[0]["message"], "Case ID: id value of incorrect type: 0035g0000000000");
    let (status, body) = told(org.ask(Method::POST, "sobjects/Case").body("{\"Subject\":").send().await.unwrap()).await;
    assert_eq!((status, &body[0]["errorCode"]), (400, &json!("JSON_PARSER_ERROR")));
    assert!(body[0]["message"].as_str().unwrap().starts_with("Unexpected end-of-input at [line:1"), "{body}");
    let request = org.ask(Method::POST, "sobjects/Case").body("{\"Subject\":\n oops}");
    let (_, body) = told(request.send().await.unwrap()).await;
    assert_eq!(body[0]["message"], "Unexpected character ('o' (code 111)) at [line:2, column:2]");
}

#[tokio::test]
async fn a_name_in_an_address_is_told_again_as_it_was_written() {
    let org = Org::fresh().await;
    let (_, body) = org.get("sobjects/Case/My_Key__c/Some%20Value").await;
    let words = "Provided external ID field does not exist or is not accessible: My_Key__c";
    assert_eq!(body[0]["message"], words);
    let (_, body) = org.send(Method::PATCH, "composite/sobjects/Case/My_Key__c", json!({"records": []})).await;
    assert_eq!(body[0]["message"], words);
    assert_eq!(org.get("sobjects/cASE/describe").await.1["name"], "Case");
}

#[tokio::test]
async fn an_address_of_more_than_16_kib_is_refused() {
    let org = Org::fresh().await;
    let ids = vec!["'5005g0000000001AAA'"; 1_000].join(",");
    assert_eq!(org.query(&format!("SELECT Id FROM Case WHERE Id IN ({ids})")).await.0, 414);
    let answer = org.ask(Method::GET, "limits").header("X-Padding", "x".repeat(17_000)).send().await.unwrap();
    assert_eq!(answer.status(), 431);
}

#[tokio::test]
async fn a_body_may_be_zipped_and_a_patch_may_travel_as_post() {
    let org = Org::fresh().await;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, br#"{"Subject":"zipped"}"#).unwrap();
    let request = org.ask(Method::POST, "sobjects/Case").header("Content-Encoding", "gzip");
    let (status, made) = told(request.body(encoder.finish().unwrap()).send().await.unwrap()).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    let path = format!("sobjects/Case/{id}?_HTTP_METHOD=PATCH");
    assert_eq!(org.send(Method::POST, &path, json!({"Origin": "Web"})).await.0, 204);
    let case = org.read("Case", id).await;
    assert_eq!((&case["Subject"], &case["Origin"]), (&json!("zipped"), &json!("Web")));
}
