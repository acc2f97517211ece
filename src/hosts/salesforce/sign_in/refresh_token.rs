//! Signing in by a consent (Salesforce sheet 2.2): the first refresh token comes from the configuration or from
//! `connect authorize`, later ones from what is kept, since with rotation each works once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::catalog::Boxed;
use crate::failure::{FailureClass, HostError};
use crate::hosts::connection_state::{Kept, fingerprint};
use crate::hosts::salesforce::sign_in::Desk;
use crate::hosts::salesforce::sign_in::desk::CALL;
use crate::hosts::session::{SignIn, SignedIn};
use crate::hosts::url::with_query;

/// The app, and the refresh token to begin with.
#[derive(Clone)]
pub struct RefreshToken {
    pub(super) desk: Desk,
    pub(super) client_id: String,
    pub(super) client_secret: Option<SecretString>,
    pub(super) first: Option<SecretString>,
    pub(super) redirect_url: Option<String>,
}

/// Proves that who brings the code is who asked for it; 43 characters at least.
pub struct Pkce(pub SecretString);

impl Pkce {
    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.expose_secret()))
    }
}

impl SignIn for RefreshToken {
    fn kind(&self) -> &'static str {
        "refresh_token"
    }

    fn fingerprint(&self) -> String {
        let text = |secret: &Option<SecretString>| secret.as_ref().map_or("", |s| s.expose_secret()).to_owned();
        let (secret, first) = (text(&self.client_secret), text(&self.first));
        fingerprint([self.kind(), self.desk.login_url.as_str(), &self.client_id, &secret, &first])
    }

    fn tries(&self) -> u8 {
        1
    }

    fn can(&self, kept: &Kept) -> Result<(), String> {
        match kept.refresh.as_ref().or(self.first.as_ref()) {
            Some(_) => Ok(()),
            None => Err("nobody has authorized this connection yet; `casebridge connect authorize` does".into()),
        }
    }

    fn sign_in(&self, kept: Kept) -> Boxed<Result<SignedIn, HostError>> {
        let this = self.clone();
        Box::pin(async move {
            let token = kept.refresh.or(this.first.clone());
            let token = token.ok_or_else(|| HostError::new(FailureClass::SignedOut, CALL, "there is no token"))?;
            this.ask(vec![("grant_type", "refresh_token".to_owned().into()), ("refresh_token", token)]).await
        })
    }
}

impl RefreshToken {
    /// Where the browser comes back to.
    pub fn redirect_url(&self) -> Option<&str> {
        self.redirect_url.as_deref()
    }

    /// Where a person consents.
    pub fn authorize_url(&self, state: &str, pkce: &Pkce) -> String {
        let challenge = pkce.challenge();
        let params = [
            ("response_type", "code"),
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", self.redirect_url.as_deref().unwrap_or_default()),
            ("scope", "api refresh_token"),
            ("state", state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        with_query(&self.desk.login_url.join("services/oauth2/authorize"), &params)
    }

    /// Tokens for a consent.
    pub async fn exchange(&self, code: SecretString, pkce: Pkce) -> Result<SignedIn, HostError> {
        let back = self.redirect_url.clone().unwrap_or_default();
        let grant = "authorization_code".to_owned();
        let form = vec![
            ("grant_type", grant.into()),
            ("code", code),
            ("redirect_uri", back.into()),
            ("code_verifier", pkce.0),
        ];
        self.ask(form).await
    }

    async fn ask(&self, mut form: Vec<(&'static str, SecretString)>) -> Result<SignedIn, HostError> {
        form.push(("client_id", self.client_id.clone().into()));
        form.extend(self.client_secret.clone().map(|secret| ("client_secret", secret)));
        self.desk.ask(form).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_vector() {
        let pkce = Pkce("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned().into());
        assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
