//! Links of which one side is gone: `orphan_case`, `orphan_thread` (CLO-6). The poll that looks after that side sees it go and
//! come back.
//!
//! They are asked about like quiet ones, and nothing opens another case by itself.

use std::collections::BTreeMap;

use crate::catalog::{Changed, Poll};
use crate::engine::{Core, layout, records};
use crate::names::Subject;
use crate::ports::{Batch, StoreError};
use crate::value::Value;

/// What is kept of them: the link, by the id of the side that is gone and the state.
pub struct Orphans(BTreeMap<String, Value>);

impl Orphans {
    pub fn of(core: &Core) -> Result<Self, StoreError> {
        let kept = core.parts.store.range(&layout::orphans(&core.parts.bridge))?;
        let decoded = kept.into_iter().map(|(key, bytes)| Ok((key, records::decode(&bytes)?)));
        Ok(Orphans(decoded.collect::<Result<_, StoreError>>()?))
    }

    /// Whether a link is one of them.
    pub fn holds(&self, link: &Value) -> bool {
        self.0.values().any(|kept| is_same(kept, link))
    }

    /// The states in which the link of a thread or a case is.
    pub fn states(&self, subject: &Subject) -> Vec<String> {
        let is_it = |link: &Value| ["thread", "case"].iter().any(|side| link.get(side).as_str() == Some(subject.id()));
        let of = self.0.iter().filter(|(_, link)| is_it(link));
        of.filter_map(|(key, _)| key.rsplit('/').next().map(str::to_owned)).collect()
    }

    /// Takes out those whose sides have other links by now.
    pub fn forget_others(&self, links: &[Value], batch: &mut Batch) {
        for (key, _) in self.0.iter().filter(|(_, kept)| !links.iter().any(|link| is_same(kept, link))) {
            batch.remove(key.clone());
        }
    }
}

fn is_same(kept: &Value, link: &Value) -> bool {
    ["thread", "case"].iter().all(|side| kept.get(side) == link.get(side))
}

/// Notes with what was seen of a link whether its side is gone.
pub fn note(core: &Core, poll: &Poll, link: &Value, changed: &Changed, batch: &mut Batch) {
    let Some((state, is_gone)) = poll.orphan else { return };
    let key = layout::orphan_key(&core.parts.bridge, link.get(poll.key).as_str().unwrap_or_default(), state);
    let kept = Value::map(["thread", "case"].map(|side| (side, link.get(side).clone())));
    if is_gone(&changed.seen) { batch.put(key, kept.to_json().to_string()) } else { batch.remove(key) }
}

/// Whether a thing that was made is gone.
pub fn is_gone(core: &Core, made: &Value) -> Result<bool, StoreError> {
    let Some(id) = made.get("Id").as_str() else { return Ok(false) };
    let states = core.parts.catalog.polls().iter().filter_map(|poll| poll.orphan);
    for (state, _) in states {
        if core.parts.store.get(&layout::orphan_key(&core.parts.bridge, id, state))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
