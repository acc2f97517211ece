//! Stands where the emulated org will stand: listens, knows nothing, keeps what a scene hands to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use serde_json::{Value, json};

use super::SandboxHost;
use super::clock::Clock;

/// An org without an API.
pub struct BlankOrg {
    entries: Mutex<Value>,
}

impl BlankOrg {
    pub fn new(_clock: Arc<Clock>, _seed: u64) -> Arc<Self> {
        Arc::new(Self { entries: Mutex::new(json!({})) })
    }
}

impl SandboxHost for BlankOrg {
    fn router(self: Arc<Self>) -> Router {
        Router::new()
    }

    fn logins(&self, url: &str) -> Value {
        json!({ "url": url })
    }

    fn edit(&self, entries: &Value) -> Result<Value, String> {
        *self.entries.lock().expect("no panic holds the org") = entries.clone();
        Ok(json!({}))
    }

    fn world(&self) -> Value {
        self.entries.lock().expect("no panic holds the org").clone()
    }

    fn applied(&self) -> BTreeMap<String, u64> {
        BTreeMap::new()
    }

    fn switches(&self) -> Value {
        json!({})
    }

    fn set_switches(&self, _wanted: &Value) -> Result<(), String> {
        Err("the org has no switches yet".into())
    }

    fn expire(&self) {}
}
