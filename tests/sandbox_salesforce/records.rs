//! One record at a time: what the org sets, checks and refuses.

use casebridge::sandbox::SandboxHost;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Org, told};

#[tokio::test]
async fn a_created_case_has_number_defaults_and_stamps() {
    let org = Org::fresh().await;
    let answer = org.ask(Method::POST, "sobjects/Case").json(&json!({"Subject": "VPN 🚒"})).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let place = answer.headers()["location"].to_str().unwrap().to_owned();
    let body: Value = answer.json().await.unwrap();
    let id = body["id"].as_str().unwrap();
    assert_eq!(body, json!({"id": id, "success": true, "errors": []}));
    assert_eq!(place, format!("/services/data/v65.0/sobjects/Case/{id}"));
    let case = org.read("Case", id).await;
    for (field, value) in [
        ("Subject", json!("VPN 🚒")),
        ("CaseNumber", json!("00001001")),
        ("Status", json!("New")),
        ("Priority", json!("Medium")),
        ("IsClosed", json!(false)),
        ("ClosedDate", Value::Null),
        ("Origin", Value::Null),
    ] {
        assert_eq!(case[field], value, "{field}");
    }
    assert!(case["OwnerId"].as_str().unwrap().starts_with("005"));
    assert!(case["CreatedDate"].as_str().unwrap().ends_with(".000+0000"));
    assert_eq!(case["attributes"]["url"], place.as_str());
    let second = org.create("Case", json!({})).await;
    assert_eq!(org.read("Case", &second).await["CaseNumber"], "00001002");
}

#[tokio::test]
async fn closing_and_reopening_moves_the_closed_date() {
    let org = Org::fresh().await;
    let id = org.create("Case", json!({"Subject": "x"})).await;
    assert_eq!(org.change("Case", &id, json!({"Status": "Resolved"})).await, (204, Value::Null));
    let closed = org.read("Case", &id).await;
    assert_eq!(closed["IsClosed"], true);
    assert!(closed["ClosedDate"].is_string());
    org.change("Case", &id, json!({"Status": "Reopened"})).await;
    let open = org.read("Case", &id).await;
    assert_eq!((&open["IsClosed"], &open["ClosedDate"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn a_contact_brings_its_account_and_is_mirrored() {
    let org = Org::fresh().await;
    let pat = org.column("SELECT Id FROM Contact WHERE Email = 'PAT.O\\'HARA@acme.test'", "/Id").await;
    let id = org.create("Case", json!({"ContactId": pat[0]})).await;
    let case = org.read("Case", &id).await;
    assert!(case["AccountId"].as_str().unwrap().starts_with("001"));
    assert_eq!(case["ContactEmail"], "pat.o'hara@acme.test");
}

#[tokio::test]
async fn comments_of_a_case_become_internal_comments() {
    let org = Org::fresh().await;
    let id = org.create("Case", json!({"Comments": "look here"})).await;
    let comments = org.world("comments");
    assert_eq!((&comments[0]["body"], &comments[0]["is_published"]), (&json!("look here"), &json!(false)));
    assert_eq!(comments[0]["case"], id.as_str());
    assert_eq!(org.host.applied(), [("create Case".to_owned(), 1)].into());
}

#[tokio::test]
async fn wrong_values_are_refused_by_field() {
    let org = Org::fresh().await;
    let long = "x".repeat(256);
    for (body, code, field) in [
        (json!({"Subject": long}), "STRING_TOO_LONG", "Subject"),
        (json!({"Priority": "Urgent"}), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Priority"),
        (json!({"SuppliedEmail": "nobody"}), "INVALID_EMAIL_ADDRESS", "SuppliedEmail"),
        (json!({"Community_Replies__c": 100_000}), "NUMBER_OUTSIDE_VALID_RANGE", "Community_Replies__c"),
        (json!({"CaseNumber": "1"}), "INVALID_FIELD_FOR_INSERT_UPDATE", "CaseNumber"),
        (json!({"ContactId": "5005g0000000001"}), "MALFORMED_ID", "ContactId"),
        (json!({"ContactId": "0035g0000000001"}), "INVALID_CROSS_REFERENCE_KEY", "ContactId"),
    ] {
        let (got, message, fields) = org.refusal("Case", body).await;
        assert_eq!((got.as_str(), &fields), (code, &json!([field])), "{message}");
    }
    assert_eq!(org.create("Case", json!({"Subject": "🚒".repeat(255), "Origin": "Pigeon"})).await.len(), 18);
    let (_, message, _) = org.refusal("Case", json!({"Subject": long})).await;
    assert_eq!(message, format!("Subject: data value too large: {long} (max length=255)"));
    let (code, message, _) = org.refusal("Case", json!({"Subjekt": "x"})).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("INVALID_FIELD", "No such column 'Subjekt' on sobject of type Case")
    );
    let (code, message, _) = org.refusal("Contact", json!({"FirstName": "Ann"})).await;
    assert_eq!(code, "REQUIRED_FIELD_MISSING");
    assert_eq!(message, "Required fields are missing: [LastName]");
    assert_eq!(org.world("cases").len(), 1);
}

#[tokio::test]
async fn a_comment_is_measured_in_bytes() {
    let org = Org::fresh().await;
    let case = org.create("Case", json!({})).await;
    let fits = json!({"ParentId": case, "CommentBody": "é".repeat(2_000)});
    assert!(org.create("CaseComment", fits).await.starts_with("00a"));
    let long = json!({"ParentId": case, "CommentBody": "é".repeat(2_001)});
    assert_eq!(org.refusal("CaseComment", long).await.0, "STRING_TOO_LONG");
    assert_eq!(org.refusal("CaseComment", json!({"CommentBody": "x"})).await.0, "REQUIRED_FIELD_MISSING");
}

#[tokio::test]
async fn a_comment_once_made_can_only_be_published() {
    let org = Org::fresh().await;
    let case = org.create("Case", json!({})).await;
    let comment = org.create("CaseComment", json!({"ParentId": case, "CommentBody": "x"})).await;
    assert_eq!(org.change("CaseComment", &comment, json!({"IsPublished": true})).await.0, 204);
    let (status, body) = org.change("CaseComment", &comment, json!({"CommentBody": "y"})).await;
    assert_eq!((status, &body[0]["errorCode"]), (400, &json!("INSUFFICIENT_ACCESS_OR_READONLY")));
}

#[tokio::test]
async fn a_key_is_given_once_and_the_refusal_names_its_record() {
    let org = Org::fresh().await;
    let first = org.create("Case", json!({"Community_Thread_Key__c": "acme:42"})).await;
    let (code, message, _) = org.refusal("Case", json!({"Community_Thread_Key__c": "ACME:42"})).await;
    assert_eq!(code, "DUPLICATE_VALUE");
    let id = &first[..15];
    let wanted = format!("duplicate value found: Community_Thread_Key__c duplicates value on record with id: {id}");
    assert_eq!(message, wanted);
    let (status, found) = org.get("sobjects/Case/community_thread_key__c/acme%3A42").await;
    assert_eq!((status, &found["Id"]), (200, &json!(first)));
    assert_eq!(org.get("sobjects/Case/Community_Thread_Key__c/none").await.0, 404);

    org.host.set_switches(&json!({"external_id_unique": false})).unwrap();
    org.create("Case", json!({"Community_Thread_Key__c": "acme:42"})).await;
    let (status, found) = org.get("sobjects/Case/Community_Thread_Key__c/acme:42").await;
    assert_eq!((status, found.as_array().unwrap().len()), (300, 2));
}

#[tokio::test]
async fn a_deleted_record_is_gone_but_in_the_recycle_bin() {
    let org = Org::fresh().await;
    let id = org.create("Case", json!({"Community_Thread_Key__c": "k", "Comments": "c"})).await;
    assert_eq!(org.send(Method::DELETE, &format!("sobjects/Case/{id}"), json!({})).await.0, 204);
    let (status, body) = org.change("Case", &id, json!({"Subject": "y"})).await;
    assert_eq!((status, &body[0]["errorCode"]), (404, &json!("ENTITY_IS_DELETED")));
    assert!(org.column("SELECT Id FROM Case", "/Id").await.is_empty());
    assert!(org.column("SELECT Id FROM CaseComment", "/Id").await.is_empty());
    let (_, all) = org.get("queryAll?q=SELECT+Id,IsDeleted+FROM+Case+WHERE+IsDeleted=true").await;
    assert_eq!(all["records"][0]["Id"], id.as_str());
    org.create("Case", json!({"Community_Thread_Key__c": "k"})).await;
}

#[tokio::test]
async fn an_admins_rule_refuses_in_the_admins_words() {
    let org = Org::fresh().await;
    let rule = json!({"validation_rule": {"word": "refund", "text": "Refunds go to billing."}});
    org.host.set_switches(&rule).unwrap();
    let (code, message, _) = org.refusal("Case", json!({"Subject": "My REFUND"})).await;
    assert_eq!((code.as_str(), message.as_str()), ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Refunds go to billing."));
    org.host.set_switches(&json!({"validation_rule": "off"})).unwrap();
    org.create("Case", json!({"Subject": "My REFUND"})).await;
}

#[tokio::test]
async fn assignment_takes_the_case_unless_the_header_says_no() {
    let org = Org::fresh().await;
    org.host.set_switches(&json!({"assignment_rule": true})).unwrap();
    let zoe = org.column("SELECT Id FROM User WHERE Username = 'zoe@acme.test'", "/Id").await;
    let request = org.ask(Method::POST, "sobjects/Case").header("Sforce-Auto-Assign", "FALSE");
    let (_, made) = told(request.json(&json!({"OwnerId": zoe[0]})).send().await.unwrap()).await;
    let id = made["id"].as_str().unwrap();
    assert_eq!(org.read("Case", id).await["OwnerId"], zoe[0]);
    org.change("Case", id, json!({"Subject": "now changed"})).await;
    let owner = org.column("SELECT Owner.Name, Owner.Type FROM Case", "/Owner").await;
    assert_eq!((&owner[0]["Name"], &owner[0]["Type"]), (&json!("Support"), &json!("Queue")));
}

#[tokio::test]
async fn an_upsert_makes_and_then_changes() {
    let org = Org::fresh().await;
    let path = "sobjects/Case/Community_Thread_Key__c/acme%3A1";
    assert_eq!(org.send(Method::PATCH, &format!("{path}?updateOnly=true"), json!({})).await.0, 404);
    let (status, made) = org.send(Method::PATCH, path, json!({"Subject": "a"})).await;
    assert_eq!((status, &made["created"]), (201, &json!(true)));
    let (status, again) = org.send(Method::PATCH, path, json!({"Subject": "b"})).await;
    assert_eq!((status, &again["created"], &again["id"]), (200, &json!(false), &made["id"]));
    assert_eq!(org.send(Method::PATCH, path, json!({"Community_Thread_Key__c": "acme:1"})).await.0, 400);
    let comment = json!({"Parent": {"Community_Thread_Key__c": "acme:1"}, "CommentBody": "by key"});
    org.create("CaseComment", comment).await;
    assert_eq!(org.world("comments")[0]["case"], made["id"]);
    assert_eq!(org.world("cases")[0]["fields"]["Subject"], "b");
}

#[tokio::test]
async fn an_upsert_without_its_key_is_refused() {
    let org = Org::fresh().await;
    for path in ["sobjects/Case/Community_Thread_Key__c/%20", "sobjects/Case/Community_Thread_Key__c/"] {
        let (status, answer) = org.send(Method::PATCH, path, json!({"Subject": "x"})).await;
        assert_eq!((status, &answer[0]["errorCode"]), (400, &json!("MISSING_ARGUMENT")), "{path}");
    }
    let record = json!({"attributes": {"type": "Case"}, "Community_Thread_Key__c": " "});
    let path = "composite/sobjects/Case/Community_Thread_Key__c";
    let (_, answer) = org.send(Method::PATCH, path, json!({"records": [record]})).await;
    assert_eq!(answer[0]["errors"][0]["statusCode"], "MISSING_ARGUMENT");
    assert!(org.world("cases").is_empty());
}

#[tokio::test]
async fn a_condition_on_the_time_keeps_what_another_changed() {
    let org = Org::fresh().await;
    let id = org.create("Case", json!({"Subject": "a"})).await;
    let at = |minutes: i64| {
        let moment = org.clock.now() + SignedDuration::from_mins(minutes);
        moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    let path = format!("sobjects/Case/{id}");
    for (method, header, minutes, status) in [
        (Method::PATCH, "If-Unmodified-Since", -5, 412),
        (Method::PATCH, "If-Unmodified-Since", 5, 204),
        (Method::GET, "If-Modified-Since", 5, 304),
        (Method::GET, "If-Modified-Since", -5, 200),
    ] {
        let request = org.ask(method, &path).header(header, at(minutes)).json(&json!({"Subject": "b"}));
        assert_eq!(request.send().await.unwrap().status(), status, "{header} {minutes}");
    }
}
