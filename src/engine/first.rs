//! A rule that is switched on for the first time in a service starts from now: what was due before is counted,
//! remembered as such and left alone, until somebody asks for the rule by name.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::found::Found;
use crate::engine::records::{self, Memory, Ticked};
use crate::engine::scan::Pages;
use crate::engine::{Core, Engine, decide, due, layout};
use crate::failure::HostError;
use crate::names::RuleAddress;
use crate::plan::Verdict;
use crate::ports::{Batch, StoreError};
use crate::rules::{Rule, Trigger};
use crate::run::Scan;

/// How far the first look came.
#[derive(Default)]
pub struct First {
    /// The counts of the rules that have something from before.
    pub scans: Vec<Scan>,
    /// Rules that could not be looked at whole: nothing that they find may be acted on before they were.
    pub unfinished: BTreeSet<RuleAddress>,
    pub failed: Option<HostError>,
}

/// Looks at what the rules find that were never switched on, and notes it.
pub async fn activate(engine: &Engine) -> Result<First, StoreError> {
    let core = &engine.core;
    let mut found = Found::at(core.now());
    let new = new_rules(core)?;
    if new.is_empty() {
        return Ok(First::default());
    }
    // One that looks for nothing has nothing from before: it waits for its next moment.
    let looks = |rule: &&Arc<Rule>| matches!(rule.trigger, Trigger::Due { look_at: Some(_), .. });
    found.rules = new.iter().filter(looks).cloned().collect();
    let mut pages = Pages::of(core, &found);
    let mut batch = Batch::default();
    while let Some(events) = pages.next(core, &mut found).await? {
        for decided in decide::decide(core, events, &mut found).await {
            for verdict in decided.plan.fired.iter().filter(|verdict| verdict.acts()) {
                note(core, &decided, verdict, &mut found, &mut batch);
            }
        }
    }
    for rule in new.iter().filter(|rule| !found.unfinished.contains(&rule.address)) {
        let ticked = Ticked { until: found.at, opens: None };
        batch.put(layout::tick_key(&core.parts.bridge, &rule.address), records::encode(&ticked));
    }
    core.parts.store.commit(batch).await?;
    let scans = found.scans().into_iter().filter(|scan| scan.before > 0).collect();
    let unfinished =
        found.rules.iter().map(|rule| &rule.address).filter(|rule| found.unfinished.contains(*rule)).cloned();
    Ok(First { scans, unfinished: unfinished.collect(), failed: found.failed })
}

/// Rules with a schedule that never ran.
fn new_rules(core: &Core) -> Result<Vec<Arc<Rule>>, StoreError> {
    let mut new = Vec::new();
    for rule in &core.parts.rules.rules {
        let is_timed = matches!(rule.trigger, Trigger::Due { .. });
        if is_timed && !core.is_paused(&rule.address) && !due::has_run(core, &rule.address)? {
            new.push(rule.clone());
        }
    }
    Ok(new)
}

fn note(core: &Core, decided: &decide::Decided, verdict: &Verdict, found: &mut Found, batch: &mut Batch) {
    let memory = Memory { at: found.at, ruleset: core.parts.rules.digest.clone(), parked: false, before: true };
    let key = layout::memory_key(&core.parts.bridge, &verdict.rule, &decided.facts.event.subject);
    batch.put(key, records::encode(&memory));
    found.of(&RuleAddress::clone(&verdict.rule)).before += 1;
}
