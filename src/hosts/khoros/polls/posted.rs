//! `khoros.posted`: threads that are new in the community.
//!
//! What was posted within a day is held against what was seen, so that neither a late index nor an equal time stamp nor a
//! moderator who approves within a day can lose a thread or tell it twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::catalog::{Changed, Poll, Polled, Told, Wanted};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;
use crate::value::Value;

const POSTED: &str = "khoros.thread_posted";
const FIELDS: [&str; 4] = ["id", "author.login", "post_time", "moderation_status"];
/// So long before the newest thread that was seen, threads may still turn up.
const BACK: SignedDuration = SignedDuration::from_hours(24);

/// Asks for new threads.
pub fn posted(client: &Arc<Client>) -> Poll {
    let client = client.clone();
    Poll {
        name: "khoros.posted".into(),
        about: "threads that are new in the community: one call for 1,000 that were posted within a day",
        of: None,
        key: "community",
        tells: vec![POSTED.into()],
        orphan: None,
        up_to: 1,
        call: Arc::new(move |polled, _: Wanted| Box::pin(ask(client.clone(), polled))),
    }
}

/// What was there when a community is first looked at is no news.
async fn ask(client: Arc<Client>, polled: Vec<Polled>) -> Result<Vec<Changed>, HostError> {
    let seen = polled.into_iter().next().map(|polled| polled.seen).unwrap_or_default();
    let newest = match seen.get("newest") {
        Value::Text(newest) => moment(newest),
        _ => newest(&client).await?,
    };
    let since = newest.unwrap_or(Timestamp::UNIX_EPOCH).checked_sub(BACK).unwrap_or(Timestamp::UNIX_EPOCH);
    let found = client
        .search_fields(&FIELDS, "messages", |query| {
            let query = query.test("depth", "=", Literal::Number(0));
            query.test("post_time", ">=", Literal::Number(since.as_millisecond())).order("post_time ASC")
        })
        .await?;
    let is_shown = |row: &&Json| rows::is_shown(row["moderation_status"].as_str());
    let shown: Vec<&Json> = found.iter().filter(is_shown).collect();
    let known = if let Value::Map(known) = seen.get("threads") { known.clone() } else { BTreeMap::new() };
    let is_first = seen.is_nothing();
    let told = shown.iter().filter(|row| !is_first && !known.contains_key(id(row)) && !is_own(&client, row));
    let told: Vec<Told> = told.map(|row| tell(id(row))).collect();
    let newest = found.iter().filter_map(|row| moment(row["post_time"].as_str()?)).chain(newest).max();
    let kept = Value::map([
        ("newest", Value::text(newest.unwrap_or(Timestamp::UNIX_EPOCH).to_string())),
        ("threads", Value::Map(shown.iter().map(|row| (id(row).into(), Value::Bool(true))).collect())),
    ]);
    Ok(if kept == seen { vec![] } else { vec![Changed { which: 0, seen: kept, told }] })
}

/// When the newest thread was posted.
async fn newest(client: &Client) -> Result<Option<Timestamp>, HostError> {
    let query = Liql::select(&["post_time"], "messages").test("depth", "=", Literal::Number(0));
    let page = client.search(&query.order("post_time DESC").limit(1)).await?;
    Ok(page.items.first().and_then(|row| moment(row["post_time"].as_str()?)))
}

fn tell(thread: &str) -> Told {
    Told {
        kind: POSTED.into(),
        what: format!("khoros:message:{thread}:created"),
        subject: format!("khoros:thread:{thread}").into(),
        lane: None,
        hint: Value::Nothing,
    }
}

fn id(row: &Json) -> &str {
    row["id"].as_str().unwrap_or_default()
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn is_own(client: &Client, row: &Json) -> bool {
    client.is_own(row.pointer("/author/login").and_then(Json::as_str).unwrap_or_default())
}
