//! Which org we are in: sandbox tokens against production are recognised before the first write (CON-6), and a login at
//! the door of all orgs is followed to the org's own address.
//!
//! That the org is the one it was before is the session's to see: the id stands in every token answer.

use secrecy::SecretString;

use crate::failure::{FailureClass, HostError};
use crate::hosts::budget::Spent;
use crate::hosts::salesforce::client::bearing;
use crate::hosts::salesforce::{Client, answer, login_host};
use crate::hosts::url::with_query;
use crate::ports::HttpRequest;

/// What an org says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    pub id: String,
    pub is_sandbox: bool,
}

impl Client {
    /// Asked once per start, and only where the address says what the org should be.
    pub(super) async fn look_where_we_are(&self, token: &SecretString) -> Result<(), HostError> {
        let Some(expected) = login_host::is_sandbox(&self.settings().login_url) else { return Ok(()) };
        let look = || async {
            let Some(found) = self.organization(token).await? else { return Ok(()) };
            if found.is_sandbox != expected {
                let word = |is_sandbox| if is_sandbox { "a sandbox" } else { "production" };
                let why = format!(
                    "`login_url` is an address of {}, and this login leads to {}, {}; nothing was written there. \
                     Correct `login_url` or the login",
                    word(expected),
                    found.id,
                    word(found.is_sandbox)
                );
                return Err(self.session().hold(why).await);
            }
            self.session().learnt(Some(found.id), None).await
        };
        self.looked.get_or_try_init(look).await.map(|_| ())
    }

    /// None where our user may not read it.
    async fn organization(&self, token: &SecretString) -> Result<Option<Organization>, HostError> {
        let url = with_query(&self.data("query"), &[("q", "SELECT Id, IsSandbox FROM Organization")]);
        let request = HttpRequest { method: "GET", url, ..HttpRequest::default() };
        let (call, request) = ("salesforce: GET /query of Organization", bearing(&request, token));
        let answer = self.once(call, Spent::Read, request, answer::read, token).await;
        let rows = match answer.map_err(HostError::from) {
            Err(error) if error.class == FailureClass::Refused => return Ok(None),
            answered => answered?,
        };
        let row = &rows["records"][0];
        Ok(row["Id"].as_str().map(|id| Organization { id: id.to_owned(), is_sandbox: row["IsSandbox"] == true }))
    }

    /// Who we are there, for people; remembered with the connection (Salesforce sheet 2.3). Says nothing where our app may
    /// not ask.
    pub async fn learn_who_we_are(&self) -> Result<(), HostError> {
        let url = self.settings().login_url.join("services/oauth2/userinfo");
        let request = HttpRequest { method: "GET", url, ..Default::default() };
        let told = match self.call("salesforce: GET /services/oauth2/userinfo", Spent::Read, request).await {
            Err(error) if error.is_temporary() || error.class == FailureClass::SignedOut => return Err(error),
            told => told.unwrap_or_default(),
        };
        let text = |name: &str| told[name].as_str().map(str::to_owned);
        self.session().learnt(text("organization_id"), text("preferred_username")).await
    }

    /// An address of ours at the org's own host, which the token answer named; the allow-list still decides about it.
    pub(super) fn at_instance(&self, url: String) -> String {
        let login_url = &self.settings().login_url;
        if !login_host::is_shared(login_url) {
            return url;
        }
        match (self.session().kept().instance, url.strip_prefix(login_url.as_str())) {
            (Some(instance), Some(path)) => format!("{instance}{path}"),
            _ => url,
        }
    }
}
