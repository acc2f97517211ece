//! The vectors of the Salesforce sheet's section 16, in its order, as a client meets them. Replay ids as bytes and
//! bitmaps of changed fields belong to Pub/Sub, which is not served.

use casebridge::sandbox::SandboxHost;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::Org;

impl Org {
    /// The same org at another moment, signed in anew.
    async fn at(self, moment: &str) -> Org {
        self.clock.set(moment.parse::<Timestamp>().unwrap());
        let token = self.token(&self.credentials()).await.1["access_token"].as_str().unwrap().into();
        Org { token, ..self }
    }
}

#[tokio::test]
async fn s1_ids_have_the_checksum_of_real_ones() {
    let org = Org::fresh().await;
    let (_, described) = org.get("sobjects").await;
    for (short, sum) in [
        ("00Di0000000icUB", "EAY"),
        ("005i0000002MUqL", "AAW"),
        ("001M000001FgVKl", "IAN"),
        ("003q000000KvQ1t", "AAF"),
        ("a00D0000008pQRA", "IA2"),
    ] {
        // An id with the right checksum is looked for and one with a wrong checksum is none.
        for (sum, code) in [(sum, "NOT_FOUND"), ("5AY", "MALFORMED_ID")] {
            let mut objects = described["sobjects"].as_array().unwrap().iter();
            let object = objects.find(|object| object["keyPrefix"] == short[..3]).unwrap_or_else(|| panic!("{short}"));
            let object = object["name"].as_str().unwrap();
            let (_, answer) = org.get(&format!("sobjects/{object}/{short}{sum}")).await;
            assert_eq!(answer[0]["errorCode"], code, "{short}{sum}");
        }
    }
    let case = org.create("Case", json!({})).await;
    let (_, short) = org.get(&format!("sobjects/Case/{}", &case[..15])).await;
    assert_eq!(short["Id"], case.as_str());
    let (_, lower) = org.get(&format!("sobjects/Case/{}", case.to_lowercase())).await;
    assert_eq!(lower["Id"], case.as_str());
}

#[tokio::test]
async fn s2_escaped_text_is_found_by_equality_and_by_like() {
    let org = Org::fresh().await;
    for subject in ["O'Neil\\ \"x\"\n", "50%_a", "50xya"] {
        org.create("Case", json!({"Subject": subject})).await;
    }
    for (condition, found) in
        [(r#"Subject = 'O\'Neil\\ \"x\"\n'"#, "O'Neil\\ \"x\"\n"), (r"Subject LIKE '50\%\_a'", "50%_a")]
    {
        assert_eq!(org.column(&format!("SELECT Subject FROM Case WHERE {condition}"), "/Subject").await, [found]);
    }
}

#[tokio::test]
async fn s3_an_escaped_search_term_is_found() {
    let org = Org::fresh().await;
    org.create("Case", json!({"Subject": "is {1+1}:2 right"})).await;
    let request = org.ask(Method::GET, "search").query(&[("q", r"FIND {\{1\+1\}\:2} RETURNING Case(Subject)")]);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["searchRecords"][0]["Subject"], "is {1+1}:2 right");
}

#[tokio::test]
async fn s5_the_limit_header_counts_as_a_client_reads_it() {
    let org = Org::fresh().await;
    org.host.set_switches(&json!({"daily_limit": 5000})).unwrap();
    for _ in 0..24 {
        org.get("limits").await;
    }
    let answer = org.ask(Method::GET, "limits").send().await.unwrap();
    assert_eq!(answer.headers()["sforce-limit-info"], "api-usage=25/5000");
}

#[tokio::test]
async fn s8_successful_rows_are_headed_by_id_and_created() {
    let org = Org::fresh().await;
    let body = json!({"object": "Case", "operation": "insert"});
    let (_, job) = org.send(Method::POST, "jobs/ingest", body).await;
    let job = job["id"].as_str().unwrap();
    let upload = org.ask(Method::PUT, &format!("jobs/ingest/{job}/batches")).header("content-type", "text/csv");
    upload.body("Subject\nx\n").send().await.unwrap();
    org.send(Method::PATCH, &format!("jobs/ingest/{job}"), json!({"state": "UploadComplete"})).await;
    while org.get(&format!("jobs/ingest/{job}")).await.1["state"] != "JobComplete" {
        tokio::task::yield_now().await;
    }
    let path = format!("jobs/ingest/{job}/successfulResults");
    let csv = org.ask(Method::GET, &path).send().await.unwrap().text().await.unwrap();
    let id = org.world("cases")[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(csv, format!("\"sf__Id\",\"sf__Created\",\"Subject\"\n\"{id}\",\"true\",\"x\"\n"));
}

/// The sheet's moment is local; Chicago is five hours behind on that day, and six before March 8 at two o'clock.
#[tokio::test]
async fn s9_date_literals_begin_and_end_at_the_users_midnight() {
    let org = Org::fresh().await;
    let zone = json!({"users": [{"id": integration(&org).await, "fields": {"TimeZoneSidKey": "America/Chicago"}}]});
    org.host.edit(&zone).unwrap();
    let mut org = org;
    for (moment, name) in [
        ("2026-02-28T23:59:59-06:00", "Feb 28 end"),
        ("2026-03-01T00:00:00-06:00", "Mar 1 begin"),
        ("2026-03-07T23:59:59-06:00", "Mar 7 end"),
        ("2026-03-08T00:00:00-06:00", "Mar 8 begin"),
        ("2026-03-08T23:59:59-05:00", "Mar 8 end"),
        ("2026-03-09T00:00:00-05:00", "Mar 9 begin"),
        ("2026-03-10T14:59:59-05:00", "just now"),
    ] {
        org = org.at(moment).await;
        org.create("Case", json!({"Subject": name})).await;
    }
    org = org.at("2026-03-10T15:00:00-05:00").await;
    let found = async |literal: &str| {
        let statement = format!("SELECT Subject FROM Case WHERE CreatedDate = {literal} ORDER BY CreatedDate");
        org.column(&statement, "/Subject").await
    };
    assert_eq!(found("LAST_N_DAYS:2").await, ["Mar 8 begin", "Mar 8 end", "Mar 9 begin", "just now"]);
    assert_eq!(found("N_DAYS_AGO:2").await, ["Mar 8 begin", "Mar 8 end"]);
    assert_eq!(found("LAST_N_WEEKS:1").await, ["Mar 1 begin", "Mar 7 end"], "the previous week only");
    for day in 10..=13 {
        org.create("Contact", json!({"LastName": day.to_string(), "Birthdate": format!("2026-03-{day}")})).await;
    }
    let statement = "SELECT LastName FROM Contact WHERE Birthdate = NEXT_N_DAYS:2 ORDER BY LastName";
    assert_eq!(org.column(statement, "/LastName").await, ["11", "12"], "from tomorrow for two days");
}

async fn integration(org: &Org) -> Value {
    org.column("SELECT Id FROM User WHERE Username = 'integration@acme.test'", "/Id").await[0].clone()
}
