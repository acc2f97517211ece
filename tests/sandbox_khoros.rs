//! The emulated community keeps to its sheet: the vectors of section 16.4, and what the shell around it promises.

#[path = "sandbox_khoros/control.rs"]
mod control;
#[path = "sandbox_khoros/documented.rs"]
mod documented;
#[path = "sandbox_khoros/rules.rs"]
mod rules;
#[path = "sandbox_khoros/site.rs"]
mod site;
#[path = "sandbox_khoros/vectors.rs"]
mod vectors;
