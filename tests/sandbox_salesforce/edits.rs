//! What a fresh org has, and edits as a person at the org makes them.

use casebridge::sandbox::SandboxHost;
use jiff::SignedDuration;
use serde_json::json;

use super::Org;

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
    assert!(org.host.set_switches(&json!({"restricted_picklists": ["Subject"]})).is_err());
    assert_eq!(org.host.switches()["daily_limit"], 100_000);
}
