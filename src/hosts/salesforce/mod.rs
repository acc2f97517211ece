//! The org: what can be read and written there (Salesforce sheet = `reference/salesforce.md`).
//!
//! One file per host function under `reads/` and `writes/`; the facts that rules see are in `case.rs` and
//! `contact.rs`.

pub mod answer;
pub mod by_fields;
pub mod by_name;
pub mod case;
pub mod client;
pub mod collection;
mod comment;
pub mod contact;
mod files;
mod history;
mod links;
mod locate;
mod login_host;
mod merged;
mod our_comments;
mod pages;
pub mod record_shape;
pub mod records;
pub mod sign_in;
mod soap;
pub mod soql;
pub mod thread_key;
mod whereabouts;

pub mod polls;
pub mod reads;
pub mod streams;
pub mod writes;

use std::sync::Arc;

pub use client::{Client, Settings};

use crate::catalog::{Catalog, Told};
use crate::names::BridgeId;
use crate::ports::Files;
use crate::value::Value;

/// The kinds of events that are about a case.
pub const CASE_EVENTS: [&str; 11] = [
    "salesforce.case_due",
    "salesforce.case_changed",
    "salesforce.case_status_changed",
    "salesforce.case_merged",
    "salesforce.case_deleted",
    "salesforce.case_restored",
    "salesforce.case_comment_added",
    "salesforce.case_comment_edited",
    "salesforce.case_comment_deleted",
    "salesforce.postback_requested",
    "salesforce.private_message_requested",
];
/// Those about a comment on it.
pub const COMMENT_EVENTS: [&str; 3] =
    ["salesforce.case_comment_added", "salesforce.case_comment_edited", "salesforce.case_comment_deleted"];
/// Those about a record that asks for a post or a message.
pub const REQUEST_EVENTS: [&str; 2] = ["salesforce.postback_requested", "salesforce.private_message_requested"];
/// Those that somebody in the org caused: the agent.
pub const AGENT_EVENTS: [&str; 5] = [
    "salesforce.case_comment_added",
    "salesforce.case_comment_edited",
    "salesforce.case_comment_deleted",
    "salesforce.postback_requested",
    "salesforce.private_message_requested",
];

/// Adds all that an org can do and what rules may look at there. The community's tenant id is part of the external
/// id of its cases; `files` are those that lie there.
pub fn add_to(catalog: &mut Catalog, client: &Arc<Client>, tenant_id: &str, bridge: &BridgeId, files: &Arc<dyn Files>) {
    let tenant: Arc<str> = tenant_id.into();
    catalog.add(reads::get_case::get_case(client, &tenant));
    catalog.add(reads::find_cases::find_cases(client, &tenant));
    catalog.add(reads::find_case_of_thread::find_case_of_thread(client, &tenant));
    catalog.add(writes::create_case::create_case(client, &tenant));
    catalog.add(reads::find_contacts::find_contacts(client));
    catalog.add(reads::get_contact::get_contact(client));
    catalog.add(reads::get_account::get_account(client));
    catalog.add(reads::find_queues::find_queues(client));
    catalog.add(reads::find_record_types::find_record_types(client));
    catalog.add(reads::find_records::find_records(client));
    catalog.add(reads::find_picklist_values::find_picklist_values(client));
    catalog.add(reads::find_users::find_users(client));
    catalog.add(reads::find_case_statuses::find_case_statuses(client));
    catalog.add(writes::create_contact::create_contact(client));
    catalog.add(writes::comment_on_case::comment_on_case(client, bridge));
    catalog.add(writes::edit_comment::edit_comment(client, bridge));
    catalog.add(writes::delete_comment::delete_comment(client, bridge));
    catalog.add(writes::attach_file::attach_file(client, files));
    catalog.add(reads::find_our_file::find_our_file(client));
    catalog.add(writes::update_case::update_case(client));
    catalog.add(writes::link_case::link_case(client, &tenant));
    catalog.add(reads::get_record::get_record(client));
    catalog.add(writes::create_record::create_record(client));
    catalog.add(writes::update_record::update_record(client));
    catalog.add(reads::get_comment::get_comment(client));
    catalog.add(reads::get_request::get_request(client));
    catalog.add(reads::get_user::get_user(client));
    catalog.add(reads::find_our_comment::find_our_comment(client));
    catalog.add(reads::get_case_history::get_case_history(client));
    catalog.add(reads::get_case_comments::get_case_comments(client));
    catalog.add(writes::write_record::write_record(client));
    catalog.add_locate(locate::locate(client));
    catalog.add_links(links::links(client, &tenant));
    catalog.add_poll(polls::cases::cases(client));
    catalog.add_poll(polls::comments::comments(client));
    catalog.add_poll(polls::requests::requests(client, &tenant));
    catalog.add_facts(case::facts());
    catalog.add_facts(comment::facts());
    catalog.call_subjects("case", "case.Id", "case.Subject");
    for kind in CASE_EVENTS {
        catalog.add_nouns(kind, &["case", "contact", "account", "thread"]);
    }
    for kind in COMMENT_EVENTS {
        catalog.add_nouns(kind, &["case", "contact", "account", "thread", "comment", "agent"]);
    }
    for kind in REQUEST_EVENTS {
        catalog.add_nouns(kind, &["case", "contact", "account", "thread", "request", "agent"]);
    }
    catalog.add_facts(contact::facts());
}

/// Something that happened to a case; with its thread it is in order with what happens there.
fn case_event(kind: &str, what: String, case: &str, thread: Option<&str>, hint: Value) -> Told {
    let lane = thread.map(|thread| format!("khoros:thread:{thread}").as_str().into());
    Told { kind: kind.into(), what, subject: format!("salesforce:case:{case}").into(), lane, hint }
}
