//! Holds what a rule in the shadow would do against what the rule does that it is compared with (`shadow: RULE`).
//!
//! A rule acts when its lines hold, also where another rule of its section came first. What one has acted on before is
//! nothing to compare: it was compared then.

use std::sync::Arc;

use crate::engine::Core;
use crate::engine::decide::Decided;
use crate::engine::found::Found;
use crate::engine::report::{Differs, Happened, title};
use crate::engine::scan::has_acted;
use crate::names::RuleAddress;
use crate::plan::FirstUnmet;
use crate::ports::StoreError;
use crate::rules::ruleset::concerns;
use crate::rules::{Rule, Trigger};
use crate::run::Compared;

/// Compares both rules of each pair on what was decided, counts it, and tells where they differ.
pub fn compare(core: &Core, decided: &[Decided], found: &mut Found) -> Result<(), StoreError> {
    let rules = &core.parts.rules.rules;
    let other = |with: &RuleAddress| rules.iter().find(|rule| rule.address == *with);
    let pairs: Vec<(&Arc<Rule>, &Arc<Rule>)> =
        rules.iter().filter_map(|rule| Some((rule, other(rule.shadow.with()?)?))).collect();
    for (this, that) in pairs {
        for decided in decided.iter().filter(|decided| decided.plan.problems.is_empty()) {
            let Some(acts) = acts(core, this, that, decided, found)? else { continue };
            count(found, this, that, acts);
            if acts.0 != acts.1 {
                tell(core, (this, that), decided, acts.0);
            }
        }
    }
    Ok(())
}

/// Whether each of both acts on a subject; none where they cannot be compared on it.
fn acts(
    core: &Core,
    this: &Rule,
    that: &Rule,
    decided: &Decided,
    found: &Found,
) -> Result<Option<(bool, bool)>, StoreError> {
    let facts = &decided.facts;
    if !(concerns(this, facts) || concerns(that, facts)) || !(looks(this, found) && looks(that, found)) {
        return Ok(None);
    }
    for rule in [this, that] {
        // Its search does not find it, or it has dealt with it.
        if !concerns(rule, facts) && (!is_scheduled(rule) || has_acted(core, rule, &facts.event.subject)?) {
            return Ok(None);
        }
    }
    let fires = |rule: &Rule| decided.plan.fired.iter().any(|verdict| verdict.rule == rule.address);
    let acts = (fires(this), fires(that));
    Ok((acts.0 || acts.1).then_some(acts))
}

/// Whether the pass looks at a rule; what happens is told to all.
fn looks(rule: &Rule, found: &Found) -> bool {
    !is_scheduled(rule) || found.rules.iter().any(|looked| looked.address == rule.address)
}

fn is_scheduled(rule: &Rule) -> bool {
    matches!(rule.trigger, Trigger::Due { .. })
}

fn count(found: &mut Found, this: &Rule, that: &Rule, (this_acts, that_acts): (bool, bool)) {
    let nothing = || Compared { with: that.address.clone(), both: 0, only_this: 0, only_that: 0 };
    let compared = found.of(&this.address).compared.get_or_insert_with(nothing);
    compared.both += u64::from(this_acts && that_acts);
    compared.only_this += u64::from(this_acts && !that_acts);
    compared.only_that += u64::from(that_acts && !this_acts);
}

fn tell(core: &Core, (this, that): (&Rule, &Rule), decided: &Decided, this_acts: bool) {
    let (only, silent) = if this_acts { (this, that) } else { (that, this) };
    let stops = |unmet: &&FirstUnmet| unmet.rule == silent.address;
    (core.parts.watch)(Happened::Differs(Differs {
        rule: this.address.clone(),
        only: only.address.clone(),
        subject: decided.facts.event.subject.clone(),
        title: title(core, &decided.facts),
        unmet: decided.plan.unmet.iter().find(stops).cloned(),
    }));
}
