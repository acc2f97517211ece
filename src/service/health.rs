//! How the service stands, in one JSON object: for load balancers, monitoring and people.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::service::stop::Stop;
use crate::service::worker::{Halted, Standing, Worker};

/// What is told about: all workers of a service.
#[derive(Clone)]
pub struct Health {
    pub workers: Vec<Arc<Worker>>,
    pub stop: Stop,
}

impl Health {
    /// Whether it takes requests, and everything in it does what it should.
    pub fn report(&self) -> (bool, Json) {
        let bridges: serde_json::Map<String, Json> =
            self.workers.iter().map(|worker| (worker.bridge.to_string(), told(&worker.standing()))).collect();
        let well = self.workers.iter().all(|worker| is_well(&worker.standing()));
        let status = match (self.stop.is_asked(), well) {
            (true, _) => "stopping",
            (false, true) => "ok",
            (false, false) => "degraded",
        };
        (status == "ok", json!({ "status": status, "version": env!("CARGO_PKG_VERSION"), "bridges": bridges }))
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

fn told(standing: &Standing) -> Json {
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
        "held": standing.held,
        "held_from_before": standing.from_before,
    })
}
