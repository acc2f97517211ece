//! The REST API under `/services/data` (sheet 3): one function a resource, all on the same state.

mod batch;
mod collections;
mod columns;
mod composite;
mod describe;
mod events;
mod explain;
mod field_describe;
mod graph;
mod layouts;
mod limits;
mod precondition;
mod query;
mod records;
mod reference;
mod route;
mod search;
mod tree;
mod upsert;
mod versions;

pub use route::{Visit, answer};

use super::id::Id;
use super::refusal::Refusal;
use super::schema::{self, Object};

/// An object named in a path.
fn object_named(name: &str) -> Result<&'static Object, Refusal> {
    schema::find_object(name).filter(|object| object.listed).ok_or_else(Refusal::not_found)
}

/// An id that must be one of an object's.
fn id_of(object: &Object, text: &str) -> Result<Id, Refusal> {
    let id = Id::parse(text).ok_or_else(|| Refusal::about("MALFORMED_ID", format!("bad id {text}"), &["Id"]))?;
    if id.prefix() == object.prefix {
        return Ok(id);
    }
    let message = format!("{} ID: id value of incorrect type: {text}", object.label);
    Err(Refusal::about("MALFORMED_ID", message, &["Id"]))
}
