//! What can be looked up in the notebook: one file for each question.

pub mod find_links;
pub mod find_thread_of_case;
pub mod get_contact;
pub mod get_link;
pub mod recall;

use crate::failure::{FailureClass, HostError};
use crate::ports::Store;
use crate::value::Value;

/// One record; none is `Nothing`.
fn look_up(store: &dyn Store, call: &str, key: &str) -> Result<Value, HostError> {
    let failed = |error: String| HostError::new(FailureClass::Unreadable, format!("notebook: {call}"), error);
    match store.get(key).map_err(|error| failed(error.to_string()))? {
        None => Ok(Value::Nothing),
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(format!("`{key}`: {error}"))),
    }
}
