//! One bridge, opened: its catalog, its rules, its engine.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::app::connections::{Clients, Connections};
use crate::app::system::SystemEntropy;
use crate::calendar;
use crate::catalog::Catalog;
use crate::config::Config;
pub use crate::engine::NotOpened;
use crate::engine::{Engine, Happened, Parts};
use crate::hosts::mail::Mailing;
use crate::hosts::{khoros, mail, notebook, salesforce};
use crate::names::BridgeId;
use crate::packs::{self, Compiled, Sources};
use crate::ports::{Clock, Http, Store, Tokens};
use crate::problem::Problem;
use crate::state::MemoryStore;
use crate::testing::Ground;
use crate::value::Value;

/// What a bridge is opened with; the seams are handed in.
#[derive(Clone)]
pub struct Opening {
    pub bridge: BridgeId,
    pub connections: Connections,
    pub sources: Sources,
    pub store: Arc<dyn Store>,
    pub tokens: Arc<dyn Tokens>,
    pub http: Arc<dyn Http>,
    pub clock: Arc<dyn Clock>,
}

/// A bridge at work.
pub struct Bridge {
    pub engine: Engine,
    pub catalog: Arc<Catalog>,
    pub clients: Clients,
    /// What is not quite right in the rules.
    pub warnings: Vec<Problem>,
}

impl Opening {
    /// Compiles the rules and takes up what was begun before.
    pub fn open(&self, watch: Arc<dyn Fn(Happened) + Send + Sync>) -> Result<Bridge, NotOpened> {
        self.open_with(self.connections.clients(&self.http, &self.clock, &self.tokens), watch)
    }

    /// The same over clients that are there already.
    pub fn open_with(&self, clients: Clients, watch: Arc<dyn Fn(Happened) + Send + Sync>) -> Result<Bridge, NotOpened> {
        let catalog = catalog(&self.bridge, &clients, &self.store);
        let Compiled { rules, warnings, .. } = packs::compile(&self.sources, &catalog).map_err(NotOpened::Rules)?;
        let index_lag = match rules.settings.get("index_lag") {
            Value::Span(lag) => *lag,
            _ => SignedDuration::from_mins(5),
        };
        if let Some(Ok(zone)) = rules.settings.get("zone").as_str().map(calendar::zone) {
            clients.salesforce.in_zone(zone);
        }
        let archive = catalog.clone();
        let engine = Engine::open(Parts {
            bridge: self.bridge.clone(),
            catalog: catalog.clone(),
            rules: Arc::new(rules),
            recompile: Arc::new(move |sources| packs::compile::recompile(sources, &archive)),
            store: self.store.clone(),
            clock: self.clock.clone(),
            entropy: Arc::new(SystemEntropy),
            index_lag,
            watch,
        })?;
        Ok(Bridge { engine, catalog, clients, warnings })
    }
}

/// All functions and facts of a bridge.
pub fn catalog(bridge: &BridgeId, clients: &Clients, store: &Arc<dyn Store>) -> Arc<Catalog> {
    let mut catalog = Catalog::default();
    khoros::add_to(&mut catalog, &clients.khoros);
    let files = khoros::files(&clients.khoros);
    salesforce::add_to(&mut catalog, &clients.salesforce, clients.khoros.tenant(), bridge, &files);
    mail::add_to(&mut catalog, &clients.mail);
    notebook::add_to(&mut catalog, store, bridge);
    Arc::new(catalog)
}

/// The same over hosts that are never called, for what only needs to know what there is.
pub fn offline_catalog() -> Arc<Catalog> {
    offline(Connections::nowhere())
}

/// The same with what the configuration allows.
pub fn offline_catalog_of(config: &Config) -> Arc<Catalog> {
    let mail = Mailing { sender: None, to: Some(config.mail_to.as_slice().into()) };
    offline(Connections { mail, ..Connections::nowhere() })
}

fn offline(connections: Connections) -> Arc<Catalog> {
    let store: Arc<dyn Store> = MemoryStore::new();
    catalog(&BridgeId::from("offline"), &connections.offline_clients(), &store)
}

/// What a rule test is played on: a notebook in memory, and functions whose hosts the test replaces.
pub fn test_ground() -> Ground {
    let (bridge, store): (_, Arc<dyn Store>) = (BridgeId::from("test"), MemoryStore::new());
    let catalog = catalog(&bridge, &Connections::nowhere().offline_clients(), &store);
    Ground { bridge, store, catalog }
}
