//! A compiled line or `=` value.

use std::sync::Arc;

use rhai::{AST, Dynamic, Engine, Scope};

use crate::names::Path;
use crate::plan::Arg;
use crate::problem::Place;
use crate::script::convert::{to_arg, to_dynamic};
use crate::script::evaluation::{Evaluation, Record};
use crate::script::noun::Noun;
use crate::script::{Evaluated, Refusal, View, limits, problems};

/// The names that stand for nouns.
pub const NOUNS: [&str; 13] = [
    "thread", "case", "contact", "account", "reply", "solution", "comment", "agent", "request", "member", "event",
    "bridge", "result",
];

/// One expression, compiled once.
pub struct Expression {
    pub(super) text: Arc<str>,
    pub(super) at: Place,
    pub(super) uses: Vec<Path>,
    pub(super) ast: AST,
    pub(super) engine: Arc<Engine>,
}

impl Expression {
    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it stands.
    pub fn at(&self) -> &Place {
        &self.at
    }

    /// The facts that it names, in the order in which they stand.
    pub fn uses(&self) -> &[Path] {
        &self.uses
    }

    /// Its value; CPU only, bounded.
    pub fn value(&self, view: &View) -> Evaluated {
        let evaluation = Evaluation::of(view);
        let mut scope = scope(&evaluation);
        if let Err(evaluated) = self.push_lets(&mut scope, view) {
            return evaluated;
        }
        let result = limits::within(|| self.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &self.ast));
        outcome(&self.at, &self.text, evaluation.take(), result)
    }

    /// The names of `let:` that it uses; what stands in the way of one of them stands in its own way.
    fn push_lets(&self, scope: &mut Scope<'static>, view: &View) -> Result<(), Evaluated> {
        for path in &self.uses {
            let name = path.steps().next().unwrap_or_default();
            let Some(named) = view.lets.get(name).filter(|_| !scope.contains(name)) else { continue };
            match named.value(view) {
                Evaluated::Is(Arg::Known(value)) => {
                    scope.push_constant_dynamic(name.to_owned(), to_dynamic(&value));
                }
                Evaluated::Is(_) => return Err(not_known_yet(named)),
                obstacle => return Err(obstacle),
            };
        }
        Ok(())
    }
}

fn not_known_yet(named: &Expression) -> Evaluated {
    Evaluated::Refused(Refusal {
        code: "decides-by-later",
        at: named.at.clone(),
        what: format!("`{}` is not known while the plan is made", named.text),
        next: "what is made in this run has no place under `let`".into(),
    })
}

/// The names of an evaluation.
fn scope(evaluation: &Arc<Evaluation>) -> Scope<'static> {
    let view = &evaluation.view;
    let mut scope = Scope::new();
    for noun in NOUNS {
        scope.push_constant_dynamic(noun, Dynamic::from(Noun { evaluation: evaluation.clone(), path: noun.into() }));
    }
    scope.push_constant_dynamic(
        "settings",
        Dynamic::from(Noun { evaluation: evaluation.clone(), path: "settings".into() }),
    );
    scope.push_constant_dynamic("now", to_dynamic(&crate::value::Value::Moment(view.facts.now)));
    for name in view.laters.keys().filter(|name| !NOUNS.contains(&name.as_str())) {
        let noun = Noun { evaluation: evaluation.clone(), path: name.as_str().into() };
        scope.push_constant_dynamic(name.to_string(), Dynamic::from(noun));
    }
    scope
}

/// The record decides, also when the text came back with a value.
pub fn outcome(at: &Place, text: &str, record: Record, result: Result<Dynamic, Box<rhai::EvalAltResult>>) -> Evaluated {
    let refused = |code, at, what, next: &str| Evaluated::Refused(Refusal { code, at, what, next: next.to_owned() });
    if let Some(refusal) = record.refused {
        return refused(refusal.code, at.clone(), refusal.what, &refusal.next);
    }
    if let Some(error) = record.failed {
        return Evaluated::Failed(error);
    }
    if !record.needs.is_empty() {
        return Evaluated::Needs(record.needs);
    }
    match result {
        Ok(dynamic) => match to_arg(dynamic) {
            Ok(arg) => Evaluated::Is(arg),
            Err(what) => refused("expression-failed", at.clone(), what, "name one of its parts"),
        },
        Err(error) if problems::asks_nothing(&error) => refused(
            "no-value",
            at.clone(),
            format!("`{text}` asks something of an absent value"),
            "compare it with `()` first",
        ),
        Err(error) if problems::is_limit(&error) => {
            let place = problems::place(at, error.position(), 1);
            let what = format!("it was stopped: it took too long or too much ({})", short(&error));
            refused("script-limit", place, what, "make it smaller; a rule has 1,000,000 steps and 250 ms")
        }
        Err(error) => {
            let place = problems::place(at, error.position(), 1);
            refused("expression-failed", place, format!("`{text}` failed: {}", short(&error)), "")
        }
    }
}

fn short(error: &rhai::EvalAltResult) -> String {
    error.to_string().lines().next().unwrap_or_default().chars().take(200).collect()
}

/// The value of an expression over settings alone.
pub fn constant(expression: &Expression, settings: &crate::value::Value) -> Option<crate::value::Value> {
    use crate::event::Event;
    use crate::facts::Facts;
    let event = Event {
        id: "".into(),
        bridge: "".into(),
        kind: "".into(),
        subject: "".into(),
        lane: "".into(),
        found_by: vec![],
        at: jiff::Timestamp::UNIX_EPOCH,
        hint: crate::value::Value::Nothing,
    };
    let view = View {
        facts: Arc::new(Facts::new(event, jiff::Timestamp::UNIX_EPOCH)),
        catalog: Arc::default(),
        settings: Arc::new(settings.clone()),
        lets: Default::default(),
        laters: Default::default(),
        next_action: 0,
        tables: Arc::default(),
        mappings: None,
    };
    match expression.value(&view) {
        Evaluated::Is(arg) => arg.known(),
        _ => None,
    }
}
