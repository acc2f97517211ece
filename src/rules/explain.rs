//! Judges every line of every rule by itself, so that a person sees more than the first that stopped a rule. Always as
//! written, never lowered: what a pass decides natively is held against it (`tests/explain_generated.rs`).

use std::sync::Arc;

use jiff::SignedDuration;

use crate::catalog::{Catalog, Seen};
use crate::facts::{Facts, Read};
use crate::names::Path;
use crate::plan::explained::LOOK_BACK;
use crate::plan::{Holds, LineExplained, RuleExplained};
use crate::predicate::{Predicate, Test};
use crate::rules::judge::{Judged, judge_interpreted, lines, saw_and_far};
use crate::rules::reads::is_searched;
use crate::rules::ruleset::concerns;
use crate::rules::{Criterion, LookAt, Rule, RuleSet, Trigger};
use crate::script::View;
use crate::value::{Value, in_words};

impl RuleSet {
    /// The rules that the event concerns with all their lines, or the reads that are missing for that.
    pub fn explain(&self, catalog: &Arc<Catalog>, facts: &Arc<Facts>) -> Result<Vec<RuleExplained>, Vec<Read>> {
        let mut needs = Vec::new();
        let event = self.view(catalog, facts);
        let concerned = self.rules.iter().filter(|rule| concerns(rule, facts));
        let explained = concerned.map(|rule| {
            let view = View { lets: rule.lets.clone(), ..event.clone() };
            explain(rule, &view, &mut needs)
        });
        let explained = explained.collect();
        if needs.is_empty() { Ok(explained) } else { Err(needs) }
    }
}

fn explain(rule: &Rule, view: &View, needs: &mut Vec<Read>) -> RuleExplained {
    let mut told: Vec<LineExplained> = look_back(rule, view).into_iter().collect();
    for line in lines(&rule.candidates).into_iter().chain(lines(&rule.when)) {
        let told_line = explain_line(line, view, needs);
        told.extend(told_line.map(|told| LineExplained { searched: is_searched(rule, line, &view.catalog), ..told }));
    }
    RuleExplained {
        rule: rule.address.clone(),
        pack: rule.pack.to_string(),
        at: rule.at.clone(),
        about: rule.about.clone(),
        may_widen: rule.may_widen.as_deref().map(str::to_owned),
        lines: told,
        acted: None,
        closed: None,
    }
}

fn explain_line(line: &Criterion, view: &View, needs: &mut Vec<Read>) -> Option<LineExplained> {
    let (holds, saw) = match judge_interpreted(line, view) {
        Judged::Met => (Holds::Yes, saw(line, view)),
        Judged::Unmet(..) => (Holds::No, saw(line, view)),
        Judged::Unknown(reads) => {
            needs.extend(reads);
            return None;
        }
        Judged::Broken(why) => (Holds::Unknown, why.to_string()),
    };
    let text = line.expression.text().to_owned();
    Some(LineExplained { line: line.name.clone(), text, at: line.expression.at().clone(), holds, saw, searched: false })
}

/// What a line saw, and the settings that it compared with.
fn saw(line: &Criterion, view: &View) -> String {
    let facts = saw_and_far(line, view);
    let setting = |path: &Path| path.behind("settings").map(|rest| format!("{path} is {}", view.settings.at(&rest)));
    let settings: Vec<String> = line.expression.uses().iter().filter_map(setting).collect();
    if settings.is_empty() { facts } else { format!("{facts}; {}", settings.join(", ")) }
}

/// What a schedule does not look at is told only where it stops the rule: nobody wrote such a line.
fn look_back(rule: &Rule, view: &View) -> Option<LineExplained> {
    let Trigger::Due { look_at: Some(LookAt { scan, look_back, .. }), .. } = &rule.trigger else { return None };
    let look_back = (*look_back)?;
    let since = view.catalog.scan_call(scan.as_str())?.since.clone();
    let posted_at = Predicate::new(since, Test::AtLeast(Value::Moment(view.facts.now - look_back)));
    match view.see(&posted_at.fact) {
        Seen::Is(Value::Moment(then)) if !posted_at.holds(&Value::Moment(then)) => Some(LineExplained {
            line: LOOK_BACK.into(),
            text: format!("look_back: {}", in_words(look_back)),
            at: rule.at.clone(),
            holds: Holds::No,
            searched: true,
            saw: format!(
                "it was posted {} ago",
                in_words(SignedDuration::from_secs(view.facts.now.as_second() - then.as_second()))
            ),
        }),
        _ => None,
    }
}
