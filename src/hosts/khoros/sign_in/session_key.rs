//! Signing in with user and password for a session key (Khoros sheet 2.2): the login of connector 4.3.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::catalog::Boxed;
use crate::failure::{FailureClass, HostError};
use crate::hosts::budget::Spent;
use crate::hosts::connection_state::{Kept, fingerprint};
use crate::hosts::khoros::answer;
use crate::hosts::khoros::sign_in::refused;
use crate::hosts::khoros::wire::Wire;
use crate::hosts::session::{SignIn, SignedIn};
use crate::ports::{HttpBody, HttpRequest};

const CALL: &str = "khoros: POST /authentication/sessions/login";

/// User and password.
#[derive(Clone)]
pub struct SessionKey {
    pub(super) wire: Arc<Wire>,
    pub(super) user: String,
    pub(super) password: SecretString,
}

impl SignIn for SessionKey {
    fn kind(&self) -> &'static str {
        "session"
    }

    fn fingerprint(&self) -> String {
        fingerprint(["session", self.wire.base_url.as_str(), &self.user, self.password.expose_secret()])
    }

    fn tries(&self) -> u8 {
        3
    }

    fn sign_in(&self, _: Kept) -> Boxed<Result<SignedIn, HostError>> {
        let this = self.clone();
        Box::pin(async move { this.ask().await })
    }
}

impl SessionKey {
    async fn ask(&self) -> Result<SignedIn, HostError> {
        let body = HttpBody::Form(vec![
            ("user.login".into(), self.user.clone().into()),
            ("user.password".into(), self.password.clone()),
            ("restapi.response_format".into(), "json".to_owned().into()),
        ]);
        let url = self.wire.base_url.join("restapi/vc/authentication/sessions/login");
        let request = HttpRequest { method: "POST", url, body, ..HttpRequest::default() };
        let answer = self.wire.send(CALL, Spent::Login, request).await.map_err(HostError::before_the_write)?;
        let envelope = answer::read(CALL, &answer, self.wire.clock.now());
        let envelope = envelope.map_err(|error| self.explained(refused(error, &[&self.password])))?;
        match envelope["value"]["$"].as_str().filter(|key| !key.is_empty()) {
            Some(key) => {
                Ok(SignedIn { access: key.to_owned().into(), login: Some(self.user.clone()), ..SignedIn::default() })
            }
            None => Err(HostError::new(FailureClass::Unreadable, CALL, "the answer holds no session key")),
        }
    }

    /// The community gives one answer to a wrong password and to an account without one (CON-5).
    fn explained(&self, error: HostError) -> HostError {
        // 302 is a failed login (inferred).
        if error.class != FailureClass::SignedOut || error.code.as_deref() != Some("302") {
            return error;
        }
        let said = format!(
            "{} Either the password of `{}` is wrong, or the account signs in by SSO and has none here",
            error.said, self.user
        );
        HostError { said, ..error }
    }
}
