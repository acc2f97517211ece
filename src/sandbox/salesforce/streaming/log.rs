//! The events of the last three days, on disk; in memory only where each one lies (sheet 9.2).

use std::collections::VecDeque;
use std::io::{Seek, SeekFrom, Write};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::SpooledTempFile;

/// Up to here the events stay in memory.
const IN_MEMORY: usize = 1 << 20;

/// Events are kept 72 hours, those of push topics 24 (sheet 9.2).
const KEPT: SignedDuration = SignedDuration::from_hours(72);
const KEPT_TOPIC: SignedDuration = SignedDuration::from_hours(24);

/// Where one event lies.
struct Entry {
    replay: u64,
    at: Timestamp,
    channel: u32,
    from: u64,
    len: u32,
}

/// All events, in the order of their replay ids.
pub struct Log {
    file: SpooledTempFile,
    end: u64,
    entries: VecDeque<Entry>,
    channels: Vec<String>,
    newest: u64,
}

impl Default for Log {
    fn default() -> Log {
        let file = SpooledTempFile::new(IN_MEMORY);
        Log { file, end: 0, entries: VecDeque::new(), channels: Vec::new(), newest: 0 }
    }
}

impl Log {
    /// Adds an event; its data are made once its replay id is known.
    pub fn append(&mut self, channel: &str, now: Timestamp, data: impl FnOnce(u64) -> Value) -> std::io::Result<()> {
        self.forget_old(now);
        let replay = self.newest + 1;
        let text = data(replay).to_string();
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(text.as_bytes())?;
        let channel = self.number_of(channel);
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.entries.push_back(Entry { replay, at: now, channel, from: self.end, len });
        self.end += text.len() as u64;
        self.newest = replay;
        Ok(())
    }

    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Whether a client may go on after this event: it must still be kept, or stand right before one that is.
    pub fn can_replay(&self, channel: &str, after: u64, now: Timestamp) -> bool {
        let oldest = self.entries.iter().find(|entry| self.is_in(entry, channel) && self.is_kept(entry, now));
        oldest.is_some_and(|oldest| (oldest.replay - 1..=self.newest).contains(&after))
    }

    /// The replay ids of a channel after one of them.
    pub fn after(&self, channel: &str, after: u64, now: Timestamp) -> impl Iterator<Item = u64> {
        let first = self.entries.partition_point(|entry| entry.replay <= after);
        let rest = self.entries.range(first..);
        rest.filter(move |entry| self.is_in(entry, channel) && self.is_kept(entry, now)).map(|entry| entry.replay)
    }

    /// The data of an event, as JSON text.
    pub fn read(&mut self, replay: u64) -> std::io::Result<Option<Value>> {
        let Ok(place) = self.entries.binary_search_by_key(&replay, |entry| entry.replay) else { return Ok(None) };
        let Entry { from, len, .. } = self.entries[place];
        let mut bytes = vec![0; len as usize];
        self.file.seek(SeekFrom::Start(from))?;
        std::io::Read::read_exact(&mut self.file, &mut bytes)?;
        Ok(serde_json::from_slice(&bytes).ok())
    }

    fn number_of(&mut self, channel: &str) -> u32 {
        let place = self.channels.iter().position(|known| known == channel).unwrap_or_else(|| {
            self.channels.push(channel.to_owned());
            self.channels.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    /// `/data/ChangeEvents` has the events of all objects.
    fn is_in(&self, entry: &Entry, channel: &str) -> bool {
        let own = self.channels.get(entry.channel as usize).map(String::as_str).unwrap_or_default();
        own == channel || (channel == "/data/ChangeEvents" && own.starts_with("/data/"))
    }

    fn is_kept(&self, entry: &Entry, now: Timestamp) -> bool {
        let topic = self.channels.get(entry.channel as usize).is_some_and(|channel| channel.starts_with("/topic/"));
        now.duration_since(entry.at) < if topic { KEPT_TOPIC } else { KEPT }
    }

    fn forget_old(&mut self, now: Timestamp) {
        while self.entries.front().is_some_and(|entry| now.duration_since(entry.at) >= KEPT) {
            self.entries.pop_front();
        }
        if self.entries.is_empty() {
            self.end = 0;
            self.file = SpooledTempFile::new(IN_MEMORY);
        }
    }
}
