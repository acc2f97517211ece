//! `unknown:`, what happens to a value that the org's picklist does not offer. Only a field that says it is looked at.

use crate::names::{Name, ParamName};
use crate::rules::{FieldRow, Unknown};
use crate::script::{Evaluated, Refusal, View};
use crate::value::Value;

/// The read behind it.
const VALUES: &str = "salesforce.find_picklist_values";

/// The value to write; none where the field is left out.
pub fn offered(row: &FieldRow, value: Value, view: &View) -> Result<Option<Value>, Evaluated> {
    let (Some(unknown), Some(text)) = (&row.fit.unknown, value.as_str()) else { return Ok(Some(value)) };
    let Some(offered) = values(&row.object, &row.field, view)? else { return Ok(Some(value)) };
    let same = |offered: &&Value| offered.as_str().is_some_and(|own| own.to_lowercase() == text.to_lowercase());
    // The org's own spelling: two that differ by a capital would be two values in its reports.
    if let Some(own) = offered.iter().find(same) {
        return Ok(Some(own.clone()));
    }
    match unknown {
        Unknown::Omit => Ok(None),
        Unknown::Use(value) => Ok(Some(value.clone())),
        Unknown::Refuse => Err(Evaluated::Refused(Refusal {
            code: "does-not-fit",
            at: row.at.clone(),
            what: format!("`{}` does not offer `{text}`", row.field),
            next: format!("offered are: {}", offered.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")),
        })),
    }
}

/// What the org offers; none for a field that is no picklist.
fn values(object: &Name, field: &Name, view: &View) -> Result<Option<Vec<Value>>, Evaluated> {
    let args = [("object", object), ("field", field)];
    let args = args.map(|(name, value)| (ParamName::from(name), Value::text(value.as_str())));
    let Some(read) = view.catalog.read(&VALUES.into(), args) else { return Ok(None) };
    match view.answer(read)?.get("values") {
        Value::List(values) => Ok(Some(values.clone())),
        _ => Ok(None),
    }
}
