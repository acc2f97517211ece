//! `salesforce.create_contact`: a contact for a member whom the org does not know, once.
//!
//! Nothing about a contact is unique. When the answer is lost, the e-mail tells whether it was made. A duplicate rule
//! of the org may refuse it: the record that the rule names is taken when it is exactly one and has the same e-mail;
//! otherwise a person decides (ESC-11).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use crate::catalog::{Call, Fold, HostFunction, Item, Present, Reply, Sure, Type, Unanswered, Write, WriteCall};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::answer::item_error;
use crate::hosts::salesforce::collection::{each, record};
use crate::hosts::salesforce::record_shape::{Object, RecordShape};
use crate::hosts::salesforce::soql::select_where_in;
use crate::value::Value;

const CALL: &str = "salesforce: POST /composite/sobjects";

/// Makes contacts, 200 in one call.
pub fn create_contact(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "salesforce.create_contact",
        Call::Write(WriteCall {
            kind: Write::Makes { once_per: vec!["login".into()], any_case: vec![] },
            up_to: 200,
            reads: 0,
            reads_once: 1,
            unanswered: Unanswered::Ask {
                with: "salesforce.find_contacts".into(),
                key: "fields.Email".into(),
                // Nothing lags; the request may still be under way (Salesforce sheet 13.3).
                sure: Sure::After(Duration::from_secs(120)),
            },
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(create(client.clone(), items))),
        }),
    )
    .about(
        "Makes a contact for a member. Its last name is never empty: without one it is the login. When a duplicate rule \
         of the org names one contact with the same e-mail, that one is taken.",
    )
    .needs("login", Type::Text, "login of the member")
    .needs("fields", Type::Fields, "Salesforce field name to value, or the name of a mapping")
    .example(
        "salesforce::create_contact(#{ login: thread.author.login, fields: #{ LastName: \"Ruiz\", Email: thread.author.email } })",
    )
}

async fn create(client: Arc<Client>, items: Vec<Item>) -> Vec<Reply> {
    let shape = match client.shape(Object::Contact).await {
        Ok(shape) => shape,
        Err(error) => return vec![host_error::reply(error.before_the_write()); items.len()],
    };
    let records: Vec<Json> = items.iter().map(|item| contact_record(shape, item)).collect();
    let results = each(&records, |records| client.create(records)).await;
    let named: Vec<Vec<String>> = results.iter().map(|result| result.as_ref().map(named).unwrap_or_default()).collect();
    let known = read_named(&client, &named).await;
    let replies = results.into_iter().zip(&records).zip(&named).map(|((result, record), named)| match result {
        Err(error) => host_error::reply(error),
        Ok(result) => match (result["success"].as_bool(), result["id"].as_str()) {
            (Some(true), Some(id)) => Reply::Done(made(&client, id, true)),
            _ => refused(&client, &result, record, named, &known),
        },
    });
    replies.collect()
}

/// The record of a contact; without a last name the login is one (ESC-10).
fn contact_record(shape: &RecordShape, item: &Item) -> Json {
    let mut record = record(shape, Object::Contact.name(), item.args.get("fields"), false);
    if record.get("LastName").and_then(Json::as_str).is_none_or(|name| name.trim().is_empty()) {
        let login = item.args.get("login").and_then(Value::as_str).unwrap_or_default();
        record.insert("LastName".into(), login.into());
    }
    Json::Object(record)
}

fn made(client: &Client, id: &str, created: bool) -> Value {
    Value::map([("Id", Value::text(id)), ("created", created.into()), ("url", Value::text(client.page_url(id)))])
}

/// The records that a duplicate rule names.
fn named(result: &Json) -> Vec<String> {
    let list = |json: &Json| json.as_array().cloned().unwrap_or_default();
    let errors = list(&result["errors"]).into_iter();
    let matches = errors.flat_map(|error| list(&error["duplicateResult"]["matchResults"]));
    let records = matches.flat_map(|found| list(&found["matchRecords"]));
    let mut ids: Vec<String> =
        records.filter_map(|record| record["record"]["Id"].as_str().map(str::to_owned)).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Id to e-mail of the named records that are contacts.
type Mails = BTreeMap<String, Value>;

/// The e-mails of all named records, with one query.
async fn read_named(client: &Client, named: &[Vec<String>]) -> Result<Mails, HostError> {
    let ids: Vec<&str> = named.iter().flatten().map(String::as_str).collect();
    if ids.is_empty() {
        return Ok(Mails::new());
    }
    let records = client.query(&select_where_in(&["Id", "Email"], "Contact", "Id", ids)).await?;
    let known = |record: &Json| Some((record["Id"].as_str()?.to_owned(), record["Email"].as_str().into()));
    Ok(records.iter().filter_map(known).collect())
}

fn refused(client: &Client, result: &Json, record: &Json, named: &[String], known: &Result<Mails, HostError>) -> Reply {
    let error = item_error(CALL, result);
    if error.code.as_deref() != Some("DUPLICATES_DETECTED") {
        return host_error::reply(error);
    }
    let known = match known {
        Ok(known) => known,
        // The contact was refused, so nothing was applied whatever became of the query.
        Err(error) => return host_error::reply(HostError { maybe_applied: false, ..error.clone() }),
    };
    let wanted = record["Email"].as_str().map(|mail| Fold::AnyCase.apply(&mail.into()));
    match named {
        [one] if wanted.is_some() && known.get(one).map(|mail| Fold::AnyCase.apply(mail)) == wanted => {
            Reply::AlreadyDone(made(client, one, false))
        }
        _ => Reply::Refused(HostError { said: said(&error.said, named), class: FailureClass::Refused, ..error }),
    }
}

fn said(said: &str, named: &[String]) -> String {
    let named = match named {
        [] => "a duplicate rule refuses the contact and names no record".to_owned(),
        [one] => format!("a duplicate rule names {one}, whose e-mail is another"),
        several => format!("a duplicate rule names {} records: {}", several.len(), several.join(", ")),
    };
    format!("{said} ({named})")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_contact_without_a_last_name_gets_the_login_esc_10() {
        let item = |fields: Value| Item {
            key: "k".into(),
            args: [("login".into(), "ana_77".into()), ("fields".into(), fields)].into(),
        };
        let last = |fields: Value| contact_record(&RecordShape::default(), &item(fields))["LastName"].clone();
        assert_eq!(last(Value::map([("FirstName", "Ana")].map(|(name, value)| (name, Value::from(value))))), "ana_77");
        assert_eq!(last(Value::map([("LastName", Value::from("  "))])), "ana_77");
        assert_eq!(last(Value::map([("LastName", Value::from("Ruiz"))])), "Ruiz");
    }

    #[test]
    fn the_records_that_a_duplicate_rule_names_are_counted_once() {
        let record = |id: &str| json!({ "record": { "attributes": { "type": "Contact" }, "Id": id } });
        let result = json!({ "success": false, "errors": [{ "statusCode": "DUPLICATES_DETECTED", "duplicateResult": {
            "matchResults": [{ "matchRecords": [record("003B"), record("003A")] }, { "matchRecords": [record("003A")] }],
        } }] });
        assert_eq!(named(&result), ["003A", "003B"]);
        assert!(named(&json!({ "errors": [{ "statusCode": "DUPLICATES_DETECTED" }] })).is_empty());
    }
}
