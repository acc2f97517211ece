//! Files of cases: how one is made, and how ours are known again.
//!
//! A version brings its document and its link to the case by itself (Salesforce sheet 10.3: `FirstPublishLocationId`). It
//! takes no external id, so the description of ours ends in a marker of the file that it is a copy of.

use serde_json::{Value as Json, json};

use crate::failure::{FailureClass, HostError};
use crate::hosts::budget::Spent;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::client::WRITE_TIMEOUT;
use crate::hosts::salesforce::soql::select_where_in;
use crate::marker;
use crate::ports::{HttpBody, HttpRequest};
use crate::value::Value;

/// What one call takes beside a form in parts: 37.5 MB, in base64, and the rest of the record
/// (developer.salesforce.com, REST API Developer Guide, "Insert or Update Blob Data").
pub const LONGEST: i64 = 37_000_000;

/// Makes a file; gives its id.
pub async fn upload(client: &Client, version: Json) -> Result<Value, HostError> {
    let call = "salesforce: POST /sobjects/ContentVersion";
    let (url, body) = (client.data("sobjects/ContentVersion"), HttpBody::Json(version));
    let request = HttpRequest { method: "POST", url, body, timeout: Some(WRITE_TIMEOUT), ..Default::default() };
    let made = client.call(call, Spent::Write, request).await?;
    made["id"].as_str().map(|id| shown(client, id, true)).ok_or_else(|| {
        let error = HostError::new(FailureClass::Unreadable, call, "the answer names no file");
        HostError { maybe_applied: true, ..error }
    })
}

/// Our copy of a file in a case, by the marker of the file.
pub async fn find_ours(client: &Client, case: &str, files: &[&str]) -> Result<Vec<(String, Value)>, HostError> {
    let query = select_where_in(&["Id", "Description"], "ContentVersion", "FirstPublishLocationId", [case]);
    let versions = client.query(&query).await?;
    let ours = |file: &&str| {
        let bears = |version: &&Json| marker::is_of(version["Description"].as_str().unwrap_or_default(), &of(file));
        let id = versions.iter().find(bears)?["Id"].as_str()?;
        Some(((*file).to_owned(), shown(client, id, false)))
    };
    Ok(files.iter().filter_map(ours).collect())
}

/// Says in the org where a copy comes from.
pub fn described(id: &str, address: &str) -> Json {
    // One that is longer is left out: a description has 1000 characters.
    let address = if address.chars().count() > 900 { "" } else { address };
    json!(format!("From the community: {address} {}", marker::visible(&of(id))))
}

fn of(id: &str) -> String {
    format!("khoros:attachment:{id}")
}

fn shown(client: &Client, id: &str, created: bool) -> Value {
    Value::map([("Id", Value::text(id)), ("url", Value::text(client.page_url(id))), ("created", created.into())])
}
