//! The ways to sign in to an org, one file each (Salesforce sheet 2.1, 2.2).

mod client_credentials;
mod desk;
mod jwt;
mod password;
mod refresh_token;

pub use desk::Desk;
pub use refresh_token::{Pkce, RefreshToken};

use std::sync::Arc;

use secrecy::SecretString;

use crate::hosts::session::SignIn;

/// Who signs in, and how.
#[derive(Clone, Debug)]
pub enum Login {
    ClientCredentials {
        client_id: String,
        client_secret: SecretString,
    },
    Jwt {
        client_id: String,
        user: String,
        key: SecretString,
        audience: Option<String>,
    },
    RefreshToken {
        client_id: String,
        client_secret: Option<SecretString>,
        first: Option<SecretString>,
        redirect_url: Option<String>,
    },
    /// For migration only (CON-6).
    Password {
        user: String,
        password: SecretString,
        security_token: Option<SecretString>,
        soap_url: Option<String>,
    },
}

impl Login {
    /// The app that a person consents to, where it says where the browser comes back to.
    pub(super) fn consent(&self, desk: &Desk) -> Option<RefreshToken> {
        match self.clone() {
            Login::RefreshToken { client_id, client_secret, first, redirect_url: Some(back) } => {
                Some(RefreshToken { desk: desk.clone(), client_id, client_secret, first, redirect_url: Some(back) })
            }
            _ => None,
        }
    }

    /// The way to sign in at a desk.
    pub(super) fn way(&self, desk: &Desk) -> Arc<dyn SignIn> {
        let desk = desk.clone();
        match self.clone() {
            Login::ClientCredentials { client_id, client_secret } => {
                Arc::new(client_credentials::ClientCredentials { desk, client_id, client_secret })
            }
            Login::Jwt { client_id, user, key, audience } => {
                let audience = audience.unwrap_or_else(|| super::login_host::audience(&desk.login_url));
                Arc::new(jwt::Jwt { desk, client_id, user, key, audience })
            }
            Login::RefreshToken { client_id, client_secret, first, redirect_url } => {
                Arc::new(RefreshToken { desk, client_id, client_secret, first, redirect_url })
            }
            Login::Password { user, password, security_token, soap_url } => {
                let soap_url = soap_url.unwrap_or_else(|| desk.login_url.join(password::PATH));
                Arc::new(password::Password { desk, user, password, security_token, soap_url })
            }
        }
    }
}
