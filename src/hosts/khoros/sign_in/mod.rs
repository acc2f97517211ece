//! The ways to sign in to a community, one file each, and what a call carries then (Khoros sheet 2).

mod oauth;
mod session_key;

pub use oauth::{Consent, OAuth};
pub use session_key::SessionKey;

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::failure::{FailureClass, HostError};
use crate::hosts::host_error::{CallError, redacted};
use crate::hosts::khoros::wire::Wire;
use crate::hosts::session::SignIn;
use crate::ports::HttpRequest;

/// Who signs in, and how.
#[derive(Clone, Debug)]
pub enum Login {
    /// Version 4.3 of the vendor's connector.
    Session { user: String, password: SecretString },
    /// Version 4.4.
    OAuth { client_id: String, client_secret: SecretString, redirect_url: String },
}

impl Login {
    /// The way to sign in over a wire.
    pub(super) fn way(&self, wire: &Arc<Wire>, tenant_id: &str) -> Arc<dyn SignIn> {
        match self.clone() {
            Login::Session { user, password } => Arc::new(SessionKey { wire: wire.clone(), user, password }),
            Login::OAuth { .. } => Arc::new(OAuth::new(wire, self, tenant_id)),
        }
    }
}

/// What says who calls.
#[derive(Clone, Debug)]
pub enum Key {
    Session(SecretString),
    /// An access token, which goes with the id of its app (Khoros sheet 2.5).
    Bearer(SecretString, String),
}

impl Key {
    /// The secret in it.
    pub fn secret(&self) -> &SecretString {
        match self {
            Key::Session(secret) | Key::Bearer(secret, _) => secret,
        }
    }

    /// Puts it into a request.
    pub fn put(&self, request: &mut HttpRequest) {
        match self {
            Key::Session(key) => request.secret_headers.push(("li-api-session-key".into(), key.clone())),
            Key::Bearer(token, client) => {
                let bearer = format!("Bearer {}", token.expose_secret());
                request.secret_headers.push(("authorization".into(), bearer.into()));
                request.headers.push(("client-id".into(), client.clone()));
            }
        }
    }
}

/// A refusal of signing in; only 5xx and the network are worth another try. Secrets are taken out of its words.
fn refused(error: CallError, secrets: &[&SecretString]) -> HostError {
    let error = HostError::from(error);
    let class = if error.is_temporary() { error.class.clone() } else { FailureClass::SignedOut };
    redacted(HostError { class, maybe_applied: false, ..error }, secrets)
}
