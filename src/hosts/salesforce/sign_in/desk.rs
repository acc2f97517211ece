//! The token endpoint: forms in, a token or a refusal out (Salesforce sheet 2.2).

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::Value as Json;

use crate::failure::{FailureClass, HostError};
use crate::hosts::budget::{Budget, Spent};
use crate::hosts::host_error::{no_answer, redacted};
use crate::hosts::salesforce::answer;
use crate::hosts::session::SignedIn;
use crate::hosts::url::BaseUrl;
use crate::ports::{Clock, Http, HttpAnswer, HttpBody, HttpRequest};

/// The call, for people.
pub const CALL: &str = "salesforce: POST /services/oauth2/token";

/// Where an org gives tokens.
#[derive(Clone)]
pub struct Desk {
    pub login_url: BaseUrl,
    pub http: Arc<dyn Http>,
    pub clock: Arc<dyn Clock>,
    pub budget: Arc<Budget>,
}

impl Desk {
    /// Asks for a token. Every 400 here is for good, whatever its text; only 5xx and the network are worth another try.
    pub async fn ask(&self, form: Vec<(&str, SecretString)>) -> Result<SignedIn, HostError> {
        let secrets: Vec<SecretString> =
            form.iter().filter(|(name, _)| is_secret(name)).map(|(_, s)| s.clone()).collect();
        let body = HttpBody::Form(form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
        let url = self.login_url.join("services/oauth2/token");
        let answer = self.send(CALL, HttpRequest { method: "POST", url, body, ..Default::default() }).await?;
        let read = answer::read(CALL, &answer, self.clock.now()).map_err(HostError::from);
        granted(&read.map_err(|error| redacted(refused(error), &secrets.iter().collect::<Vec<_>>()))?)
    }

    /// One request that comes before any write.
    pub async fn send(&self, call: &str, request: HttpRequest) -> Result<HttpAnswer, HostError> {
        self.budget.spend(Spent::Login);
        self.http.send(request).await.map_err(|failure| no_answer(call, failure).before_the_write())
    }
}

/// A refusal of signing in, unless waiting helps.
pub fn refused(error: HostError) -> HostError {
    let class = if error.is_temporary() { error.class.clone() } else { FailureClass::SignedOut };
    HostError { class, maybe_applied: false, ..error }
}

fn is_secret(field: &str) -> bool {
    matches!(field, "client_secret" | "refresh_token" | "assertion" | "code" | "code_verifier")
}

/// Reads a token answer. The last two steps of `id` are the org and the user.
fn granted(answer: &Json) -> Result<SignedIn, HostError> {
    let text = |name: &str| answer[name].as_str().filter(|text| !text.is_empty());
    let Some(access) = text("access_token") else {
        return Err(HostError::new(FailureClass::Unreadable, CALL, "the answer holds no token"));
    };
    let place = text("id").and_then(|id| id.rsplit('/').nth(1));
    Ok(SignedIn {
        access: access.to_owned().into(),
        refresh: text("refresh_token").map(|token| token.to_owned().into()),
        ends: None,
        login: None,
        account: None,
        place: place.filter(|org| org.starts_with("00D")).map(str::to_owned),
        instance: text("instance_url").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_org_stands_in_the_identity_address() {
        let answer = serde_json::json!({ "access_token": "t", "instance_url": "https://acme.my.salesforce.com",
            "id": "https://login.salesforce.com/id/00D5g00000ABCDEEA5/0055g000001xyzAAAQ" });
        assert_eq!(granted(&answer).expect("a token").place.as_deref(), Some("00D5g00000ABCDEEA5"));
        assert!(granted(&serde_json::json!({ "access_token": "" })).is_err());
    }
}
