//! A compiled line or `=` value.

use std::sync::Arc;

use rhai::{AST, Dynamic, Engine, EvalAltResult, Scope};

use crate::names::{FunctionName, Path};
use crate::plan::Arg;
use crate::predicate::Lowered;
use crate::problem::Place;
use crate::script::check_given;
use crate::script::convert::{to_arg, to_dynamic};
use crate::script::evaluation::{Evaluation, Record, Refused};
use crate::script::later::{self, LaterPart, LaterText};
use crate::script::noun::Noun;
use crate::script::written::Written;
use crate::script::{Evaluated, Let, Lowering, Refusal, View, limits, problems};
use crate::value::Value;

/// The names that stand for nouns.
pub const NOUNS: [&str; 13] = [
    "thread", "case", "contact", "account", "reply", "solution", "comment", "agent", "request", "member", "event",
    "bridge", "result",
];

/// One expression, compiled once.
pub struct Expression {
    pub(super) text: Arc<str>,
    pub(super) uses: Vec<Path>,
    pub(super) compiled: Box<Compiled>,
}

/// What an expression is run with.
pub struct Compiled {
    pub written: Written,
    /// The nouns that a `switch` goes by.
    pub branches: Vec<String>,
    /// Every name that it uses.
    pub roots: Vec<Path>,
    pub ast: AST,
    pub engine: Arc<Engine>,
}

impl Expression {
    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it stands.
    pub fn at(&self) -> &Place {
        &self.compiled.written.at
    }

    /// The facts that it names, in the order in which they stand.
    pub fn uses(&self) -> &[Path] {
        &self.uses
    }

    /// The same without the interpreter, where it is made of tests of facts.
    pub fn lowered(&self, lowering: &Lowering) -> Option<Lowered> {
        lowering.lower(&self.compiled.ast)
    }

    /// Its value; CPU only, bounded.
    pub fn value(&self, view: &View) -> Evaluated {
        let compiled = &self.compiled;
        let evaluation = Evaluation::of(view);
        if let Some(noun) = compiled.branches.iter().find(|noun| view.laters.contains_key(noun.as_str())) {
            // Rhai would silently take the last branch.
            let _recorded = later::refusal(&evaluation, &format!("`{noun}`"));
        }
        let mut scope = match scope(&evaluation, &compiled.roots) {
            Ok(scope) => scope,
            Err(obstacle) => return obstacle,
        };
        let result = evaluation
            .run(|| limits::within(|| compiled.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &compiled.ast)));
        outcome(self, evaluation.take(), result)
    }
}

impl Let for Expression {
    fn value(&self, view: &View) -> Evaluated {
        Expression::value(self, view)
    }

    fn text(&self) -> &str {
        Expression::text(self)
    }

    fn at(&self) -> &Place {
        Expression::at(self)
    }

    fn uses(&self) -> Vec<&Path> {
        self.uses.iter().collect()
    }

    fn reads(&self) -> Option<&FunctionName> {
        None
    }
}

fn not_known_yet(named: &dyn Let) -> Evaluated {
    Evaluated::Refused(Refusal {
        code: later::CODE,
        at: named.at().clone(),
        what: format!("`{}` is not known while the plan is made", named.text()),
        next: "what is made in this run has no place under `let`".into(),
    })
}

/// The names that a line uses, with what they stand for.
fn scope(evaluation: &Arc<Evaluation>, roots: &[Path]) -> Result<Scope<'static>, Evaluated> {
    let view = &evaluation.view;
    let mut scope = Scope::new();
    for root in roots {
        let value = match view.lets.get(root.as_str()) {
            Some(named) => named_value(&**named, view)?,
            None if root.as_str() == "now" => to_dynamic(&Value::Moment(view.facts.now)),
            // Looking at it says whether it is a fact or made in this run.
            None => Dynamic::from(Noun { evaluation: evaluation.clone(), path: root.clone() }),
        };
        scope.push_constant_dynamic(root.as_str(), value);
    }
    Ok(scope)
}

/// The value of a name of `let:`; what stands in its way stands in the way of the line that uses it.
fn named_value(named: &dyn Let, view: &View) -> Result<Dynamic, Evaluated> {
    match named.value(view) {
        Evaluated::Is(Arg::Known(value)) => Ok(to_dynamic(&value)),
        Evaluated::Is(_) => Err(not_known_yet(named)),
        obstacle => Err(obstacle),
    }
}

/// The record decides, also when the text came back with a value.
fn outcome(line: &Expression, record: Record, result: Result<Dynamic, Box<EvalAltResult>>) -> Evaluated {
    if let Some(refusal) = record.refused {
        return Evaluated::Refused(refused(refusal, line.at().clone()));
    }
    if let Some(error) = record.failed {
        return Evaluated::Failed(error);
    }
    if !record.needs.is_empty() {
        return Evaluated::Needs(record.needs);
    }
    let name = format!("`{}`", line.text);
    match result {
        Ok(dynamic) => match to_arg(dynamic) {
            Ok(arg) => Evaluated::Is(arg),
            Err(what) => {
                let next = "name one of its parts".to_owned();
                Evaluated::Refused(Refusal { code: "expression-failed", at: line.at().clone(), what, next })
            }
        },
        Err(error) if problems::asks_nothing(&error) => Evaluated::Refused(broken(&name, line.at().clone(), &error)),
        Err(error) => {
            let position = error.position();
            let refusal = broken(&name, line.compiled.written.place(position, 1), &error);
            let called = problems::called(&line.compiled.ast, position).filter(|_| problems::is_limit(&error));
            Evaluated::Refused(match called {
                Some(function) => Refusal { what: format!("`{function}`: {}", refusal.what), ..refusal },
                None => refusal,
            })
        }
    }
}

/// A recorded refusal with its place.
pub fn refused(refusal: Refused, at: Place) -> Refusal {
    Refusal { code: refusal.code, at, what: refusal.what, next: refusal.next }
}

/// An error that nobody recorded, in the reader's words.
pub fn broken(name: &str, at: Place, error: &EvalAltResult) -> Refusal {
    let (code, what, next) = if problems::asks_nothing(error) {
        ("no-value", format!("{name} asks something of an absent value"), "compare it with `()` first")
    } else if problems::is_limit(error) {
        let what = format!("it was stopped: it took too long or too much ({})", short(error));
        ("script-limit", what, "make it smaller; a rule has 1,000,000 steps and 250 ms")
    } else if is_later(error) {
        let what = format!("{name} decides by what is not known while the plan is made");
        (later::CODE, what, later::NEXT)
    } else if let Some((what, next)) = check_given::said(error) {
        return Refusal { code: "expression-failed", at, what: format!("{name} failed: {what}"), next };
    } else {
        ("expression-failed", format!("{name} failed: {}", short(error)), "")
    };
    Refusal { code, at, what, next: next.to_owned() }
}

/// Whether a Later stood where a yes or no, a number or a key belongs; Rhai looks at these itself. Such an error can
/// be caught, and tells a script nothing about the value.
fn is_later(error: &EvalAltResult) -> bool {
    match error {
        EvalAltResult::ErrorMismatchDataType(_, found, _) => {
            found.contains(std::any::type_name::<LaterPart>()) || found.contains(std::any::type_name::<LaterText>())
        }
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => is_later(inner),
        _ => false,
    }
}

fn short(error: &EvalAltResult) -> String {
    let said = error.to_string().replace(std::any::type_name::<Noun>(), "a noun");
    said.lines().next().unwrap_or_default().chars().take(200).collect()
}

/// The value of an expression over settings alone.
pub fn constant(expression: &Expression, settings: &Value) -> Option<Value> {
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
        hint: Value::Nothing,
    };
    let view = View {
        facts: Arc::new(Facts::new(event, jiff::Timestamp::UNIX_EPOCH)),
        catalog: Arc::default(),
        settings: Arc::new(settings.clone()),
        lets: Default::default(),
        laters: Default::default(),
        next_action: 0,
        tables: Arc::default(),
        calendars: Arc::default(),
        mappings: None,
        looked_at: Arc::default(),
    };
    match expression.value(&view) {
        Evaluated::Is(arg) => arg.known(),
        _ => None,
    }
}
