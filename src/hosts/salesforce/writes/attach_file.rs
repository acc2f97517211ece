//! `salesforce.attach_file`: puts a copy of a file of the community into a case.
//!
//! The bytes come from the other host when the write is called, and go nowhere else: not into a plan, nor a log, nor the
//! state. One file is in memory at a time.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::catalog::{Call, HostFunction, Item, Present, Reply, Sure, Type, Unanswered, Write, WriteCall};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error::{self, TOO_LONG};
use crate::hosts::salesforce::{Client, files};
use crate::ports::Files;
use crate::run::Why;
use crate::value::Value;

/// In characters; what is longer loses its beginning, since its end says what it is.
const LONGEST_NAME: usize = 255;

/// Some hours: a file that is always broken off holds up its thread no longer than that.
const TRIES: u8 = 40;

/// Copies files, one call each.
pub fn attach_file(client: &Arc<Client>, from: &Arc<dyn Files>) -> HostFunction {
    let (client, from) = (client.clone(), from.clone());
    HostFunction::new(
        "salesforce.attach_file",
        Call::Write(WriteCall {
            kind: Write::Makes { once_per: vec!["case".into(), "file".into()], any_case: vec![] },
            up_to: 1,
            // Whether it is there.
            reads: 1,
            reads_once: 0,
            // Nothing lags; only the request may still be under way.
            unanswered: Unanswered::Ask {
                with: "salesforce.find_our_file".into(),
                key: "file.id".into(),
                sure: Sure::After(Duration::from_secs(120)),
            },
            present: Present::Ours,
            call: Arc::new(move |items| Box::pin(attach_all(client.clone(), from.clone(), items))),
        }),
    )
    .about("Puts a copy of a file of the community into a case, once for each file and case.")
    .needs("case", Type::Id, "id of the case")
    .needs("file", Type::Any, "a file as `reply.attachments` has it, or a list of them; each is copied by itself")
    .each_if_any("file")
    .gives_up_after(TRIES)
    .example("salesforce::attach_file(#{ case: case.Id, file: thread.attachments })")
}

async fn attach_all(client: Arc<Client>, from: Arc<dyn Files>, items: Vec<Item>) -> Vec<Reply> {
    let mut replies = Vec::with_capacity(items.len());
    for item in &items {
        let attached = attach(&client, &*from, item).await;
        replies.push(attached.unwrap_or_else(|reply| *reply));
    }
    replies
}

/// What an argument says of a file.
struct File<'i> {
    id: &'i str,
    name: &'i str,
    url: &'i str,
    size: usize,
}

async fn attach(client: &Client, from: &dyn Files, item: &Item) -> Result<Reply, Box<Reply>> {
    let case = item.args.get("case").and_then(Value::as_str).unwrap_or_default();
    let file = file(item)?;
    let before = |error: HostError| Box::new(host_error::reply(error.before_the_write()));
    let mut there = files::find_ours(client, case, &[file.id]).await.map_err(before)?;
    if let Some((_, ours)) = there.pop() {
        return Ok(Reply::AlreadyDone(ours));
    }
    let content = {
        let bytes = from.fetch(file.url, file.size).await.map_err(|error| Box::new(not_fetched(&file, error)))?;
        STANDARD.encode(bytes)
    };
    let name = end_of(&file.name.replace(['/', '\\'], "_"));
    let version = json!({
        "Title": name, "PathOnClient": name, "Description": files::described(file.id, file.url),
        "VersionData": content, "FirstPublishLocationId": case,
    });
    Ok(files::upload(client, version).await.map_or_else(host_error::reply, Reply::Done))
}

fn file(item: &Item) -> Result<File<'_>, Box<Reply>> {
    let said = item.args.get("file").unwrap_or(&Value::Nothing);
    let text = |part: &str| said.get(part).as_str().filter(|text| !text.is_empty());
    let size = match said.get("size") {
        Value::Int(size) if (0..=files::LONGEST).contains(size) => Some(*size as usize),
        _ => None,
    };
    match (text("id"), text("name"), text("url"), size) {
        (Some(id), Some(name), Some(url), Some(size)) => Ok(File { id, name, url, size }),
        _ => {
            let most = files::LONGEST / 1_000_000;
            let what = format!("{said} is no file with id, name, url, and a size of at most {most} MB");
            Err(Box::new(Reply::Parked(Why::new("no_file", what))))
        }
    }
}

/// Why there is nothing to copy. Nothing was written, and a connection of the other host that is signed out says nothing
/// about the org.
fn not_fetched(file: &File, error: HostError) -> Reply {
    let code = match error.class {
        FailureClass::Temporary { .. } => return Reply::Again(error.before_the_write()),
        FailureClass::SignedOut => {
            let class = FailureClass::Temporary { after: None };
            return Reply::Again(HostError { class, ..error.before_the_write() });
        }
        FailureClass::NotFound => "file_gone",
        _ if error.code.as_deref() == Some(TOO_LONG) => "file_longer_than_said",
        FailureClass::Refused | FailureClass::Unreadable => "file_refused",
    };
    Reply::Parked(Why::new(code, format!("`{}`: {error}", file.name)))
}

fn end_of(name: &str) -> String {
    let over = name.chars().count().saturating_sub(LONGEST_NAME);
    name.chars().skip(over).collect()
}
