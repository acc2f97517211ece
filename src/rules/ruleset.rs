//! Every enabled rule of a bridge, compiled and immutable, known by its digest; and the judging of one event.

use std::sync::Arc;

use crate::calendar::Calendars;
use crate::catalog::Catalog;
use crate::facts::{Facts, Read};
use crate::names::{Digest, Name};
use crate::plan::{Action, Decision, FirstUnmet, Flag, Plan, Verdict};
use crate::problem::Problem;
use crate::rules::judge::{Judged, judge, lines, seen, unmet};
use crate::rules::limits::Weighed;
use crate::rules::steps::{Acts, Wanted, wanted};
use crate::rules::{FieldRow, First, Rule, Template, Trigger, template};
use crate::script::{Evaluated, Mappings, Tables, View};
use crate::value::{Short, Value};

/// The rules of a bridge. A changed file or setting makes another one.
pub struct RuleSet {
    pub digest: Digest,
    /// In judging order: by `order`, then place in the files, then the pack's place.
    pub rules: Vec<Arc<Rule>>,
    pub settings: Arc<Value>,
    pub tables: Arc<Tables>,
    pub calendars: Arc<Calendars>,
    pub mappings: Arc<NamedMappings>,
    /// The files and settings that it was compiled from, to be archived while a run names it.
    pub sources: Arc<str>,
}

/// The mappings of a rule set by name, for `map("…")` in scripts.
#[derive(Default)]
pub struct NamedMappings(pub std::collections::BTreeMap<Name, Arc<Vec<FieldRow>>>);

impl Mappings for NamedMappings {
    fn fields(&self, mapping: &str, view: &View) -> Evaluated {
        match self.0.get(mapping) {
            Some(rows) => template::fill(&Template::Fields(rows.clone()), view),
            None => Evaluated::Is(crate::plan::Arg::Known(Value::Nothing)),
        }
    }
}

/// How one rule came out.
enum Outcome {
    Fired(Verdict, Acts),
    Unmet(FirstUnmet),
    Needs(Vec<Read>),
    Problem(Problem),
}

impl RuleSet {
    /// Judges every rule that the event concerns and collects what they want; pure, CPU only.
    pub fn judge(&self, catalog: &Arc<Catalog>, facts: &Arc<Facts>) -> Decision {
        let mut plan = Plan::empty(facts.event.id.clone());
        let mut needs = Vec::new();
        let event = self.view(catalog, facts);
        for rule in self.rules.iter().filter(|rule| concerns(rule, facts)) {
            match outcome(rule, &event, &plan.actions) {
                Outcome::Fired(verdict, acts) => {
                    enter(&mut plan, verdict, acts);
                    needs.extend(weigh(rule, &event, &mut plan));
                }
                Outcome::Unmet(unmet) => plan.unmet.push(unmet),
                Outcome::Needs(reads) => needs.extend(reads),
                Outcome::Problem(problem) => plan.problems.push(problem),
            }
        }
        if !needs.is_empty() {
            return Decision::Needs(needs);
        }
        if !plan.problems.is_empty() {
            plan.actions.clear();
        }
        Decision::Plan(plan)
    }

    /// What an evaluation of this event may look at.
    pub fn view(&self, catalog: &Arc<Catalog>, facts: &Arc<Facts>) -> View {
        View {
            facts: facts.clone(),
            catalog: catalog.clone(),
            settings: self.settings.clone(),
            lets: Default::default(),
            laters: Default::default(),
            next_action: 0,
            tables: self.tables.clone(),
            calendars: self.calendars.clone(),
            mappings: Some(self.mappings.clone()),
            looked_at: Arc::default(),
        }
    }
}

/// How one rule comes out; `event` is what all rules look at.
fn outcome(rule: &Rule, event: &View, before: &[Action]) -> Outcome {
    let view = View { lets: rule.lets.clone(), ..event.clone() };
    for criteria in [&rule.candidates, &rule.when] {
        match judge(criteria, &view) {
            Judged::Met => {}
            Judged::Unmet(line, why) => return Outcome::Unmet(unmet(rule, line, why, &view)),
            Judged::Unknown(reads) => return Outcome::Needs(reads),
            Judged::Broken(broken) => return Outcome::Problem(broken.problem(rule)),
        }
    }
    match wanted(rule, &view, before) {
        Wanted::Acts(acts) => Outcome::Fired(verdict(rule, &view), acts),
        Wanted::Skipped(why) => Outcome::Unmet(FirstUnmet {
            rule: rule.address.clone(),
            line: "skip".into(),
            text: Short::of(&why),
            saw: Short::of(""),
            at: rule.at.clone(),
        }),
        Wanted::Needs(reads) => Outcome::Needs(reads),
        Wanted::Broken(broken) => Outcome::Problem(broken.problem(rule)),
    }
}

/// By what the subject goes before others, for a rule that acts on it; the reads that are missing for that. What goes
/// wrong there stops nobody: a person is told of it.
fn weigh(rule: &Rule, event: &View, plan: &mut Plan) -> Vec<Read> {
    let (Some(verdict), First::Biggest(_)) =
        (plan.fired.last_mut().filter(|verdict| verdict.acts()), &rule.limits.first)
    else {
        return vec![];
    };
    let view = View { lets: rule.lets.clone(), ..event.clone() };
    match rule.limits.first.weight(&view) {
        Weighed::Is(weight) => verdict.weight = weight,
        Weighed::Needs(reads) => return reads,
        Weighed::Broken { at, why } => {
            let text = format!("it goes last, because `limits.first` cannot be worked out: {why}");
            plan.flags.push(Flag { rule: rule.address.clone(), code: "no_order".into(), text, at });
        }
    }
    vec![]
}

/// Whether an event wakes a rule: a scan found it for the rule, it waited for it, or it is of a kind that the rule names
/// and is not for certain rules only.
pub fn concerns(rule: &Rule, facts: &Facts) -> bool {
    match &rule.trigger {
        Trigger::Due { .. } | Trigger::After(_) => facts.event.found_by.contains(&rule.address),
        Trigger::Happens(kinds) if rule.delay_after(&facts.event.kind).is_none() => {
            let is_for_all = facts.event.found_by.is_empty() && kinds.contains(&facts.event.kind);
            is_for_all || facts.event.found_by.contains(&rule.address)
        }
        Trigger::Happens(_) => facts.event.found_by.contains(&rule.address),
    }
}

/// The first rule of a section acts; a later one, or one that would make the same, is recorded as shadowed. A rule in
/// the shadow stands in nobody's way.
fn enter(plan: &mut Plan, mut verdict: Verdict, acts: Acts) {
    if verdict.shadow {
        plan.shadow.extend(acts.actions);
        plan.fired.push(verdict);
        return;
    }
    let section = |rule: &str| rule.split('.').next().unwrap_or_default().to_owned();
    let mine = section(verdict.rule.as_str());
    let same_section =
        plan.fired.iter().find(|fired| !fired.shadow && mine != "rules" && section(fired.rule.as_str()) == mine);
    let same_key = plan.actions.iter().find(|planned| {
        planned.key.as_str().starts_with("makes:") && acts.actions.iter().any(|action| action.key == planned.key)
    });
    verdict.shadowed_by = same_section.map(|fired| fired.rule.clone()).or(same_key.map(|action| action.rule.clone()));
    if verdict.shadowed_by.is_none() {
        plan.actions.extend(acts.actions);
        plan.flags.extend(acts.flags);
        plan.stages.extend(acts.stages);
    }
    plan.fired.push(verdict);
}

/// Every line of a rule that fired, with what it saw; the section's own lines are not repeated.
fn verdict(rule: &Rule, view: &View) -> Verdict {
    let lines = lines(&rule.when).into_iter().map(|line| seen(line, view)).collect();
    let (rule, at, shadow) = (rule.address.clone(), rule.at.clone(), rule.shadow.is_on());
    Verdict { rule, at, lines, shadowed_by: None, shadow, weight: None }
}
