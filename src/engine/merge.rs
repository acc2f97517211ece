//! Two rules that set fields of one record for one event do it in one write.
//!
//! A field that both set is written by the one that is asked first, and the other is *overruled*; where neither comes
//! first, nobody can say which is meant, and the item is a person's.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Holds, Present};
use crate::names::{Name, RuleAddress};
use crate::plan::{Action, ActionId, Arg, Flag, Guard, Piece, Plan};
use crate::problem::Problem;
use crate::rules::codes::EQUAL_ORDER;
use crate::value::Value;

type Fields = Vec<(Name, Arg)>;

/// Merges what the rules that go set; `order` is that of a rule.
pub fn merge(
    plan: &mut Plan,
    catalog: &Catalog,
    goes: impl Fn(&RuleAddress) -> bool,
    order: impl Fn(&RuleAddress) -> u16,
) {
    let sets_fields = |action: &Action| {
        let present = catalog.write_call(action.function.as_str()).map(|call| &call.present);
        goes(&action.rule) && matches!(present, Some(Present::Compare { holds: Holds::Fields { .. }, .. }))
    };
    let mut replaced: BTreeMap<ActionId, ActionId> = BTreeMap::new();
    for later in 1..plan.actions.len() {
        for first in 0..later {
            let (before, after) = plan.actions.split_at_mut(later);
            let (one, other) = (&mut before[first], &mut after[0]);
            let is_pair = one.key == other.key && one.rule != other.rule && sets_fields(one) && sets_fields(other);
            if !is_pair || replaced.contains_key(&one.id) || replaced.contains_key(&other.id) {
                continue;
            }
            match settle_fields(one, other, order(&one.rule) == order(&other.rule)) {
                Ok(flags) => plan.flags.extend(flags),
                Err(problem) => plan.problems.push(*problem),
            }
            if fields(other).is_empty() || (one.after.is_empty() && other.after.is_empty()) {
                take_over(one, other);
                replaced.insert(other.id, one.id);
            }
        }
    }
    if plan.problems.is_empty() {
        leave_out(plan, &replaced);
    } else {
        plan.actions.clear();
    }
}

/// Takes from the second what the first writes already.
fn settle_fields(one: &Action, other: &mut Action, is_equal: bool) -> Result<Vec<Flag>, Box<Problem>> {
    let first = fields(one);
    let (twice, left): (Fields, Fields) =
        fields(other).into_iter().partition(|(name, _)| first.iter().any(|(field, _)| field == name));
    let differs = |(name, arg): &&(Name, Arg)| first.iter().any(|(field, first)| field == name && first != arg);
    let mut flags = Vec::new();
    for (field, _) in twice.iter().filter(differs) {
        if is_equal {
            let what =
                format!("`{}` and `{}` both write `{field}` of one record, with equal order", one.rule, other.rule);
            let problem = Problem::new(EQUAL_ORDER, &other.because, what).also(&one.because);
            return Err(Box::new(problem.next("give one of them a smaller `order`: that one writes the field")));
        }
        let text = format!("`{field}` is written by `{}`, which is asked first", one.rule);
        let (rule, at) = (other.rule.clone(), other.because.clone());
        flags.push(Flag { rule, code: "overruled".into(), text, at });
    }
    set_fields(other, left);
    Ok(flags)
}

/// The first writes the fields of both, and compares all of them with what was seen.
fn take_over(one: &mut Action, other: &Action) {
    let all = fields(one).into_iter().chain(fields(other)).collect();
    set_fields(one, all);
    let seen = |action: &Action| {
        action.assumes.iter().find_map(|guard| match guard {
            Guard::Present { seen: Some(Value::Map(seen)) } => Some(seen.clone()),
            _ => None,
        })
    };
    let more = seen(other).unwrap_or_default();
    for guard in &mut one.assumes {
        if let Guard::Present { seen: Some(Value::Map(seen)) } = guard {
            for (name, value) in &more {
                seen.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

fn fields(action: &Action) -> Fields {
    match action.arg("fields") {
        Some(Arg::Map(fields)) => fields.clone(),
        Some(Arg::Known(Value::Map(fields))) => {
            fields.iter().map(|(name, value)| (name.clone(), Arg::Known(value.clone()))).collect()
        }
        _ => vec![],
    }
}

fn set_fields(action: &mut Action, fields: Fields) {
    if let Some((_, arg)) = action.args.iter_mut().find(|(name, _)| name.as_str() == "fields") {
        *arg = Arg::Map(fields);
        if let Some(known) = arg.known() {
            *arg = Arg::Known(known);
        }
    }
}

/// Takes out what another writes; what stood after it stands after that one. Nothing is committed yet, so positions
/// may change.
fn leave_out(plan: &mut Plan, replaced: &BTreeMap<ActionId, ActionId>) {
    if replaced.is_empty() {
        return;
    }
    let now = |id: ActionId| {
        let id = replaced.get(&id).copied().unwrap_or(id);
        id - replaced.keys().filter(|gone| **gone < id).count() as ActionId
    };
    plan.actions.retain(|action| !replaced.contains_key(&action.id));
    for action in &mut plan.actions {
        action.id = now(action.id);
        action.after.iter_mut().for_each(|id| *id = now(*id));
        action.args.iter_mut().for_each(|(_, arg)| renumber(arg, &now));
    }
    for stage in &mut plan.stages {
        stage.of.iter_mut().for_each(|id| *id = now(*id));
        stage.results.iter_mut().for_each(|(_, id)| *id = now(*id));
    }
}

fn renumber(arg: &mut Arg, now: &impl Fn(ActionId) -> ActionId) {
    match arg {
        Arg::Known(_) | Arg::Text(_) => {}
        Arg::Later { action, .. } => *action = now(*action),
        Arg::LaterText(pieces) => {
            for piece in pieces {
                if let Piece::Later { action, .. } = piece {
                    *action = now(*action);
                }
            }
        }
        Arg::Map(entries) => entries.iter_mut().for_each(|(_, entry)| renumber(entry, now)),
        Arg::List(items) => items.iter_mut().for_each(|item| renumber(item, now)),
    }
}
