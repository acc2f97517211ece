//! SOQL: what is found, in what order, and how a wrong query is told.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Org, case_record, told};

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

/// Where each word stands in a text, which must hold them in this order.
fn in_order(text: &str, words: &[&str]) {
    let mut rest = text;
    for word in words {
        rest = rest.split_once(&format!("\"{word}\":")).unwrap_or_else(|| panic!("{word} in {text}")).1;
    }
}

/// A tree of `serde_json` sorts names, so the text itself is looked at.
#[tokio::test]
async fn a_row_begins_with_attributes_and_goes_on_in_the_order_of_select() {
    let org = Org::fresh().await;
    let pat = org.column("SELECT Id FROM Contact WHERE LastName = 'O\\'Hara'", "/Id").await;
    let case = org.create("Case", json!({"Subject": "VPN", "Status": "New", "ContactId": pat[0]})).await;
    org.create("CaseComment", json!({"ParentId": case, "CommentBody": "one", "IsPublished": true})).await;
    let statement = "SELECT Subject, Contact.LastName, Id, Contact.Email, AccountId, (SELECT IsPublished, CommentBody FROM \
                     CaseComments), CaseNumber FROM Case";
    let comment = ["CaseComments", "totalSize", "done", "records", "attributes", "IsPublished", "CommentBody"];
    let row = [&["attributes", "Subject", "Contact", "attributes", "LastName", "Email", "Id", "AccountId"][..]];
    let row = [row[0], &comment[..], &["CaseNumber"][..]].concat();
    let groups = "SELECT Status, COUNT(Id) cases, MAX(Subject) FROM Case GROUP BY Status";
    for (statement, wanted) in [(statement, row.as_slice()), (groups, &["attributes", "Status", "cases", "expr0"][..])]
    {
        for path in ["query", "queryAll"] {
            let answer = org.ask(Method::GET, path).query(&[("q", statement)]).send().await.unwrap();
            in_order(&answer.text().await.unwrap(), &[&["totalSize", "done", "records"][..], wanted].concat());
        }
        let url = format!("/services/data/v65.0/query?q={}", statement.replace(' ', "+"));
        let part = json!({"method": "GET", "url": url, "referenceId": "q"});
        for (path, body) in [
            ("composite", json!({"compositeRequest": [part]})),
            ("composite/batch", json!({"batchRequests": [{"method": "GET", "url": url}]})),
        ] {
            let answer = org.ask(Method::POST, path).json(&body).send().await.unwrap();
            in_order(&answer.text().await.unwrap(), wanted);
        }
    }
    let search = [("q", "FIND {VPN} RETURNING Case(Subject, Id, CaseNumber)")];
    let answer = org.ask(Method::GET, "search").query(&search).send().await.unwrap();
    in_order(&answer.text().await.unwrap(), &["searchRecords", "attributes", "Subject", "Id", "CaseNumber"]);
    let search = [("q", "VPN"), ("sobject", "Case"), ("Case.fields", "Subject,Id,CaseNumber")];
    let answer = org.ask(Method::GET, "parameterizedSearch").query(&search).send().await.unwrap();
    in_order(&answer.text().await.unwrap(), &["searchRecords", "attributes", "Subject", "Id", "CaseNumber"]);
    let part = json!({"method": "GET", "url": format!("/services/data/v65.0/sobjects/Case/{case}?fields=Subject,CaseNumber"), "referenceId": "r"});
    let answer = org.ask(Method::POST, "composite").json(&json!({"compositeRequest": [part]})).send().await.unwrap();
    in_order(&answer.text().await.unwrap(), &["body", "attributes", "Id", "Subject", "CaseNumber"]);
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
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    let (status, body) = org.get("query/0r8000000000000AAA-2000").await;
    assert_eq!((status, &body[0]["errorCode"]), (400, &json!("INVALID_QUERY_LOCATOR")));
}

#[tokio::test]
async fn ids_in_a_list_have_15_or_18_characters() {
    let org = Org::fresh().await;
    let case = org.create("Case", json!({})).await;
    let other = org.create("Case", json!({ "ParentId": case })).await;
    for listed in [case.as_str(), &case[..15], &case.to_lowercase()] {
        assert_eq!(org.column(&format!("SELECT Id FROM Case WHERE Id IN ('{listed}')"), "/Id").await, [case.as_str()]);
        let children = org.column(&format!("SELECT Id FROM Case WHERE ParentId IN ('{listed}')"), "/Id").await;
        assert_eq!(children, [other.as_str()], "{listed}");
        let others = org.column(&format!("SELECT Id FROM Case WHERE Id NOT IN ('{listed}')"), "/Id").await;
        assert_eq!(others, [other.as_str()], "{listed}");
    }
}

#[tokio::test]
async fn one_query_may_stand_inside_another() {
    let org = Org::fresh().await;
    let case = org.create("Case", json!({"Comments": "x"})).await;
    org.create("Case", json!({})).await;
    let inner = "SELECT ParentId FROM CaseComment WHERE IsPublished = false";
    assert_eq!(org.column(&format!("SELECT Id FROM Case WHERE Id IN ({inner})"), "/Id").await, [case.as_str()]);
    assert_eq!(org.column(&format!("SELECT Id FROM Case WHERE Id NOT IN ({inner})"), "/Id").await.len(), 1);
    assert_eq!(org.query("SELECT Id FROM Case WHERE Id IN (SELECT CommentBody FROM CaseComment)").await.0, 400);
    let nested =
        format!("SELECT Id FROM Case WHERE Id IN (SELECT ParentId FROM CaseComment WHERE ParentId IN ({inner}))");
    assert_eq!(org.query(&nested).await.0, 400);
}
