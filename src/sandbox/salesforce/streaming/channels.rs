//! Which channels there are (sheet 9.2).

use super::super::schema::{self, Object};
use super::super::state::State;

/// `/data/CaseChangeEvent`; a custom object's is `/data/X__ChangeEvent`.
pub fn of_changes(object: &Object) -> String {
    match object.name.strip_suffix("__c") {
        Some(name) => format!("/data/{name}__ChangeEvent"),
        None => format!("/data/{}ChangeEvent", object.name),
    }
}

/// `/event/X__e`
pub fn of_event(object: &Object) -> String {
    format!("/event/{}", object.name)
}

/// `/topic/Name`
pub fn of_topic(name: &str) -> String {
    format!("/topic/{name}")
}

/// Whether a client can subscribe to a channel now.
pub fn exists(state: &State, channel: &str) -> bool {
    let mut selected = state.switches.change_events.iter().filter_map(|name| schema::find_object(name));
    let mut events = schema::objects().iter().filter(|object| object.is_event());
    match channel.split('/').collect::<Vec<_>>().as_slice() {
        ["", "data", "ChangeEvents"] => selected.next().is_some(),
        ["", "data", _] => selected.any(|object| of_changes(object) == channel),
        ["", "event", _] => events.any(|object| of_event(object) == channel),
        ["", "topic", name] => state.streams.topics.is_active(name),
        _ => false,
    }
}
