//! `limits:` as written, and by what `first:` goes for one subject.

use std::sync::Arc;

use crate::catalog::Type;
use crate::facts::Read;
use crate::names::Path;
use crate::plan::Arg;
use crate::problem::{Place, Problem};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::yaml::Node;
use crate::rules::{First, Limits, Over, Template, codes, written};
use crate::script::{Evaluated, Expression, View};
use crate::value::Value;

/// The keys of `limits`.
pub const KEYS: &[&str] = &["per_run", "per_hour", "per_day", "per_subject_per_day", "share_of_scan", "over", "first"];
/// The words of `over`.
pub const OVER: &[(&str, Over)] = &[("wait", Over::Wait), ("ask", Over::Ask), ("drop", Over::Drop)];
/// The words of `first`.
pub const FIRST: &[(&str, First)] = &[("oldest", First::Oldest), ("newest", First::Newest)];

/// The caps of a rule; what is left out keeps its default.
pub fn limits(compiling: &mut Compiling, node: &Node, scope: &Scope) -> Limits {
    let mut limits = Limits::default();
    let entries = compiling.keep(written::map(node, "`limits`").map(<[_]>::to_vec)).unwrap_or_default();
    for (key, value) in &entries {
        let number = |compiling: &mut Compiling| compiling.keep(written::whole(value));
        match key.name.as_str() {
            "per_run" => limits.per_run = number(compiling),
            "per_hour" => limits.per_hour = number(compiling),
            "per_day" => limits.per_day = number(compiling),
            "per_subject_per_day" => limits.per_subject_per_day = number(compiling),
            "share_of_scan" => limits.share_of_scan = compiling.keep(written::percent(value)),
            "over" => {
                limits.over = compiling.keep(written::word(value, OVER)).unwrap_or(limits.over);
            }
            "first" => limits.first = first(compiling, value, scope).unwrap_or(limits.first),
            _ => compiling.problem(written::unknown_key(key, KEYS, "`limits`")),
        }
    }
    limits
}

/// A word, or an expression over the facts of a subject.
fn first(compiling: &mut Compiling, node: &Node, scope: &Scope) -> Option<First> {
    if !node.text().is_some_and(|text| text.starts_with('=')) {
        return compiling.keep(written::word(node, FIRST));
    }
    let Template::Expression(expression) = compiling.value(node, scope, false)? else { return None };
    check_order(compiling, &expression, scope);
    Some(First::Biggest(Arc::new(expression)))
}

/// Of texts and lists none is the biggest.
fn check_order(compiling: &mut Compiling, expression: &Expression, scope: &Scope) {
    let path = Path::from(expression.text().trim());
    let gives = scope.kinds.first().and_then(|kind| compiling.catalog.gives(kind, &path));
    let kind = match gives {
        Some(Type::Text | Type::Html | Type::Id) => "text",
        Some(Type::List | Type::Texts) => "list",
        _ => return,
    };
    let what = format!("`{path}` is a {kind}, and of {kind}s none is the biggest");
    let next = "a number, a duration, a moment, or what is true first: `= thread.views`";
    compiling.problem(Problem::new(codes::NO_ORDER, expression.at(), what).next(next));
}

impl First {
    /// By how much a subject goes before others. What has no value, or cannot be worked out, goes last.
    pub fn weight(&self, view: &View) -> Weighed {
        let First::Biggest(expression) = self else { return Weighed::Is(None) };
        let broken = |why: String| Weighed::Broken { at: expression.at().clone(), why };
        match expression.value(view) {
            Evaluated::Is(Arg::Known(Value::Nothing)) => Weighed::Is(None),
            Evaluated::Is(Arg::Known(value)) => match as_number(&value) {
                Some(weight) => Weighed::Is(Some(weight)),
                None => broken(format!("it is a {}, and of these none is the biggest", value.kind())),
            },
            Evaluated::Is(_) => broken("it is not known while the plan is made".into()),
            Evaluated::Needs(reads) => Weighed::Needs(reads),
            Evaluated::Failed(error) => broken(error.to_string()),
            Evaluated::Refused(refusal) if refusal.code == "no-value" => Weighed::Is(None),
            Evaluated::Refused(refusal) => broken(refusal.what),
        }
    }
}

/// What came of weighing a subject.
pub enum Weighed {
    Is(Option<f64>),
    Needs(Vec<Read>),
    /// It cannot be worked out, so that the order is not the one that is written.
    Broken {
        at: Place,
        why: String,
    },
}

fn as_number(value: &Value) -> Option<f64> {
    Some(match value {
        Value::Int(number) => *number as f64,
        Value::Float(number) => *number,
        Value::Bool(yes) => f64::from(u8::from(*yes)),
        Value::Span(span) => span.as_secs_f64(),
        Value::Moment(moment) => moment.as_millisecond() as f64,
        Value::Nothing | Value::Text(_) | Value::List(_) | Value::Map(_) => return None,
    })
    .filter(|number| !number.is_nan())
}
