//! Reads all that the rules ask about one subject, and says line by line what comes of it. Nothing is written.

use std::sync::Arc;

use crate::catalog::Seen;
use crate::engine::decide::ROUNDS;
use crate::engine::found::Found;
use crate::engine::gather::gather;
use crate::engine::orphans::Orphans;
use crate::engine::report::title;
use crate::engine::scan::has_acted;
use crate::engine::{Core, due, layout, records};
use crate::event::Event;
use crate::facts::{Facts, Read};
use crate::intake::event_id;
use crate::names::{EventKind, Lane, Subject};
use crate::plan::{Acted, Decision, Explained, Plan, RuleExplained};
use crate::ports::StoreError;
use crate::rules::Trigger;
use crate::rules::look_at::TICK;
use crate::value::Value;

/// Every rule that a schedule wakes for such a subject, judged now.
pub async fn explain(core: &Core, subject: &Subject) -> Result<Explained, StoreError> {
    let mut facts = Arc::new(Facts::new(event(core, subject), core.now()));
    let (mut rules, mut plan) = (vec![], Plan::empty(facts.event.id.clone()));
    for _ in 0..ROUNDS {
        let needs = match judged(core, &facts) {
            Ok(judged) => {
                (rules, plan) = judged;
                break;
            }
            Err(needs) => needs,
        };
        for recorded in gather(core, needs).await.into_values() {
            Arc::make_mut(&mut facts).learn(recorded);
        }
    }
    for hidden in rules.iter().filter(|rule| rule.is_out_of_sight()) {
        plan.fired.retain(|verdict| verdict.rule != hidden.rule);
        plan.actions.retain(|action| action.rule != hidden.rule);
    }
    for explained in &mut rules {
        explained.acted = acted(core, explained, subject)?;
        explained.closed = closed(core, explained);
    }
    let catalog = &core.parts.catalog;
    let called = catalog.called(&facts.event.kind);
    let id = called.map(|called| catalog.see(&facts, &core.parts.rules.settings, &called.id));
    let is_there = matches!(id, Some(Seen::Is(Value::Text(_))));
    Ok(Explained {
        subject: subject.clone(),
        orphan: Orphans::of(core)?.states(subject),
        title: is_there.then(|| title(core, &facts)),
        rules,
        plan,
        reads: facts.answers.values().map(|recorded| (recorded.read.function.clone(), recorded.as_of)).collect(),
        in_flight: core.ledger().is_in_flight(&Lane::from(subject.as_str())),
    })
}

/// All lines and the plan, or what must be read first.
fn judged(core: &Core, facts: &Arc<Facts>) -> Result<(Vec<RuleExplained>, Plan), Vec<Read>> {
    let (ruleset, catalog) = (&core.parts.rules, &core.parts.catalog);
    let rules = ruleset.explain(catalog, facts)?;
    match ruleset.judge(catalog, facts) {
        Decision::Plan(plan) => Ok((rules, plan)),
        Decision::Needs(needs) => Err(needs),
    }
}

/// The subject as if every schedule had just found it.
fn event(core: &Core, subject: &Subject) -> Event {
    let at = core.now();
    let due = core.parts.rules.rules.iter().filter_map(|rule| match &rule.trigger {
        Trigger::Due { look_at: Some(_), event, .. } if is_about(subject, event) => {
            Some((rule.address.clone(), event.clone()))
        }
        _ => None,
    });
    let (found_by, kinds): (Vec<_>, Vec<_>) = due.unzip();
    Event {
        id: event_id::due(&core.parts.bridge, &Found::at(at).tick, subject),
        bridge: core.parts.bridge.clone(),
        kind: kinds.into_iter().next().unwrap_or_else(|| kind_of(core, subject)),
        lane: Lane::from(subject.as_str()),
        subject: subject.clone(),
        found_by,
        at,
        hint: Value::Nothing,
    }
}

/// A kind of event about such a subject that no rule waits for.
fn kind_of(core: &Core, subject: &Subject) -> EventKind {
    let mut kinds = core.parts.catalog.kinds().map(|(kind, _)| kind);
    kinds.find(|kind| is_about(subject, kind)).cloned().unwrap_or_else(|| TICK.into())
}

/// Whether what is found becomes events about such subjects: `khoros.thread_due` about `khoros:thread:42`.
fn is_about(subject: &Subject, event: &EventKind) -> bool {
    let words: Vec<&str> = event.as_str().split(['.', '_']).take(2).collect();
    subject.as_str().starts_with(&format!("{}:", words.join(":")))
}

fn closed(core: &Core, explained: &RuleExplained) -> Option<String> {
    let rule = core.parts.rules.rules.iter().find(|rule| rule.address == explained.rule)?;
    due::closed(rule, core.now()).map(|(why, _)| why.text)
}

fn acted(core: &Core, explained: &RuleExplained, subject: &Subject) -> Result<Option<Acted>, StoreError> {
    let Some(rule) = core.parts.rules.rules.iter().find(|rule| rule.address == explained.rule) else { return Ok(None) };
    if !has_acted(core, rule, subject)? {
        return Ok(None);
    }
    let bytes = core.parts.store.get(&layout::memory_key(&core.parts.bridge, &rule.address, subject))?;
    let acted = |memory: records::Memory| Acted { at: memory.at, parked: memory.parked };
    bytes.map(|bytes| records::decode(&bytes).map(acted)).transpose()
}
