//! A `.rhai` file that is one rule: `rule()` gives its keys, `then(…)` what it does.

use std::sync::Arc;

use rhai::{AST, Dynamic, Engine, EvalAltResult, Scope};

use crate::facts::Read;
use crate::failure::HostError;
use crate::names::FunctionName;
use crate::problem::Place;
use crate::script::convert::to_dynamic;
use crate::script::evaluation::{Evaluation, Record};
use crate::script::expression::{broken, refused};
use crate::script::mentions::Mention;
use crate::script::noun::Noun;
use crate::script::problems::Sources;
use crate::script::{PlannedWrite, Refusal, View, limits};
use crate::value::Value;

/// A scripted rule, compiled once.
pub struct ScriptRule {
    pub(super) about: String,
    /// The imports of the file and the body of `then`: run in the open, an error keeps its own line.
    pub(super) body: AST,
    /// The parameters of `then`: facts, by name.
    pub(super) params: Vec<String>,
    /// What it names in the org and the community.
    pub(super) mentions: Vec<Mention>,
    /// The host functions that it calls.
    pub(super) calls: Vec<FunctionName>,
    pub(super) at: Place,
    pub(super) sources: Arc<Sources>,
    pub(super) engine: Arc<Engine>,
}

/// How a script's `then` ended.
#[derive(Clone, Debug, PartialEq)]
pub enum ScriptOutcome {
    Planned(Vec<PlannedWrite>),
    /// `skip(why)`, shown like an unmet line.
    Skipped(String),
    Needs(Vec<Read>),
    Failed(HostError),
    Refused(Refusal),
}

impl ScriptRule {
    /// The first `//!` line.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// What the file names in the org and the community.
    pub fn mentions(&self) -> &[Mention] {
        &self.mentions
    }

    /// The host functions that the file calls by name.
    pub fn calls(&self) -> &[FunctionName] {
        &self.calls
    }

    /// The names that `then` takes: facts, `settings` and `now`.
    pub fn params(&self) -> &[String] {
        &self.params
    }

    /// Works out what it would do; CPU only, bounded.
    pub fn then(&self, view: &View) -> ScriptOutcome {
        let evaluation = Evaluation::planning(view, self.sources.clone(), &self.at);
        let mut scope = Scope::new();
        for param in &self.params {
            let value = match param.as_str() {
                "now" => to_dynamic(&Value::Moment(view.facts.now)),
                noun => Dynamic::from(Noun { evaluation: evaluation.clone(), path: noun.into() }),
            };
            scope.push_constant_dynamic(param.clone(), value);
        }
        let result =
            evaluation.run(|| limits::within(|| self.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &self.body)));
        self.outcome(evaluation.take(), result)
    }

    /// The record decides, also when the script caught what was raised.
    fn outcome(&self, record: Record, result: Result<Dynamic, Box<EvalAltResult>>) -> ScriptOutcome {
        let place = |error: &EvalAltResult| self.sources.blame(&self.at, error);
        if let Some(refusal) = record.refused {
            let at = result.as_ref().err().map_or_else(|| self.at.clone(), |error| place(error));
            return ScriptOutcome::Refused(refused(refusal, at));
        }
        if let Some(error) = record.failed {
            return ScriptOutcome::Failed(error);
        }
        if !record.needs.is_empty() {
            return ScriptOutcome::Needs(record.needs);
        }
        if let Some(why) = record.skipped {
            return ScriptOutcome::Skipped(why);
        }
        match result {
            Ok(_) => ScriptOutcome::Planned(record.writes),
            Err(error) => ScriptOutcome::Refused(broken("the script", place(&error), &error)),
        }
    }
}
