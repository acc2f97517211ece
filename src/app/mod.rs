//! Puts the program together; the only place that names every concrete part.

pub mod system;
