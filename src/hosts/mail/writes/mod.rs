//! What can be done with mail: one file for each write.

pub mod send_mail;
