//! Tells what happened: to those who subscribed, and to the push stream.

use std::time::Duration;

use jiff::Timestamp;

use super::community::Community;
use super::events::{Event, Kind};
use super::firehose;
use super::host::{Khoros, State};
use super::routes::{Element, message_element, user_element};

/// In real time: the clock may be far ahead with the next look.
const FIREHOSE_LOOKS_EVERY: Duration = Duration::from_millis(20);

impl Khoros {
    /// Sends the stream's batches when they are due, until it is switched off or the community is gone.
    pub fn start_firehose(&self) {
        let me = self.weak();
        // Without a runtime nothing is served, and nothing will happen that could be told.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            while let Some(khoros) = me.upgrade() {
                let now = khoros.now();
                let (settings, due) = {
                    let mut state = khoros.state();
                    let Some(settings) = state.switches.firehose.clone() else { return };
                    let due = state.firehose.due(&settings, now);
                    (settings, due)
                };
                for batch in due {
                    if !firehose::send(&settings, &batch).await {
                        khoros.state().firehose.failed(batch, now);
                    }
                }
                drop(khoros);
                tokio::time::sleep(FIREHOSE_LOOKS_EVERY).await;
            }
        });
    }
}

impl State {
    /// Tells subscribers and the stream what happened in this call.
    pub fn tell(&mut self, now: Timestamp) {
        for event in self.events.take() {
            if self.switches.firehose.is_none() && !self.events.is_wanted(event.kind) {
                continue;
            }
            let (name, xml, board) = told(&self.community, event);
            self.events.deliver(event, (name, &xml));
            if let Some(settings) = &self.switches.firehose {
                let fields = [
                    ("type", event.kind.name()),
                    ("id", event.id.to_string()),
                    ("time", now.to_string()),
                    ("board", board),
                ];
                self.firehose.add(settings, &fields, now);
            }
        }
    }
}

/// The name and the v1 XML of what an event is about, and the board that it happened in.
fn told(community: &Community, event: Event) -> (&'static str, String, String) {
    if event.kind == Kind::SendPrivateMessage {
        let note = community.notes.iter().find(|note| note.id == event.id);
        let subject = note.map_or("", |note| &*note.subject);
        let fields = vec![("id", Element::int(event.id)), ("subject", Element::text(subject))];
        let note = Element::Object { kind: "note", href: format!("/notes/id/{}", event.id), fields };
        return ("message", note.xml("message"), String::new());
    }
    if event.kind == Kind::UserSignOff {
        // Always told of the anonymous user (sheet 10.2).
        let nobody =
            Element::Object { kind: "user", href: "/users/id/-1".into(), fields: vec![("id", Element::int(-1))] };
        return ("user", nobody.xml("user"), String::new());
    }
    if event.kind.name().starts_with("User") {
        let user = community.members.get(event.id).map(|member| user_element(member, true).xml("user"));
        return ("user", user.unwrap_or_default(), String::new());
    }
    let message = community.messages.any(event.id);
    let xml = message.map(|message| message_element(community, message).xml("message")).unwrap_or_default();
    ("message", xml, message.map_or_else(String::new, |message| message.board.to_string()))
}
