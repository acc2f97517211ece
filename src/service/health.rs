//! How the service stands, in one JSON object: for load balancers, monitoring and people.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use crate::names::RuleAddress;
use crate::service::standing::{RulesStanding, RulesStandings};
use crate::service::stop::Stop;
use crate::service::streams::{StreamStanding, Streams};
use crate::service::worker::{Halted, Standing, Worker};

/// What is told about: all workers of a service.
#[derive(Clone)]
pub struct Health {
    pub workers: Vec<Arc<Worker>>,
    pub streams: Streams,
    pub stop: Stop,
    /// How the rules of each bridge stand.
    pub rules: watch::Receiver<RulesStandings>,
}

impl Health {
    /// Whether it takes requests, and everything in it does what it should.
    pub fn report(&self) -> (bool, Json) {
        let rules = self.rules.borrow().clone();
        let bridge = |worker: &Arc<Worker>| {
            let (name, standing) = (&worker.bridge, worker.standing());
            (name.to_string(), told(&standing, &worker.lag(), rules.get(name)))
        };
        let bridges: serde_json::Map<String, Json> = self.workers.iter().map(bridge).collect();
        let streams = self.streams.standing();
        let well = self.workers.iter().all(|worker| is_well(&worker.standing()))
            && rules.values().all(|rules| rules.refused.is_none())
            && streams.values().all(StreamStanding::is_well);
        let streams: serde_json::Map<String, Json> =
            streams.iter().map(|(org, streams)| (org.clone(), streams.told())).collect();
        let status = match (self.stop.is_asked(), well) {
            (true, _) => "stopping",
            (false, true) => "ok",
            (false, false) => "degraded",
        };
        let version = env!("CARGO_PKG_VERSION");
        let report = json!({ "status": status, "version": version, "bridges": bridges, "streams": streams });
        (status == "ok", report)
    }

    /// Whether it takes requests: it has opened, and does not stop.
    pub fn is_ready(&self) -> bool {
        !self.stop.is_asked()
    }
}

fn is_well(standing: &Standing) -> bool {
    standing.failing.is_none() && standing.halted.is_empty()
}

/// What of a bridge stands first in its line.
pub fn state(standing: &Standing) -> &'static str {
    match standing {
        _ if !standing.halted.is_empty() => "halted",
        _ if standing.paused.iter().any(|what| what == "*") => "paused",
        _ if standing.failing.is_some() => "failing",
        _ => "running",
    }
}

fn halted(halted: &Halted) -> Json {
    json!({ "connection": halted.connection, "host": halted.host, "error": halted.error })
}

fn told(standing: &Standing, lag: &BTreeMap<RuleAddress, i64>, rules: Option<&RulesStanding>) -> Json {
    let moment = |moment: &Option<Timestamp>| moment.map(|moment| moment.to_string());
    json!({
        "state": state(standing),
        "turns": standing.turns,
        "last_turn": moment(&standing.last_turn),
        "next": moment(&standing.next),
        "failing": standing.failing.as_ref().map(|(since, error)| json!({ "since": since.to_string(), "error": error })),
        "halted": standing.halted.iter().map(halted).collect::<Vec<_>>(),
        "paused": standing.paused,
        "waiting": standing.waiting,
        "parked": standing.parked.count,
        "late": lag.iter().filter(|(_, seconds)| **seconds > 0).collect::<BTreeMap<_, _>>(),
        "held": standing.held,
        "held_from_before": standing.from_before,
        "rules": rules.map(|rules| told_of_rules(rules, standing)),
    })
}

fn told_of_rules(rules: &RulesStanding, standing: &Standing) -> Json {
    json!({
        "generation": rules.generation,
        "digest": rules.digest,
        "since": rules.since.to_string(),
        // The worker takes new rules between two turns.
        "at_work": standing.rules.as_ref() == Some(&rules.digest),
        "refusals": rules.refusals,
        "refused": rules.refused.as_ref().map(|refused| json!({
            "since": refused.since.to_string(),
            "at": refused.at.to_string(),
            "problems": refused.lines,
        })),
    })
}
