//! `events:` of a community or an org: what vouches for those who send us events.

use crate::config::{Reading, Secret, codes};
use crate::problem::Problem;
use crate::rules::written;
use crate::rules::yaml::{Key, Node};

/// The keys of a community's `events:`.
pub const COMMUNITY_EVENTS_KEYS: &[&str] = &["token", "firehose", "hmac"];
/// The keys of `firehose:`.
pub const FIREHOSE_KEYS: &[&str] = &["client_id", "client_secret", "message_ids"];
/// The keys of an org's `events:`.
pub const ORG_EVENTS_KEYS: &[&str] = &["token", "organization_id", "hmac"];

/// What a community's events are known by.
#[derive(Clone, Debug, Default)]
pub struct CommunityEvents {
    /// The token of the subscriptions to v1 events.
    pub token: Option<Secret>,
    pub firehose: Option<FirehoseEvents>,
    /// The key that signs plain JSON.
    pub hmac: Option<Secret>,
}

/// What the stream of an Aurora community signs in with at our token address.
#[derive(Clone, Debug)]
pub struct FirehoseEvents {
    pub client_id: String,
    pub client_secret: Secret,
    /// Where a message's id stands in an event.
    pub message_ids: Vec<String>,
}

/// What an org's events are known by.
#[derive(Clone, Debug, Default)]
pub struct OrgEvents {
    /// Stands in the address that outbound messages are sent to.
    pub token: Option<Secret>,
    pub organization_id: Option<String>,
    pub hmac: Option<Secret>,
}

pub(super) fn of_community(reading: &mut Reading, of: &Node) -> CommunityEvents {
    let Some(node) = of.get("events") else { return CommunityEvents::default() };
    reading.known_keys(node, COMMUNITY_EVENTS_KEYS, "a community's `events`");
    CommunityEvents {
        token: reading.optional_secret(node, "token"),
        firehose: entry(node, "firehose").and_then(|(key, node)| firehose(reading, key, node)),
        hmac: reading.optional_secret(node, "hmac"),
    }
}

pub(super) fn of_org(reading: &mut Reading, of: &Node) -> OrgEvents {
    let Some(node) = of.get("events") else { return OrgEvents::default() };
    reading.known_keys(node, ORG_EVENTS_KEYS, "an org's `events`");
    let organization_id = node.get("organization_id").and_then(|node| {
        let id = reading.keep(written::text(node))?;
        let is_id = id.starts_with("00D") && [15, 18].contains(&id.len());
        if !is_id {
            let problem = Problem::new(codes::ORGANIZATION, &node.at, "`organization_id` is not the id of an org");
            reading
                .problems
                .push(problem.next("15 or 18 characters that begin with 00D, from Setup → Company Information"));
        }
        Some(id.to_owned())
    });
    OrgEvents {
        token: reading.optional_secret(node, "token"),
        organization_id,
        hmac: reading.optional_secret(node, "hmac"),
    }
}

fn firehose(reading: &mut Reading, key: &Key, node: &Node) -> Option<FirehoseEvents> {
    reading.known_keys(node, FIREHOSE_KEYS, "`firehose`");
    let client_id = reading.required(key, node, "client_id");
    let client_secret = reading.secret(key, node, "client_secret");
    let paths = node.get("message_ids").map(Node::items).unwrap_or_default();
    let message_ids = paths.iter().filter_map(Node::text).map(str::to_owned).collect();
    Some(FirehoseEvents { client_id: client_id?, client_secret: client_secret?, message_ids })
}

fn entry<'n>(node: &'n Node, name: &str) -> Option<(&'n Key, &'n Node)> {
    node.entries().iter().find(|(key, _)| key.name == name).map(|(key, node)| (key, node))
}
