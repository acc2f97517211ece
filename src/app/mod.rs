//! Puts the program together; the only place that names every concrete part.

pub mod bridge;
pub mod connections;
mod logins;
pub mod online;
pub mod service;
pub mod system;
