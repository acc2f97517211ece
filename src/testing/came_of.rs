//! What came of one step: the actions, how they ended, or which lines stopped the rules.

use crate::engine::report::Admitted;
use crate::engine::{Happened, Summary};
use crate::facts::Read;
use crate::failure::HostError;
use crate::names::{RuleAddress, RunId};
use crate::plan::{Action, ActionId, Arg, Piece, Plan};
use crate::problem::{Place, Problem};
use crate::rules::{LookAt, RuleSet, Trigger};
use crate::run::Outcome;
use crate::testing::test_file::{Step, When};
use crate::value::Value;

/// What came of a step.
#[derive(Default)]
pub struct CameOf {
    pub actions: Vec<Did>,
    /// Why rules did nothing, in judging order.
    pub reasons: Vec<Reason>,
    /// The rules that acted.
    pub acted: Vec<RuleAddress>,
    pub problems: Vec<Problem>,
    /// Reads that the test gives no answer for.
    pub unanswered: Vec<Read>,
    /// Why a subject could not be decided.
    pub undecided: Vec<HostError>,
    /// How a plan without actions ended: parked with problems.
    pub ended: Option<&'static str>,
}

/// One planned action, and how it ended.
pub struct Did {
    run: RunId,
    id: ActionId,
    pub function: String,
    pub args: Value,
    pub ended: &'static str,
    pub why: String,
    /// Who spoke, of those who may.
    pub by: Value,
}

/// Why one rule did nothing.
pub struct Reason {
    /// The address of the line.
    pub line: String,
    /// What it saw and what it needs.
    pub saw: String,
    pub at: Option<Place>,
    /// Whether the rule was looked at; false for one that was not even woken.
    pub judged: bool,
}

impl CameOf {
    /// Sorts what the engine told; `before` are the rules that had acted and may not do so again.
    pub fn of(
        step: &Step,
        rules: &RuleSet,
        written: &[RuleAddress],
        happened: Vec<Happened>,
        summary: &Summary,
        unanswered: Vec<Read>,
        before: &[RuleAddress],
    ) -> Self {
        let undecided = summary.undecided.iter().map(|(_, error)| error.clone()).collect();
        let mut came = CameOf { unanswered, undecided, ..CameOf::default() };
        let mut settled = Vec::new();
        for happened in happened {
            match happened {
                Happened::Silent(silent) => came.reasons.extend(silent.unmet.iter().map(Reason::unmet)),
                Happened::Planned(planned) => {
                    came.reasons.extend(planned.plan.unmet.iter().map(Reason::unmet));
                    let of_others = |action: &Action| !planned.held_back.iter().any(|(rule, _)| *rule == action.rule);
                    let mut going = Plan::clone(&planned.plan);
                    going.actions.retain(of_others);
                    let none = Plan::empty(going.event.clone());
                    for (_, admitted) in &planned.held_back {
                        came.plan(&none, admitted);
                    }
                    came.plan(&going, &planned.admitted);
                    let acting = planned.plan.fired.iter().filter(|verdict| verdict.acts());
                    let watched = planned.plan.fired.iter().filter(|verdict| verdict.shadow);
                    came.reasons.extend(watched.map(Reason::shadow));
                    came.acted.extend(acting.map(|verdict| verdict.rule.clone()));
                    came.problems.extend(planned.plan.problems.clone());
                }
                Happened::Settled(finished) => settled.push(finished),
                Happened::Looked(_)
                | Happened::Missed(_)
                | Happened::Differs(_)
                | Happened::Waits { .. }
                | Happened::Retries { .. } => {}
            }
        }
        for finished in settled {
            // What an earlier step began may be settled now; it is none of this step's actions.
            let is_it = |did: &&mut Did| did.run == finished.run && did.id == finished.action.id;
            if let Some(did) = came.actions.iter_mut().find(is_it) {
                did.ended = word(finished.outcome.word());
                if let Outcome::Done { result } | Outcome::AlreadyDone { result, .. } = &finished.outcome {
                    did.by = result.get("by").clone();
                }
                did.why = finished.outcome.why().map(ToString::to_string).unwrap_or_default();
            }
        }
        came.unwoken(step, rules, written, summary, before);
        came
    }

    fn plan(&mut self, plan: &Plan, admitted: &Admitted) {
        let (ended, why) = match admitted {
            Admitted::Goes | Admitted::InFlight => ("waiting", None),
            Admitted::Waits(why) | Admitted::Closed(why) => ("waiting", Some(why)),
            Admitted::Held(why) => ("held", Some(why)),
            Admitted::Dropped(why) => ("dropped", Some(why)),
            Admitted::Parked => ("parked", None),
            // Each of its rules is a reason.
            Admitted::Shadow => return,
        };
        self.ended = Some(ended);
        // Over a cap, or while its hours are closed, nothing is done: the cap, or the hours, are the line that says so.
        if let Some(why) = why.filter(|_| !matches!(admitted, Admitted::Held(_))) {
            let line = why.by.as_ref().map(ToString::to_string).unwrap_or_default();
            self.reasons.push(Reason { line, saw: why.text.clone(), at: None, judged: true });
            return;
        }
        let why = why.map(ToString::to_string).unwrap_or_default();
        self.actions.extend(plan.actions.iter().map(|action| Did {
            run: RunId::of(&plan.event),
            id: action.id,
            function: action.function.to_string(),
            args: Value::map(action.args.iter().map(|(name, arg)| (name.as_str(), shown(arg)))),
            ended,
            why: why.clone(),
            by: Value::Nothing,
        }));
    }

    /// Rules that were not even judged, and why.
    fn unwoken(
        &mut self,
        step: &Step,
        rules: &RuleSet,
        written: &[RuleAddress],
        summary: &Summary,
        before: &[RuleAddress],
    ) {
        let in_scope = |rule: &RuleAddress| !matches!(&step.when, When::Due(only, _) if only != rule);
        for address in written.iter().filter(|address| in_scope(address)) {
            let is_told = self.acted.contains(address)
                || self.reasons.iter().any(|reason| reason.line.starts_with(&format!("{address}.")));
            if is_told {
                continue;
            }
            let rule = rules.rules.iter().find(|rule| rule.address == *address);
            let (line, saw) = match (rule.map(|rule| &rule.trigger), &step.when) {
                (None, _) => ("enabled", "the rule is not enabled"),
                (Some(Trigger::Happens(_)), When::Event(kind)) if self.is_judged(rules, address, kind) => continue,
                (Some(Trigger::Happens(_) | Trigger::After(_)), _) => ("on", "it is woken by something else"),
                (Some(Trigger::Due { .. }), When::Event(_)) => ("every", "it is woken by its schedule"),
                (Some(Trigger::Due { look_at, .. }), _) => match summary.scan(address) {
                    Some(scan) if scan.in_flight > 0 => ("again_after", "what it began before is not finished"),
                    Some(scan) if scan.found > 0 && before.contains(address) => {
                        ("again_after", "it acted on this subject before")
                    }
                    // What came of it, or what kept it from being decided, is told by itself.
                    Some(scan) if scan.found > 0 => continue,
                    _ if asks_for_fields(look_at.as_ref()) => ("look_at", "the search did not find it"),
                    _ => ("look_back", "the search did not find it"),
                },
            };
            let at = rule.map(|rule| rule.at.clone());
            self.reasons.push(Reason { line: format!("{address}.{line}"), saw: saw.to_owned(), at, judged: false });
        }
    }

    fn is_judged(&self, rules: &RuleSet, address: &RuleAddress, kind: &crate::names::EventKind) -> bool {
        let woken = |trigger: &Trigger| matches!(trigger, Trigger::Happens(kinds) if kinds.contains(kind));
        rules.rules.iter().any(|rule| rule.address == *address && woken(&rule.trigger))
    }
}

/// Whether a search asks for more than what is young enough.
fn asks_for_fields(look_at: Option<&LookAt>) -> bool {
    look_at.is_some_and(|look_at| !look_at.args.is_empty())
}

impl Reason {
    fn shadow(verdict: &crate::plan::Verdict) -> Self {
        let saw = "its lines hold, and a rule in the shadow writes nothing".to_owned();
        Reason { line: format!("{}.shadow", verdict.rule), saw, at: Some(verdict.at.clone()), judged: true }
    }

    fn unmet(unmet: &crate::plan::FirstUnmet) -> Self {
        let (saw, text) = (unmet.saw.to_string(), unmet.text.to_string());
        let saw = if saw.is_empty() { text } else { format!("{saw}, needs {text}") };
        let at = (!unmet.line.is_built_in()).then(|| unmet.at.clone());
        Reason { line: format!("{}.{}", unmet.rule, unmet.line), saw, at, judged: true }
    }
}

/// The engine's word for an outcome as tests write it.
fn word(word: &'static str) -> &'static str {
    if word == "already done" { "already_done" } else { word }
}

/// An argument as tests write it: what is known after apply stands in round brackets.
fn shown(arg: &Arg) -> Value {
    match arg {
        Arg::Known(value) => value.clone(),
        Arg::Text(digest) => Value::text(format!("({digest})")),
        Arg::Later { path, .. } => Value::text(format!("({path})")),
        Arg::LaterText(pieces) => {
            let piece = |piece: &Piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Later { path, .. } => format!("({path})"),
            };
            Value::text(pieces.iter().map(piece).collect::<String>())
        }
        Arg::Map(entries) => Value::map(entries.iter().map(|(name, arg)| (name.as_str(), shown(arg)))),
        Arg::List(items) => Value::List(items.iter().map(shown).collect()),
    }
}
