//! Sends failure mails. Whether that works is kept beside the tokens, so that `connect status` says it also while the
//! service holds the store.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::hosts::mail::Sender;
use crate::ports::Tokens;

/// The name under which the last failure of mail is kept.
const KEPT: &str = "mail";

/// Sends mails to those who look after the connections.
#[derive(Clone)]
pub struct Mailer {
    sender: Sender,
    to: Vec<String>,
    tokens: Arc<dyn Tokens>,
}

impl Mailer {
    /// A mailer; nothing is connected before there is something to send.
    pub fn new(sender: Sender, to: Vec<String>, tokens: Arc<dyn Tokens>) -> Self {
        Mailer { sender, to, tokens }
    }

    /// Sends a text to everybody at once. A failure is also kept, until one gets through.
    pub async fn send_mail(&self, subject: &str, body: &str) -> Result<(), String> {
        let sent = self.sender.send(&self.to, subject, body, None).await;
        let sent = sent.map_err(|error| format!("mail through {}: {error}", self.sender.server.host));
        let kept = sent.as_ref().err().map(|why| SecretString::from(why.clone()));
        if self.tokens.get(KEPT).is_some() || kept.is_some() {
            // A failure that cannot be noted down is still returned.
            let _unkept = self.tokens.put(KEPT, kept);
        }
        sent
    }
}

/// Why the last mail did not get through; none when it did.
pub fn last_failure(tokens: &Arc<dyn Tokens>) -> Option<String> {
    tokens.get(KEPT).map(|why| why.expose_secret().to_owned())
}
