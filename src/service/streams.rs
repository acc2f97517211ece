//! How the streams of each org stand. A stream that is down is told of and stops nobody: the polls find the same, later.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// The streams of all orgs.
#[derive(Clone, Default)]
pub struct Streams(Arc<Mutex<BTreeMap<String, StreamStanding>>>);

/// How the streams of an org stand.
#[derive(Clone, Debug, Default)]
pub struct StreamStanding {
    pub listening: bool,
    /// Since when nothing is heard, and why.
    pub down: Option<(Timestamp, String)>,
    /// When it is tried again.
    pub next: Option<Timestamp>,
    pub channels: BTreeMap<String, ChannelStanding>,
}

/// How one of its channels stands.
#[derive(Clone, Debug, Default)]
pub struct ChannelStanding {
    /// Events since the start.
    pub events: u64,
    pub last: Option<Timestamp>,
    /// How often the org had not kept everything.
    pub missed: u64,
    /// Why the org does not let us hear it.
    pub refused: Option<String>,
}

impl Streams {
    /// Changes how the streams of an org stand.
    pub fn change(&self, org: &str, change: impl FnOnce(&mut StreamStanding)) {
        change(self.0.lock().expect("no panic holds it").entry(org.to_owned()).or_default());
    }

    /// How they stand, by org.
    pub fn standing(&self) -> BTreeMap<String, StreamStanding> {
        self.0.lock().expect("no panic holds it").clone()
    }
}

impl StreamStanding {
    /// Whether all is heard; one that has just begun is well.
    pub fn is_well(&self) -> bool {
        self.down.is_none() && self.channels.values().all(|channel| channel.refused.is_none())
    }

    /// For `/health`.
    pub fn told(&self) -> Json {
        let moment = |moment: &Option<Timestamp>| moment.map(|moment| moment.to_string());
        let channel = |(name, channel): (&String, &ChannelStanding)| {
            let told = json!({
                "events": channel.events,
                "last": moment(&channel.last),
                "missed": channel.missed,
                "refused": channel.refused,
            });
            (name.clone(), told)
        };
        json!({
            "state": match (self.listening, &self.down) {
                (true, _) => "listening",
                (false, None) => "beginning",
                (false, Some(_)) => "down",
            },
            "down": self.down.as_ref().map(|(since, error)| json!({ "since": since.to_string(), "error": error })),
            "next": moment(&self.next),
            "channels": self.channels.iter().map(channel).collect::<serde_json::Map<_, _>>(),
        })
    }
}
