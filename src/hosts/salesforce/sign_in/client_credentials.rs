//! Signing in as an app that names its own user (Salesforce sheet 2.2): the org's own address only.

use secrecy::{ExposeSecret, SecretString};

use crate::catalog::Boxed;
use crate::failure::HostError;
use crate::hosts::connection_state::{Kept, fingerprint};
use crate::hosts::salesforce::sign_in::Desk;
use crate::hosts::session::{SignIn, SignedIn};

pub(super) struct ClientCredentials {
    pub desk: Desk,
    pub client_id: String,
    pub client_secret: SecretString,
}

impl SignIn for ClientCredentials {
    fn kind(&self) -> &'static str {
        "client_credentials"
    }

    fn fingerprint(&self) -> String {
        fingerprint([self.kind(), self.desk.login_url.as_str(), &self.client_id, self.client_secret.expose_secret()])
    }

    fn tries(&self) -> u8 {
        3
    }

    fn sign_in(&self, _: Kept) -> Boxed<Result<SignedIn, HostError>> {
        let form = vec![
            ("grant_type", "client_credentials".to_owned().into()),
            ("client_id", self.client_id.clone().into()),
            ("client_secret", self.client_secret.clone()),
        ];
        let desk = self.desk.clone();
        Box::pin(async move { desk.ask(form).await })
    }
}
