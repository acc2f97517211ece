//! SOSL and parameterized search.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Org, told};

async fn ask(org: &Org, resource: &str, query: &[(&str, &str)]) -> (u16, Value) {
    told(org.ask(Method::GET, resource).query(query).send().await.unwrap()).await
}

async fn with_cases() -> Org {
    let org = Org::fresh().await;
    for (subject, description) in [
        ("VPN drops every hour", "since Monday"),
        ("Printer offline", "the vpn is up"),
        ("Path {1+1}:2 isn't found", "odd"),
    ] {
        org.create("Case", json!({"Subject": subject, "Description": description, "SuppliedEmail": "ana@acme.test"}))
            .await;
    }
    org
}

#[tokio::test]
async fn words_are_found_where_the_statement_says() {
    let org = with_cases().await;
    for (statement, wanted) in [
        ("FIND {vpn} RETURNING Case(Subject ORDER BY Subject)", vec!["Printer offline", "VPN drops every hour"]),
        ("FIND {vpn} IN NAME FIELDS RETURNING Case(Subject)", vec!["VPN drops every hour"]),
        (
            "find {dr?ps OR off*} returning case(Subject order by CaseNumber)",
            vec!["VPN drops every hour", "Printer offline"],
        ),
        (r"FIND {\{1\+1\}\:2} RETURNING Case(Subject)", vec!["Path {1+1}:2 isn't found"]),
        ("FIND {\"every hour\"} RETURNING Case(Subject)", vec!["VPN drops every hour"]),
        ("FIND {vpn AND NOT drops} RETURNING Case(Subject)", vec!["Printer offline"]),
        ("FIND {vpn} RETURNING Case(Subject WHERE Subject LIKE 'print%' LIMIT 5)", vec!["Printer offline"]),
        (
            "FIND {ana@acme.test} IN EMAIL FIELDS RETURNING Case(Subject WHERE CaseNumber = '00001001')",
            vec!["VPN drops every hour"],
        ),
        ("FIND {vp} RETURNING Case(Subject)", vec![]),
    ] {
        let (status, answer) = ask(&org, "search/", &[("q", statement)]).await;
        assert_eq!(status, 200, "{statement}: {answer}");
        let subjects: Vec<_> = answer["searchRecords"].as_array().unwrap().iter().map(|row| &row["Subject"]).collect();
        assert_eq!(subjects, wanted, "{statement}");
    }
}

#[tokio::test]
async fn without_returning_all_objects_give_their_ids() {
    let org = with_cases().await;
    let (_, answer) = ask(&org, "search", &[("q", "FIND {ana}")]).await;
    let kinds: Vec<_> =
        answer["searchRecords"].as_array().unwrap().iter().map(|row| &row["attributes"]["type"]).collect();
    assert_eq!(kinds, ["Case", "Case", "Case", "Contact"]);
    let (_, few) = ask(&org, "search", &[("q", "FIND {ana} RETURNING Contact, Case LIMIT 2")]).await;
    assert_eq!(few["searchRecords"].as_array().unwrap().len(), 2);
    assert!(few["searchRecords"][0]["Id"].as_str().unwrap().starts_with("003"));
    let old = org.http.get(format!("{}/services/data/v36.0/search?q=FIND+%7Bana%7D", org.url)).bearer_auth(&org.token);
    assert!(told(old.send().await.unwrap()).await.1.is_array());
}

#[tokio::test]
async fn a_wrong_search_is_told() {
    let org = Org::fresh().await;
    for (statement, code, words) in [
        ("FIND vpn", "MALFORMED_SEARCH", "No search term found. The search term must be enclosed in braces."),
        ("FIND {a}", "MALFORMED_SEARCH", "longer than one character"),
        ("FIND {(vpn}", "MALFORMED_SEARCH", "parentheses"),
        ("FIND {vpn} RETURNING Case LIMIT 2001", "MALFORMED_SEARCH", "limit"),
        ("FIND {vpn} SOMEWHERE", "MALFORMED_SEARCH", "unexpected token: 'SOMEWHERE'"),
        ("FIND {vpn} RETURNING Dragon", "INVALID_TYPE", "'Dragon' is not supported"),
        ("FIND {vpn} RETURNING Case(Nope)", "INVALID_FIELD", "No such column 'Nope' on entity 'Case'"),
        ("", "MALFORMED_SEARCH", "FIND"),
    ] {
        let (status, body) = ask(&org, "search", &[("q", statement)]).await;
        assert_eq!((status, &body[0]["errorCode"]), (400, &json!(code)), "{statement}");
        assert!(body[0]["message"].as_str().unwrap().contains(words), "{statement}: {body}");
    }
}

#[tokio::test]
async fn people_search_without_escapes() {
    let org = with_cases().await;
    let query = [("q", "isn't {1+1}:2"), ("sobject", "Case"), ("Case.fields", "Id,Subject"), ("Case.limit", "10")];
    let (_, answer) = ask(&org, "parameterizedSearch", &query).await;
    assert_eq!(answer["searchRecords"][0]["Subject"], "Path {1+1}:2 isn't found");
    let body = json!({"q": "vpn", "in": "ALL", "overallLimit": 100, "defaultLimit": 10, "fields": ["Id"], "sobjects": [
        {"name": "Case", "fields": ["Id", "CaseNumber", "Subject"], "where": "Subject LIKE 'vpn%'", "limit": 10},
        {"name": "Contact"},
    ]});
    let (_, answer) = org.send(Method::POST, "parameterizedSearch", body).await;
    let rows = answer["searchRecords"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["CaseNumber"]), (1, &json!("00001001")));
    let (status, body) = org.send(Method::POST, "parameterizedSearch", json!({"q": ""})).await;
    assert_eq!((status, &body[0]["errorCode"]), (400, &json!("MALFORMED_SEARCH")));
}

#[tokio::test]
async fn the_index_can_lag_behind() {
    let mut org = with_cases().await;
    org.host_switches(json!({"index_lag_ms": 60_000}));
    let found = async |org: &Org| {
        let (_, answer) = ask(org, "search", &[("q", "FIND {late} RETURNING Case")]).await;
        answer["searchRecords"].as_array().unwrap().len()
    };
    org.create("Case", json!({"Subject": "late"})).await;
    assert_eq!(found(&org).await, 0);
    assert_eq!(org.column("SELECT Id FROM Case WHERE Subject = 'late'", "/Id").await.len(), 1);
    org.clock.advance(jiff::SignedDuration::from_secs(61));
    org.sign_in().await;
    assert_eq!(found(&org).await, 1);
}
