//! Loops and storms (PB-10): how often a thread and its case answered each other within the last hour.
//!
//! A turn is something that is said at the other host than the one that told of the event; two of the same direction are
//! one. Over the limit of its rule the next one waits for a person.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Write};
use crate::engine::decide::Decided;
use crate::engine::{Core, layout, records};
use crate::names::{Lane, RuleAddress};
use crate::ports::StoreError;
use crate::rules::Rule;
use crate::run::Why;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// One turn: when, and at which host something was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Turn {
    at: Timestamp,
    host: String,
}

/// The turns of lanes, as of now.
#[derive(Default)]
pub struct Turns(BTreeMap<String, Vec<Turn>>);

impl Turns {
    /// Why a rule may not speak now.
    pub fn over(&mut self, core: &Core, rule: &Rule, decided: &Decided) -> Result<Option<Why>, StoreError> {
        let Some(most) = rule.alternations else { return Ok(None) };
        let Some(host) = speaks_at(&core.parts.catalog, &rule.address, decided) else { return Ok(None) };
        let turns = self.of(core, &decided.facts.event.lane)?;
        let changes = turns.windows(2).filter(|pair| pair[0].host != pair[1].host).count();
        let next = turns.last().is_some_and(|last| last.host != host);
        if ((changes + usize::from(next)) as u64) <= most {
            return Ok(None);
        }
        let by = format!("{}.alternations", rule.address);
        let text = format!("thread and case answered each other {changes} times within an hour, and `{by}` is {most}");
        Ok(Some(Why::new("breaker", text).by(&by)))
    }

    /// Notes that a rule speaks.
    pub fn count(&mut self, core: &Core, rule: &RuleAddress, decided: &Decided) -> Result<(), StoreError> {
        let Some(host) = speaks_at(&core.parts.catalog, rule, decided) else { return Ok(()) };
        let (lane, at) = (&decided.facts.event.lane, core.now());
        let mut turns = self.of(core, lane)?;
        match turns.last_mut() {
            Some(last) if last.host == host => last.at = at,
            _ => turns.push(Turn { at, host }),
        }
        self.0.insert(layout::turns_key(&core.parts.bridge, lane), turns);
        Ok(())
    }

    /// What is written down with the runs.
    pub fn records(&self) -> impl Iterator<Item = (String, Vec<u8>)> + '_ {
        self.0.iter().map(|(key, turns)| (key.clone(), records::encode(turns)))
    }

    fn of(&mut self, core: &Core, lane: &Lane) -> Result<Vec<Turn>, StoreError> {
        let key = layout::turns_key(&core.parts.bridge, lane);
        let known = match self.0.get(&key) {
            Some(turns) => turns.clone(),
            None => match core.parts.store.get(&key)? {
                Some(bytes) => records::decode(&bytes)?,
                None => vec![],
            },
        };
        let since = core.now() - HOUR;
        Ok(known.into_iter().filter(|turn| turn.at > since).collect())
    }
}

/// Whether turns, as they are written down, count no more.
pub fn are_over(record: &[u8], now: Timestamp) -> bool {
    records::decode::<Vec<Turn>>(record).is_ok_and(|turns| turns.iter().all(|turn| turn.at <= now - HOUR))
}

/// The host at which a rule says something that the other host told of.
fn speaks_at(catalog: &Catalog, rule: &RuleAddress, decided: &Decided) -> Option<String> {
    let told_by = decided.facts.event.kind.as_str().split('.').next().unwrap_or_default();
    let says = |function: &str| matches!(catalog.write_call(function).map(|call| &call.kind), Some(Write::Says { .. }));
    let mine = decided.plan.actions.iter().filter(|action| action.rule == *rule);
    let across = mine.filter(|action| says(action.function.as_str()) && action.function.host() != told_by);
    across.map(|action| action.function.host().to_owned()).next()
}
