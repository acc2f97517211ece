//! Who listens to which channels, and what each has yet to hear (sheet 9.2).

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::digest;
use super::log::Log;

/// A client that does not connect again for so long is forgotten.
const PATIENCE: SignedDuration = SignedDuration::from_secs(40);

/// So many events come in one answer.
const AT_ONCE: usize = 500;

/// One client, from its handshake on.
pub struct Client {
    /// Each channel, and the replay id up to which it was heard.
    pub channels: BTreeMap<String, u64>,
    pub cookie: String,
    pub connected_once: bool,
    /// When it last had an answer, and how many of its polls are held just now.
    seen: Timestamp,
    held: u32,
}

/// All clients, by their ids.
#[derive(Default)]
pub struct Clients {
    known: HashMap<String, Client>,
    given: u64,
}

impl Clients {
    /// A new client: its id and its cookie.
    pub fn welcome(&mut self, seed: u64, now: Timestamp) -> (String, String) {
        self.known.retain(|_, client| client.lives(now));
        self.given += 1;
        let word = digest::hex(format!("cometd:{seed}:{}", self.given).as_bytes());
        let (id, cookie) = (word[..27].to_owned(), word[32..54].to_owned());
        let client =
            Client { channels: BTreeMap::new(), cookie: cookie.clone(), connected_once: false, seen: now, held: 0 };
        self.known.insert(id.clone(), client);
        (id, cookie)
    }

    /// A client that is still known; asking keeps it so.
    pub fn get(&mut self, id: &str, now: Timestamp) -> Option<&mut Client> {
        let client = self.known.get_mut(id).filter(|client| client.lives(now))?;
        client.seen = now;
        Some(client)
    }

    pub fn forget(&mut self, id: &str) {
        self.known.remove(id);
    }

    /// Says that a poll of a client is held, or is not any more.
    pub fn hold(&mut self, id: &str, held: bool, now: Timestamp) {
        if let Some(client) = self.known.get_mut(id) {
            client.seen = now;
            client.held = if held { client.held + 1 } else { client.held.saturating_sub(1) };
        }
    }

    /// Whether any channel of a client has something new.
    pub fn has_news(&self, id: &str, log: &Log, now: Timestamp) -> bool {
        let channels = self.known.get(id).into_iter().flat_map(|client| &client.channels);
        channels.into_iter().any(|(channel, heard)| log.after(channel, *heard, now).next().is_some())
    }

    /// The next events of a client, in the order of their replay ids; they count as heard.
    pub fn deliver(&mut self, id: &str, log: &mut Log, now: Timestamp) -> std::io::Result<Vec<Value>> {
        let Some(client) = self.known.get_mut(id) else { return Ok(vec![]) };
        let mut news: Vec<(u64, String)> = Vec::new();
        for (channel, heard) in &client.channels {
            news.extend(log.after(channel, *heard, now).take(AT_ONCE).map(|replay| (replay, channel.clone())));
        }
        news.sort();
        news.truncate(AT_ONCE);
        let mut messages = Vec::with_capacity(news.len());
        for (replay, channel) in news {
            if let Some(data) = log.read(replay)? {
                messages.push(json!({"data": data, "channel": channel}));
            }
            client.channels.insert(channel, replay);
        }
        Ok(messages)
    }
}

impl Client {
    fn lives(&self, now: Timestamp) -> bool {
        self.held > 0 || now.duration_since(self.seen) < PATIENCE
    }
}
