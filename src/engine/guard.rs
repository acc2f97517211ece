//! Reads again, straight before the call, what an action assumed.
//!
//! The first action of a rule goes only if the rule, judged again on fresh answers with the rule set and the moment of
//! its plan, still plans it. A *sets* is also held against what is there already.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Holds, Present, WriteCall};
use crate::engine::anew::Anew;
use crate::engine::apply::InHand;
use crate::engine::decide::ROUNDS;
use crate::engine::gather::{Answers, gather, gather_fresh};
use crate::engine::{Core, anew, due, records};
use crate::facts::{Answer, Facts, Read, part};
use crate::failure::HostError;
use crate::names::Name;
use crate::plan::key::is_same_thing;
use crate::plan::{Decision, Guard, Plan};
use crate::ports::StoreError;
use crate::predicate::compare;
use crate::rules::RuleSet;
use crate::rules::template::plain;
use crate::run::{Found, Outcome, State, Why};
use crate::value::Value;

/// Whether an action goes.
pub enum Checked {
    Go,
    /// Only these of its fields; the names are those that another changed.
    Partly(BTreeMap<Name, Value>, Vec<Name>),
    Not(State),
    /// What it collects has changed: its run has another plan by now.
    Anew(Box<Anew>),
}

/// How an action came out before its run is judged again.
enum Seen {
    AsPlanned,
    Changed,
    Failed(HostError),
}

/// Checks the guards of a wave with merged reads.
pub async fn check(core: &Core, call: &WriteCall, items: &[InHand]) -> Result<Vec<Checked>, StoreError> {
    let mut closed = Vec::with_capacity(items.len());
    for item in items {
        closed.push(until_it_opens(core, item)?);
    }
    let open = items.iter().zip(&closed).filter(|(_, closed)| closed.is_none());
    let reads = open.flat_map(|(item, _)| reads(core, call, item)).collect();
    let answers = gather_fresh(core, reads).await;
    let mut checked = Vec::with_capacity(items.len());
    for (item, closed) in items.iter().zip(closed) {
        checked.push(match closed {
            Some(state) => Checked::Not(state),
            None => check_one(core, call, item, &answers).await?,
        });
    }
    Ok(checked)
}

/// What a rule would begin outside its hours waits for them, and is then judged again; what was begun is finished.
fn until_it_opens(core: &Core, item: &InHand) -> Result<Option<State>, StoreError> {
    let begins = item.action.assumes.iter().any(|guard| matches!(guard, Guard::StillPlanned { .. }));
    let rules = if begins { core.ruleset(&item.run.ruleset)? } else { None };
    let rule = rules.iter().flat_map(|rules| &rules.rules).find(|rule| rule.address == item.action.rule);
    let Some((why, opens)) = rule.and_then(|rule| due::closed(rule, core.now())) else { return Ok(None) };
    core.say_waiting(item, why.clone());
    Ok(Some(match opens {
        Some(not_before) => State::Intended { tries: item.tries, not_before, why: Some(why) },
        None => State::Settled(Outcome::Parked(why)),
    }))
}

fn reads(core: &Core, call: &WriteCall, item: &InHand) -> Vec<Read> {
    let planned = item.action.assumes.iter().flat_map(|guard| match guard {
        Guard::StillPlanned { reads } => reads.clone(),
        Guard::Present { .. } => vec![],
    });
    planned.chain(present_read(core, call, item)).collect()
}

/// The read that shows what a *sets* would change.
fn present_read(core: &Core, call: &WriteCall, item: &InHand) -> Option<Read> {
    match &call.present {
        Present::Compare { with, key, .. } => {
            core.parts.catalog.read_of(with, part(&item.args, key)?.clone(), &item.args)
        }
        Present::Ours | Present::HostSays => None,
    }
}

async fn check_one(core: &Core, call: &WriteCall, item: &InHand, answers: &Answers) -> Result<Checked, StoreError> {
    for guard in &item.action.assumes {
        let checked = match guard {
            Guard::StillPlanned { reads } => still_planned(core, item, reads, answers).await?,
            Guard::Present { seen } => present(core, call, item, seen.as_ref(), answers),
        };
        if !matches!(checked, Checked::Go) {
            return Ok(checked);
        }
    }
    Ok(Checked::Go)
}

async fn still_planned(core: &Core, item: &InHand, reads: &[Read], answers: &Answers) -> Result<Checked, StoreError> {
    match seen(item, reads, answers) {
        Seen::AsPlanned => Ok(Checked::Go),
        Seen::Failed(error) => Ok(Checked::Not(core.not_applied(&item.action.function, item, error))),
        Seen::Changed => judge_again(core, item, reads, answers).await,
    }
}

fn seen(item: &InHand, reads: &[Read], answers: &Answers) -> Seen {
    let mut result = Seen::AsPlanned;
    for key in reads.iter().map(Read::key) {
        match answers.get(&key).map(|recorded| &recorded.answer) {
            Some(Answer::Failed(error)) => return Seen::Failed(error.clone()),
            Some(answer) if item.run.seen.get(&key) == Some(&records::answer_digest(answer)) => {}
            _ => result = Seen::Changed,
        }
    }
    result
}

/// Judges the run once more; the committed arguments go if the same key is still planned. A run that collects gets
/// another plan instead.
async fn judge_again(core: &Core, item: &InHand, reads: &[Read], answers: &Answers) -> Result<Checked, StoreError> {
    let superseded =
        |code: &str, text: String| Ok(Checked::Not(State::Settled(Outcome::Superseded(Why::new(code, text)))));
    let Some(run) = records::get_run(&*core.parts.store, &item.run.id)? else {
        return superseded("changed_since_scan", "its facts are gone".into());
    };
    if let Some(read) = reads.iter().find(|read| is_gone(item, read, answers)) {
        return superseded("deleted_since_scan", format!("{} finds it no more", read.function));
    }
    let Some(rules) = core.ruleset(&run.ruleset)? else {
        return superseded("changed_since_scan", "it changed, and the rules that planned it are gone".into());
    };
    let mut facts = run.facts;
    for read in reads {
        if let Some(recorded) = answers.get(&read.key()) {
            facts.learn(recorded.clone());
        }
    }
    anew::narrow(&mut facts, &item.action);
    match decide_again(core, &rules, facts).await {
        Err(error) => Ok(Checked::Not(core.not_applied(&item.action.function, item, error))),
        Ok((facts, plan)) if plan.actions.iter().any(|action| is_same_thing(&action.key, &item.action.key)) => {
            let anew = anew::instead(core, item, &rules, &run.plan, facts, plan);
            Ok(anew.map_or(Checked::Go, |anew| Checked::Anew(Box::new(anew))))
        }
        Ok((facts, plan)) => {
            let (code, text) = why_not(&plan, item);
            match anew::of_the_next(core, item, &rules, &run.plan, facts).await {
                Ok(Some(anew)) => Ok(Checked::Anew(Box::new(anew.instead_of(Why::new(code, text))))),
                Ok(None) => superseded(code, text),
                Err(error) => Ok(Checked::Not(core.not_applied(&item.action.function, item, error))),
            }
        }
    }
}

/// The plan of a run by the rules that it was planned with, and the facts that it was made from.
pub(super) async fn decide_again(core: &Core, rules: &RuleSet, facts: Facts) -> Result<(Facts, Plan), HostError> {
    let mut facts = Arc::new(facts);
    for _ in 0..ROUNDS {
        let needs = match rules.judge(&core.parts.catalog, &facts) {
            Decision::Plan(plan) => return Ok((Arc::unwrap_or_clone(facts), plan)),
            Decision::Needs(needs) => needs,
        };
        let answers: BTreeMap<_, _> = gather(core, needs).await;
        let known = Arc::make_mut(&mut facts);
        for recorded in answers.into_values() {
            if let Answer::Failed(error) = &recorded.answer {
                return Err(error.clone());
            }
            known.learn(recorded);
        }
    }
    let nothing = Plan::empty(facts.event.id.clone());
    Ok((Arc::unwrap_or_clone(facts), nothing))
}

/// The subject itself was found, and is not any more.
fn is_gone(item: &InHand, read: &Read, answers: &Answers) -> bool {
    let key = read.key();
    let was_there = item.run.seen.get(&key) != Some(&records::answer_digest(&Answer::Nothing));
    let about_it = read.args.values().any(|value| value.as_str() == Some(item.run.subject.id()));
    about_it && was_there && matches!(answers.get(&key).map(|recorded| &recorded.answer), Some(Answer::Nothing))
}

/// The line that stops the rule now.
fn why_not(plan: &Plan, item: &InHand) -> (&'static str, String) {
    let Some(unmet) = plan.unmet.iter().find(|unmet| unmet.rule == item.action.rule) else {
        return ("changed_since_scan", plan.problems.first().map_or_else(String::new, |problem| problem.what.clone()));
    };
    let code = if unmet.is_about("thread.solved") { "solved_since_scan" } else { "changed_since_scan" };
    (code, format!("{} ({})", unmet.saw, unmet.text))
}

/// What is there already against what is wanted and what was seen. It is the last of an action's guards.
fn present(core: &Core, call: &WriteCall, item: &InHand, seen: Option<&Value>, answers: &Answers) -> Checked {
    let Present::Compare { path, holds, .. } = &call.present else { return Checked::Go };
    let answer = present_read(core, call, item).and_then(|read| answers.get(&read.key()).map(|known| &known.answer));
    let value = match answer {
        Some(Answer::Found(value)) => value,
        Some(Answer::Failed(error)) => {
            return Checked::Not(core.not_applied(&item.action.function, item, error.clone()));
        }
        Some(Answer::Nothing) | None => return Checked::Go,
    };
    match holds {
        Holds::Listed if is_listed(call, item, value, path) => already(Value::Nothing),
        Holds::NotListed if !is_listed(call, item, value, path) => already(Value::Nothing),
        Holds::Equal if Some(value.at(path)) == item.args.get("value") => already(value.at(path).clone()),
        Holds::Equal if seen.is_some_and(|seen| seen.at(path) != value.at(path)) => {
            by_another(format!("it is {} now", value.at(path)))
        }
        Holds::Fields { made_by, changed_by } => {
            let is_ours = value.get(made_by) == value.get(changed_by);
            fields(item, value, seen, is_ours)
        }
        Holds::Listed | Holds::NotListed | Holds::Equal => Checked::Go,
    }
}

fn already(result: Value) -> Checked {
    Checked::Not(State::Settled(Outcome::AlreadyDone { result, found: Found::PresentValue }))
}

fn by_another(text: String) -> Checked {
    Checked::Not(State::Settled(Outcome::Superseded(Why::new("changed_by_another", text))))
}

/// Field by field: what is so already needs no write, what another changed since is left alone.
fn fields(item: &InHand, now: &Value, seen: Option<&Value>, is_ours: bool) -> Checked {
    let Some(Value::Map(wanted)) = item.args.get("fields") else { return Checked::Go };
    let untouched = |name: &Name| seen.map_or(is_ours, |seen| same(seen.get(name.as_str()), now.get(name.as_str())));
    let missing: Vec<_> = wanted.iter().filter(|(name, value)| !same(now.get(name.as_str()), value)).collect();
    let (write, left): (Vec<_>, Vec<_>) = missing.into_iter().partition(|(name, _)| untouched(name));
    let left: Vec<Name> = left.into_iter().map(|(name, _)| name.clone()).collect();
    match (write.is_empty(), left.is_empty()) {
        (true, true) => already(Value::Nothing),
        (true, false) => {
            let told = left.iter().map(|name| format!("{name} is {} now", now.get(name.as_str())));
            by_another(told.collect::<Vec<_>>().join(", "))
        }
        (false, _) if write.len() == wanted.len() => Checked::Go,
        (false, _) => Checked::Partly(write.into_iter().map(|(n, v)| (n.clone(), v.clone())).collect(), left),
    }
}

/// Whether all wanted fields are so.
pub fn are_set(item: &InHand, row: &Value) -> bool {
    let Some(Value::Map(wanted)) = item.args.get("fields") else { return false };
    wanted.iter().all(|(name, value)| same(row.get(name.as_str()), value))
}

/// Whether two values of a field are one: a moment is a text where a mapping wrote it.
fn same(a: &Value, b: &Value) -> bool {
    a == b || compare(a, b) == Some(std::cmp::Ordering::Equal) || (a.kind() != b.kind() && plain(a) == plain(b))
}

/// Whether the list at `path` holds the last target of a *sets*, in any case.
pub fn is_listed(call: &WriteCall, item: &InHand, row: &Value, path: &crate::names::Path) -> bool {
    let crate::catalog::Write::Sets { target } = &call.kind else { return false };
    let wanted = target.last().and_then(|name| item.args.get(name)).and_then(Value::as_str).unwrap_or_default();
    let same = |text: &Value| text.as_str().is_some_and(|text| text.to_lowercase() == wanted.to_lowercase());
    matches!(row.at(path), Value::List(texts) if texts.iter().any(same))
}
