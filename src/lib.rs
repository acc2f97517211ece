//! casebridge connects an online community (Khoros) with support cases (Salesforce), by rules that an admin can
//! read, test and preview, and that say why. `docs/architecture.md` is the map.

// Words: no IO.
pub mod calendar;
pub mod catalog;
pub mod event;
pub mod facts;
pub mod failure;
pub mod hint;
pub mod marker;
pub mod names;
pub mod plan;
pub mod ports;
pub mod predicate;
pub mod problem;
pub mod run;
pub mod settings;
pub mod span;
pub mod speaker;
pub mod value;

// Rooms, in the order in which an event passes them.
pub mod engine;
pub mod hosts;
pub mod intake;
pub mod packs;
pub mod rules;
pub mod script;
pub mod service;
pub mod state;
pub mod testing;

pub mod app;
pub mod cli;
pub mod config;
pub mod sandbox;
pub mod schema;
