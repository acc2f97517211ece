//! All tests of the running program, one binary; each file is a feature, each test a sentence.

mod architecture;
mod config;
mod contracts;
mod faults;
mod hosts_facts;
mod hosts_http;
mod hosts_khoros;
mod hosts_pair;
mod hosts_salesforce;
mod killed;
mod main_job;
mod problems;
mod rule_files;
mod sandbox_khoros;
mod sandbox_salesforce;
mod script_checks;
mod script_later;
mod script_limits;
mod script_lines;
mod script_rules;
mod script_text;
mod script_world;
mod scripted_rules;
mod state_folder;
mod world;
mod yaml_reader;
