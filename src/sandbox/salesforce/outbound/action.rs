//! An outbound message as an admin sets it up: of which object, which fields, to where.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::super::schema;

/// When a message is sent.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// When a record is made.
    Create,
    /// When a record is made or changed.
    #[default]
    Save,
}

/// One outbound message action.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Action {
    pub object: String,
    /// Always an address of this machine.
    pub url: String,
    /// The fields that are sent; the id is always among them.
    #[serde(default)]
    pub fields: Vec<String>,
    #[serde(default)]
    pub on: On,
}

impl Action {
    /// What is wrong with it, if anything.
    pub fn check(&self) -> Result<(), String> {
        let object = schema::find_object(&self.object).filter(|object| object.listed && !object.is_event());
        let object = object.ok_or_else(|| format!("`{}` is no object", self.object))?;
        if let Some(name) = self.fields.iter().find(|name| object.field(name).is_none()) {
            return Err(format!("`{name}` is no field of {}", object.name));
        }
        let url = Url::parse(&self.url).map_err(|why| format!("`{}` is no URL: {why}", self.url))?;
        if matches!(url.scheme(), "http" | "https") && is_here(&url) {
            return Ok(());
        }
        Err(format!("outbound messages go to http:// or https:// on a loopback address only, not to `{}`", self.url))
    }
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, On};

    #[test]
    fn only_this_machine_is_sent_to() {
        let to = |url: &str| {
            let action = Action { object: "Case".into(), url: url.into(), fields: vec![], on: On::Save };
            action.check().is_ok()
        };
        for url in ["http://127.0.0.1:9/x", "http://127.8.7.6/", "https://localhost:1/", "http://[::1]:5/"] {
            assert!(to(url), "{url}");
        }
        for url in
            ["http://10.0.0.1/", "http://localhost.acme.test/", "http://127.0.0.1.acme.test/", "ftp://localhost/"]
        {
            assert!(!to(url), "{url}");
        }
    }
}
