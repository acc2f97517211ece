//! Subscriptions, read marks and reports (sheet 7.3, 7.5).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::Call;
use super::body::{Mention, data, text_id};
use super::messages::get;
use crate::sandbox::khoros::answer::{Data, Refusal};
use crate::sandbox::khoros::desk::Desk;
use crate::sandbox::khoros::host::Khoros;
use crate::sandbox::khoros::show::{Item, Row};
use crate::sandbox::khoros::subscription::{Subscription, Target};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscriptionData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    target: Mention,
}

/// `POST /api/2.0/subscriptions`; what is followed already stays so.
pub async fn follow(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        let subscriber = desk.member()?.id;
        let wanted: SubscriptionData = data(&body)?;
        let target = target(desk, &wanted.target)?;
        let all = &mut desk.state.community.subscriptions;
        let there = all.values().find(|one| one.subscriber == subscriber && one.target == target).map(|one| one.id);
        let id = match there {
            Some(id) => id,
            None => {
                let id = all.keys().next_back().map_or(1, |last| last + 1);
                all.insert(id, Subscription { id, subscriber, target });
                desk.count("follow");
                id
            }
        };
        let reader = desk.reader(false);
        let one =
            reader.view.community.subscriptions.get(&id).ok_or_else(|| Refusal::not_found("subscription", "new"))?;
        Ok(Data::of(&Item::whole(Row::Subscription(one), &reader)))
    })
}

fn target(desk: &Desk<'_>, wanted: &Mention) -> Result<Target, Refusal> {
    let id = wanted.id();
    match wanted.kind.as_str() {
        "message" => get(desk, &id).map(|message| Target::Message(message.id)),
        "board" => {
            let known = desk.state.community.boards.get(&id).filter(|board| desk.reader(false).sees(board));
            known.map(|board| Target::Board(board.id.clone())).ok_or_else(|| Refusal::not_found("board", &id))
        }
        _ => Err(Refusal::invalid("`target.type` is `message` or `board`")),
    }
}

/// `DELETE /api/2.0/subscriptions/{id}`, one's own.
pub async fn unfollow(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call) -> Response {
    khoros.v2(&call, |desk| {
        let subscriber = desk.member()?.id;
        let all = &mut desk.state.community.subscriptions;
        let number = id.parse().ok().filter(|id| all.get(id).is_some_and(|one| one.subscriber == subscriber));
        let number: u64 = number.ok_or_else(|| Refusal::not_found("subscription", &id))?;
        all.remove(&number);
        desk.count("unfollow");
        Ok(json!({}))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    message_id: Option<Value>,
    message_ids: Option<Vec<Value>>,
    topic_id: Option<Value>,
    #[serde(default, rename = "user")]
    _user: IgnoredAny,
    #[serde(default, rename = "mark_unread")]
    _mark_unread: IgnoredAny,
}

/// `POST /api/2.0/messages_read`: checked and counted; who read what is not kept.
pub async fn mark_read(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        desk.member()?;
        let wanted: ReadData = data(&body)?;
        let ids: Vec<Value> =
            wanted.message_ids.into_iter().flatten().chain(wanted.message_id).chain(wanted.topic_id).collect();
        if ids.is_empty() {
            return Err(Refusal::invalid("`message_id` is missing"));
        }
        ids.iter().try_for_each(|id| get(desk, &text_id(id)).map(drop))?;
        desk.count("mark read");
        Ok(json!({ "type": "message_read" }))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    message: Mention,
    #[serde(default, rename = "reporter")]
    _reporter: IgnoredAny,
    body: String,
}

/// `POST /api/2.0/abuse_reports`: checked and counted; moderators read reports elsewhere.
pub async fn report(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        desk.member()?;
        let wanted: ReportData = data(&body)?;
        let message = get(desk, &wanted.message.id())?;
        desk.count("report abuse");
        let message = json!({ "type": "message", "id": message.id.to_string() });
        Ok(json!({ "type": "abuse_report", "body": wanted.body, "message": message }))
    })
}
