//! Long texts: kept once for all runs that a bridge plans on one day, and gone with the last of them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::catalog::{Call, Catalog};
use crate::engine::layout;
use crate::names::{BridgeId, Digest};
use crate::plan::{Action, Arg};
use crate::ports::{Batch, Store, StoreError};
use crate::value::Value;

/// A text longer than this, in bytes, is kept once under its digest.
const LONG_TEXT: usize = 256;
/// What begins the keys of all texts.
const TEXTS: &str = "text/";

/// Where the texts of one day stand.
pub struct Shelf(String);

impl Shelf {
    /// That of the runs which were planned at this moment.
    pub fn of(bridge: &BridgeId, planned: Timestamp) -> Self {
        Shelf::of_day(bridge, &layout::day(planned))
    }

    /// That of a run as it is written down.
    pub fn of_record(run: &Json) -> Self {
        let part = |at: &str| run.pointer(at).and_then(Json::as_str).unwrap_or_default().to_owned();
        let planned = part("/facts/now");
        Shelf(format!("{}/{}", part("/facts/event/bridge"), planned.get(..10).unwrap_or_default()))
    }

    pub fn of_day(bridge: &BridgeId, day: &str) -> Self {
        Shelf(format!("{bridge}/{day}"))
    }

    /// The keys of its texts.
    pub fn keys(&self, store: &dyn Store) -> Result<Vec<String>, StoreError> {
        store.keys(&format!("{TEXTS}{}/", self.0))
    }

    pub fn key(&self, digest: &str) -> String {
        format!("{TEXTS}{}/{digest}", self.0)
    }

    /// A text with its key. The first states kept texts for ever, all in one place (`take_over`).
    pub fn find(&self, store: &dyn Store, digest: &str) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        for key in [self.key(digest), format!("{TEXTS}{digest}")] {
            if let Some(bytes) = store.get(&key)? {
                return Ok(Some((key, bytes)));
            }
        }
        Ok(None)
    }

    /// Puts texts of the first states here.
    pub fn take_over(
        &self,
        digests: &BTreeSet<String>,
        store: &dyn Store,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        for digest in digests {
            let found = self.find(store, digest)?.filter(|(key, _)| is_flat(key));
            found.into_iter().for_each(|(_, text)| batch.put(self.key(digest), text));
        }
        Ok(())
    }

    fn text(&self, store: &dyn Store, digest: &str) -> Result<String, StoreError> {
        let lost = || StoreError::Lost(format!("the text {digest} is missing from the state"));
        let (_, bytes) = self.find(store, digest)?.ok_or_else(lost)?;
        String::from_utf8(bytes).map_err(|_| lost())
    }

    /// Replaces the long texts of a record by their digests and puts them into the batch.
    pub fn take(&self, record: &mut Json, batch: &mut Batch) {
        match record {
            Json::String(text) if text.len() > LONG_TEXT => {
                let digest = Digest::of(text.as_str());
                batch.put(self.key(digest.as_str()), std::mem::take(text));
                *record = json!({ "$text": digest });
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.take(item, batch)),
            Json::Object(map) => map.values_mut().for_each(|value| self.take(value, batch)),
            _ => {}
        }
    }

    /// Brings the long texts of a record back.
    pub fn give(&self, record: &mut Json, store: &dyn Store) -> Result<(), StoreError> {
        if let Some(digest) = record.get("$text").and_then(Json::as_str) {
            *record = Json::String(self.text(store, digest)?);
            return Ok(());
        }
        match record {
            Json::Array(items) => items.iter_mut().try_for_each(|item| self.give(item, store)),
            Json::Object(map) => map.values_mut().try_for_each(|value| self.give(value, store)),
            _ => Ok(()),
        }
    }

    /// An argument with its long texts brought back.
    pub fn whole(&self, arg: &Arg, store: &dyn Store) -> Result<Arg, StoreError> {
        Ok(match arg {
            Arg::Text(digest) => Arg::Known(Value::text(self.text(store, digest.as_str())?)),
            Arg::Map(entries) => Arg::Map(
                entries
                    .iter()
                    .map(|(name, arg)| Ok((name.clone(), self.whole(arg, store)?)))
                    .collect::<Result<_, _>>()?,
            ),
            Arg::List(items) => Arg::List(items.iter().map(|item| self.whole(item, store)).collect::<Result<_, _>>()?),
            other => other.clone(),
        })
    }
}

/// The digests of the long texts of a record.
pub fn digests(record: &Json) -> BTreeSet<String> {
    match record {
        Json::Array(items) => items.iter().flat_map(digests).collect(),
        Json::Object(map) => match map.get("$text").and_then(Json::as_str) {
            Some(digest) => BTreeSet::from([digest.to_owned()]),
            None => map.values().flat_map(digests).collect(),
        },
        _ => BTreeSet::new(),
    }
}

/// The keys of texts that the first states left, where they stand.
pub fn flat(store: &dyn Store) -> Result<Vec<String>, StoreError> {
    Ok(store.keys(TEXTS)?.into_iter().filter(|key| is_flat(key)).collect())
}

fn is_flat(key: &str) -> bool {
    !key.trim_start_matches(TEXTS).contains('/')
}

/// The actions as memory keeps them: long texts only by digest. Notes stay whole, they are worked out under the lock.
pub fn slim(actions: &[Action], catalog: &Catalog) -> Vec<Action> {
    let slim = |action: &Action| {
        let note = matches!(catalog.get(action.function.as_str()).map(|f| &f.call), Some(Call::Note { .. }));
        let args = action.args.iter().map(|(name, arg)| (name.clone(), if note { arg.clone() } else { slim_arg(arg) }));
        Action { args: args.collect(), ..action.clone() }
    };
    actions.iter().map(slim).collect()
}

fn slim_arg(arg: &Arg) -> Arg {
    match arg {
        Arg::Known(Value::Text(text)) if text.len() > LONG_TEXT => Arg::Text(Digest::of(&**text)),
        Arg::Map(entries) => Arg::Map(entries.iter().map(|(name, arg)| (name.clone(), slim_arg(arg))).collect()),
        Arg::List(items) => Arg::List(items.iter().map(slim_arg).collect()),
        other => other.clone(),
    }
}
