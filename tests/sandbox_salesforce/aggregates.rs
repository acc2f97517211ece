//! Queries that group, name all fields, or are asked about themselves.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Org, told};

async fn refused(org: &Org, statement: &str) -> (String, String) {
    let (status, body) = org.query(statement).await;
    assert_eq!(status, 400, "{statement}: {body}");
    (body[0]["errorCode"].as_str().unwrap().to_owned(), body[0]["message"].as_str().unwrap().to_owned())
}

async fn with_cases() -> Org {
    let org = Org::fresh().await;
    for (status, priority, replies) in [
        ("New", "High", json!(3)),
        ("New", "Low", json!(5)),
        ("Closed", "Low", Value::Null),
        ("Escalated", "Critical", json!(1)),
    ] {
        org.create("Case", json!({"Status": status, "Priority": priority, "Community_Replies__c": replies})).await;
    }
    org
}

#[tokio::test]
async fn groups_are_summed_named_filtered_and_ordered() {
    let org = with_cases().await;
    let statement = "SELECT Status, COUNT(Id), SUM(Community_Replies__c) replies, MAX(Priority) FROM Case \
                     GROUP BY Status HAVING COUNT(Id) > 0 ORDER BY COUNT(Id) DESC, Status DESC";
    let (_, answer) = org.query(statement).await;
    let row = |status: &str, count: i32, replies: Value, most: &str| json!({"attributes": {"type": "AggregateResult"}, "Status": status, "expr0": count, "replies": replies, "expr1": most});
    let wanted = [
        row("New", 2, json!(8.0), "High"),
        row("Closed", 1, Value::Null, "Low"),
        row("Escalated", 1, json!(1.0), "Critical"),
    ];
    assert_eq!(answer, json!({"totalSize": 3, "done": true, "records": wanted}));
    let few = org.column("SELECT Status s FROM Case GROUP BY Status HAVING Status LIKE 'e%' LIMIT 5", "/s").await;
    assert_eq!(few, ["Escalated"]);
    let both = org.query("SELECT AVG(Community_Replies__c), COUNT_DISTINCT(Priority) p, COUNT(Id) FROM Case").await.1;
    assert_eq!((&both["records"][0]["expr0"], &both["records"][0]["p"]), (&json!(3.0), &json!(3)));
    assert_eq!(both["records"][0]["expr1"], 4);
}

#[tokio::test]
async fn rollup_and_cube_add_rows_for_what_they_leave_out() {
    let org = with_cases().await;
    let statement = "SELECT Status, Priority, GROUPING(Priority) g, COUNT(Id) n FROM Case GROUP BY ROLLUP(Status, Priority) \
                     ORDER BY Status, Priority";
    let (_, answer) = org.query(statement).await;
    let rows = answer["records"].as_array().unwrap();
    assert_eq!(rows.len(), 4 + 3 + 1);
    assert_eq!((&rows[0]["Status"], &rows[0]["g"], &rows[0]["n"]), (&Value::Null, &json!(1), &json!(4)));
    let cube = org.query("SELECT COUNT(Id) FROM Case GROUP BY CUBE(Status, Priority)").await.1;
    assert_eq!(cube["totalSize"], 4 + 3 + 3 + 1);
}

#[tokio::test]
async fn what_can_not_be_grouped_is_told() {
    let org = Org::fresh().await;
    for (statement, code, words) in [
        ("SELECT Status, COUNT(Id) FROM Case", "MALFORMED_QUERY", "Field must be grouped or aggregated: Status"),
        ("SELECT Priority FROM Case GROUP BY Status", "MALFORMED_QUERY", "Field must be grouped or aggregated"),
        ("SELECT COUNT(Id) FROM Case GROUP BY Description", "INVALID_FIELD", "can not be grouped"),
        ("SELECT COUNT(Id) FROM Case GROUP BY CreatedDate", "INVALID_FIELD", "can not be grouped"),
        ("SELECT MAX(IsClosed) FROM Case", "MALFORMED_QUERY", "does not support aggregate operator MAX"),
        ("SELECT SUM(Subject) FROM Case", "MALFORMED_QUERY", "does not support aggregate operator SUM"),
        ("SELECT COUNT(Description) FROM Case", "MALFORMED_QUERY", "does not support aggregate operator COUNT"),
        ("SELECT MAX(CreatedDate) FROM Case LIMIT 1", "MALFORMED_QUERY", "LIMIT"),
        ("SELECT COUNT(Id) a, MAX(CreatedDate) A FROM Case", "MALFORMED_QUERY", "duplicate alias: A"),
        ("SELECT Id x FROM Case", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
        ("SELECT COUNT(), COUNT(Id) FROM Case", "MALFORMED_QUERY", "COUNT() must be the only element"),
        ("SELECT COUNT() n FROM Case", "MALFORMED_QUERY", "COUNT() must be the only element"),
        ("SELECT Status, COUNT() FROM Case GROUP BY Status", "MALFORMED_QUERY", "COUNT() must be the only element"),
        ("SELECT MEDIAN(Id) FROM Case", "MALFORMED_QUERY", "unknown function: MEDIAN"),
        ("SELECT Id FROM Case WHERE COUNT(Id) > 1", "MALFORMED_QUERY", "COUNT"),
        ("SELECT Id FROM Case HAVING COUNT(Id) > 1", "MALFORMED_QUERY", "unexpected token: 'HAVING'"),
    ] {
        let (got, message) = refused(&org, statement).await;
        assert_eq!(got, code, "{statement}");
        assert!(message.contains(words), "{statement}: {message}");
    }
}

#[tokio::test]
async fn all_fields_are_given_to_those_who_want_few_records() {
    let org = with_cases().await;
    let (_, answer) = org.query("SELECT FIELDS(ALL) FROM Case LIMIT 200").await;
    let row = answer["records"][0].as_object().unwrap();
    assert!(row.contains_key("CaseNumber") && row.contains_key("Community_Replies__c"));
    let (_, answer) = org.query("SELECT FIELDS(STANDARD), Community_Replies__c FROM Case").await;
    let row = answer["records"][0].as_object().unwrap();
    assert!(row.contains_key("CaseNumber") && !row.contains_key("Escalated_By__c"));
    let id = answer["records"][0]["Id"].as_str().unwrap();
    assert_eq!(org.query(&format!("SELECT FIELDS(CUSTOM) FROM Case WHERE Id = '{id}'")).await.0, 200);
    for statement in ["SELECT FIELDS(ALL) FROM Case", "SELECT FIELDS(CUSTOM) FROM Case LIMIT 201"] {
        assert!(refused(&org, statement).await.1.contains("LIMIT of at most 200"));
    }
    assert!(refused(&org, "SELECT Id, FIELDS(STANDARD) FROM Case").await.1.contains("duplicate field selected: Id"));
}

#[tokio::test]
async fn limits_of_a_statement_are_kept() {
    let org = Org::fresh().await;
    let join = "ContactId IN (SELECT Id FROM Contact)";
    for (statement, code) in [
        (format!("SELECT Id FROM Case WHERE {join} OR Subject = 'x'"), "MALFORMED_QUERY"),
        (format!("SELECT Id FROM Case WHERE Subject = 'x' OR (IsClosed = true AND {join})"), "MALFORMED_QUERY"),
        (format!("SELECT Id FROM Case WHERE {join} AND {join} AND {join}"), "MALFORMED_QUERY"),
        ("SELECT Id FROM Case WHERE Contact.Id IN (SELECT Id FROM Contact)".into(), "MALFORMED_QUERY"),
        (format!("SELECT Id FROM Case WHERE Subject = '{}'", "x".repeat(4_001)), "MALFORMED_QUERY"),
        (
            format!("SELECT Id FROM Case WHERE {}Id != null{}", "(".repeat(150), ")".repeat(150)),
            "QUERY_TOO_COMPLICATED",
        ),
        ("SELECT Parent.Parent.Parent.Parent.Parent.Parent.Id FROM Case".into(), "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Interests__c LIKE 'a%'".into(), "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Case WHERE Subject INCLUDES ('a')".into(), "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Case WHERE CreatedDate > 4001-01-01T00:00:00Z".into(), "MALFORMED_QUERY"),
        ("SELECT Id FROM Case WHERE CreatedDate IN (TODAY)".into(), "MALFORMED_QUERY"),
        ("SELECT Id FROM Case USING SCOPE team".into(), "MALFORMED_QUERY"),
        ("SELECT Id FROM Case ORDER BY Id FOR UPDATE".into(), "MALFORMED_QUERY"),
        (format!("SELECT Id{} FROM Case", ", (SELECT Id FROM CaseComments)".repeat(21)), "MALFORMED_QUERY"),
    ] {
        assert_eq!(refused(&org, &statement).await.0, code, "{statement}");
    }
    let long = format!("SELECT Id FROM Case WHERE Subject = 'x'{}", " ".repeat(100_000));
    let part = json!({"method": "GET", "referenceId": "q", "url": format!("/services/data/v65.0/query?q={long}")});
    let (_, answer) = org.send(Method::POST, "composite", json!({"compositeRequest": [part]})).await;
    assert_eq!(answer["compositeResponse"][0]["body"][0]["errorCode"], "MALFORMED_QUERY");
    for statement in [
        "SELECT Id FROM Case USING SCOPE mine WHERE Subject = null LIMIT 1 FOR VIEW",
        "SELECT c.Id, a.Name FROM Contact c, c.Account a WHERE a.Name LIKE 'Acme%' ORDER BY a.Name NULLS LAST",
        "SELECT Id FROM Case WITH SECURITY_ENFORCED ORDER BY Id UPDATE TRACKING",
    ] {
        assert_eq!(org.query(statement).await.0, 200, "{statement}");
    }
}

#[tokio::test]
async fn child_queries_stand_in_each_other_since_version_58() {
    let org = Org::fresh().await;
    let statement = "SELECT Name, (SELECT LastName, (SELECT Subject FROM Cases) FROM Contacts) FROM Account";
    let contact = org.column("SELECT Id FROM Contact WHERE LastName = 'Silva'", "/Id").await;
    org.create("Case", json!({"ContactId": contact[0], "Subject": "inside"})).await;
    let row = &org.query(&format!("{statement} WHERE Name = 'Acme Retail'")).await.1["records"][0];
    let people = row["Contacts"]["records"].as_array().unwrap();
    let ana = people.iter().find(|row| row["LastName"] == "Silva").unwrap();
    assert_eq!(ana["Cases"]["records"][0]["Subject"], "inside");
    let request = org.http.get(format!("{}/services/data/v57.0/query", org.url)).bearer_auth(&org.token);
    assert_eq!(told(request.query(&[("q", statement)]).send().await.unwrap()).await.0, 400);
}

#[tokio::test]
async fn columns_are_told_without_rows() {
    let org = with_cases().await;
    let ask = async |statement: &str| {
        let request = org.ask(Method::GET, "query").query(&[("q", statement), ("columns", "true")]);
        told(request.send().await.unwrap()).await.1
    };
    let told = ask("SELECT Id, contact.email, (SELECT CommentBody FROM CaseComments) FROM case").await;
    assert_eq!((&told["entityName"], &told["keyPrefix"]), (&json!("Case"), &json!("500")));
    assert_eq!((&told["idSelected"], &told["groupBy"]), (&json!(true), &json!(false)));
    let id = json!({"aggregate": false, "apexType": "Id", "booleanType": false, "columnName": "Id", "custom": false,
        "displayName": "Id", "foreignKeyName": null, "insertable": false, "joinColumns": [], "numberType": false,
        "textType": true, "updatable": false});
    assert_eq!(told["columnMetadata"][0], id);
    assert_eq!(told["columnMetadata"][1]["columnName"], "Contact");
    assert_eq!(told["columnMetadata"][1]["joinColumns"][0]["columnName"], "Email");
    assert_eq!(told["columnMetadata"][2]["aggregate"], true);
    assert_eq!(told["columnMetadata"][2]["joinColumns"][0]["columnName"], "CommentBody");
    assert!(told.get("records").is_none());
    let told = ask("SELECT Status, COUNT(Id) FROM Case GROUP BY Status").await;
    let sum = &told["columnMetadata"][1];
    assert_eq!((&sum["displayName"], &sum["aggregate"]), (&json!("count(Id)"), &json!(true)));
    assert_eq!(told["groupBy"], true);
}

#[tokio::test]
async fn a_query_explains_how_it_would_run() {
    let org = with_cases().await;
    for (statement, way) in [
        ("SELECT Id FROM Case WHERE Community_Thread_Key__c = 'a'", "Index"),
        ("SELECT Id FROM Case WHERE Priority = 'Low'", "TableScan"),
    ] {
        let request = org.ask(Method::GET, "query").query(&[("explain", statement)]);
        let (_, told) = told(request.send().await.unwrap()).await;
        assert_eq!((&told["plans"][0]["leadingOperationType"], &told["sourceQuery"]), (&json!(way), &json!(statement)));
    }
}

/// Sheet 16, with the lines of 4.2: the user's own day decides.
#[tokio::test]
async fn date_literals_follow_the_users_zone() {
    let org = Org::fresh().await;
    let user = org.column("SELECT Id FROM User WHERE Username = 'integration@acme.test'", "/Id").await;
    let user = user[0].as_str().unwrap().to_owned();
    org.clock.set("2026-03-10T03:00:00Z".parse().unwrap());
    let mut org = org;
    org.sign_in().await;
    org.create("Case", json!({"Subject": "in the night"})).await;
    org.clock.set("2026-03-10T15:00:00Z".parse().unwrap());
    org.sign_in().await;
    let found = async |condition: &str| {
        org.query(&format!("SELECT COUNT() FROM Case WHERE CreatedDate = {condition}")).await.1["totalSize"].clone()
    };
    assert_eq!((found("TODAY").await, found("YESTERDAY").await), (json!(1), json!(0)));
    org.change("User", &user, json!({"TimeZoneSidKey": "America/New_York"})).await;
    assert_eq!((found("TODAY").await, found("YESTERDAY").await), (json!(0), json!(1)));
    assert_eq!((found("N_DAYS_AGO:1").await, found("LAST_N_DAYS:1").await), (json!(1), json!(1)));
    let (status, answer) = org.change("User", &user, json!({"TimeZoneSidKey": "Mars/Olympus"})).await;
    assert_eq!((status, &answer[0]["errorCode"]), (400, &json!("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")));
}

#[tokio::test]
async fn rows_without_an_order_can_come_in_any() {
    let org = Org::fresh().await;
    let record = |i: i32| super::case_record(json!({"Subject": i.to_string()}));
    let records: Vec<_> = (0..50).map(record).collect();
    org.send(Method::POST, "composite/sobjects", json!({"records": records})).await;
    let rows = async |statement: &str| org.column(statement, "/Id").await;
    let unordered = "SELECT Id FROM Case";
    assert_eq!(rows(unordered).await, rows(unordered).await);
    org.host_switches(json!({"shuffle_unordered": true}));
    let (one, other) = (rows(unordered).await, rows(unordered).await);
    assert_ne!(one, other);
    let ordered = rows("SELECT Id FROM Case ORDER BY Id").await;
    assert_eq!(ordered, rows("SELECT Id FROM Case ORDER BY Id").await);
    let sorted = |mut ids: Vec<Value>| {
        ids.sort_by_key(Value::to_string);
        ids
    };
    assert_eq!(sorted(one), ordered);
}

#[tokio::test]
async fn an_owner_is_shown_as_a_name_with_its_own_address() {
    let org = with_cases().await;
    let row = &org.query("SELECT Owner.Name, Owner.Type, CreatedBy.Name FROM Case LIMIT 1").await.1["records"][0];
    let owner = &row["Owner"];
    assert_eq!((&owner["attributes"]["type"], &owner["Type"]), (&json!("Name"), &json!("User")));
    assert!(owner["attributes"]["url"].as_str().unwrap().starts_with("/services/data/v65.0/sobjects/User/005"));
    assert_eq!(row["CreatedBy"]["attributes"]["type"], "User");
}
