//! All tests of the running program, one binary; each file is a feature, each test a sentence.

mod architecture;
mod config;
mod contracts;
mod hosts_facts;
mod hosts_http;
mod hosts_khoros;
mod hosts_pair;
mod hosts_salesforce;
mod killed;
mod main_job;
mod sandbox_khoros;
mod sandbox_salesforce;
mod state_folder;
mod world;
