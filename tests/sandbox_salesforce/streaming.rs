//! Events over CometD: channels, replay, sessions, and what spoils them.

use std::time::Duration;

use casebridge::sandbox::SandboxHost;
use jiff::SignedDuration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::Org;

/// A client of the streams, as far as it has come.
struct Listener<'o> {
    org: &'o Org,
    id: String,
}

impl Org {
    async fn bayeux(&self, messages: Value) -> Value {
        let request = self.http.post(format!("{}/cometd/65.0/", self.url)).bearer_auth(&self.token).json(&messages);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn listener(&self) -> Listener<'_> {
        let hello = json!([{
            "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["websocket", "long-polling"],
            "id": "1",
        }]);
        let answer = self.bayeux(hello).await;
        assert_eq!(answer[0]["successful"], true, "{answer}");
        let listener = Listener { org: self, id: answer[0]["clientId"].as_str().unwrap().to_owned() };
        assert_eq!(listener.connect().await.last().unwrap()["advice"]["timeout"], 110_000);
        listener
    }

    async fn publish(&self, body: &str) -> Value {
        let (status, answer) = self.send(Method::POST, "sobjects/Case_Event__e", json!({"Body__c": body})).await;
        assert_eq!(status, 201, "{answer}");
        answer
    }
}

impl Listener<'_> {
    async fn connect(&self) -> Vec<Value> {
        self.say(json!({"channel": "/meta/connect", "connectionType": "long-polling"})).await
    }

    async fn say(&self, mut message: Value) -> Vec<Value> {
        message["clientId"] = self.id.as_str().into();
        message["id"] = "7".into();
        self.org.bayeux(json!([message])).await.as_array().unwrap().clone()
    }

    async fn subscribe(&self, channel: &str, replay: Value) -> Value {
        let ext = json!({"replay": {channel: replay}});
        self.say(json!({"channel": "/meta/subscribe", "subscription": channel, "ext": ext})).await[0].clone()
    }

    /// The events of the next polls, until so many are there.
    async fn events(&self, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            let mut answers = self.connect().await;
            let connect = answers.pop().unwrap();
            assert_eq!(connect["successful"], true, "{connect}");
            events.extend(answers);
        }
        assert_eq!(events.len(), count, "{events:?}");
        events
    }

    /// That there is nothing to hear just now.
    async fn hears_nothing(&self) {
        let message = json!({"channel": "/meta/connect", "advice": {"timeout": 0}});
        assert_eq!(self.say(message).await.len(), 1);
    }
}

fn bodies(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["data"]["payload"]["Body__c"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_handshake_offers_long_polling_and_replay() {
    let org = Org::fresh().await;
    let hello = json!([{"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": ["long-polling"], "id": "1"}]);
    for path in ["cometd/65.0", "cometd/45.0/handshake"] {
        let request =
            org.http.post(format!("{}/{path}", org.url)).header("Authorization", format!("OAuth {}", org.token));
        let answer = request.json(&hello).send().await.unwrap();
        assert!(answer.headers()["set-cookie"].to_str().unwrap().starts_with("BAYEUX_BROWSER="));
        let answer: Value = answer.json().await.unwrap();
        let id = answer[0]["clientId"].clone();
        assert_eq!(
            answer,
            json!([{
                "ext": {"replay": true, "payload.format": true}, "minimumVersion": "1.0", "clientId": id,
                "supportedConnectionTypes": ["long-polling"], "channel": "/meta/handshake", "id": "1", "version": "1.0",
                "successful": true,
            }])
        );
    }
    for (path, status) in [("cometd/65.0", 405), ("cometd/36.0", 404), ("cometd/99.0", 404)] {
        let answer = org.http.get(format!("{}/{path}", org.url)).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
    let long = format!("[{}]", " ".repeat(32_768));
    let answer = org.http.post(format!("{}/cometd/65.0", org.url)).body(long).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_platform_event_is_queued_and_delivered() {
    let org = Org::fresh().await;
    let listener = org.listener().await;
    assert_eq!(listener.subscribe("/event/Case_Event__e", json!(-1)).await["successful"], true);
    let answer = org.publish("héllo 🚒 \u{0}").await;
    assert_eq!((&answer["success"], &answer["errors"][0]["statusCode"]), (&json!(true), &json!("OPERATION_ENQUEUED")));
    let event = listener.events(1).await.remove(0);
    assert_eq!(event["channel"], "/event/Case_Event__e");
    let payload = &event["data"]["payload"];
    assert_eq!((&payload["Body__c"], &payload["Published__c"]), (&json!("héllo 🚒 \u{0}"), &json!(false)));
    assert!(payload["CreatedDate"].as_str().unwrap().ends_with(".000Z"));
    assert!(payload["CreatedById"].as_str().unwrap().starts_with("005"));
    assert!(event["data"]["event"]["replayId"].is_u64());
    assert_eq!(event["data"]["event"]["EventUuid"], answer["errors"][0]["message"]);
    assert_eq!(org.query("SELECT COUNT() FROM Case").await.1["totalSize"], 0);
}

#[tokio::test]
async fn a_waiting_client_hears_at_once_and_is_let_go_after_110_seconds() {
    let org = Org::fresh().await;
    let listener = org.listener().await;
    listener.subscribe("/event/Case_Event__e", json!(-1)).await;
    let publish = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        org.publish("now").await
    };
    let (events, _) = tokio::join!(listener.events(1), publish);
    assert_eq!(bodies(&events), ["now"]);
    let pass = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        org.clock.advance(SignedDuration::from_secs(110));
    };
    let (answers, ()) = tokio::join!(listener.connect(), pass);
    assert_eq!(answers, [json!({"channel": "/meta/connect", "successful": true, "id": "7", "clientId": listener.id})]);
}

#[tokio::test]
async fn replay_goes_on_where_the_client_says() {
    let org = Org::fresh().await;
    for body in ["a", "b", "c"] {
        org.publish(body).await;
    }
    let channel = "/event/Case_Event__e";
    let all = org.listener().await;
    all.subscribe(channel, json!(-2)).await;
    let events = all.events(3).await;
    assert_eq!(bodies(&events), ["a", "b", "c"]);
    let first = events[0]["data"]["event"]["replayId"].clone();
    let later = org.listener().await;
    later.subscribe(channel, first.clone()).await;
    assert_eq!(bodies(&later.events(2).await), ["b", "c"]);
    let new = org.listener().await;
    new.subscribe(channel, json!(-1)).await;
    new.hears_nothing().await;
    for wrong in [json!(999_999), json!("soon"), json!(-7)] {
        let answer = new.subscribe(channel, wrong.clone()).await;
        let wanted = format!(
            "400::The replayId {{{wrong}}} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 \
             to replay only new events."
        );
        assert_eq!((&answer["successful"], answer["error"].as_str().unwrap()), (&json!(false), wanted.as_str()));
    }
    org.clock.advance(SignedDuration::from_hours(72));
    let org = Org { token: org.token(&org.credentials()).await.1["access_token"].as_str().unwrap().into(), ..org };
    let late = org.listener().await;
    assert_eq!(late.subscribe(channel, first).await["successful"], false);
    assert_eq!(late.subscribe(channel, json!(-2)).await["successful"], true);
    late.hears_nothing().await;
}

#[tokio::test]
async fn change_events_tell_what_changed_and_by_whom() {
    let org = Org::fresh().await;
    let listener = org.listener().await;
    listener.subscribe("/data/CaseChangeEvent", json!(-1)).await;
    listener.subscribe("/data/ChangeEvents", json!(-1)).await;
    let request = org.ask(Method::POST, "sobjects/Case").header("Sforce-Call-Options", "client=my-connector");
    let made = request.json(&json!({"Subject": "VPN", "Reason": "Other"})).send().await.unwrap();
    let id = made.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    org.clock.advance(SignedDuration::from_secs(2));
    org.host
        .edit(&json!({"cases": [{"id": id, "fields": {"Status": "Working", "Reason": null}, "by": "kai@acme.test"}]}))
        .unwrap();
    org.send(Method::DELETE, &format!("sobjects/Case/{id}"), json!({})).await;
    org.host.edit(&json!({"cases": [{"id": id, "undeleted": true}]})).unwrap();
    let events = listener.events(8).await;
    let own: Vec<_> = events.iter().filter(|event| event["channel"] == "/data/CaseChangeEvent").collect();
    let kinds: Vec<_> =
        own.iter().map(|event| event["data"]["payload"]["ChangeEventHeader"]["changeType"].clone()).collect();
    assert_eq!(kinds, ["CREATE", "UPDATE", "DELETE", "UNDELETE"]);
    let payload = |place: usize| &own[place]["data"]["payload"];
    assert_eq!((&payload(0)["Subject"], &payload(0)["Origin"]), (&json!("VPN"), &Value::Null));
    for absent in ["Id", "IsDeleted", "SystemModstamp", "Origin", "ContactEmail"] {
        assert!(payload(0).get(absent).is_none(), "{absent}");
    }
    let header = &payload(0)["ChangeEventHeader"];
    assert_eq!(header["changeOrigin"], "com/salesforce/api/rest/65.0;client=my-connector");
    assert_eq!((&header["recordIds"], &header["changedFields"]), (&json!([id]), &json!([])));
    let header = &payload(1)["ChangeEventHeader"];
    assert_eq!(header["changedFields"], json!(["Status", "Reason", "LastModifiedDate", "LastModifiedById"]));
    assert_eq!(header["nulledFields"], json!(["Reason"]));
    let kai = org.column("SELECT Id FROM User WHERE Username = 'kai@acme.test'", "/Id").await;
    assert_eq!(header["commitUser"], kai[0]);
    assert_eq!(payload(1).as_object().unwrap().len(), 5);
    assert_eq!(payload(2).as_object().unwrap().len(), 1);
    assert_eq!(payload(3)["Subject"], "VPN");
    assert_eq!(listener.subscribe("/data/CaseCommentChangeEvent", json!(-1)).await["successful"], false);
}

#[tokio::test]
async fn every_update_tells_its_stamp_even_within_a_second() {
    let org = Org::fresh().await;
    let listener = org.listener().await;
    listener.subscribe("/data/CaseChangeEvent", json!(-1)).await;
    let case = org.create("Case", json!({"Subject": "VPN"})).await;
    for subject in ["one", "two", "three"] {
        org.change("Case", &case, json!({"Subject": subject})).await;
    }
    for event in &listener.events(4).await[1..] {
        let payload = &event["data"]["payload"];
        assert_eq!(payload["ChangeEventHeader"]["changedFields"], json!(["Subject", "LastModifiedDate"]));
        assert!(payload["LastModifiedDate"].is_string());
    }
}

#[tokio::test]
async fn one_transaction_has_one_key_and_what_is_rolled_back_is_never_told() {
    let org = Org::fresh().await;
    let listener = org.listener().await;
    listener.subscribe("/data/CaseChangeEvent", json!(-1)).await;
    listener.subscribe("/event/Case_Event__e", json!(-1)).await;
    let record = |kind: &str, fields: Value| {
        let mut record = json!({"attributes": {"type": kind}});
        record.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        record
    };
    let bad = json!({"allOrNone": true, "records": [
        record("Case", json!({"Subject": "lost"})), record("Case_Event__e", json!({"Body__c": "lost"})),
        record("Case", json!({"Priority": "none"})),
    ]});
    org.send(Method::POST, "composite/sobjects", bad).await;
    listener.hears_nothing().await;
    let good = json!({"allOrNone": true, "records": [record("Case", json!({})), record("Case", json!({}))]});
    org.send(Method::POST, "composite/sobjects", good).await;
    let events = listener.events(2).await;
    let header = |place: usize| &events[place]["data"]["payload"]["ChangeEventHeader"];
    assert_eq!(header(0)["transactionKey"], header(1)["transactionKey"]);
    assert_eq!((&header(0)["sequenceNumber"], &header(1)["sequenceNumber"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn a_push_topic_notices_what_its_query_finds() {
    let org = Org::fresh().await;
    let topic = json!({
        "Name": "HighCases", "ApiVersion": 65.0, "NotifyForFields": "Referenced",
        "Query": "SELECT Id, Subject, CreatedDate FROM Case WHERE Priority = 'High'",
    });
    org.create("PushTopic", topic).await;
    let listener = org.listener().await;
    assert_eq!(listener.subscribe("/topic/HighCases", json!(-1)).await["successful"], true);
    assert_eq!(
        listener.subscribe("/topic/Nothing", json!(-1)).await["error"],
        "400::The channel you requested to subscribe to does not exist {/topic/Nothing}"
    );
    org.create("Case", json!({"Subject": "low", "Priority": "Low"})).await;
    let case = org.create("Case", json!({"Subject": "high", "Priority": "High"})).await;
    org.change("Case", &case, json!({"Origin": "Web"})).await;
    org.change("Case", &case, json!({"Subject": "higher"})).await;
    org.send(Method::DELETE, &format!("sobjects/Case/{case}"), json!({})).await;
    let events = listener.events(3).await;
    let seen: Vec<_> =
        events.iter().map(|event| (&event["data"]["event"]["type"], &event["data"]["sobject"]["Subject"])).collect();
    assert_eq!(seen[..2], [(&json!("created"), &json!("high")), (&json!("updated"), &json!("higher"))]);
    assert_eq!(events[2]["data"]["sobject"], json!({"Id": case}));
    assert!(events[0]["data"]["sobject"]["CreatedDate"].as_str().unwrap().ends_with('Z'));
    assert!(events[0]["data"]["event"]["createdDate"].as_str().unwrap().ends_with('Z'));
    for query in
        ["SELECT Subject FROM Case", "SELECT Id, Contact.Email FROM Case", "SELECT Id FROM Case LIMIT 5", "SELECT"]
    {
        let body = json!({"Name": "Bad", "ApiVersion": 65.0, "Query": query});
        assert_eq!(org.refusal("PushTopic", body).await.0, "INVALID_FIELD", "{query}");
    }
    org.clock.advance(SignedDuration::from_hours(24));
    let org = Org { token: org.token(&org.credentials()).await.1["access_token"].as_str().unwrap().into(), ..org };
    let late = org.listener().await;
    late.subscribe("/topic/HighCases", json!(-2)).await;
    late.hears_nothing().await;
}

#[tokio::test]
async fn a_dead_session_is_told_at_every_step() {
    let org = Org::fresh().await;
    let listener = org.listener().await;
    listener.subscribe("/event/Case_Event__e", json!(-1)).await;
    let expire = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        org.host.expire();
    };
    let (answers, ()) = tokio::join!(listener.connect(), expire);
    assert_eq!(answers[0]["error"], "401::Authentication invalid");
    assert_eq!(answers[0]["advice"], json!({"reconnect": "none", "interval": 0}));
    let hello = json!([{"channel": "/meta/handshake", "id": "1"}]);
    assert_eq!(
        org.bayeux(hello.clone()).await,
        json!([{
            "channel": "/meta/handshake", "id": "1", "successful": false, "error": "403::Handshake denied",
            "ext": {"sfdc": {"failureReason": "401::Authentication invalid"}, "replay": true}, "advice": {"reconnect": "none"},
        }])
    );
    let bare = org.http.post(format!("{}/cometd/65.0", org.url)).json(&hello).send().await.unwrap();
    let answer: Value = bare.json().await.unwrap();
    assert_eq!(answer[0]["ext"]["sfdc"]["failureReason"], "401::Request requires authentication");
    // With a new session the client goes on as if nothing had been.
    let id = listener.id.clone();
    let org = Org { token: org.token(&org.credentials()).await.1["access_token"].as_str().unwrap().into(), ..org };
    org.publish("after").await;
    assert_eq!(bodies(&Listener { org: &org, id }.events(1).await), ["after"]);
}

#[tokio::test]
async fn a_client_that_stays_away_for_forty_seconds_has_to_begin_again() {
    let org = Org::fresh().await;
    let listener = org.listener().await;
    org.clock.advance(SignedDuration::from_secs(39));
    listener.hears_nothing().await;
    org.clock.advance(SignedDuration::from_secs(40));
    let answer = listener.connect().await.remove(0);
    assert_eq!((&answer["successful"], &answer["error"]), (&json!(false), &json!("403::Unknown client")));
    assert_eq!(answer["advice"], json!({"reconnect": "handshake", "interval": 0}));
    let other = org.listener().await;
    assert_eq!(other.say(json!({"channel": "/meta/disconnect"})).await[0]["successful"], true);
    assert_eq!(other.subscribe("/data/ChangeEvents", json!(-1)).await["error"], "403::Unknown client");
}

#[tokio::test]
async fn clients_return_their_cookie_where_the_host_has_a_name() {
    let org = Org::fresh().await;
    let listener = org.listener().await;
    let connect = json!([{"channel": "/meta/connect", "clientId": listener.id, "advice": {"timeout": 0}}]);
    let url = format!("{}/cometd/65.0", org.url.replace("127.0.0.1", "localhost"));
    let answer = org.http.post(url).bearer_auth(&org.token).json(&connect).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let why = answer.text().await.unwrap();
    assert!(why.contains(&listener.id) && why.contains("cookie present"), "{why}");
}

#[tokio::test]
async fn used_up_limits_and_silence_can_be_set() {
    let org = Org::fresh().await;
    org.host.set_switches(&json!({"hourly_published_events": 2, "daily_events": 1})).unwrap();
    let listener = org.listener().await;
    listener.subscribe("/event/Case_Event__e", json!(-1)).await;
    org.publish("a").await;
    assert_eq!(bodies(&listener.events(1).await), ["a"]);
    org.publish("b").await;
    assert_eq!(org.refusal("Case_Event__e", json!({"Body__c": "c"})).await.0, "LIMIT_EXCEEDED");
    assert_eq!(listener.connect().await[0]["error"], "403::Organization total events daily limit exceeded");
    org.host.set_switches(&json!({"daily_events": 100, "stream_silence": true})).unwrap();
    listener.hears_nothing().await;
    org.host.set_switches(&json!({"stream_silence": false})).unwrap();
    assert_eq!(bodies(&listener.events(1).await), ["b"]);
    assert!(org.host.set_switches(&json!({"change_events": ["Dragon"]})).unwrap_err().contains("Dragon"));
}

#[tokio::test]
async fn events_are_not_asked_for_by_queries_but_tell_what_they_are_made_of() {
    let org = Org::fresh().await;
    for statement in ["SELECT Id FROM Case_Event__e", "SELECT Id FROM Case WHERE Id IN (SELECT Id FROM case_event__e)"]
    {
        let (status, refused) = org.query(statement).await;
        assert_eq!((status, &refused[0]["errorCode"]), (400, &json!("INVALID_TYPE_FOR_OPERATION")), "{statement}");
    }
    let (_, head) = org.get("sobjects/Case_Event__e/describe").await;
    assert_eq!((&head["queryable"], &head["createable"]), (&json!(false), &json!(true)));
    let listener = org.listener().await;
    listener.subscribe("/event/Case_Event__e", json!(-1)).await;
    org.publish("x").await;
    let id = listener.events(1).await[0]["data"]["schema"].as_str().unwrap().to_owned();
    let (_, named) = org.get("sobjects/case_event__e/eventSchema").await;
    assert_eq!((&named["type"], &named["name"]), (&json!("expanded-record"), &json!("Case_Event__e")));
    assert_eq!(org.get(&format!("event/eventSchema/{id}?payloadFormat=EXPANDED")).await.1, named);
    let payload = named.pointer("/fields/0/type/fields/1/type/fields").unwrap().as_array().unwrap();
    assert!(payload.iter().any(|field| field["name"] == "CreatedDate" && field["type"] == "string"));
    let (_, compact) = org.get(&format!("event/eventSchema/{id}?payloadFormat=COMPACT")).await;
    let fields = compact["fields"].as_array().unwrap();
    assert!(fields.iter().any(|field| field["name"] == "CreatedDate" && field["type"] == "long"));
    assert!(fields.iter().any(|field| field["name"] == "Body__c" && field["type"] == json!(["null", "string"])));
    assert_eq!((&compact["type"], &compact["uuid"]), (&json!("record"), &json!(id)));
    assert_eq!(org.get("sobjects/Case_Event__e/eventSchema?payloadFormat=XML").await.0, 400);
    assert_eq!(org.get("sobjects/Case/eventSchema").await.0, 404);
    assert_eq!(org.get("event/eventSchema/none").await.0, 404);
}

#[tokio::test]
async fn gaps_say_that_something_changed_and_not_what() {
    let org = Org::fresh().await;
    let listener = org.listener().await;
    listener.subscribe("/data/CaseChangeEvent", json!(-1)).await;
    org.host_switches(json!({"change_event_gaps": "records"}));
    let id = org.create("Case", json!({"Subject": "x"})).await;
    org.change("Case", &id, json!({"Subject": "y"})).await;
    org.host_switches(json!({"change_event_gaps": "overflow"}));
    let two = json!({"allOrNone": true, "records": [super::case_record(json!({})), super::case_record(json!({}))]});
    org.send(Method::POST, "composite/sobjects", two).await;
    let events = listener.events(3).await;
    let payloads: Vec<_> = events.iter().map(|event| event["data"]["payload"].as_object().unwrap()).collect();
    assert!(payloads.iter().all(|payload| payload.len() == 1), "nothing but the header");
    let header = |place: usize| &payloads[place]["ChangeEventHeader"];
    let kinds: Vec<_> = (0..3).map(|place| header(place)["changeType"].clone()).collect();
    assert_eq!(kinds, ["GAP_CREATE", "GAP_UPDATE", "GAP_OVERFLOW"], "one overflow for both new cases");
    assert_eq!((&header(1)["recordIds"], &header(1)["changedFields"]), (&json!([id]), &json!([])));
    assert_eq!((&header(1)["changeOrigin"], &header(2)["recordIds"]), (&json!(""), &json!(["000000000000000AAA"])));
    listener.hears_nothing().await;
}
