//! Where things stand in the notebook. Every key names its bridge; parts that come from outside cannot hold a slash.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::names::BridgeId;

const SLASHES: &AsciiSet = &CONTROLS.add(b'/').add(b'%');

/// The case of a thread.
pub fn of_thread(bridge: &BridgeId, thread: &str) -> String {
    key(&["link/thread", bridge.as_str()], &[thread])
}

/// What begins the keys of all threads that have a case.
pub fn of_threads(bridge: &BridgeId) -> String {
    key(&["link/thread", bridge.as_str()], &[""])
}

/// The thread of a case, by the 15 characters that both forms of its id share.
pub fn of_case(bridge: &BridgeId, case: &str) -> String {
    key(&["link/case", bridge.as_str()], &[case.get(..15).unwrap_or(case)])
}

/// The contact of a member; logins are the same in any case.
pub fn of_member(bridge: &BridgeId, login: &str) -> String {
    key(&["link/member", bridge.as_str()], &[&login.trim().to_lowercase()])
}

/// What a rule remembers about something.
pub fn note(bridge: &BridgeId, about: &str, name: &str) -> String {
    key(&["note", bridge.as_str()], &[about, name])
}

fn key(start: &[&str], parts: &[&str]) -> String {
    let parts = parts.iter().map(|part| utf8_percent_encode(part, SLASHES).to_string());
    start.iter().map(|part| (*part).to_owned()).chain(parts).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_run_into_each_other() {
        let bridge = BridgeId::from("acme");
        assert_eq!(of_thread(&bridge, "42"), "link/thread/acme/42");
        assert_eq!(of_case(&bridge, "500Di0000000icUBAA"), of_case(&bridge, "500Di0000000icU"));
        assert_eq!(of_member(&bridge, "Ana"), of_member(&bridge, "ana "));
        assert_eq!(note(&bridge, "khoros:thread:42", "last"), "note/acme/khoros:thread:42/last");
        assert_ne!(note(&bridge, "a/b", "c"), note(&bridge, "a", "b/c"));
    }
}
