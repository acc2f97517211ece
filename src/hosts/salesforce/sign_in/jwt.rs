//! Signing in with an assertion that the app signs with its own key (Salesforce sheet 2.2, JWT bearer).

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::catalog::Boxed;
use crate::failure::{FailureClass, HostError};
use crate::hosts::connection_state::{Kept, fingerprint};
use crate::hosts::salesforce::sign_in::Desk;
use crate::hosts::salesforce::sign_in::desk::CALL;
use crate::hosts::session::{SignIn, SignedIn};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Seconds that an assertion lives; the org takes at most three to five minutes.
const LIVES: i64 = 180;

#[derive(Clone)]
pub(super) struct Jwt {
    pub desk: Desk,
    pub client_id: String,
    pub user: String,
    pub key: SecretString,
    pub audience: String,
}

impl SignIn for Jwt {
    fn kind(&self) -> &'static str {
        "jwt"
    }

    fn fingerprint(&self) -> String {
        let key = self.key.expose_secret();
        fingerprint([self.kind(), self.desk.login_url.as_str(), &self.client_id, &self.user, key, &self.audience])
    }

    fn tries(&self) -> u8 {
        1
    }

    fn sign_in(&self, _: Kept) -> Boxed<Result<SignedIn, HostError>> {
        let this = self.clone();
        Box::pin(async move { this.ask().await })
    }
}

impl Jwt {
    async fn ask(&self) -> Result<SignedIn, HostError> {
        let form = vec![("grant_type", GRANT.to_owned().into()), ("assertion", self.assertion()?)];
        let given = self.desk.ask(form).await.map_err(|error| self.explained(error))?;
        Ok(SignedIn { login: Some(self.user.clone()), ..given })
    }

    fn assertion(&self) -> Result<SecretString, HostError> {
        let unfit = |_| {
            let said = "the key of this login is no RSA private key; `key` names a PEM that begins with \
                        `-----BEGIN PRIVATE KEY-----`";
            HostError::new(FailureClass::SignedOut, CALL, said)
        };
        let key = EncodingKey::from_rsa_pem(self.key.expose_secret().as_bytes()).map_err(unfit)?;
        let exp = self.desk.clock.now().as_second() + LIVES;
        let claims = json!({ "iss": self.client_id, "sub": self.user, "aud": self.audience, "exp": exp });
        encode(&Header::new(Algorithm::RS256), &claims, &key).map(SecretString::from).map_err(unfit)
    }

    /// What to set, in one message: most refusals are about the audience or a consent that is missing (F-107).
    fn explained(&self, error: HostError) -> HostError {
        if error.class != FailureClass::SignedOut {
            return error;
        }
        let Jwt { audience, user, .. } = self;
        let host = self.desk.login_url.as_str();
        let next = match error.said.to_lowercase() {
            said if said.contains("audience") => {
                "set `audience: https://test.salesforce.com` for a sandbox, `https://login.salesforce.com` for production"
            }
            said if said.contains("approved") => {
                "let the app's policy pre-authorize the profile or permission set of this user"
            }
            said if said.contains("assertion") => "upload the certificate that belongs to `key` to the app",
            _ => "compare client id and user with the app's record",
        };
        let said =
            format!("{} (sent to {host}: audience {audience}, user {user}); {next}", error.said.trim_end_matches('.'));
        HostError { said, ..error }
    }
}
