//! What is asked of the hosts in their own languages: quotes, offsets of time, pages.

use std::collections::BTreeSet;

use casebridge::hosts::khoros::Client;
use casebridge::hosts::khoros::liql::{Liql, Literal};
use serde_json::{Value as Json, json};

use crate::both_ways::{comments_by, replies, with_a_case};
use crate::world::noting::Noting;
use crate::world::{Seen, World};

fn thread(id: &str, author: &str) -> Json {
    json!({ "id": id, "board": "support", "subject": "VPN", "body": "<p>?</p>", "author": author, "age": "50 hours" })
}

/// Who has the author's last name stands in a field of text, so that a wrong one can be seen there.
const BY_LAST_NAME: &str = "mappings:
  thread-to-case:
    Subject: VPN
    SuppliedName: { look_up: Contact, where: { LastName: = thread.author.last_name }, take: Id, many: newest }
";

#[tokio::test]
async fn people_with_an_apostrophe_or_a_backslash_in_their_names_find_their_own_contact_f_042() {
    let member = |login: &str, last: &str, email: &str| json!({ "login": login, "email": email, "first_name": "Pat", "last_name": last });
    let members = [member("pat", "O'Shea", "pat.o'shea@acme.test"), member("lind", "Lind\\", "lind@acme.test")];
    let threads = [thread("9001", "pat"), thread("9002", "lind")];
    let world = World::with(json!({ "members": members, "threads": threads })).await;
    let contact = |last: &str, email: &str| json!({ "fields": { "LastName": last, "Email": email } });
    let own = [contact("O'Shea", "pat.o'shea@acme.test"), contact("Lind\\", "lind@acme.test")];
    let others = [contact("OShea", "pat.oshea@acme.test"), contact("Lind", "lin@acme.test")];
    let all = [own, others].concat();
    let made = world.org(json!({ "contacts": all }));
    let world = world.rules("mappings.yaml", BY_LAST_NAME);
    let web = Noting::over(world.web());
    let told = world.run_over(web.clone()).await;
    assert_eq!((told.report.opened(), told.code), (2, 0), "{}", told.text());
    for (contact, thread) in ["9001", "9002"].into_iter().enumerate() {
        let (id, case) = (&made["contacts"][contact]["id"], world.case_of(thread).expect("a case"));
        assert_eq!((&case["ContactId"], &case["SuppliedName"]), (id, id), "of thread {thread}");
    }
    for literal in [r"'pat.o\'shea@acme.test'", r"'O\'Shea'", r"'Lind\\'"] {
        assert!(!web.with(literal).is_empty(), "{:#?}", web.with("FROM Contact"));
    }
}

#[tokio::test]
async fn a_cursor_with_an_offset_of_time_is_asked_in_utc_and_hears_the_same_comments_f_099() {
    let world = with_a_case().await;
    comments_by(&world, "zoe", "First", true);
    let stamp = world.sandbox.salesforce.world()["comments"][0]["fields"]["SystemModstamp"].clone();
    assert_eq!(stamp, "2026-03-03T09:10:00.000+0000", "the cursor comes from here");
    let web = Noting::over(world.web());
    world.run_over(web.clone()).await;
    comments_by(&world, "zoe", "Second", true);
    let told = world.run_over(web.clone()).await;
    assert_eq!(replies(&world).len(), 2, "both are heard, each once: {}", told.text());
    let asked = web.with("SystemModstamp >=");
    let [query] = asked.as_slice() else { panic!("{asked:#?}") };
    // Ten minutes before the stamp, since commits become visible late.
    assert!(query.contains("SystemModstamp >= 2026-03-03T09:00:00Z ORDER"), "{query}");
    let bridge = world.open(world.store(), world.web(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    let rows = async |query: &str| bridge.clients.salesforce.query(query).await.expect("no MALFORMED_QUERY");
    assert_eq!(rows(query).await, rows(&query.replace("09:00:00Z", "09:00:00.000+00:00")).await);
}

/// The ids of all members from one to another, both included.
async fn members(client: &Client, from: u64, to: u64) -> Vec<String> {
    let (from, to) = (from.to_string(), to.to_string());
    let query = Liql::select(&["id", "login"], "users").test("id", ">=", Literal::Text(&from)).test(
        "id",
        "<=",
        Literal::Text(&to),
    );
    let rows = client.search_all(&query).await.expect("every page is answered");
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn members_are_read_once_each_in_no_page_one_page_and_many_f_073() {
    let world = World::with_members(120_100).await;
    let web = Noting::over(world.web());
    let bridge = world.open(world.store(), web.clone(), &Seen::default()).unwrap_or_else(|error| panic!("{error:?}"));
    let (first, mut cursors) = (100, 0);
    for (count, more_pages) in [(0, 0), (1, 0), (1000, 0), (1001, 1), (120_000, 119)] {
        let found = members(&bridge.clients.khoros, first, first + count - 1).await;
        let expected: BTreeSet<String> = (first..first + count).map(|id| id.to_string()).collect();
        assert_eq!(found.len() as u64, count, "nobody comes twice");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
        cursors += more_pages;
        assert_eq!(web.with(" CURSOR '").len(), cursors, "of {count}");
    }
    assert_eq!(web.with("CURSOR").len(), cursors, "each in quotes");
}
