//! Mail to people of our own side, over a real SMTP conversation (CON-7).
//!
//! When failures are mailed is decided in `service/incidents.rs`, when rules mail in the rules.

mod mailer;
mod sender;
mod server;
pub mod writes;

pub use mailer::{Mailer, last_failure};
pub use sender::Sender;
pub use server::{Server, Way};

use std::sync::Arc;

use crate::catalog::Catalog;

/// How rules mail.
#[derive(Clone, Default)]
pub struct Mailing {
    /// None where no mail may leave: in a sandbox whose mail server is another machine.
    pub sender: Option<Sender>,
    /// The only addresses that rules write to; none where nobody asked, as without a `casebridge.yaml`.
    pub to: Option<Arc<[String]>>,
}

/// Adds what rules can do with mail.
pub fn add_to(catalog: &mut Catalog, mailing: &Mailing) {
    catalog.add(writes::send_mail::send_mail(mailing));
}
