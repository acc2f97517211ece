//! Bulk API 2.0: jobs in, jobs out, and what spoils them.

use std::time::Duration;

use casebridge::sandbox::SandboxHost;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::Org;

impl Org {
    async fn job(&self, body: Value) -> String {
        let (status, info) = self.send(Method::POST, "jobs/ingest", body).await;
        assert_eq!((status, &info["state"]), (200, &json!("Open")), "{info}");
        info["id"].as_str().unwrap().to_owned()
    }

    async fn upload(&self, job: &str, csv: impl Into<reqwest::Body>) -> u16 {
        let request = self.ask(Method::PUT, &format!("jobs/ingest/{job}/batches"));
        request.header("Content-Type", "text/csv").body(csv).send().await.unwrap().status().as_u16()
    }

    async fn set_job(&self, job: &str, state: &str) -> (u16, Value) {
        self.send(Method::PATCH, &format!("jobs/ingest/{job}"), json!({"state": state})).await
    }

    /// Polls until a job has ended.
    async fn ended(&self, path: &str) -> Value {
        for _ in 0..2_000 {
            let info = self.get(path).await.1;
            if ["JobComplete", "Failed", "Aborted"].contains(&info["state"].as_str().unwrap()) {
                return info;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the job {path} does not end");
    }

    /// A whole ingest job, from its body to its end.
    async fn ingest(&self, body: Value, csv: &str) -> (String, Value) {
        let job = self.job(body).await;
        assert_eq!(self.upload(&job, csv.to_owned()).await, 201);
        assert_eq!(self.set_job(&job, "UploadComplete").await.1["state"], "UploadComplete");
        let info = self.ended(&format!("jobs/ingest/{job}")).await;
        (job, info)
    }

    async fn csv(&self, path: &str) -> String {
        let answer = self.ask(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/csv");
        answer.text().await.unwrap()
    }

    async fn query_job(&self, body: Value) -> String {
        let (status, info) = self.send(Method::POST, "jobs/query", body).await;
        assert_eq!((status, &info["state"]), (200, &json!("UploadComplete")), "{info}");
        let id = info["id"].as_str().unwrap().to_owned();
        assert_eq!(self.ended(&format!("jobs/query/{id}")).await["state"], "JobComplete");
        id
    }
}

fn insert() -> Value {
    json!({"object": "case", "operation": "insert"})
}

#[tokio::test]
async fn every_delimiter_and_line_ending_comes_back_as_it_went_in() {
    let org = Org::fresh().await;
    let signs = [("BACKQUOTE", "`"), ("CARET", "^"), ("COMMA", ","), ("PIPE", "|"), ("SEMICOLON", ";"), ("TAB", "\t")];
    for (name, sign) in signs {
        for (ending, end) in [("LF", "\n"), ("CRLF", "\r\n")] {
            let body = json!({"object": "Case", "operation": "insert", "columnDelimiter": name, "lineEnding": ending});
            let subject = format!("{name} {ending} a{sign}b \"quoted\" 🚒 \u{0}");
            let quoted = format!("\"{}\"", subject.replace('"', "\"\""));
            let csv = format!("Subject{sign}Description{end}{quoted}{sign}\"two{end}lines\"{end}");
            let (job, info) = org.ingest(body, &csv).await;
            assert_eq!((&info["state"], &info["numberRecordsFailed"]), (&json!("JobComplete"), &json!(0)), "{info}");
            let done = org.csv(&format!("jobs/ingest/{job}/successfulResults/")).await;
            let id = org.world("cases").last().unwrap()["id"].as_str().unwrap().to_owned();
            let head = ["sf__Id", "sf__Created", "Subject", "Description"].map(|name| format!("\"{name}\"")).join(sign);
            let line = format!("\"{id}\"{sign}\"true\"{sign}{quoted}{sign}\"two{end}lines\"{end}");
            assert_eq!(done, format!("{head}{end}{line}"));
            let case = org.read("Case", &id).await;
            assert_eq!((&case["Subject"], &case["Description"]), (&json!(subject), &json!(format!("two{end}lines"))));
        }
    }
}

#[tokio::test]
async fn a_job_says_all_about_itself() {
    let org = Org::fresh().await;
    let body = json!({"object": "case", "operation": "upsert", "externalIdFieldName": "community_thread_key__c"});
    let (status, info) = org.send(Method::POST, "jobs/ingest/", body).await;
    let id = info["id"].as_str().unwrap();
    assert!(status == 200 && id.starts_with("750") && id.len() == 18);
    for (key, value) in [
        ("object", json!("Case")),
        ("operation", json!("upsert")),
        ("externalIdFieldName", json!("Community_Thread_Key__c")),
        ("apiVersion", json!(65.0)),
        ("concurrencyMode", json!("Parallel")),
        ("contentType", json!("CSV")),
        ("jobType", json!("V2Ingest")),
        ("lineEnding", json!("LF")),
        ("columnDelimiter", json!("COMMA")),
        ("contentUrl", json!(format!("services/data/v65.0/jobs/ingest/{id}/batches"))),
        ("numberRecordsProcessed", json!(0)),
    ] {
        assert_eq!(info[key], value, "{key}");
    }
    assert_eq!(org.get("jobs/ingest").await.1["records"][0]["id"], id);
    assert_eq!(org.get("jobs/query").await.1["records"], json!([]));
    org.clock.advance(SignedDuration::from_hours(7 * 24));
    let org = Org { token: org.token(&org.credentials()).await.1["access_token"].as_str().unwrap().into(), ..org };
    assert_eq!(org.get(&format!("jobs/ingest/{id}")).await.0, 404);
}

#[tokio::test]
async fn an_upsert_changes_makes_and_refuses_row_by_row() {
    let org = Org::fresh().await;
    let known = org.create("Case", json!({"Community_Thread_Key__c": "k1", "Origin": "Web", "Reason": "Other"})).await;
    let csv = "Community_Thread_Key__c,Subject,Origin,Reason,IsEscalated,Community_Replies__c\n\
               K1,changed,,#N/A,YES,\n\
               k2,new,Phone,,0,7\n\
               k2,again,,,,\n\
               ,no key,,,,\n\
               k3,bad,,,,many\n";
    let body = json!({"object": "Case", "operation": "upsert", "externalIdFieldName": "Community_Thread_Key__c"});
    let (job, info) = org.ingest(body, csv).await;
    assert_eq!((&info["numberRecordsProcessed"], &info["numberRecordsFailed"]), (&json!(5), &json!(3)));
    let case = org.read("Case", &known).await;
    for (field, value) in
        [("Subject", json!("changed")), ("Origin", json!("Web")), ("Reason", Value::Null), ("IsEscalated", json!(true))]
    {
        assert_eq!(case[field], value, "{field}");
    }
    let done = org.csv(&format!("jobs/ingest/{job}/successfulResults")).await;
    let made = org.column("SELECT Id FROM Case WHERE Subject = 'new'", "/Id").await;
    assert!(done.contains(&format!("\"{known}\",\"false\",\"K1\"")), "{done}");
    assert!(done.contains(&format!("\"{}\",\"true\",\"k2\"", made[0].as_str().unwrap())), "{done}");
    let failed = org.csv(&format!("jobs/ingest/{job}/failedResults")).await;
    assert!(failed.starts_with("\"sf__Id\",\"sf__Error\",\"Community_Thread_Key__c\""), "{failed}");
    for error in [
        "\"DUPLICATE_EXTERNAL_ID:Duplicate external id specified: k2:Community_Thread_Key__c --\",\"k2\",\"again\"",
        "\"MISSING_ARGUMENT:Community_Thread_Key__c not specified:Community_Thread_Key__c --\",\"\",\"no key\"",
        "\"INVALID_TYPE_ON_FIELD_IN_RECORD:Community_Replies__c: value not of required type: many:Community_Replies__c --\"",
    ] {
        assert!(failed.contains(error), "{error}\n{failed}");
    }
    let left = org.csv(&format!("jobs/ingest/{job}/unprocessedrecords")).await;
    assert_eq!(left.lines().count(), 1);
    assert_eq!(org.host.applied(), [("create Case".into(), 2), ("update Case".into(), 1)].into());
}

#[tokio::test]
async fn comments_find_their_case_by_its_key() {
    let org = Org::fresh().await;
    let case = org.create("Case", json!({"Community_Thread_Key__c": "k"})).await;
    let body = json!({"object": "CaseComment", "operation": "insert", "columnDelimiter": "PIPE"});
    let csv = "Parent.Community_Thread_Key__c|CommentBody|IsPublished\nk|hello|true\nnone|lost|true\n";
    let (job, info) = org.ingest(body, csv).await;
    assert_eq!((&info["numberRecordsProcessed"], &info["numberRecordsFailed"]), (&json!(2), &json!(1)));
    assert_eq!(org.world("comments")[0]["case"], case.as_str());
    let failed = org.csv(&format!("jobs/ingest/{job}/failedResults")).await;
    assert!(failed.contains("INVALID_FIELD:Foreign key external ID: none not found"), "{failed}");
}

#[tokio::test]
async fn deleting_fills_the_recycle_bin_and_hard_deleting_does_not() {
    let org = Org::fresh().await;
    let (first, second) = (org.create("Case", json!({})).await, org.create("Case", json!({"Comments": "c"})).await);
    let (_, info) =
        org.ingest(json!({"object": "Case", "operation": "delete"}), &format!("Id\n{}\nabc\n", &first[..15])).await;
    assert_eq!((&info["numberRecordsProcessed"], &info["numberRecordsFailed"]), (&json!(2), &json!(1)));
    org.ingest(json!({"object": "Case", "operation": "hardDelete"}), &format!("Id\n{second}\n")).await;
    let (_, all) = org.get("queryAll?q=SELECT+Id,IsDeleted+FROM+Case").await;
    assert_eq!(all["records"].as_array().unwrap().len(), 1);
    assert_eq!((&all["records"][0]["Id"], &all["records"][0]["IsDeleted"]), (&json!(first), &json!(true)));
    assert!(org.world("comments").is_empty());
}

#[tokio::test]
async fn an_upload_that_cannot_be_read_fails_whole_and_writes_nothing() {
    let org = Org::fresh().await;
    let ending = "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF";
    for (csv, why) in [
        ("Subject\r\na\r\n", ending),
        ("Subject,Colour\na,red\n", "InvalidBatch : Field name not found : Colour"),
        ("Subject,Origin\na,Web\nb\n", "InvalidBatch : Row 3 has 1 values"),
        ("Subject,Origin\na,Web\n\"b,Web\n", "InvalidBatch : A quote is opened and not closed"),
    ] {
        let (job, info) = org.ingest(insert(), csv).await;
        assert_eq!(info["state"], "Failed");
        assert!(info["errorMessage"].as_str().unwrap().starts_with(why), "{info}");
        assert_eq!(info["numberRecordsProcessed"], 0);
        let left = org.csv(&format!("jobs/ingest/{job}/unprocessedRecords")).await;
        assert!(left.starts_with("\"Subject") && left.contains("\"a"), "{left}");
    }
    let (_, info) = org.ingest(json!({"object": "Case", "operation": "update"}), "Subject\na\n").await;
    assert_eq!(info["errorMessage"], "InvalidBatch : Field name not found : Id");
    assert!(org.world("cases").is_empty());
}

#[tokio::test]
async fn a_quote_within_a_value_opens_nothing() {
    let org = Org::fresh().await;
    let (_, info) = org.ingest(insert(), "Subject,Origin\n24\" screen,Web\n\"say \"\"yes\"\"\",Web\n").await;
    assert_eq!((&info["state"], &info["numberRecordsFailed"]), (&json!("JobComplete"), &json!(0)));
    let subjects = org.column("SELECT Subject FROM Case ORDER BY CaseNumber", "/Subject").await;
    assert_eq!(subjects, ["24\" screen", "say \"yes\""]);
}

#[tokio::test]
async fn a_job_goes_only_the_way_it_may() {
    let org = Org::fresh().await;
    org.host.set_switches(&json!({"bulk_wait_ms": 60_000})).unwrap();
    let job = org.job(insert()).await;
    let path = format!("jobs/ingest/{job}");
    let refused = |answer: (u16, Value), code: &str| {
        assert_eq!((answer.0, answer.1[0]["errorCode"].as_str()), (400, Some(code)), "{}", answer.1);
    };
    refused(org.send(Method::DELETE, &path, json!({})).await, "INVALIDJOBSTATE");
    refused(org.get(&format!("{path}/failedResults")).await, "INVALIDJOBSTATE");
    refused(org.set_job(&job, "Finished").await, "INVALIDJOB");
    assert_eq!(org.upload(&job, "Subject\na\n").await, 201);
    assert_eq!(org.upload(&job, "Subject\nb\n").await, 400);
    assert_eq!(org.set_job(&job, "UploadComplete").await.1["state"], "UploadComplete");
    refused(org.set_job(&job, "UploadComplete").await, "INVALIDJOBSTATE");
    assert_eq!(org.get(&path).await.1["state"], "UploadComplete");
    assert_eq!(org.set_job(&job, "Aborted").await.1["state"], "Aborted");
    assert_eq!(org.csv(&format!("{path}/unprocessedrecords")).await, "Subject\na\n");
    assert_eq!(org.send(Method::DELETE, &path, json!({})).await, (204, Value::Null));
    assert_eq!(org.get(&path).await.0, 404);

    let waiting = org.job(insert()).await;
    org.upload(&waiting, "Subject\nlater\n").await;
    org.set_job(&waiting, "UploadComplete").await;
    org.clock.advance(SignedDuration::from_secs(61));
    assert_eq!(org.ended(&format!("jobs/ingest/{waiting}")).await["state"], "JobComplete");
    refused(org.set_job(&waiting, "Aborted").await, "INVALIDJOBSTATE");
    assert_eq!(org.world("cases").len(), 1);
}

#[tokio::test]
async fn wrong_jobs_are_refused_in_the_codes_of_bulk() {
    let org = Org::fresh().await;
    for (path, body, code) in [
        ("jobs/ingest", json!({"object": "Dragon", "operation": "insert"}), "INVALIDENTITY"),
        ("jobs/ingest", json!({"object": "CaseStatus", "operation": "insert"}), "INVALIDENTITY"),
        ("jobs/ingest", json!({"object": "Case", "operation": "paint"}), "INVALIDJOB"),
        ("jobs/ingest", json!({"object": "Case", "operation": "upsert"}), "INVALIDJOB"),
        ("jobs/ingest", json!({"object": "Case", "operation": "insert", "columnDelimiter": "DOT"}), "INVALIDJOB"),
        ("jobs/ingest", json!({"object": "Case", "operation": "insert", "contentType": "XML"}), "INVALIDJOB"),
        ("jobs/query", json!({"operation": "query", "query": "SELECT Colour FROM Case"}), "API_ERROR"),
        ("jobs/query", json!({"operation": "query", "query": "SELECT Id FROM CaseStatus"}), "INVALIDENTITY"),
        ("jobs/query", json!({"operation": "query", "query": "SELECT COUNT(Id) FROM Case"}), "FEATURENOTENABLED"),
        ("jobs/query", json!({"operation": "query", "query": "SELECT Id FROM Case OFFSET 5"}), "FEATURENOTENABLED"),
        (
            "jobs/query",
            json!({"operation": "query", "query": "SELECT Id, (SELECT Id FROM CaseComments) FROM Case"}),
            "FEATURENOTENABLED",
        ),
    ] {
        let (status, answer) = org.send(Method::POST, path, body).await;
        assert_eq!((status, answer[0]["errorCode"].as_str()), (400, Some(code)), "{answer}");
    }
}

#[tokio::test]
async fn a_query_comes_page_by_page_until_the_locator_is_null() {
    let org = Org::fresh().await;
    let subjects: String = (0..25).map(|n| format!("\"number {n:02}, with \"\"quotes\"\"\"\n")).collect();
    org.ingest(insert(), &format!("Subject\n{subjects}")).await;
    let query = "SELECT id, subject, Contact.Email, IsClosed FROM case ORDER BY Subject";
    let job = org.query_job(json!({"operation": "query", "query": query, "columnDelimiter": "SEMICOLON"})).await;
    let (mut rows, mut locator, mut pages) = (Vec::new(), String::new(), 0);
    while locator != "null" {
        let path = format!("jobs/query/{job}/results?maxRecords=10&locator={locator}");
        let answer = org.ask(Method::GET, &path).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let count: usize = header("Sforce-NumberOfRecords").parse().unwrap();
        locator = header("Sforce-Locator");
        let text = answer.text().await.unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "\"Id\";\"Subject\";\"Contact.Email\";\"IsClosed\"");
        assert_eq!(lines.len(), count + 1);
        rows.extend(lines[1..].iter().map(|line| (*line).to_owned()));
        pages += 1;
    }
    assert_eq!((pages, rows.len()), (3, 25));
    assert!(rows[24].ends_with(";\"number 24, with \"\"quotes\"\"\";\"\";\"false\""), "{}", rows[24]);
    assert_eq!(org.get(&format!("jobs/query/{job}/results?locator=abc")).await.0, 400);
    let info = org.get(&format!("jobs/query/{job}")).await.1;
    assert_eq!((&info["jobType"], &info["numberRecordsProcessed"]), (&json!("V2Query"), &json!(25)));
    let limits = org.get("limits").await.1;
    assert_eq!(limits["DailyBulkV2QueryJobs"], json!({"Max": 10_000, "Remaining": 9_999}));
    assert_eq!(limits["DailyBulkApiBatches"], json!({"Max": 15_000, "Remaining": 14_999}));
}

#[tokio::test]
async fn a_query_job_keeps_its_moment_and_query_all_sees_the_bin() {
    let org = Org::fresh().await;
    let case = org.create("Case", json!({"Subject": "before"})).await;
    let gone = org.create("Case", json!({"Subject": "gone"})).await;
    org.send(Method::DELETE, &format!("sobjects/Case/{gone}"), json!({})).await;
    let live = org.query_job(json!({"operation": "query", "query": "SELECT Subject FROM Case"})).await;
    let all = org.query_job(json!({"operation": "queryAll", "query": "SELECT Subject FROM Case"})).await;
    org.change("Case", &case, json!({"Subject": "after"})).await;
    assert_eq!(org.csv(&format!("jobs/query/{live}/results")).await, "\"Subject\"\n\"before\"\n");
    assert_eq!(org.csv(&format!("jobs/query/{all}/results")).await, "\"Subject\"\n\"before\"\n\"gone\"\n");
    let none = org.query_job(json!({"operation": "query", "query": "SELECT Id FROM Task"})).await;
    assert_eq!(org.csv(&format!("jobs/query/{none}/results")).await, "\"Id\"\n");
}

#[tokio::test]
async fn twenty_five_thousand_rows_leave_the_org_usable() {
    let org = Org::fresh().await;
    let rows: String = (0..25_000).map(|n| format!("acme:{n},row {n}\n")).collect();
    let job = org
        .job(json!({"object": "Case", "operation": "upsert", "externalIdFieldName": "Community_Thread_Key__c"}))
        .await;
    assert_eq!(org.upload(&job, format!("Community_Thread_Key__c,Subject\n{rows}")).await, 201);
    org.set_job(&job, "UploadComplete").await;
    assert_eq!(org.query("SELECT Id FROM User").await.0, 200);
    let info = org.ended(&format!("jobs/ingest/{job}")).await;
    assert_eq!((&info["numberRecordsProcessed"], &info["numberRecordsFailed"]), (&json!(25_000), &json!(0)));
    let (_, count) = org.query("SELECT COUNT() FROM Case").await;
    assert_eq!(count["totalSize"], 25_000);
}
