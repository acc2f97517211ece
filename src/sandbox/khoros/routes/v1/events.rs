//! Subscribes to events (sheet 10.1).

use super::{Element, Found, V1, value};
use crate::sandbox::khoros::answer_v1::V1Refusal;
use crate::sandbox::khoros::events::{Kind, Subscriber};
use crate::sandbox::khoros::post::Loopback;

/// Everything under `events`, for administrators.
pub fn events(call: V1<'_, '_>, hops: &[&str]) -> Found {
    call.need_admin()?;
    let owner = call.desk.caller.unwrap_or(0);
    let events = &mut call.desk.state.events;
    match hops {
        ["types"] => {
            let types = Kind::ALL.iter().map(|kind| Element::text(kind.name())).collect();
            Ok(("event_types", Element::List("event_type", types)))
        }
        ["subscriptions"] => {
            let all = events.subscribers().map(|(token, one)| subscription(token, one)).collect();
            Ok(("eventsubscriptions", Element::List("eventsubscription", all)))
        }
        ["subscriptions", "events", "name", name, "subscribe"] => {
            let kind = Kind::named(name).ok_or(V1Refusal::NoSuch("event"))?;
            let url = call.call.params.get("event.callback_url").ok_or(V1Refusal::Unexpected)?;
            // Events are for receivers on this machine only.
            let callback = Loopback::parse(url).ok_or(V1Refusal::Unexpected)?;
            let (token, one) = events.subscribe(Subscriber { kind, callback, owner });
            Ok(("eventsubscription", subscription(&token, &one)))
        }
        ["subscriptions", "token", token, "unsubscribe"] => match events.unsubscribe(token) {
            true => value(Element::text("success")),
            false => Err(V1Refusal::NoSuch("subscription")),
        },
        ["subscriptions", "users", "self", "unsubscribe"] => {
            events.unsubscribe_all(owner);
            value(Element::text("success"))
        }
        _ => Err(V1Refusal::UnknownPath),
    }
}

fn subscription(token: &str, one: &Subscriber) -> Element {
    let fields = vec![
        ("event_type", Element::text(one.kind.name())),
        ("callback_url", Element::text(one.callback.url())),
        ("token", Element::text(token)),
    ];
    Element::Object { kind: "eventsubscription", href: format!("/events/subscriptions/token/{token}"), fields }
}
