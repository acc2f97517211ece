//! What mappings and steps name in the org and the community: fields that are written, values of picklists, labels.

use crate::names::{Name, is_field};
use crate::problem::Place;
use crate::rules::compiling::Compiling;
use crate::rules::look_up::LookUp;
use crate::rules::yaml::Node;
use crate::rules::{ChoiceRow, FieldRow, FieldValue, Measure, Missing, Template, Unknown, Update, losses};
use crate::script::{Longest, Mention, Named, Writes};
use crate::value::Value;

/// The objects of the writes that take fields; others name it in a parameter.
const OBJECTS: &[(&str, &str)] =
    &[("salesforce.create_case", "Case"), ("salesforce.update_case", "Case"), ("salesforce.create_contact", "Contact")];

/// Keeps what a field of a mapping names; `node` is what is written there.
pub fn of_field(compiling: &mut Compiling, row: &FieldRow, node: &Node) {
    let FieldRow { object, field, fit, .. } = row;
    if object.as_str().is_empty() {
        // Of an object that only the data names nobody can be asked.
        return;
    }
    let takes = node.get("type").and_then(Node::text).map(Name::from);
    let writes = Writes {
        object: object.clone(),
        field: field.clone(),
        takes,
        longest: longest(compiling, row),
        says_too_long: fit.too_long.is_some(),
        fills_blanks: row.update == Update::FillBlanks,
    };
    keep(compiling, Named::Writes(writes), &row.at);
    let place = |text: &str| place_of(node, text).unwrap_or(&row.at).clone();
    let value = |value: &Value| match value {
        Value::Text(text) => {
            let (object, field, value) = (object.clone(), field.clone(), (&**text).into());
            Some((Named::Value { object, field, value }, place(text)))
        }
        _ => None,
    };
    let mut values: Vec<(Named, Place)> = Vec::new();
    match &fit.unknown {
        Some(Unknown::Use(used)) => values.extend(value(used)),
        Some(_) => {}
        None => values.extend(plain(&row.value).into_iter().filter_map(value)),
    }
    if let Missing::Use(used) = &fit.missing {
        values.extend(value(used));
    }
    for (named, at) in values {
        keep(compiling, named, &at);
    }
    if let FieldValue::LookUp(look_up) = &row.value {
        of_look_up(compiling, look_up);
    }
}

fn of_look_up(compiling: &mut Compiling, look_up: &LookUp) {
    let field = |name: &str| Named::Field { object: look_up.object.clone(), field: name.into() };
    keep(compiling, field(look_up.take.as_str()), &look_up.take_at);
    for (key, _) in &look_up.fields {
        keep(compiling, field(&key.name), &key.at);
    }
}

/// Keeps what an argument of a step names; its fields are those of a mapping.
pub fn of_argument(compiling: &mut Compiling, function: &str, param: &str, node: &Node) {
    if let ("khoros.label_thread" | "khoros.unlabel_thread", "label", Some(label)) =
        (function, param, node.text().filter(is_plain))
    {
        keep(compiling, Named::Label(label.into()), &node.at);
    }
}

/// The object whose fields a step writes; none where only the data names it.
pub fn object_of<'a>(function: &str, params: &'a Node) -> Option<&'a str> {
    let own = OBJECTS.iter().find(|(name, _)| *name == function).map(|(_, object)| *object);
    own.or_else(|| params.get("object").and_then(Node::text).filter(is_plain))
}

/// Keeps the fields that a question by field names.
pub fn of_question(compiling: &mut Compiling, function: &str, params: &Node) {
    let object = match function {
        "salesforce.find_cases" => Some("Case"),
        _ => params.get("object").and_then(Node::text),
    };
    let Some(object) = object.map(Name::from) else { return };
    for (key, _) in params.entries().iter().filter(|(key, _)| is_field(&key.name)) {
        let named = Named::Field { object: object.clone(), field: key.name.as_str().into() };
        keep(compiling, named, &key.at);
    }
}

fn is_plain(text: &&str) -> bool {
    !text.starts_with('=') && !text.contains("${")
}

/// Where a value stands in what is written for a field.
pub fn place_of<'a>(node: &'a Node, text: &str) -> Option<&'a Place> {
    if node.text() == Some(text) {
        return Some(&node.at);
    }
    let inside = node.entries().iter().map(|(_, value)| value).chain(node.items());
    inside.filter_map(|part| place_of(part, text)).next()
}

fn keep(compiling: &mut Compiling, named: Named, at: &Place) {
    compiling.mentions.push(Mention { named, at: at.clone() });
}

/// Values that are written as they stand.
fn plain(value: &FieldValue) -> Vec<&Value> {
    losses::templates(value)
        .filter_map(|template| if let Template::Plain(value) = template { Some(value) } else { None })
        .collect()
}

fn longest(compiling: &Compiling, row: &FieldRow) -> Longest {
    if let Some(Measure::Characters(most)) = row.fit.max {
        return Longest::Characters(most);
    }
    let is_table =
        matches!(&row.value, FieldValue::Choose(rows) if rows.iter().any(|row| matches!(row, ChoiceRow::Table { .. })));
    let written = plain(&row.value).into_iter().filter_map(|value| Some(value.as_str()?.encode_utf16().count())).max();
    let open = losses::templates(&row.value)
        .any(|template| losses::may_be_longer(compiling, template, Measure::Characters(usize::MAX)));
    match (open, written) {
        _ if is_table => Longest::NoText,
        (true, _) => Longest::Open,
        (false, Some(most)) => Longest::Characters(most),
        (false, None) => Longest::NoText,
    }
}
