//! What the clock says: which scheduled rules have a moment behind them, and whether a rule's hours are open.
//!
//! The state remembers per rule up to when its schedule is dealt with; a clock that went back makes nothing due.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::calendar::written;
use crate::engine::found::Found;
use crate::engine::records::{self, Ticked};
use crate::engine::report::Happened;
use crate::engine::{Core, Scope, layout};
use crate::names::RuleAddress;
use crate::ports::{Batch, StoreError};
use crate::rules::{Missed, Rule, Trigger, schedule};
use crate::run::Why;

/// Where one scheduled rule stands.
#[derive(Clone, Debug)]
pub struct Standing {
    pub rule: RuleAddress,
    pub moved: Moved,
    /// The next moment of its schedule.
    pub next: Option<Timestamp>,
    pub zone: TimeZone,
}

/// What the clock did since a rule last ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It never ran, so it is due.
    First,
    /// Moments of its schedule passed; it runs once, for the last of them.
    Passed { count: usize, last: Timestamp },
    /// The same, and `missed: skip` lets them go.
    Skipped { count: usize, last: Timestamp },
    /// The same of a rule that looks at nothing, and `missed: all` runs it for each of them.
    Each(Vec<Timestamp>),
    /// What was due while it was closed is judged again.
    Opened,
    /// No moment has passed.
    Not,
}

impl Moved {
    /// How many moments passed without anybody looking, beside the one that is looked at now.
    pub fn missed(&self) -> usize {
        match self {
            Moved::Passed { count, .. } => count - 1,
            Moved::Skipped { count, .. } => *count,
            Moved::Each(moments) => moments.len() - 1,
            Moved::First | Moved::Opened | Moved::Not => 0,
        }
    }

    /// Whether the rule is looked at.
    pub fn is_due(&self) -> bool {
        matches!(self, Moved::First | Moved::Passed { .. } | Moved::Each(_) | Moved::Opened)
    }
}

/// The rules that a pass looks at.
pub fn rules(core: &Core, scope: &Scope, found: &mut Found) -> Result<(), StoreError> {
    let named = |rule: &&Arc<Rule>| scope.rule.as_ref().is_none_or(|only| rule.address == *only);
    let named: Vec<Arc<Rule>> = core.parts.rules.rules.iter().filter(named).cloned().collect();
    found.by_name = scope.rule.is_some();
    if !scope.due {
        found.rules = named;
        return Ok(());
    }
    let looks = |rule: &Arc<Rule>| !core.is_paused(&rule.address) && !scope.except.contains(&rule.address);
    for rule in named.into_iter().filter(looks) {
        let Some(standing) = standing(core, &rule, found.at)? else { continue };
        if standing.moved.is_due() {
            found.rules.push(rule);
        }
        if standing.moved.missed() > 0 {
            (core.parts.watch)(Happened::Missed(standing.clone()));
        }
        found.standings.push(standing);
    }
    Ok(())
}

fn standing(core: &Core, rule: &Rule, now: Timestamp) -> Result<Option<Standing>, StoreError> {
    let Trigger::Due { every, zone, .. } = &rule.trigger else { return Ok(None) };
    let ticked = ticked(core, &rule.address)?;
    let moved = ticked.as_ref().map_or(Moved::First, |ticked| moved(&rule.trigger, ticked, now));
    let from = ticked.map_or(now, |ticked| ticked.until.max(now));
    let next = schedule::next(every, zone, from, 1).pop();
    Ok(Some(Standing { rule: rule.address.clone(), moved, next, zone: zone.clone() }))
}

fn moved(trigger: &Trigger, ticked: &Ticked, now: Timestamp) -> Moved {
    let Trigger::Due { every, zone, missed, look_at, .. } = trigger else { return Moved::Not };
    let passed = schedule::between(every, zone, ticked.until, now);
    let count = passed.len();
    let opened = ticked.opens.is_some_and(|opens| opens <= now);
    match (passed.last(), *missed) {
        // Of several moments, those before the last were missed, and nobody looked at the last either.
        (Some(&last), Missed::Skip) if count > 1 && !opened => Moved::Skipped { count, last },
        // What is looked at is as it is now, however often.
        (Some(_), Missed::All) if count > 1 && look_at.is_none() => Moved::Each(passed),
        (Some(&last), _) => Moved::Passed { count, last },
        (None, _) if opened => Moved::Opened,
        (None, _) => Moved::Not,
    }
}

/// The first moment of a rule's schedule at which nobody looked.
pub fn missed_since(core: &Core, rule: &Rule) -> Result<Option<Timestamp>, StoreError> {
    let (Trigger::Due { every, zone, .. }, Some(ticked)) = (&rule.trigger, ticked(core, &rule.address)?) else {
        return Ok(None);
    };
    Ok(schedule::next(every, zone, ticked.until, 1).pop().filter(|moment| *moment <= core.now()))
}

/// When the first schedule comes to its next moment, or a calendar opens.
pub fn next(core: &Core) -> Result<Option<Timestamp>, StoreError> {
    let mut next = None;
    for rule in core.parts.rules.rules.iter().filter(|rule| !core.is_paused(&rule.address)) {
        let opens = ticked(core, &rule.address)?.and_then(|ticked| ticked.opens);
        let standing = standing(core, rule, core.now())?;
        let moment =
            standing.and_then(|standing| if standing.moved.is_due() { Some(core.now()) } else { standing.next });
        next = [next, moment, opens].into_iter().flatten().min();
    }
    Ok(next)
}

/// Whether a rule ever ran.
pub fn has_run(core: &Core, rule: &RuleAddress) -> Result<bool, StoreError> {
    Ok(ticked(core, rule)?.is_some())
}

fn ticked(core: &Core, rule: &RuleAddress) -> Result<Option<Ticked>, StoreError> {
    core.parts.store.get(&layout::tick_key(&core.parts.bridge, rule))?.map(|bytes| records::decode(&bytes)).transpose()
}

/// Notes up to when the schedules are dealt with: of every rule that was looked at whole, or whose moments are let go.
pub async fn remember(core: &Core, scope: &Scope, found: &Found) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    let scans = found.scans();
    let opening = core.parts.rules.rules.iter().filter_map(|rule| closed(rule, found.at)?.1).min();
    for rule in &core.parts.rules.rules {
        let is_named = scope.rule.as_ref().is_none_or(|only| rule.address == *only);
        let stands = found.standings.iter().find(|standing| standing.rule == rule.address);
        let is_over = stands.is_none_or(|standing| standing.moved != Moved::Not);
        let is_whole = !found.unfinished.contains(&rule.address);
        let is_left_out = scope.due && core.is_paused(&rule.address) || scope.except.contains(&rule.address);
        if !matches!(rule.trigger, Trigger::Due { .. }) || !is_named || !is_over || !is_whole || is_left_out {
            continue;
        }
        let before = ticked(core, &rule.address)?;
        let opens = match stands {
            // It was not looked at: what waited still waits.
            Some(Standing { moved: Moved::Skipped { .. }, .. }) => before.as_ref().and_then(|before| before.opens),
            _ => opening.filter(|_| scans.iter().any(|scan| scan.rule == rule.address && scan.closed > 0)),
        };
        let until = before.map_or(found.at, |before| before.until.max(found.at));
        batch.put(layout::tick_key(&core.parts.bridge, &rule.address), records::encode(&Ticked { until, opens }));
    }
    if batch.changes.is_empty() { Ok(()) } else { core.parts.store.commit(batch).await }
}

/// Why a rule may not begin anything now, and when its calendar opens.
pub fn closed(rule: &Rule, now: Timestamp) -> Option<(Why, Option<Timestamp>)> {
    let calendar = rule.act_during.as_ref().filter(|calendar| !calendar.is_open(now))?;
    let opens = calendar.next_open(now);
    let text = match opens {
        Some(opens) => format!("`{}` is closed and opens {}", calendar.name, written(opens, &calendar.zone)),
        None => format!("`{}` is closed and does not open again", calendar.name),
    };
    Some((Why::new("closed", text).by(&format!("{}.act_during", rule.address)), opens))
}
