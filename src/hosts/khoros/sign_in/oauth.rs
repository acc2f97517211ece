//! Signing in by consent (Khoros sheet 2.5): a person allows it once, then the refresh token does. The login of
//! connector 4.4.

use std::sync::Arc;

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value as Json, json};

use crate::catalog::Boxed;
use crate::failure::{FailureClass, HostError};
use crate::hosts::budget::Spent;
use crate::hosts::connection_state::{Kept, fingerprint};
use crate::hosts::khoros::answer;
use crate::hosts::khoros::sign_in::{Login, refused};
use crate::hosts::khoros::wire::Wire;
use crate::hosts::session::{SignIn, SignedIn};
use crate::hosts::url::with_query;
use crate::ports::{HttpBody, HttpRequest};

/// So long before its end a token is renewed; the vendor's own SDK does the same (Khoros sheet 2.5).
const AHEAD: SignedDuration = SignedDuration::from_secs(60);

/// The app at the community, and the address that consent comes back to.
#[derive(Clone)]
pub struct OAuth {
    wire: Arc<Wire>,
    tenant_id: String,
    client_id: String,
    client_secret: SecretString,
    redirect_url: String,
}

/// What the browser came back with.
#[derive(Clone, Debug)]
pub struct Consent {
    pub code: SecretString,
    pub tenant_id: Option<String>,
}

impl SignIn for OAuth {
    fn kind(&self) -> &'static str {
        "oauth"
    }

    fn fingerprint(&self) -> String {
        fingerprint(["oauth", self.wire.base_url.as_str(), &self.client_id, self.client_secret.expose_secret()])
    }

    fn tries(&self) -> u8 {
        1
    }

    fn can(&self, kept: &Kept) -> Result<(), String> {
        match kept.refresh {
            Some(_) => Ok(()),
            None => Err("nobody has authorized this connection yet; `casebridge connect authorize` does".into()),
        }
    }

    fn sign_in(&self, kept: Kept) -> Boxed<Result<SignedIn, HostError>> {
        let this = self.clone();
        Box::pin(async move { this.refresh(kept).await })
    }
}

impl OAuth {
    pub(in crate::hosts::khoros) fn new(wire: &Arc<Wire>, login: &Login, tenant_id: &str) -> Self {
        let (client_id, client_secret, redirect_url) = match login.clone() {
            Login::OAuth { client_id, client_secret, redirect_url } => (client_id, client_secret, redirect_url),
            Login::Session { .. } => Default::default(),
        };
        OAuth { wire: wire.clone(), tenant_id: tenant_id.to_owned(), client_id, client_secret, redirect_url }
    }

    /// Where the browser comes back to.
    pub fn redirect_url(&self) -> &str {
        &self.redirect_url
    }

    /// Where a person consents; `state` comes back with the answer.
    pub fn authorize_url(&self, state: &str) -> String {
        let params = [
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", &self.redirect_url),
            ("response_type", "code"),
            ("state", state),
        ];
        with_query(&self.wire.base_url.join("auth/oauth2/authorize"), &params)
    }

    /// Tokens for a consent.
    pub async fn exchange(&self, consent: &Consent) -> Result<SignedIn, HostError> {
        let body = json!({
            "code": consent.code.expose_secret(), "redirect_uri": self.redirect_url,
            "grant_type": "authorization_code",
        });
        let place = consent.tenant_id.clone().unwrap_or_else(|| self.tenant_id.clone());
        let given = self.ask("accessToken", body, &[&consent.code]).await?;
        Ok(SignedIn { place: Some(place), ..given })
    }

    async fn refresh(&self, kept: Kept) -> Result<SignedIn, HostError> {
        let Some(refresh) = kept.refresh else {
            return Err(HostError::new(
                FailureClass::SignedOut,
                "khoros: POST /auth/refreshToken",
                "there is no token",
            ));
        };
        let body = json!({ "refresh_token": refresh.expose_secret(), "grant_type": "refresh_token" });
        self.ask("refreshToken", body, &[&refresh]).await
    }

    async fn ask(&self, path: &str, mut body: Json, secrets: &[&SecretString]) -> Result<SignedIn, HostError> {
        let call = format!("khoros: POST /auth/{path}");
        body["client_id"] = json!(self.client_id);
        body["client_secret"] = json!(self.client_secret.expose_secret());
        let request = HttpRequest {
            method: "POST",
            url: self.wire.base_url.join(&format!("{}/api/2.0/auth/{path}", self.tenant_id)),
            headers: vec![("client-id".into(), self.client_id.clone())],
            body: HttpBody::Json(body),
            ..HttpRequest::default()
        };
        let answer = self.wire.send(&call, Spent::Login, request).await.map_err(HostError::before_the_write)?;
        let secrets: Vec<&SecretString> = secrets.iter().copied().chain([&self.client_secret]).collect();
        let envelope = answer::read(&call, &answer, self.wire.clock.now()).map_err(|error| refused(error, &secrets))?;
        self.granted(&call, &envelope)
    }

    fn granted(&self, call: &str, envelope: &Json) -> Result<SignedIn, HostError> {
        let Some(given) = unwrapped(envelope) else {
            return Err(HostError::new(FailureClass::Unreadable, call, "the answer holds no token"));
        };
        let text = |name: &str| given[name].as_str().map(str::to_owned);
        let lives = given["expires_in"].as_i64().or_else(|| given["expires_in"].as_str()?.parse().ok());
        let ends = lives.and_then(|seconds| {
            let ends = self.wire.clock.now().checked_add(SignedDuration::from_secs(seconds)).ok()?;
            ends.checked_sub(AHEAD).ok()
        });
        Ok(SignedIn {
            access: text("access_token").unwrap_or_default().into(),
            refresh: text("refresh_token").filter(|token| !token.is_empty()).map(SecretString::from),
            ends,
            account: text("userId"),
            ..SignedIn::default()
        })
    }
}

/// Token answers are wrapped in several ways: step through `response` and `data` until the token appears (Khoros sheet
/// 2.5).
fn unwrapped(envelope: &Json) -> Option<&Json> {
    let mut json = envelope;
    // The deepest that was seen is two.
    for _ in 0..4 {
        if json["access_token"].as_str().is_some_and(|token| !token.is_empty()) {
            return Some(json);
        }
        json = [&json["response"], &json["data"]].into_iter().find(|inner| inner.is_object())?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_however_deep_it_is_wrapped() {
        let token = json!({ "access_token": "a" });
        for wrapped in [
            token.clone(),
            json!({ "response": { "status": "success", "data": token } }),
            json!({ "data": { "status": "success", "data": token } }),
        ] {
            assert_eq!(unwrapped(&wrapped), Some(&token));
        }
        assert_eq!(unwrapped(&json!({ "data": { "data": 1 } })), None);
        assert_eq!(unwrapped(&json!({ "access_token": "" })), None);
    }
}
