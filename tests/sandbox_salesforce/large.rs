//! Nasty texts, long texts and many records.

use reqwest::Method;
use serde_json::json;

use super::{Org, case_record};

const NASTY: &[&str] =
    &["O'Neil\\ \"x\"\nnext", "nul\0 inside", "😱👩🏽‍💻", "50%_a", "' OR Name LIKE '%", "\\", "\\' --", "{\"a\":[1]}"];

fn escaped(text: &str, like: bool) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            '%' | '_' if like => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// Sheet 16: the escapes of O'Neil and of `50%_a`.
#[tokio::test]
async fn escaped_texts_are_found_and_nothing_else_is() {
    let org = Org::fresh().await;
    assert_eq!(escaped("O'Neil\\ \"x\"\n", false), r#"O\'Neil\\ \"x\"\n"#);
    assert_eq!(escaped("50%_a", true), r"50\%\_a");
    for text in NASTY {
        org.create("Case", json!({"Subject": text})).await;
    }
    for text in NASTY {
        for condition in [
            format!("Subject = '{}'", escaped(text, false)),
            format!("Subject LIKE '{}'", escaped(text, true)),
            format!("Subject IN ('{}')", escaped(text, false)),
        ] {
            let found = org.column(&format!("SELECT Subject FROM Case WHERE {condition}"), "/Subject").await;
            assert_eq!(found, [*text], "{condition:?}");
        }
    }
}

#[tokio::test]
async fn a_megabyte_neither_breaks_nor_comes_back_in_an_error() {
    let org = Org::fresh().await;
    let long = "x'\\\0😱\"".repeat(160_000);
    let (status, body) = org.send(Method::POST, "sobjects/Case", json!({"Subject": long})).await;
    assert_eq!((status, &body[0]["errorCode"]), (400, &json!("STRING_TOO_LONG")));
    assert!(body.to_string().len() < 10_000);
    let (_, body) = org.send(Method::POST, "sobjects/Case", json!({"SuppliedEmail": "x".repeat(1 << 20)})).await;
    assert!(body.to_string().len() < 10_000);
    let part = |statement: String| {
        let url = format!("/services/data/v65.0/query?q={}", statement.replace('%', "%25").replace('&', "%26"));
        json!({"compositeRequest": [{"method": "GET", "referenceId": "q", "url": url}]})
    };
    for statement in [
        format!("SELECT Id FROM Case WHERE Subject = '{}'", "x".repeat(90_000)),
        format!("SELECT {} FROM Case", "x".repeat(90_000)),
        format!("SELECT Id FROM {}", "x".repeat(90_000)),
        format!("SELECT Id FROM Case WHERE {} ?", "Id != null AND ".repeat(5_000)),
        format!("SELECT Id FROM Case WHERE Subject = '\\q{}'", "x".repeat(90_000)),
        format!("SELECT Id FROM Case WHERE Subject = '{}'", "x".repeat(1 << 20)),
        "\0".into(),
    ] {
        let (status, answer) = org.send(Method::POST, "composite", part(statement.clone())).await;
        let answer = &answer["compositeResponse"][0];
        assert_eq!(
            (status, &answer["httpStatusCode"]),
            (200, &json!(400)),
            "{:?}",
            &statement[..statement.len().min(80)]
        );
        assert!(answer.to_string().len() < 3_000, "{answer}");
    }
    // The caret still stands under the place.
    let statement = format!("SELECT Id FROM Case WHERE Subject = '{}' AND Nope = 1", "x".repeat(3_000));
    let (_, body) = org.query(&statement).await;
    let message = body[0]["message"].as_str().unwrap().to_owned();
    let lines: Vec<&str> = message.lines().collect();
    let place = lines[2].chars().position(|c| c == '^').unwrap();
    assert_eq!(&lines[1][place..place + 4], "Nope");
    assert_eq!(lines[3], format!("ERROR at Row:1:Column:{}", statement.find("Nope").unwrap() + 1));
    assert_eq!(org.get("limits").await.0, 200);
}

#[tokio::test]
async fn no_refusal_says_a_megabyte_again_wherever_it_was_sent() {
    let org = Org::fresh().await;
    let long = "x".repeat(1 << 20);
    let record = |kind: &str| json!({"attributes": {"type": kind, "referenceId": "r"}});
    let part = |name: &str| json!({"compositeRequest": [{"method": "GET", "url": "/services/data/v65.0/limits", "referenceId": name}]});
    let header = |name: &str| json!({"compositeRequest": [{"method": "GET", "url": "/services/data/v65.0/limits", "referenceId": "a", "httpHeaders": {name: "x"}}]});
    for (method, path, body) in [
        (Method::POST, "sobjects/Case", json!({long.as_str(): 1})),
        (Method::POST, "sobjects/Case", json!({"IsEscalated": long})),
        (Method::POST, "sobjects/Case", json!({"ContactId": long})),
        (Method::POST, "sobjects/Case", json!({"Contact": {"Email": long}})),
        (Method::POST, "composite", part(&format!("{long}!"))),
        (Method::POST, "composite", header(&format!("{long}\n"))),
        (Method::POST, "composite/tree/Case", json!({"records": [record(&long)]})),
        (Method::POST, "composite/sobjects", json!({"records": [record(&long)]})),
        (Method::PATCH, "composite/sobjects", json!({"records": [{"attributes": {"type": "Case"}, "id": long}]})),
        (Method::POST, "composite/sobjects/Case", json!({"ids": [long], "fields": ["Id"]})),
        (Method::POST, "composite/sobjects/Case", json!({"ids": [], "fields": [long]})),
        (Method::POST, "composite/graph", json!({"graphs": [{"graphId": long, "compositeRequest": []}]})),
        (Method::POST, "jobs/ingest", json!({"object": long, "operation": "insert"})),
        (Method::POST, "jobs/ingest", json!({"object": "Case", "operation": long})),
        (Method::POST, "jobs/ingest", json!({"object": "Case", "operation": "insert", "contentType": long})),
        (Method::POST, "jobs/ingest", json!({"object": "Case", "operation": "upsert", "externalIdFieldName": long})),
        (Method::POST, "jobs/ingest", json!({"object": "Case", "operation": "insert", "lineEnding": long})),
        (Method::POST, "jobs/query", json!({"operation": "query", "query": format!("SELECT {long} FROM Case")})),
        (Method::POST, "parameterizedSearch", json!({"q": "vpn", "in": long})),
    ] {
        let (status, answer) = org.send(method, path, body.clone()).await;
        let errors = answer.pointer("/0/errors").is_some();
        assert!(status == 400 || errors, "{path} {status} {:.300}", answer.to_string());
        assert!(answer.to_string().len() < 10_000, "{path} {:.300}", body.to_string());
    }
    let (_, answer) = org.send(Method::POST, "sobjects/Case", json!({"Subject": long})).await;
    assert!(answer[0]["message"].as_str().unwrap().ends_with("(max length=255)"), "the end is kept");
}

#[tokio::test]
async fn the_last_page_of_many_records_and_one_by_its_key_are_found() {
    let org = Org::fresh().await;
    for batch in 0..100 {
        let record = |i: i32| {
            case_record(
                json!({"Subject": format!("case {i}"), "Community_Thread_Key__c": format!("acme:{}", batch * 200 + i)}),
            )
        };
        let records: Vec<_> = (0..200).map(record).collect();
        org.send(Method::POST, "composite/sobjects", json!({"records": records})).await;
    }
    let statement = "SELECT Id, Subject FROM Case WHERE Subject LIKE 'case%' ORDER BY Subject, Id";
    let request =
        org.ask(Method::GET, "query").query(&[("q", statement)]).header("Sforce-Query-Options", "batchSize=200");
    let (_, first) = super::told(request.send().await.unwrap()).await;
    assert_eq!(first["totalSize"], 20_000);
    let next = first["nextRecordsUrl"].as_str().unwrap().trim_start_matches("/services/data/v65.0/").to_owned();
    let (_, page) = org.get(&next.replace("-200", "-19800")).await;
    assert_eq!((page["records"].as_array().unwrap().len(), &page["done"]), (200, &json!(true)));
    let id = first["records"][0]["Id"].as_str().unwrap();
    for condition in [
        format!("Id = '{id}'"),
        "Community_Thread_Key__c = 'ACME:7'".into(),
        "CaseNumber IN ('00001500', '00001501')".into(),
        "IsClosed = false AND Community_Thread_Key__c = 'acme:19999'".into(),
    ] {
        let statement = format!("SELECT Id FROM Case WHERE {condition}");
        assert!(!org.column(&statement, "/Id").await.is_empty());
    }
}

#[tokio::test]
async fn long_texts_make_pages_short_and_an_offset_leaves_one() {
    let org = Org::fresh().await;
    for batch in 0..2 {
        let records: Vec<_> = (0..200).map(|i| case_record(json!({"Subject": format!("{batch} {i}")}))).collect();
        org.send(Method::POST, "composite/sobjects", json!({"records": records})).await;
    }
    let request = org.ask(Method::GET, "query").query(&[("q", "SELECT Id FROM Case OFFSET 100")]);
    let (_, page) = super::told(request.header("Sforce-Query-Options", "batchSize=200").send().await.unwrap()).await;
    assert_eq!((page["records"].as_array().unwrap().len(), &page["done"]), (200, &json!(true)));
    let postbacks: Vec<_> = (0..200).map(|_| json!({"attributes": {"type": "Private_Message__c"}})).collect();
    for _ in 0..2 {
        org.send(Method::POST, "composite/sobjects", json!({"records": postbacks})).await;
    }
    let one = org.query("SELECT Body__c FROM Private_Message__c").await.1;
    assert_eq!(one["records"].as_array().unwrap().len(), 400);
    let (_, two) = org.query("SELECT Community_Body__c, Parent.Community_Body__c FROM Case").await;
    assert_eq!((two["records"].as_array().unwrap().len(), &two["done"]), (200, &json!(false)));
}
