//! GraphQL, for the support operations of sheet 12.3.

use reqwest::Method;
use serde_json::{Value, json};

use super::site::{Site, two_threads};

async fn ask(site: &Site, query: &str, variables: Value) -> Value {
    let body = json!({ "query": query, "variables": variables });
    let call = site.request(Method::POST, "/t5/s/api/2.1/graphql?opname=X").json(&body);
    call.send().await.expect("an answer").json().await.expect("JSON")
}

const CREATE: &str = "mutation Create($subject: String!, $body: String!) { createSalesforceSupportCase(subject: $subject, body: $body) \
    { result { __typename id status origin caseNumber subject closedDate } errors { __typename ... on Error { message } } } }";

#[tokio::test]
async fn a_case_is_opened_and_changed_by_its_owner() {
    let mut site = Site::scene(two_threads()).await.signed_in().await;
    let admin = site.key.clone();
    site.key = Some(site.key_of("ben").await);
    let subject = "It's \"broken\" \\ 😱";
    let answer = ask(&site, CREATE, json!({ "subject": subject, "body": "x" })).await;
    let case = &answer["data"]["createSalesforceSupportCase"]["result"];
    assert_eq!(
        (&case["status"], &case["origin"], &case["subject"]),
        (&json!("New"), &json!("Private Support"), &json!(subject))
    );
    let id = case["id"].as_str().expect("an id");
    assert!(id.starts_with("case:5005"), "{id}");
    let close = format!(
        "mutation {{ updateSalesforceCase(id: {id:?}, status: \"Closed\", description: \"done\") {{ result {{ status closedDate }} errors {{ __typename }} }} }}"
    );
    let answer = ask(&site, &close, json!({})).await;
    assert_eq!(answer["data"]["updateSalesforceCase"]["errors"], Value::Null);
    assert!(answer["data"]["updateSalesforceCase"]["result"]["closedDate"].is_string());
    site.key = None;
    let answer = ask(&site, CREATE, json!({ "subject": "x", "body": "x" })).await;
    let errors = &answer["data"]["createSalesforceSupportCase"]["errors"][0];
    assert_eq!(errors["__typename"], "PermissionDeniedError");
    assert!(errors["message"].as_str().is_some_and(|text| text.contains("accessDenied")));
    site.key = admin;
    let counts = site.control(Method::GET, "counts", json!({})).await;
    assert_eq!(counts["applied"], json!({ "create support case": 1, "update support case": 1 }));
}

#[tokio::test]
async fn permissions_are_read_and_set_by_administrators() {
    let mut site = Site::scene(two_threads()).await.signed_in().await;
    let deny = "mutation { setCommunityPermissions(updateInput: { createDirectSupportCase: { access: DENIED } }) { errors { __typename } } }";
    assert_eq!(ask(&site, deny, json!({})).await["data"]["setCommunityPermissions"]["errors"], Value::Null);
    let read = "query P { permissionsForCoreNode(id: \"community:sandbox.prod\") { ...Ours } } \
                fragment Ours on CommunityPermissions { createDirectSupportCase { access } mine: escalateOwnTopicTweet { access } }";
    let answer = ask(&site, read, json!({})).await;
    let wanted = json!({ "createDirectSupportCase": { "access": "DENIED" }, "mine": { "access": "GRANTED" } });
    assert_eq!(answer["data"]["permissionsForCoreNode"], wanted);
    let settings = "mutation { setSalesforceSettings(settingsInput: { userName: \"a\", password: \"b\" }) { result } }";
    assert_eq!(ask(&site, settings, json!({})).await["data"]["setSalesforceSettings"]["result"], true);
    site.key = Some(site.key_of("ben").await);
    assert!(
        ask(&site, read, json!({})).await["errors"][0]["message"]
            .as_str()
            .is_some_and(|text| text.contains("accessDenied"))
    );
    let refused = ask(&site, CREATE, json!({ "subject": "x", "body": "x" })).await;
    assert_eq!(refused["data"]["createSalesforceSupportCase"]["result"], Value::Null);
}

#[tokio::test]
async fn what_is_not_in_the_schema_is_an_error_and_nothing_breaks() {
    let site = Site::scene(two_threads()).await.signed_in().await;
    let deep = format!("{}{}", "{a".repeat(500), "}".repeat(500));
    let circle = "{ permissionsForCoreNode(id: \"community:sandbox.prod\") { ...A } } fragment A on CommunityPermissions { ...A }";
    for query in [
        "{ messages { id } }",
        "{ permissionsForCoreNode(id: \"community:sandbox.prod\") { nope } }",
        "{",
        "",
        &deep,
        circle,
    ] {
        let answer = ask(&site, query, json!({})).await;
        assert!(answer["errors"][0]["message"].is_string() && answer["data"].is_null(), "{query}: {answer}");
    }
    let persisted =
        json!({ "operationName": "X", "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "0" } } });
    let call = site.request(Method::POST, "/t5/s/api/2.1/graphql").json(&persisted);
    let answer: Value = call.send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(answer["errors"][0]["message"], "PersistedQueryNotFound");
}
