//! `khoros.unlabel_thread`: takes a label off a thread.
//!
//! Whether a community has a call for that is not known beforehand (Khoros sheet 7.5: inferred); one that has none
//! refuses it, and the refusal says so.

use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::catalog::{Call, Holds, HostFunction, Item, Present, Reply, Sure, Type, Unanswered, Write, WriteCall};
use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error;
use crate::hosts::khoros::reads::find_marks::marks_of;
use crate::hosts::khoros::{Client, is_id};
use crate::run::Why;
use crate::value::Value;

/// Takes a label off; one that is not there, in any case, is left alone.
pub fn unlabel_thread(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.unlabel_thread",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["thread".into(), "label".into()] },
            up_to: 1,
            // The call names the label as the board writes it.
            reads: 1,
            reads_once: 0,
            unanswered: Unanswered::Ask {
                with: "khoros.find_labels".into(),
                key: "thread".into(),
                // LiQL reads an index that lags (Khoros sheet 13.3).
                sure: Sure::Index,
            },
            present: Present::Compare {
                with: "khoros.find_labels".into(),
                key: "thread".into(),
                path: "texts".into(),
                holds: Holds::NotListed,
            },
            call: Arc::new(move |items| Box::pin(unlabel_all(client.clone(), items))),
        }),
    )
    .about("Takes a label off a thread, where the community lets that be done by a call; one that cannot refuses it.")
    .needs("thread", Type::Id, "id of the thread")
    .needs("label", Type::Text, "text of the label")
    .example("khoros::unlabel_thread(#{ thread: thread.id, label: \"escalated\" })")
}

async fn unlabel_all(client: Arc<Client>, items: Vec<Item>) -> Vec<Reply> {
    let mut replies = Vec::with_capacity(items.len());
    for item in &items {
        replies.push(unlabel(&client, item).await.unwrap_or_else(host_error::reply));
    }
    replies
}

async fn unlabel(client: &Client, item: &Item) -> Result<Reply, HostError> {
    let arg = |name: &str| item.args.get(name).and_then(Value::as_str).unwrap_or_default();
    let (thread, label) = (arg("thread"), arg("label").trim());
    let result = || Value::map([("thread", Value::text(thread)), ("label", Value::text(label))]);
    // Both become parts of a path; dots alone would lead elsewhere.
    if !is_id(thread) || label.is_empty() || label.chars().all(|letter| letter == '.') {
        let said = format!("`{thread}` is no thread, or `{label}` no label that a call can name");
        return Err(HostError::new(FailureClass::Refused, "khoros: label", said));
    }
    let labels = marks_of(client, "labels", thread).await.map_err(HostError::before_the_write)?;
    let Some(own) = labels.iter().find(|own| own.to_lowercase() == label.to_lowercase()) else {
        return Ok(Reply::AlreadyDone(result()));
    };
    let own = utf8_percent_encode(own, NON_ALPHANUMERIC);
    match client.delete(&format!("messages/{thread}/labels/{own}")).await {
        Ok(_) => Ok(Reply::Done(result())),
        Err(error) if matches!(error.class, FailureClass::Refused | FailureClass::NotFound) => Ok(not_here(&error)),
        Err(error) => Err(error),
    }
}

/// A community without such a call says no in words of its own. The label stays, and nobody can do anything about it.
fn not_here(error: &HostError) -> Reply {
    let said = format!("this community takes no label off by a call, or not for this user ({})", error.said);
    Reply::No(Why::new("label_kept", said))
}
