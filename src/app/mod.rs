//! Puts the program together; the only place that names every concrete part.

pub mod bridge;
pub mod connections;
pub mod doors;
pub mod each;
mod logins;
pub mod mail;
pub mod online;
mod secrets;
pub mod service;
pub mod streams;
pub mod system;
