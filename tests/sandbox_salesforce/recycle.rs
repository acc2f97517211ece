//! What changed in a window, and the recycle bin: into it, out of it, past it.

use casebridge::sandbox::SandboxHost;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use super::Org;

/// A moment so many minutes from the sandbox's now, ready for a URL.
fn at(org: &Org, minutes: i64) -> String {
    let moment = org.clock.now() + SignedDuration::from_mins(minutes);
    moment.strftime("%Y-%m-%dT%H:%M:%S%%2B00:00").to_string()
}

impl Org {
    async fn changes(&self, object: &str, what: &str, from: i64, to: i64) -> (u16, Value) {
        self.get(&format!("sobjects/{object}/{what}/?start={}&end={}", at(self, from), at(self, to))).await
    }

    async fn delete(&self, object: &str, id: &str) -> u16 {
        self.send(Method::DELETE, &format!("sobjects/{object}/{id}"), json!({})).await.0
    }
}

#[tokio::test]
async fn a_window_names_what_changed_and_what_went() {
    let org = Org::fresh().await;
    org.clock.set("2026-05-04T10:00:30Z".parse::<Timestamp>().unwrap());
    let org = Org { token: org.token(&org.credentials()).await.1["access_token"].as_str().unwrap().into(), ..org };
    let (kept, gone) = (org.create("Case", json!({})).await, org.create("Case", json!({})).await);
    org.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(org.delete("Case", &gone).await, 204);
    let (status, updated) = org.changes("case", "updated", -20, 5).await;
    assert_eq!((status, &updated["ids"]), (200, &json!([kept])));
    assert!(updated["latestDateCovered"].as_str().unwrap().starts_with("2026-05-04T10:10:3"));
    let (_, deleted) = org.changes("Case", "deleted", -20, 5).await;
    assert_eq!(deleted["deletedRecords"][0]["id"], gone.as_str());
    assert!(deleted["deletedRecords"][0]["deletedDate"].as_str().unwrap().starts_with("2026-05-04T10:10:3"));
    assert!(deleted["earliestDateAvailable"].as_str().unwrap().ends_with(".000+0000"));
    // Seconds are cut off: a window that ends in this minute does not reach the deletion.
    assert_eq!(org.changes("Case", "deleted", -20, 0).await.1["deletedRecords"], json!([]));
    assert_eq!(org.changes("Case", "updated", -5, 5).await.1["ids"], json!([]));
    assert_eq!(org.changes("Case", "updated", -20, 0).await.1["latestDateCovered"], "2026-05-04T10:10:00.000+0000");
}

#[tokio::test]
async fn a_window_that_cannot_be_is_refused() {
    let org = Org::fresh().await;
    for (from, to) in [(5, -5), (0, 0), (-31 * 24 * 60, 0)] {
        let (status, body) = org.changes("Case", "updated", from, to).await;
        assert_eq!((status, &body[0]["errorCode"]), (400, &json!("INVALID_REPLICATION_DATE")), "{from} {to}");
    }
    let (status, body) = org.get("sobjects/Case/deleted?start=yesterday").await;
    assert_eq!((status, &body[0]["errorCode"]), (400, &json!("INVALID_REPLICATION_DATE")));
    assert_eq!(org.changes("Dragon", "updated", -5, 0).await.0, 404);
}

#[tokio::test]
async fn the_bin_is_emptied_after_fifteen_days() {
    let org = Org::fresh().await;
    let id = org.create("Case", json!({"Subject": "old"})).await;
    org.delete("Case", &id).await;
    org.clock.advance(SignedDuration::from_hours(14 * 24));
    let org = Org { token: org.token(&org.credentials()).await.1["access_token"].as_str().unwrap().into(), ..org };
    assert_eq!(org.get("queryAll?q=SELECT+Id+FROM+Case").await.1["totalSize"], 1);
    org.clock.advance(SignedDuration::from_hours(49));
    let org = Org { token: org.token(&org.credentials()).await.1["access_token"].as_str().unwrap().into(), ..org };
    assert_eq!(org.get("queryAll?q=SELECT+Id+FROM+Case").await.1["totalSize"], 0);
}

#[tokio::test]
async fn what_was_deleted_for_good_is_told_as_long_as_the_bin_would_have_kept_it() {
    let org = Org::fresh().await;
    let (binned, erased) = (org.create("Case", json!({})).await, org.create("Case", json!({"Comments": "c"})).await);
    let comment = org.world("comments")[0]["id"].clone();
    org.delete("Case", &binned).await;
    org.clock.advance(SignedDuration::from_mins(20));
    let (_, job) = org.send(Method::POST, "jobs/ingest", json!({"object": "Case", "operation": "hardDelete"})).await;
    let job = format!("jobs/ingest/{}", job["id"].as_str().unwrap());
    let rows = format!("Id\n{binned}\n{erased}\n");
    org.ask(Method::PUT, &format!("{job}/batches")).header("content-type", "text/csv").body(rows).send().await.unwrap();
    org.send(Method::PATCH, &job, json!({"state": "UploadComplete"})).await;
    while org.get(&job).await.1["state"] != "JobComplete" {
        tokio::task::yield_now().await;
    }
    let gone = async |object: &str, from, to| -> Vec<Value> {
        let (_, answer) = org.changes(object, "deleted", from, to).await;
        answer["deletedRecords"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect()
    };
    assert_eq!(gone("Case", -25, -15).await, [binned.as_str()], "deleted when it went into the bin");
    assert_eq!(gone("Case", -5, 5).await, [erased.as_str()]);
    assert_eq!(gone("CaseComment", -5, 5).await, [comment]);
    org.clock.advance(SignedDuration::from_hours(16 * 24));
    let org = Org { token: org.token(&org.credentials()).await.1["access_token"].as_str().unwrap().into(), ..org };
    let days = -20 * 24 * 60;
    assert_eq!(org.changes("Case", "deleted", days, 5).await.1["deletedRecords"], json!([]));
}

#[tokio::test]
async fn a_case_comes_back_with_the_comments_that_went_with_it() {
    let org = Org::fresh().await;
    let case = org.create("Case", json!({"Community_Thread_Key__c": "k"})).await;
    let made =
        org.host.edit(&json!({"comments": [{"case": case, "body": "early"}, {"case": case, "body": "with it"}]}));
    let made = made.unwrap();
    org.host.edit(&json!({"comments": [{"id": made["comments"][0]["id"], "deleted": true}]})).unwrap();
    org.clock.advance(SignedDuration::from_mins(1));
    org.delete("Case", &case).await;
    let again = org.create("Case", json!({"Community_Thread_Key__c": "k"})).await;
    let back = json!({"cases": [{"id": case, "undeleted": true}]});
    assert!(org.host.edit(&back).unwrap_err().contains("DUPLICATE_VALUE"));
    org.delete("Case", &again).await;
    org.host.edit(&back).unwrap();
    assert_eq!(org.column("SELECT CommentBody FROM CaseComment", "/CommentBody").await, ["with it"]);
    assert_eq!(org.changes("Case", "updated", -5, 5).await.1["ids"], json!([case]));
}

#[tokio::test]
async fn merged_contacts_hand_their_cases_over() {
    let org = Org::fresh().await;
    let (kept, gone) =
        (org.create("Contact", json!({"LastName": "A"})).await, org.create("Contact", json!({"LastName": "B"})).await);
    let case = org.create("Case", json!({"ContactId": gone})).await;
    org.host.edit(&json!({"contacts": [{"id": gone, "merged_into": kept}]})).unwrap();
    assert_eq!(org.read("Case", &case).await["ContactId"], kept.as_str());
    let (_, deleted) = org.changes("Contact", "deleted", -5, 5).await;
    assert_eq!(deleted["deletedRecords"][0]["id"], gone.as_str());
    let into_itself = json!({"contacts": [{"id": kept, "merged_into": kept}]});
    assert!(org.host.edit(&into_itself).unwrap_err().contains("INVALID_CROSS_REFERENCE_KEY"));
    let into_a_case = json!({"contacts": [{"id": kept, "merged_into": case}]});
    assert!(org.host.edit(&into_a_case).is_err());
}

#[tokio::test]
async fn a_merged_case_that_comes_back_stands_alone() {
    let org = Org::fresh().await;
    let (kept, gone) = (org.create("Case", json!({})).await, org.create("Case", json!({"Comments": "c"})).await);
    org.host.edit(&json!({"cases": [{"id": gone, "merged_into": kept}]})).unwrap();
    org.host.edit(&json!({"cases": [{"id": gone, "undeleted": true}]})).unwrap();
    assert_eq!(org.read("Case", &gone).await["MasterRecordId"], Value::Null);
    assert_eq!(org.column("SELECT ParentId FROM CaseComment", "/ParentId").await, [kept]);
}

impl Org {
    /// A call to the SOAP API with the present session: status and body.
    async fn asked_by_soap(&self, operation: &str) -> (u16, String) {
        let body = format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:u=\"urn:partner.soap.sforce.com\"><e:Header>\
             <u:SessionHeader><u:sessionId>{}</u:sessionId></u:SessionHeader></e:Header><e:Body>{operation}</e:Body></e:Envelope>",
            self.token
        );
        let request = self.http.post(format!("{}/services/Soap/u/64.0", self.url)).header("SOAPAction", "\"\"");
        let answer = request.header("Content-Type", "text/xml").body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

#[tokio::test]
async fn soap_merges_up_to_two_cases_into_a_third() {
    let org = Org::fresh().await;
    let master = org.create("Case", json!({"Subject": "kept"})).await;
    let (one, two) = (org.create("Case", json!({"Comments": "c"})).await, org.create("Case", json!({})).await);
    let comment = org.world("comments")[0]["id"].as_str().unwrap().to_owned();
    let merge = |ids: &[&str]| {
        let ids: String = ids.iter().map(|id| format!("<u:recordToMergeIds>{id}</u:recordToMergeIds>")).collect();
        format!(
            "<u:merge><u:request><u:masterRecord><type>Case</type><Id>{master}</Id><Subject>merged</Subject></u:masterRecord>\
             {ids}</u:request></u:merge>"
        )
    };
    let (_, refused) = org.asked_by_soap(&merge(&[&one, &master])).await;
    assert!(refused.contains("INVALID_CROSS_REFERENCE_KEY"), "{refused}");
    assert_eq!(org.read("Case", &master).await["Subject"], "kept");
    let (status, done) = org.asked_by_soap(&merge(&[&one, &two])).await;
    let wanted = format!(
        "<result><id>{master}</id><mergedRecordIds>{one}</mergedRecordIds><mergedRecordIds>{two}</mergedRecordIds>\
         <success>true</success><updatedRelatedIds>{comment}</updatedRelatedIds></result>"
    );
    assert!(status == 200 && done.contains(&wanted), "{done}");
    assert_eq!(org.column("SELECT Subject FROM Case", "/Subject").await, ["merged"]);
    let all = org.get("queryAll?q=SELECT+MasterRecordId+FROM+Case+WHERE+IsDeleted=true").await.1;
    assert_eq!((&all["records"][0]["MasterRecordId"], &all["totalSize"]), (&json!(master), &json!(2)));
}

#[tokio::test]
async fn soap_deletes_and_undeletes_record_by_record() {
    let org = Org::fresh().await;
    let case = org.create("Case", json!({})).await;
    let ids = format!("<u:ids>{case}</u:ids><u:ids>nonsense</u:ids>");
    let good = format!("<id>{case}</id><success>true</success>");
    for (verb, left) in [("delete", 0), ("undelete", 1)] {
        let (_, done) = org.asked_by_soap(&format!("<u:{verb}>{ids}</u:{verb}>")).await;
        assert!(done.contains(&good) && done.contains("<statusCode>MALFORMED_ID</statusCode>"), "{done}");
        assert_eq!(org.query("SELECT COUNT() FROM Case").await.1["totalSize"], left);
    }
    let (_, again) = org.asked_by_soap(&format!("<u:undelete><u:ids>{case}</u:ids></u:undelete>")).await;
    assert!(again.contains("<statusCode>UNDELETE_FAILED</statusCode>"), "{again}");
}
