//! `salesforce.requests`: records with which somebody in the org asks for a post in a thread or a private message (PB-7,
//! PM-1): those that are new.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use crate::catalog::{Changed, Poll, Polled, Told, Wanted};
use crate::failure::{FailureClass, HostError};
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::thread_key::thread_of;
use crate::names::Name;
use crate::value::Value;

use super::super::case_event;

/// The kind of the event, and the object.
const POSTBACK: (&str, &str) = ("salesforce.postback_requested", "Postback_Comment__c");
const MESSAGE: (&str, &str) = ("salesforce.private_message_requested", "Private_Message__c");

/// What an org says of an object that it has not (Salesforce sheet 4.4).
const NO_OBJECT: &str = "INVALID_TYPE";

/// The objects that an org has not: they are not asked for again before the next start.
type Missing = Arc<Mutex<BTreeSet<&'static str>>>;

/// Asks for both kinds of records.
pub fn requests(client: &Arc<Client>, tenant: &Arc<str>) -> Poll {
    let (client, tenant, missing) = (client.clone(), tenant.clone(), Missing::default());
    Poll {
        name: "salesforce.requests".into(),
        about: "records that ask for a post or a private message: one call for each of the two kinds",
        of: None,
        key: "org",
        tells: [POSTBACK.0, MESSAGE.0].map(Into::into).to_vec(),
        orphan: None,
        up_to: 1,
        call: Arc::new(move |polled, wanted| {
            Box::pin(ask(client.clone(), tenant.clone(), missing.clone(), polled, wanted))
        }),
    }
}

async fn ask(
    client: Arc<Client>,
    tenant: Arc<str>,
    missing: Missing,
    polled: Vec<Polled>,
    wanted: Wanted,
) -> Result<Vec<Changed>, HostError> {
    let seen = polled.first().map(|polled| polled.seen.clone()).unwrap_or_default();
    let (mut ids, mut told) = (BTreeMap::new(), Vec::new());
    for (kind, object) in [POSTBACK, MESSAGE].into_iter().filter(|(kind, _)| wanted.contains(*kind)) {
        for row in open(&client, object, &missing).await? {
            let id = row["Id"].as_str().unwrap_or_default().to_owned();
            if seen.get(&id).is_nothing() {
                told.push(asked(&client, &tenant, kind, &id, &row));
            }
            ids.insert(Name::from(id.as_str()), Value::Bool(true));
        }
    }
    let now = if ids.is_empty() { Value::Nothing } else { Value::Map(ids) };
    let changed = Changed { which: 0, seen: now, told };
    Ok(if changed.seen != seen || !changed.told.is_empty() { vec![changed] } else { vec![] })
}

/// Those that nobody dealt with, the oldest first; an org without such records has none.
async fn open(client: &Client, object: &'static str, missing: &Missing) -> Result<Vec<Json>, HostError> {
    if missing.lock().is_ok_and(|missing| missing.contains(object)) {
        return Ok(vec![]);
    }
    let key = &client.settings().thread_key_field;
    let query = format!(
        "SELECT Id, Case__c, Case__r.{key} FROM {object} WHERE Status__c = 'New' OR Status__c = null ORDER BY CreatedDate, Id"
    );
    match client.query(&query).await {
        Err(error) if error.class == FailureClass::Refused && error.code.as_deref() == Some(NO_OBJECT) => {
            _ = missing.lock().map(|mut missing| missing.insert(object));
            Ok(vec![])
        }
        found => found,
    }
}

fn asked(client: &Client, tenant: &str, kind: &str, id: &str, row: &Json) -> Told {
    let key = row["Case__r"][&client.settings().thread_key_field].as_str();
    let thread = key.and_then(|key| thread_of(tenant, key)).and_then(|thread| thread.split(':').next());
    let noun = if kind == POSTBACK.0 { "postback" } else { "message" };
    let hint = Value::map([("request", Value::text(id))]);
    // A message need not be about a case; then it is about itself.
    let subject = row["Case__c"].as_str().unwrap_or(id);
    case_event(kind, format!("salesforce:{noun}:{id}:requested"), subject, thread, hint)
}
