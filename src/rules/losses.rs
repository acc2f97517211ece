//! A loss is a decision that a person writes: what may not fit needs its word.

use crate::catalog::Type;
use crate::names::Path;
use crate::problem::Problem;
use crate::rules::compiling::Compiling;
use crate::rules::yaml::Node;
use crate::rules::{ChoiceRow, FieldRow, FieldValue, Measure, Template, codes};
use crate::script::Expression;
use crate::value::Value;

/// A Problem for a text or number that may not fit its field, with nothing said about the rest.
pub fn check(compiling: &mut Compiling, row: &FieldRow, node: &Node) {
    let too_long = row.fit.max.filter(|max| {
        row.fit.too_long.is_none()
            && (templates(&row.value).any(|value| may_be_longer(compiling, value, *max))
                || in_tables(compiling, &row.value).any(|text| !max.holds(text)))
    });
    if let Some(max) = too_long {
        let what = format!("nothing says what happens to more than {max} in `{}`", row.field);
        let next = next(row, node, "too_long: cut");
        compiling.problem(
            Problem::new(codes::NO_TOO_LONG, &row.at, what).next(format!("{next}; or cut_at_word, omit, refuse")),
        );
    }
    let is_open = |value: &Template| matches!(value, Template::Expression(_));
    if let Some((digits, _)) =
        row.fit.digits.filter(|_| row.fit.too_big.is_none() && templates(&row.value).any(is_open))
    {
        let what = format!("nothing says what happens to more than {digits} digits in `{}`", row.field);
        let next = next(row, node, "too_big: cap");
        compiling.problem(Problem::new(codes::NO_TOO_BIG, &row.at, what).next(format!("{next}; or omit, refuse")));
    }
}

/// The texts of the tables that a field may get its value from.
fn in_tables<'a>(compiling: &'a Compiling, value: &'a FieldValue) -> impl Iterator<Item = &'a str> {
    let rows = if let FieldValue::Choose(rows) = value { rows.as_slice() } else { &[] };
    let tables = rows.iter().filter_map(|row| match row {
        ChoiceRow::Table { table, .. } => compiling.tables.get(table),
        _ => None,
    });
    tables.flatten().filter_map(|(_, value)| value.as_str())
}

/// The field as it may be written.
fn next(row: &FieldRow, node: &Node, word: &str) -> String {
    match node.text() {
        None => format!("`{word}` beside its value"),
        Some(text) if text.contains([',', '{', '}', '[', ']', '"', '#']) => {
            format!("`{word}` beside `value:`, each on its own line")
        }
        Some(text) => format!("`{}: {{ value: {text}, {word} }}`", row.field),
    }
}

/// Every value that a field may get.
pub fn templates(value: &FieldValue) -> Box<dyn Iterator<Item = &Template> + '_> {
    match value {
        FieldValue::Template(template) => Box::new(std::iter::once(template)),
        FieldValue::Choose(rows) => Box::new(rows.iter().filter_map(|row| match row {
            ChoiceRow::When(_, template) | ChoiceRow::Otherwise(template) => Some(template),
            ChoiceRow::Table { .. } => None,
        })),
        // What a record of the org holds is told when it is read.
        FieldValue::LookUp(_) => Box::new(std::iter::empty()),
    }
}

/// Whether a value may be a text that is longer than this.
pub fn may_be_longer(compiling: &Compiling, template: &Template, max: Measure) -> bool {
    match template {
        Template::Plain(Value::Text(text)) => !max.holds(text),
        Template::Plain(_) | Template::Map(_) | Template::Fields(_) => false,
        Template::Expression(expression) => may_be_long(compiling, expression),
        Template::Text { .. } | Template::List(_) => true,
    }
}

/// Whether an expression looks at a text or list; yes or no, numbers and moments always fit.
fn may_be_long(compiling: &Compiling, expression: &Expression) -> bool {
    let long = |path: &Path| {
        let row = compiling.catalog.facts().find(|row| row.fact == *path);
        row.is_none_or(|row| matches!(row.gives, Type::Text | Type::Html | Type::List | Type::Texts | Type::Any))
    };
    expression.uses().iter().any(long)
}
