//! The sandbox's Salesforce org over real HTTP: what a connector meets there, one sentence a test.

use std::sync::Arc;

use casebridge::sandbox::SandboxHost;
use casebridge::sandbox::clock::Clock;
use casebridge::sandbox::salesforce::Salesforce;
use jiff::SignedDuration;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

/// The keys of a field's descriptor (Salesforce sheet 3.1).
const DESCRIPTOR: &str = "name,label,type,length,byteLength,precision,scale,digits,soapType,nillable,createable,updateable,\
    defaultedOnCreate,defaultValue,custom,calculated,calculatedFormula,autoNumber,unique,caseSensitive,\
    externalId,idLookup,nameField,namePointing,filterable,groupable,sortable,aggregatable,permissionable,\
    restrictedPicklist,dependentPicklist,controllerName,picklistValues,referenceTo,relationshipName,\
    relationshipOrder,referenceTargetField,cascadeDelete,restrictedDelete,writeRequiresMasterRead,\
    htmlFormatted,highScaleNumber,encrypted,mask,maskType,inlineHelpText,extraTypeInfo,compoundFieldName,\
    polymorphicForeignKey,queryByDistance,searchPrefilterable,deprecatedAndHidden,displayLocationInDecimal,\
    filteredLookupInfo,formulaTreatNullNumberAsZero,aiPredictionField";

/// A served org and a client that is signed in to it.
struct Org {
    url: String,
    host: Arc<Salesforce>,
    clock: Arc<Clock>,
    http: reqwest::Client,
    token: String,
}

impl Org {
    async fn fresh() -> Org {
        let clock = Arc::new(Clock::default());
        let host = Salesforce::new(clock.clone(), 7);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = host.clone().router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut org = Org { url, host, clock, http, token: String::new() };
        org.sign_in().await;
        org
    }

    async fn sign_in(&mut self) {
        let answer = self.token(&self.credentials()).await;
        self.token = answer.1["access_token"].as_str().unwrap().to_owned();
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        let logins = self.host.logins(&self.url);
        let text = |name: &str| logins[name].as_str().unwrap().to_owned();
        vec![
            ("grant_type", "client_credentials".into()),
            ("client_id", text("client_id")),
            ("client_secret", text("client_secret")),
        ]
    }

    async fn token(&self, form: &[(&'static str, String)]) -> (u16, Value) {
        let answer = self.http.post(format!("{}/services/oauth2/token", self.url)).form(form).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/services/data/v65.0/{path}", self.url)).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        told(self.ask(Method::GET, path).send().await.unwrap()).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        told(self.ask(method, path).json(&body).send().await.unwrap()).await
    }

    async fn create(&self, object: &str, body: Value) -> String {
        let (status, answer) = self.send(Method::POST, &format!("sobjects/{object}"), body).await;
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    async fn read(&self, object: &str, id: &str) -> Value {
        self.get(&format!("sobjects/{object}/{id}")).await.1
    }

    async fn change(&self, object: &str, id: &str, body: Value) -> (u16, Value) {
        self.send(Method::PATCH, &format!("sobjects/{object}/{id}"), body).await
    }

    /// Why a create is refused: code, message, fields.
    async fn refusal(&self, object: &str, body: Value) -> (String, String, Value) {
        let (status, answer) = self.send(Method::POST, &format!("sobjects/{object}"), body).await;
        assert_eq!(status, 400, "{answer}");
        let text = |name: &str| answer[0][name].as_str().unwrap().to_owned();
        (text("errorCode"), text("message"), answer[0]["fields"].clone())
    }

    async fn query(&self, statement: &str) -> (u16, Value) {
        let request = self.ask(Method::GET, "query").query(&[("q", statement)]);
        told(request.send().await.unwrap()).await
    }

    /// The values of one column of a query's rows.
    async fn column(&self, statement: &str, pointer: &str) -> Vec<Value> {
        let (status, answer) = self.query(statement).await;
        assert_eq!(status, 200, "{statement}: {answer}");
        let rows = answer["records"].as_array().unwrap().iter();
        rows.map(|row| row.pointer(pointer).unwrap_or(&Value::Null).clone()).collect()
    }

    /// The ids of all records of a list in the world, in order.
    fn world(&self, list: &str) -> Vec<Value> {
        self.host.world()[list].as_array().unwrap().clone()
    }
}

async fn told(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let body = answer.text().await.unwrap();
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

fn case_record(fields: Value) -> Value {
    let mut record = json!({"attributes": {"type": "Case"}});
    record.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    record
}

// ---- signing in

#[tokio::test]
async fn a_token_has_the_shape_that_clients_look_for() {
    let org = Org::fresh().await;
    let (status, answer) = org.token(&org.credentials()).await;
    assert_eq!(status, 200);
    let token = answer["access_token"].as_str().unwrap();
    assert!(token.starts_with("00D") && token.find('!') == Some(15), "{token}");
    assert_eq!(answer["instance_url"], org.url);
    assert!(answer["issued_at"].as_str().unwrap().parse::<u64>().is_ok());
    let id = answer["id"].as_str().unwrap();
    let segments: Vec<_> = id.rsplit('/').take(2).collect();
    assert!(segments[0].starts_with("005") && segments[1].starts_with(&token[..15]), "{id}");
    assert!(answer.get("expires_in").is_none());
}

#[tokio::test]
async fn basic_authentication_gives_a_token_too() {
    let org = Org::fresh().await;
    let logins = org.host.logins(&org.url);
    let (id, secret) = (logins["client_id"].as_str().unwrap(), logins["client_secret"].as_str());
    let request = org.http.post(format!("{}/services/oauth2/token", org.url)).basic_auth(id, secret);
    let answer = request.form(&[("grant_type", "client_credentials")]).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn wrong_credentials_are_refused_in_oauth_words() {
    let org = Org::fresh().await;
    let with = |place: usize, value: &str| {
        let mut form = org.credentials();
        form[place].1 = value.into();
        form
    };
    for (form, error, description) in [
        (with(0, "urn:magic"), "unsupported_grant_type", "grant type not supported"),
        (with(1, "someone"), "invalid_client_id", "client identifier invalid"),
        (with(2, "wrong"), "invalid_client", "invalid client credentials"),
    ] {
        assert_eq!(org.token(&form).await, (400, json!({"error": error, "error_description": description})));
    }
    assert_eq!(org.token(&[]).await.1["error"], "invalid_request");
}

#[tokio::test]
async fn a_dead_session_is_told_and_a_new_one_works() {
    let mut org = Org::fresh().await;
    org.host.expire();
    let answer = org.ask(Method::GET, "limits").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["www-authenticate"], "Token");
    assert_eq!(answer.headers()["content-type"], "application/json;charset=UTF-8");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, json!([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]));
    org.sign_in().await;
    assert_eq!(org.get("limits").await.0, 200);
}

#[tokio::test]
async fn a_session_lives_two_hours_after_its_last_use() {
    let org = Org::fresh().await;
    for _ in 0..3 {
        org.clock.advance(SignedDuration::from_mins(100));
        assert_eq!(org.get("limits").await.0, 200);
    }
    org.clock.advance(SignedDuration::from_mins(121));
    assert_eq!(org.get("limits").await.0, 401);
}

// ---- the REST surface

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
}

// ---- records

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

// ---- collections

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

// ---- queries

#[tokio::test]
async fn conditions_hold_as_soql_says() {
    let org = Org::fresh().await;
    for (subject, priority, replies) in
        [("VPN drops", "High", json!(3)), ("vpn 100%_x", "Low", Value::Null), ("Mail", "Low", json!(0))]
    {
        let body = json!({"Subject": subject, "Priority": priority, "Community_Replies__c": replies});
        org.create("Case", body).await;
    }
    for (condition, wanted) in [
        ("Subject = 'vpn DROPS'", "001"),
        ("Subject LIKE 'vpn%'", "001 002"),
        (r"Subject LIKE '%\%\_x'", "002"),
        ("Community_Replies__c > 0", "001"),
        ("Community_Replies__c = null", "002"),
        ("Community_Replies__c != 3", "002 003"),
        ("Community_Replies__c < 3", "003"),
        ("Priority IN ('Low','Critical')", "002 003"),
        ("Priority NOT IN ('Low')", "001"),
        ("NOT Priority = 'Low'", "001"),
        ("(Priority = 'Low' AND Subject = 'Mail') OR Subject LIKE '%drops'", "001 003"),
        ("(NOT (Priority = 'Low')) AND IsClosed = false", "001"),
        ("CreatedDate > 2020-01-01T00:00:00Z AND CreatedDate = TODAY", "001 002 003"),
        ("CreatedDate < LAST_N_DAYS:3", ""),
        ("Owner.Username = 'INTEGRATION@acme.test' AND CaseNumber = '00001002'", "002"),
        ("Case.Subject <> 'Mail'", "001 002"),
    ] {
        let statement = format!("SELECT CaseNumber FROM Case WHERE {condition} ORDER BY CaseNumber");
        let numbers = org.column(&statement, "/CaseNumber").await;
        let numbers: Vec<_> = numbers.iter().map(|number| &number.as_str().unwrap()[5..]).collect();
        assert_eq!(numbers.join(" "), wanted, "{condition}");
    }
}

#[tokio::test]
async fn rows_come_in_the_order_asked() {
    let org = Org::fresh().await;
    for (priority, reason) in [("Low", json!("b")), ("Critical", Value::Null), ("Medium", json!("A"))] {
        org.create("Case", json!({"Priority": priority, "Escalation_Reason__c": reason})).await;
    }
    for (order, wanted) in [
        ("Priority", ["Low", "Medium", "Critical"]),
        ("Priority DESC", ["Critical", "Medium", "Low"]),
        ("Escalation_Reason__c", ["Critical", "Medium", "Low"]),
        ("Escalation_Reason__c ASC NULLS LAST", ["Medium", "Low", "Critical"]),
        ("IsClosed, CaseNumber DESC", ["Medium", "Critical", "Low"]),
    ] {
        assert_eq!(
            org.column(&format!("SELECT Priority FROM Case ORDER BY {order}"), "/Priority").await,
            wanted,
            "{order}"
        );
    }
    let page = org.column("SELECT CaseNumber FROM Case ORDER BY CaseNumber LIMIT 1 OFFSET 1", "/CaseNumber").await;
    assert_eq!(page, ["00001002"]);
}

#[tokio::test]
async fn parents_children_and_counts_are_shown() {
    let org = Org::fresh().await;
    let pat = org.column("SELECT Id FROM Contact WHERE LastName = 'O\\'Hara'", "/Id").await;
    let case = org.create("Case", json!({"ContactId": pat[0]})).await;
    org.create("CaseComment", json!({"ParentId": case, "CommentBody": "one", "IsPublished": true})).await;
    org.create("CaseComment", json!({"ParentId": case, "CommentBody": "two"})).await;
    let bare = org.create("Case", json!({})).await;
    let statement = "SELECT c.Id, c.Contact.Email, Contact.Account.Name, (SELECT CommentBody FROM CaseComments WHERE \
                     IsPublished = true) FROM Case c ORDER BY Id";
    let rows = org.query(statement).await.1["records"].clone();
    assert_eq!(rows[0]["Contact"]["Email"], "pat.o'hara@acme.test");
    assert_eq!(rows[0]["Contact"]["Account"]["Name"], "Acme Retail");
    assert_eq!(rows[0]["Contact"]["attributes"]["type"], "Contact");
    assert_eq!(rows[0]["CaseComments"]["records"][0]["CommentBody"], "one");
    assert_eq!(rows[0]["CaseComments"]["totalSize"], 1);
    assert_eq!(rows[1]["Id"], bare.as_str());
    assert_eq!((&rows[1]["Contact"], &rows[1]["CaseComments"]), (&Value::Null, &Value::Null));
    let (_, count) = org.query("SELECT COUNT() FROM CaseComment").await;
    assert_eq!(count, json!({"totalSize": 2, "done": true, "records": []}));
    let (_, count) = org.query("SELECT COUNT(ContactId) FROM Case").await;
    assert_eq!(count["records"], json!([{"attributes": {"type": "AggregateResult"}, "expr0": 1}]));
    let found = org.column(&format!("SELECT Id FROM CaseComment WHERE ParentId = '{}'", &case[..15]), "/Id").await;
    assert_eq!(found.len(), 2);
}

#[tokio::test]
async fn a_wrong_query_is_refused_with_a_caret() {
    let org = Org::fresh().await;
    let refused = async |statement: &str| {
        let (status, body) = org.query(statement).await;
        assert_eq!(status, 400, "{statement}: {body}");
        (body[0]["errorCode"].as_str().unwrap().to_owned(), body[0]["message"].as_str().unwrap().to_owned())
    };
    let (code, message) = refused("SELECT Id FRM Case").await;
    assert_eq!(code, "MALFORMED_QUERY");
    assert_eq!(message, "\nSELECT Id FRM Case\n          ^\nERROR at Row:1:Column:11\nunexpected token: 'FRM'");
    let (code, message) = refused("SELECT Foo FROM Case").await;
    assert_eq!(code, "INVALID_FIELD");
    assert!(message.starts_with(
        "\nSELECT Foo FROM Case\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Case'. If"
    ));
    for (statement, wanted) in [
        ("SELECT Id FROM Dragon", "INVALID_TYPE"),
        ("SELECT Id, Id FROM Case", "INVALID_FIELD"),
        ("SELECT Id FROM Case WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Case WHERE Community_Body__c LIKE '%x%'", "INVALID_FIELD"),
        ("SELECT Id FROM Case ORDER BY Description", "INVALID_FIELD"),
        ("SELECT Id FROM Case WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Case WHERE Subject = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Case WHERE ContactId = 'abc'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Case WHERE Id LIKE '500%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Case WHERE Subject = 'a' AND Subject = 'b' OR Subject = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Case WHERE Subject = 'it's'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Case WHERE Subject = 'a\\x'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Case WHERE CreatedDate > 2026-01-01T00:00:00 02:00", "MALFORMED_QUERY"),
        ("SELECT Id FROM Case LIMIT 1 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("", "MALFORMED_QUERY"),
    ] {
        assert_eq!(refused(statement).await.0, wanted, "{statement}");
    }
}

#[tokio::test]
async fn ten_thousand_cases_are_paged_and_found_quickly() {
    let org = Org::fresh().await;
    for batch in 0..50 {
        let record = |i: i32| {
            case_record(json!({"Subject": "x", "Community_Thread_Key__c": format!("acme:{}", batch * 200 + i)}))
        };
        let records: Vec<_> = (0..200).map(record).collect();
        let (_, answer) = org.send(Method::POST, "composite/sobjects", json!({"records": records})).await;
        assert!(answer.as_array().unwrap().iter().all(|item| item["success"] == true));
    }
    let request = org.ask(Method::GET, "query").query(&[("q", "SELECT Id FROM Case")]);
    let (_, mut page) = told(request.header("Sforce-Query-Options", "batchSize=500").send().await.unwrap()).await;
    assert_eq!((&page["totalSize"], &page["done"]), (&json!(10_000), &json!(false)));
    let mut ids = std::collections::BTreeSet::new();
    let mut pages = 1;
    loop {
        ids.extend(page["records"].as_array().unwrap().iter().map(|row| row["Id"].as_str().unwrap().to_owned()));
        let Some(next) = page["nextRecordsUrl"].as_str() else { break };
        let path = next.trim_start_matches("/services/data/v65.0/").replace("query/", "queryAll/");
        page = org.get(&path).await.1;
        pages += 1;
    }
    assert_eq!((ids.len(), pages, &page["done"]), (10_000, 20, &json!(true)));
    let started = std::time::Instant::now();
    for i in 0..200 {
        let statement = format!("SELECT Id FROM Case WHERE Community_Thread_Key__c IN ('ACME:{i}')");
        assert_eq!(org.column(&statement, "/Id").await.len(), 1);
    }
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    let (status, body) = org.get("query/0r8000000000000AAA-2000").await;
    assert_eq!((status, &body[0]["errorCode"]), (400, &json!("INVALID_QUERY_LOCATOR")));
}

// ---- as a person

#[tokio::test]
async fn a_fresh_org_has_its_people_and_set_up() {
    let org = Org::fresh().await;
    let labels =
        org.column("SELECT MasterLabel FROM CaseStatus WHERE IsClosed = true ORDER BY SortOrder", "/MasterLabel").await;
    assert_eq!(labels, ["Closed", "Resolved"]);
    let queues = org.column("SELECT Name FROM Group WHERE Type = 'Queue' ORDER BY Name", "/Name").await;
    assert_eq!(queues, ["German Support", "Support"]);
    let types = org.column("SELECT DeveloperName FROM RecordType WHERE SobjectType = 'Case'", "/DeveloperName").await;
    assert_eq!(types, ["Community"]);
    assert_eq!(org.query("SELECT COUNT() FROM User").await.1["totalSize"], 4);
    let found = org.query("SELECT Name, InstanceName, IsSandbox, TrialExpirationDate, NamespacePrefix, OrganizationType FROM Organization").await;
    assert_eq!(found.0, 200);
}

#[tokio::test]
async fn an_agents_edit_carries_the_agents_name() {
    let org = Org::fresh().await;
    let id = org.create("Case", json!({"Subject": "x"})).await;
    org.clock.advance(SignedDuration::from_mins(1));
    let edit = json!({
        "cases": [{"id": id, "fields": {"Priority": "High"}, "by": "kai@acme.test"}, {"fields": {"Subject": "by phone"}}],
        "comments": [{"case": id, "body": "Please reboot", "is_published": true, "by": "zoe@acme.test"}],
    });
    let done = org.host.edit(&edit).unwrap();
    assert_eq!(done["cases"][1]["number"], "00001002");
    let statement = "SELECT Priority, LastModifiedBy.Username, (SELECT CommentBody, CreatedBy.Email, CreatorName FROM CaseComments) \
                     FROM Case WHERE LastModifiedBy.Username IN ('kai@acme.test','zoe@acme.test') ORDER BY Id";
    let rows = org.query(statement).await.1["records"].clone();
    assert_eq!(rows[0]["Priority"], "High");
    assert_eq!(rows[0]["CaseComments"]["records"][0]["CreatedBy"]["Email"], "zoe@acme.test");
    assert_eq!(rows[0]["CaseComments"]["records"][0]["CreatorName"], "Zoe Park");
    assert_eq!(org.host.applied(), [("create Case".to_owned(), 1)].into());
    let case = org.read("Case", &id).await;
    assert!(case["SystemModstamp"].as_str() > case["CreatedDate"].as_str());
}

#[tokio::test]
async fn an_edit_is_made_whole_or_not_at_all() {
    let org = Org::fresh().await;
    let before = org.host.world();
    for (edit, why) in [
        (json!({"cases": [{"fields": {"Subject": "x"}}, {"id": "5005g0000000001"}]}), "cases[1]: there is no Case"),
        (
            json!({"accounts": [{"Name": "New"}], "cases": [{"fields": {"Priority": "None"}}]}),
            "cases[0]: INVALID_OR_NULL",
        ),
        (json!({"cases": [{"fields": {}, "by": "nobody@acme.test"}]}), "there is no User"),
        (json!({"cases": [{"feilds": {}}]}), "unknown key `feilds`"),
        (json!({"dragons": []}), "unknown list `dragons`"),
    ] {
        let told = org.host.edit(&edit).unwrap_err();
        assert!(told.contains(why), "{told}");
        assert_eq!(org.host.world(), before);
    }
}

#[tokio::test]
async fn cases_are_deleted_undeleted_and_merged() {
    let org = Org::fresh().await;
    let made = org.host.edit(&json!({"cases": [{"fields": {"Subject": "a"}}, {"fields": {"Subject": "b"}}]})).unwrap();
    let id = |place: usize| made["cases"][place]["id"].as_str().unwrap().to_owned();
    org.host.edit(&json!({"comments": [{"case": id(0), "body": "moves"}]})).unwrap();
    org.host.edit(&json!({"cases": [{"id": id(1), "deleted": true}]})).unwrap();
    assert_eq!(org.column("SELECT Subject FROM Case", "/Subject").await, ["a"]);
    org.host.edit(&json!({"cases": [{"id": id(1), "undeleted": true}]})).unwrap();
    assert_eq!(org.column("SELECT Subject FROM Case", "/Subject").await, ["a", "b"]);
    org.host.edit(&json!({"cases": [{"id": id(0), "merged_into": id(1)}]})).unwrap();
    assert_eq!(org.column("SELECT Subject FROM Case", "/Subject").await, ["b"]);
    assert_eq!(org.column("SELECT ParentId FROM CaseComment", "/ParentId").await, [id(1)]);
    assert_eq!(org.world("cases")[0]["merged_into"], id(1));
}

#[tokio::test]
async fn an_unknown_switch_is_told_with_the_known_ones() {
    let org = Org::fresh().await;
    let told = org.host.set_switches(&json!({"daily_limit": 5, "turbo": true})).unwrap_err();
    assert!(told.contains("`turbo`") && told.contains("session_ttl_min"), "{told}");
    assert!(org.host.set_switches(&json!({"daily_limit": "many"})).is_err());
    assert_eq!(org.host.switches()["daily_limit"], 100_000);
}
