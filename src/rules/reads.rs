//! What a scheduled rule costs before anybody acts: which of its lines the host tests in its search, and which reads the
//! others, and `limits.first`, need for each subject that is left.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Source};
use crate::names::{EventKind, FunctionName, Path};
use crate::predicate::Pushed;
use crate::rules::judge::lines;
use crate::rules::{Criteria, Criterion, First, Rule, Then, Trigger};

/// The costs of one pass of a scheduled rule.
pub struct Reads<'r> {
    pub searched: Vec<&'r Criterion>,
    pub tested: Vec<&'r Criterion>,
    /// Each with how many subjects one call takes; what the search brings along is none of them.
    pub reads: Vec<(FunctionName, usize)>,
}

/// What the rule's own lines cost; none without a schedule.
pub fn reads<'r>(rule: &'r Rule, catalog: &Catalog) -> Option<Reads<'r>> {
    let Trigger::Due { look_at: Some(look_at), event, .. } = &rule.trigger else { return None };
    let rows = &catalog.scan_call(look_at.scan.as_str())?.rows_answer;
    let (searched, tested) = lines(&rule.when).into_iter().partition(|line| is_searched(rule, line, catalog));
    let mut found = BTreeSet::new();
    for line in lines(&rule.candidates).into_iter().chain(lines(&rule.when)) {
        line.expression.uses().iter().for_each(|path| behind_name(path, (rule, event), catalog, &mut found));
    }
    if let First::Biggest(first) = &rule.limits.first {
        first.uses().iter().for_each(|path| behind_name(path, (rule, event), catalog, &mut found));
    }
    if let Then::Script(script) = &rule.then {
        found.extend(script.calls().iter().filter(|name| name.host() != crate::catalog::NOTEBOOK).cloned());
    }
    found.remove(rows);
    let with_size = |read: FunctionName| Some((read.clone(), catalog.read_call(read.as_str())?.up_to));
    Some(Reads { searched, tested, reads: found.into_iter().filter_map(with_size).collect() })
}

/// Whether the host tests a whole line in the search of the rule's schedule.
pub fn is_searched(rule: &Rule, line: &Criterion, catalog: &Catalog) -> bool {
    let Trigger::Due { look_at: Some(look_at), .. } = &rule.trigger else { return false };
    let (Some(call), Some(lowered)) = (catalog.scan_call(look_at.scan.as_str()), &line.lowered) else { return false };
    if is_in_a_choice(&rule.candidates, line) || is_in_a_choice(&rule.when, line) {
        return false;
    }
    let must_hold = lowered.must_hold();
    let is_plain = must_hold.len() == lowered.tests().len();
    is_plain && must_hold.into_iter().all(|predicate| (call.accepts)(predicate) == Pushed::Whole)
}

/// Whether a line stands in an `any:` or `none:`, so that it need not hold.
fn is_in_a_choice(criteria: &Criteria, line: &Criterion) -> bool {
    match criteria {
        Criteria::Line(_) => false,
        Criteria::All(parts) => parts.iter().any(|part| is_in_a_choice(part, line)),
        group => lines(group).iter().any(|other| std::ptr::eq(*other, line)),
    }
}

/// The reads behind a name of `let:`, or behind a fact.
fn behind_name(path: &Path, of: (&Rule, &EventKind), catalog: &Catalog, found: &mut BTreeSet<FunctionName>) {
    let (rule, kind) = of;
    match path.steps().next().and_then(|name| rule.lets.get(name)) {
        Some(named) => {
            found.extend(named.reads().filter(|read| read.host() != crate::catalog::NOTEBOOK).cloned());
            // A name sees only those before it, so this ends.
            named.uses().into_iter().for_each(|path| behind_name(path, of, catalog, found));
        }
        None => behind(path, kind, catalog, found),
    }
}

/// The reads behind a fact, and behind what these are asked with. Our own notebook costs no call.
fn behind(path: &Path, kind: &EventKind, catalog: &Catalog, found: &mut BTreeSet<FunctionName>) {
    let Some(row) = catalog.row(kind, path) else { return };
    match &row.source {
        Source::From { facts, .. } => facts.iter().for_each(|fact| behind(fact, kind, catalog, found)),
        Source::Answer { read, args, .. } => {
            if read.host() != crate::catalog::NOTEBOOK {
                found.insert(read.clone());
            }
            args.iter().for_each(|(_, fact)| behind(fact, kind, catalog, found));
        }
    }
}
