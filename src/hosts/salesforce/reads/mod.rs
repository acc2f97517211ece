//! What can be asked of an org: one file for each question.

pub mod find_case_of_thread;
pub mod find_case_statuses;
pub mod find_cases;
pub mod find_contacts;
pub mod find_our_comment;
pub mod find_our_file;
pub mod find_picklist_values;
pub mod find_queues;
pub mod find_record_types;
pub mod find_records;
pub mod find_users;
pub mod get_account;
pub mod get_case;
pub mod get_case_comments;
pub mod get_case_history;
pub mod get_comment;
pub mod get_contact;
pub mod get_record;
pub mod get_request;
pub mod get_user;

use serde_json::Value as Json;

use crate::hosts::salesforce::Client;
use crate::value::Value;

/// The result of making a case, and of finding one that was made before.
pub fn case_made(client: &Client, row: &Json, created: bool) -> Option<Value> {
    let id = row["Id"].as_str()?;
    Some(Value::map([
        ("Id", Value::text(id)),
        ("CaseNumber", row["CaseNumber"].as_str().into()),
        ("created", created.into()),
        ("url", Value::text(client.page_url(id))),
    ]))
}
