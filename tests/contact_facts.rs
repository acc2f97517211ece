//! The contact of a thread's author: found by a link or by the e-mail, and nobody is guessed.

use casebridge::ports::Batch;
use casebridge::value::Value;
use serde_json::{Value as Json, json};

use crate::hosts_facts::Looking;
use crate::hosts_pair::Pair;

async fn with_contacts(contacts: Json) -> (Pair, Vec<String>) {
    let pair = Pair::small().await;
    let made = pair.sandbox.salesforce.edit(&json!({ "contacts": contacts })).expect("an edit");
    let ids = made["contacts"].as_array().expect("contacts").iter().map(|made| made["id"].as_str().expect("an id"));
    let ids = ids.map(str::to_owned).collect();
    (pair, ids)
}

/// Zoe's three contacts of F-092, as they may have been typed.
fn three() -> Json {
    json!([
        { "fields": { "LastName": "Park", "Email": "dmitri@people.test" } },
        { "fields": { "LastName": "Volkov", "Email": "dmitri@people.test" } },
        { "fields": { "LastName": "Old", "Email": "Dmitri@People.test " } },
    ])
}

async fn link(pair: &Pair, login: &str, contact: &str) {
    let mut batch = Batch::default();
    for (key, value) in pair.note("salesforce.link_contact", [("login", login.into()), ("contact", contact.into())]) {
        batch.put(key, value.to_json().to_string());
    }
    pair.store.commit(batch).await.expect("a commit");
}

#[tokio::test]
async fn the_only_contact_with_the_authors_e_mail_is_theirs_with_every_field_and_its_account() {
    let pair = Pair::small().await;
    let made = pair.sandbox.salesforce.edit(&json!({ "accounts": [{ "fields": { "Name": "Volkov Ltd" } }] }));
    let account = made.expect("an edit")["accounts"][0]["id"].as_str().expect("an id").to_owned();
    let fields =
        json!({ "LastName": "Volkov", "Email": "DMITRI@people.test", "MobilePhone": "555", "AccountId": account });
    pair.sandbox.salesforce.edit(&json!({ "contacts": [{ "fields": fields }] })).expect("an edit");
    let mut looking = Looking::at(&pair, "140");
    assert_eq!(looking.see("contact.state").await, "linked".into());
    assert_eq!(looking.see("contact.MobilePhone").await, "555".into());
    assert_eq!(looking.see("contact.NoSuchField").await, Value::Nothing);
    assert_eq!(looking.see("account.Name").await, "Volkov Ltd".into());
}

#[tokio::test]
async fn an_author_whom_the_org_does_not_know_has_no_contact_and_no_account() {
    let pair = Pair::small().await;
    let mut looking = Looking::at(&pair, "142");
    assert_eq!(looking.see("contact.state").await, "none".into());
    for fact in ["contact", "contact.Id", "contact.Email", "account", "account.Name"] {
        assert_eq!(looking.see(fact).await, Value::Nothing, "{fact}");
    }
    let reads = ["khoros.get_thread", "notebook.get_contact", "khoros.find_person", "salesforce.find_contacts"];
    looking.asked.dedup();
    assert_eq!(looking.asked, reads, "nothing more is asked");
}

#[tokio::test]
async fn an_author_without_an_e_mail_is_not_asked_about() {
    let pair = Pair::small().await;
    let mut looking = Looking::at(&pair, "138");
    assert_eq!(looking.see("contact.state").await, "none".into());
    assert!(!looking.asked.iter().any(|read| read.starts_with("salesforce.")), "{:?}", looking.asked);
}

#[tokio::test]
async fn of_three_contacts_with_one_e_mail_none_is_taken_f_092() {
    let (pair, _) = with_contacts(three()).await;
    let mut looking = Looking::at(&pair, "140");
    assert_eq!(looking.see("contact.state").await, "several".into());
    assert_eq!(looking.see("contact.Id").await, Value::Nothing);
    assert_eq!(looking.see("contact").await, Value::Nothing);
    let Value::List(all) = looking.see("same_mail").await else { panic!("no list") };
    assert_eq!(all.len(), 3, "{all:?}");
}

#[tokio::test]
async fn a_stored_link_stays_in_force_whatever_the_e_mails_say_f_092() {
    let (pair, ids) = with_contacts(three()).await;
    link(&pair, "Dmitri", &ids[1]).await;
    let mut looking = Looking::at(&pair, "140");
    assert_eq!(looking.see("contact.state").await, "linked".into());
    assert_eq!(looking.see("contact.Id").await, ids[1].as_str().into());
    assert!(!looking.asked.contains(&"salesforce.find_contacts".to_owned()), "{:?}", looking.asked);
}

#[tokio::test]
async fn a_link_to_a_contact_that_is_gone_falls_back_to_the_e_mail() {
    let both = json!([
        { "fields": { "LastName": "Gone", "Email": "old@people.test" } },
        { "fields": { "LastName": "Volkov", "Email": "dmitri@people.test" } },
    ]);
    let (pair, ids) = with_contacts(both).await;
    link(&pair, "dmitri", &ids[0]).await;
    pair.sandbox.salesforce.edit(&json!({ "contacts": [{ "id": ids[0], "deleted": true }] })).expect("an edit");
    assert_eq!(Looking::at(&pair, "140").see("contact.Id").await, ids[1].as_str().into());
}

#[tokio::test]
async fn contacts_of_many_e_mails_are_asked_with_one_query() {
    let pair = Pair::small().await;
    let before = pair.calls(&pair.sandbox.salesforce_url, "/query").await;
    let rows =
        pair.read("salesforce.find_contacts", &["ANA@people.test", " ben@people.test ", "o'neil\\@x.test"]).await;
    assert_eq!(rows.expect("rows").rows.len(), 2);
    assert_eq!(pair.calls(&pair.sandbox.salesforce_url, "/query").await - before, 1);
}
