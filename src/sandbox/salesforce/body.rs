//! Reads the fields of a record that a client sends: which there are, whether they may be set, what is stored.

use serde_json::{Map, Value};

use super::id::Id;
use super::org::Org;
use super::refusal::Refusal;
use super::schema::{self, Field, Object};
use super::switches::Switches;
use super::value;

/// Whether a record is made or changed; some fields can be set only once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Occasion {
    Create,
    Update,
}

/// Fields and the values to store.
pub type Values = Vec<(&'static Field, Value)>;

/// Checks all fields of a body against the object and the org.
pub fn read(
    org: &Org,
    switches: &Switches,
    object: &'static Object,
    body: &Map<String, Value>,
    occasion: Occasion,
) -> Result<Values, Refusal> {
    let mut values = Values::new();
    for (name, value) in body.iter().filter(|(name, _)| *name != "attributes") {
        if name.eq_ignore_ascii_case("Id") {
            return Err(Refusal::new("INVALID_FIELD", "The Id field should not be specified in the sobject data."));
        }
        values.push(match (object.field(name), object.relationship(name), value) {
            (Some(field), _, _) => (field, value.clone()),
            (None, Some(pointer), Value::Object(key)) => (pointer, by_external_id(org, pointer, key)?),
            _ => return Err(no_such_column(object, name)),
        });
    }
    refuse_read_only(object, &values, occasion)?;
    for (field, value) in &mut values {
        *value = value::stored(object, field, value, switches)?;
        check_target(org, field, value)?;
    }
    Ok(values)
}

fn no_such_column(object: &Object, name: &str) -> Refusal {
    Refusal::new("INVALID_FIELD", format!("No such column '{name}' on sobject of type {}", object.name))
}

fn refuse_read_only(object: &Object, values: &Values, occasion: Occasion) -> Result<(), Refusal> {
    let may = |field: &Field| match occasion {
        Occasion::Create => field.createable && object.createable,
        Occasion::Update => field.updateable && object.updateable,
    };
    let fields: Vec<_> = values.iter().map(|(field, _)| *field).filter(|field| !may(field)).map(|f| f.name).collect();
    if fields.is_empty() {
        return Ok(());
    }
    let message = format!(
        "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is \
         read/write for your profile or permission set.",
        fields.join(", ")
    );
    Err(Refusal::about("INVALID_FIELD_FOR_INSERT_UPDATE", message, &fields))
}

/// `{"Parent": {"Key__c": "k"}}` names a record by its key; it is looked up while writing (sheet 3.2).
fn by_external_id(org: &Org, pointer: &Field, key: &Map<String, Value>) -> Result<Value, Refusal> {
    let found = pointer.kind.targets().iter().find_map(|target| {
        let target = schema::object(target);
        let (name, value) = key.iter().find(|(name, _)| *name != "attributes")?;
        let field = target.field(name).filter(|field| field.id_lookup)?;
        Some((target, field, value.as_str()?))
    });
    let (target, field, value) =
        found.ok_or_else(|| Refusal::new("INVALID_FIELD", "no external id in the reference"))?;
    let records = org.with_value(target, field, value);
    match records.iter().find(|record| !record.is_deleted()) {
        Some(record) => Ok(record.id.to_string().into()),
        None => Err(Refusal::about(
            "INVALID_FIELD",
            format!("Foreign key external ID: {value} not found for field {} in entity {}", field.name, target.name),
            &[],
        )),
    }
}

fn check_target(org: &Org, field: &Field, value: &Value) -> Result<(), Refusal> {
    if field.kind.targets().is_empty() || value.is_null() {
        return Ok(());
    }
    let target = value.as_str().and_then(Id::parse).and_then(|id| org.live(&id));
    let target = target.ok_or_else(|| Refusal::cross_reference(&[field.name]))?;
    if field.name == "OwnerId" && target.object.name == "User" && !target.is("IsActive") {
        return Err(Refusal::about("INACTIVE_OWNER_OR_USER", "operation performed with inactive user", &["OwnerId"]));
    }
    Ok(())
}
