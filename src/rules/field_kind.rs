//! Whether the values of a field are of the kind that its `type:` holds: the org would refuse others, one by one.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::problem::{Place, Problem};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::field_type::kind;
use crate::rules::yaml::Node;
use crate::rules::{FieldRow, Template, codes, losses, mentions};
use crate::script::YES_NO;
use crate::value::Value;

/// A value that does not suit: as written, its kind, where it stands.
struct Unlike {
    text: String,
    kind: &'static str,
    at: Place,
    is_plain: bool,
}

/// Problems of values of another kind.
pub fn check(compiling: &mut Compiling, row: &FieldRow, node: &Node, scope: &Scope) {
    // Almost anything can be written as text.
    let takes = node.get("type").and_then(Node::text).and_then(kind).filter(|takes| *takes != "text");
    let Some(takes) = takes else { return };
    let values: Vec<&Template> = losses::templates(&row.value).collect();
    let unlike = values.into_iter().filter_map(|value| unlike(compiling, takes, value, row, node, scope));
    for unlike in unlike.collect::<Vec<_>>() {
        let holds = if takes == "date" { "a day".to_owned() } else { a(takes) };
        let what = format!("`{}` holds {holds}, and `{}` is {}", row.field, unlike.text, a(unlike.kind));
        compiling.problem(Problem::new(codes::UNLIKE_FIELD, &unlike.at, what).next(next(takes, &unlike)));
    }
}

fn unlike(
    compiling: &Compiling,
    takes: &str,
    value: &Template,
    row: &FieldRow,
    node: &Node,
    scope: &Scope,
) -> Option<Unlike> {
    let place = |text: &str| mentions::place_of(node, text).unwrap_or(&row.at).clone();
    match value {
        Template::Plain(value) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let at = place(&text);
            (!is_written_as(takes, value)).then(|| Unlike { text, kind: value.kind(), at, is_plain: true })
        }
        Template::Expression(expression) => {
            let kind = compiling.kind(expression, scope)?.is;
            let fits = kind == takes || (takes, kind) == ("date", "moment");
            let (text, at) = (expression.text().to_owned(), expression.at().clone());
            (!fits).then_some(Unlike { text, kind, at, is_plain: false })
        }
        Template::Text { .. } => {
            let text = "${…}".to_owned();
            Some(Unlike { text, kind: "text", at: row.at.clone(), is_plain: true })
        }
        Template::Map(_) | Template::List(_) | Template::Fields(_) => None,
    }
}

/// Whether a plain value has the form that the org takes.
fn is_written_as(takes: &str, value: &Value) -> bool {
    match (takes, value) {
        ("date", Value::Text(text)) => text.len() == "2026-03-03".len() && text.parse::<Date>().is_ok(),
        ("moment", Value::Text(text)) => text.parse::<Timestamp>().is_ok(),
        ("number", Value::Text(text)) => text.parse::<f64>().is_ok_and(f64::is_finite),
        (takes, value) => value.kind() == takes,
    }
}

fn next(takes: &str, unlike: &Unlike) -> String {
    let text = &unlike.text;
    match (takes, unlike.kind, text.as_str()) {
        (YES_NO, _, "yes" | "Yes" | "on") => "`true`".to_owned(),
        (YES_NO, _, "no" | "No" | "off") => "`false`".to_owned(),
        (YES_NO, ..) if !unlike.is_plain => format!("compare it with something, such as `= {text} != ()`"),
        (YES_NO, ..) => "`true`, `false` or an expression".to_owned(),
        ("number", "duration", _) => "`type: Text(40)` takes a duration in words".to_owned(),
        ("number", ..) => "digits, or an expression such as `= thread.replies`".to_owned(),
        ("moment", "date", _) => format!("`= moment({text}, settings.zone)`"),
        ("date", ..) => "a day, `2026-03-03`, or a moment such as `= now + days(1)`".to_owned(),
        _ => "a moment such as `= thread.posted_at` or `= now + days(1)`".to_owned(),
    }
}

fn a(kind: &str) -> String {
    if kind == YES_NO { kind.to_owned() } else { format!("a {kind}") }
}
