//! What settings name: by their type, as the customer wrote them, else as the pack declares their default.

use crate::names::Name;
use crate::packs::settings::EVERYWHERE;
use crate::problem::Place;
use crate::rules::yaml::Node;
use crate::script::{Mention, Named};
use crate::settings::Declared;
use crate::value::Value;

/// The names in all settings of a bridge.
pub fn of_settings(declared: &[Declared], given: Option<&Node>) -> Vec<Mention> {
    let mut mentions = Vec::new();
    for (name, takes) in EVERYWHERE {
        if let Some(node) = given.and_then(|given| given.get(name)) {
            of_node(takes, node, &mut mentions);
        }
    }
    for setting in declared {
        match given.and_then(|given| given.get(setting.name.as_str())) {
            Some(node) => of_node(&setting.takes, node, &mut mentions),
            None => of_value(&setting.takes, &setting.default, &setting.at, &mut mentions),
        }
    }
    mentions
}

fn named(takes: &str) -> Option<fn(Name) -> Named> {
    Some(match takes {
        "board" => Named::Board,
        "category" => Named::Category,
        "label" => Named::Label,
        "role" => Named::Role,
        "rank" => Named::Rank,
        "username" => Named::Username,
        "case status" => Named::Status,
        "queue" => Named::Queue,
        "record type" => Named::RecordType,
        _ => return None,
    })
}

fn of_node(takes: &str, node: &Node, mentions: &mut Vec<Mention>) {
    if let Some(item) = takes.strip_prefix("list of ") {
        return node.items().iter().for_each(|node| of_node(item, node, mentions));
    }
    if let Some((from, to)) = takes.strip_prefix("table of ").and_then(|rest| rest.split_once(" to ")) {
        for (key, value) in node.entries() {
            mentions.extend(
                named(from).map(|named| Mention { named: named(key.name.as_str().into()), at: key.at.clone() }),
            );
            of_node(to, value, mentions);
        }
        return;
    }
    if let (Some(named), Some(text)) = (named(takes), node.text()) {
        mentions.push(Mention { named: named(text.into()), at: node.at.clone() });
    }
}

fn of_value(takes: &str, value: &Value, at: &Place, mentions: &mut Vec<Mention>) {
    if let (Some(item), Value::List(items)) = (takes.strip_prefix("list of "), value) {
        return items.iter().for_each(|value| of_value(item, value, at, mentions));
    }
    if let (Some((_, to)), Value::Map(rows)) =
        (takes.strip_prefix("table of ").and_then(|rest| rest.split_once(" to ")), value)
    {
        return rows.values().for_each(|value| of_value(to, value, at, mentions));
    }
    if let (Some(named), Some(text)) = (named(takes), value.as_str()) {
        mentions.push(Mention { named: named(text.into()), at: at.clone() });
    }
}
