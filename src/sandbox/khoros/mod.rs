//! The emulated Khoros community, written from the reference sheet (`reference/khoros.md`, named "sheet" below).
//!
//! What the sheet marks as inferred stands behind a switch (`switches.rs`) or is marked "inferred" where it is decided.

mod switches;

mod attachment;
mod board;
mod generate;
mod index;
mod member;
mod message;
mod notes;
mod roster;
mod store;
mod subscription;

mod community;
mod threads;

mod edit;
mod edit_people;
mod edit_threads;
mod world;

mod flood;
mod oauth;
mod sessions;

mod events;
mod firehose;
mod post;

mod catalog;
mod liql;
mod show;

mod graphql;

mod answer;
mod answer_v1;
mod desk;
mod host;
mod routes;
mod telling;

pub use host::Khoros;
