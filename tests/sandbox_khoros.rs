//! The emulated community keeps to its sheet: the vectors of section 16.4, and what the shell around it promises.

#[path = "sandbox_khoros/control.rs"]
mod control;
#[path = "sandbox_khoros/documented.rs"]
mod documented;
#[path = "sandbox_khoros/events.rs"]
mod events;
#[path = "sandbox_khoros/files.rs"]
mod files;
#[path = "sandbox_khoros/graphql.rs"]
mod graphql;
#[path = "sandbox_khoros/liql.rs"]
mod liql;
#[path = "sandbox_khoros/many.rs"]
mod many;
#[path = "sandbox_khoros/nasty.rs"]
mod nasty;
#[path = "sandbox_khoros/oauth.rs"]
mod oauth;
#[path = "sandbox_khoros/receiver.rs"]
mod receiver;
#[path = "sandbox_khoros/rules.rs"]
mod rules;
#[path = "sandbox_khoros/site.rs"]
mod site;
#[path = "sandbox_khoros/slow.rs"]
mod slow;
#[path = "sandbox_khoros/v1.rs"]
mod v1;
#[path = "sandbox_khoros/vectors.rs"]
mod vectors;
#[path = "sandbox_khoros/writes.rs"]
mod writes;
