//! Parameters that take listed texts only: what is known while the rules are loaded is held against the list then, the rest
//! by the write itself.

use crate::catalog::{Only, Param};
use crate::problem::{Place, Problem};
use crate::rules::compiling::Compiling;
use crate::rules::yaml::Node;
use crate::rules::{Template, codes, mentions};
use crate::script::{self, Expression};
use crate::value::Value;

/// A Problem for each text that is not listed; `node` is what is written there.
pub fn check(compiling: &mut Compiling, param: &Param, template: &Template, node: &Node) {
    let Some(only) = &param.only else { return };
    let is_listed = |text: &str| only.texts.iter().any(|known| known.eq_ignore_ascii_case(text.trim()));
    for text in constants(template, compiling.settings).into_iter().filter(|text| !is_listed(text)) {
        let at = mentions::place_of(node, &text).unwrap_or(&node.at);
        compiling.problem(not_listed(&text, only, at));
    }
}

/// The texts of a value that are known.
fn constants(template: &Template, settings: &Value) -> Vec<String> {
    let value = match template {
        Template::Plain(value) => Some(value.clone()),
        Template::Expression(expression) if is_known(expression) => script::constant(expression, settings),
        Template::List(items) => return items.iter().flat_map(|item| constants(item, settings)).collect(),
        _ => None,
    };
    match value {
        Some(Value::Text(text)) => vec![text.to_string()],
        Some(Value::List(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => vec![],
    }
}

/// Whether it looks at nothing but settings.
fn is_known(expression: &Expression) -> bool {
    expression.uses().iter().all(|path| path.as_str().starts_with("settings."))
}

fn not_listed(text: &str, only: &Only, at: &Place) -> Problem {
    let listed = if only.texts.is_empty() { "none".to_owned() } else { only.texts.join(", ") };
    let problem = Problem::new(codes::NOT_LISTED, at, format!("`{text}` is not under {}", only.under));
    problem.next(format!("add it there; listed are: {listed}"))
}
