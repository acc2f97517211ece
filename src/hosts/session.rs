//! Signing in to a host: one token, kept over starts, renewed once for all calls that wait for it.
//!
//! How to sign in is each host's own; where tokens are kept is behind `ports::Tokens`.

use std::future::Future;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::failure::{FailureClass, HostError};
use crate::ports::Tokens;

/// After so many refusals nothing is tried any more: hosts lock an account that goes on (Khoros sheet 2.2).
const TRIES: u8 = 3;

/// The session with one host.
pub struct Session {
    /// The token's name, such as `khoros:main`.
    name: String,
    tokens: Arc<dyn Tokens>,
    /// Refusals in a row; held while signing in, so that others wait for the same token.
    refused: Mutex<u8>,
}

impl Session {
    /// A session whose token is kept under a name.
    pub fn new(name: String, tokens: Arc<dyn Tokens>) -> Self {
        Session { name, tokens, refused: Mutex::new(0) }
    }

    /// The kept token, or a new one. With `dead`, one that is not that token.
    pub async fn token<F>(&self, dead: Option<&SecretString>, sign_in: F) -> Result<SecretString, HostError>
    where
        F: Future<Output = Result<SecretString, HostError>>,
    {
        if let Some(kept) = self.kept(dead) {
            return Ok(kept);
        }
        let mut refused = self.refused.lock().await;
        if let Some(kept) = self.kept(dead) {
            return Ok(kept);
        }
        if *refused >= TRIES {
            return Err(self.given_up());
        }
        match sign_in.await {
            Ok(token) => {
                *refused = 0;
                self.keep(token)
            }
            Err(error) => {
                *refused += u8::from(error.class == FailureClass::SignedOut);
                Err(error)
            }
        }
    }

    fn kept(&self, dead: Option<&SecretString>) -> Option<SecretString> {
        let is_dead = |kept: &SecretString| dead.is_some_and(|dead| dead.expose_secret() == kept.expose_secret());
        self.tokens.get(&self.name).filter(|kept| !is_dead(kept))
    }

    fn keep(&self, token: SecretString) -> Result<SecretString, HostError> {
        let unkept = |error: crate::ports::StoreError| {
            let said = format!("the session could not be kept: {error}");
            HostError::new(FailureClass::Temporary { after: None }, self.name.as_str(), said)
        };
        self.tokens.put(&self.name, Some(token.clone())).map_err(unkept)?;
        Ok(token)
    }

    fn given_up(&self) -> HostError {
        let said =
            format!("signing in was refused {TRIES} times and is not tried again; correct the login and restart");
        HostError::new(FailureClass::SignedOut, self.name.as_str(), said)
    }
}
