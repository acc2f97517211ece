//! How the two hosts of a bridge are reached: as configured, or as a sandbox says.

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::Value as Json;

use crate::app::{self, logins};
use crate::config::hosts::{DEFAULT_API_VERSION, DEFAULT_THREAD_KEY_FIELD};
use crate::config::{BridgeConfig, Config};
use crate::hosts::allow_hosts::AllowHosts;
use crate::hosts::http::Web;
use crate::hosts::mail::Mailing;
use crate::hosts::url::BaseUrl;
use crate::hosts::{khoros, salesforce};
use crate::ports::{Clock, Http, HttpFailure, StoreError, Tokens};
use crate::problem::Problem;

/// Both logins of a bridge.
#[derive(Clone)]
pub struct Connections {
    /// The names that the configuration gives to community and org; tokens are kept under them.
    pub community: String,
    pub org: String,
    pub khoros: khoros::Settings,
    pub salesforce: salesforce::Settings,
    pub mail: Mailing,
    pub allow: AllowHosts,
}

/// The clients of a bridge.
#[derive(Clone)]
pub struct Clients {
    pub khoros: Arc<khoros::Client>,
    pub salesforce: Arc<salesforce::Client>,
    pub mail: Mailing,
}

impl Connections {
    /// The logins that a sandbox printed; no pace is kept towards it.
    pub fn of_sandbox(hosts: &Json) -> Result<Self, String> {
        let text = |pointer: &str| {
            let found = hosts.pointer(pointer).and_then(Json::as_str);
            found.map(str::to_owned).ok_or_else(|| format!("the sandbox does not say {pointer}"))
        };
        let url = |pointer: &str| BaseUrl::parse(&text(pointer)?);
        let (community, ht) = url("/khoros/url")?;
        let (org, _) = url("/salesforce/url")?;
        let secret = |pointer: &str| text(pointer).map(SecretString::from);
        let allow = AllowHosts::new([community.as_str(), org.as_str()], [], false);
        Ok(Connections {
            community: "sandbox".into(),
            org: "sandbox".into(),
            khoros: khoros::Settings {
                base_url: community,
                context: "t5/s".into(),
                tenant_id: text("/khoros/tenant_id")?,
                proxy: true,
                login: khoros::sign_in::Login::Session {
                    user: text("/khoros/login")?,
                    password: secret("/khoros/password")?,
                },
                ht,
                pace: None,
            },
            salesforce: salesforce::Settings {
                login_url: org,
                login: salesforce::sign_in::Login::ClientCredentials {
                    client_id: text("/salesforce/client_id")?,
                    client_secret: secret("/salesforce/client_secret")?,
                },
                api_version: DEFAULT_API_VERSION.into(),
                thread_key_field: DEFAULT_THREAD_KEY_FIELD.into(),
                auto_assign_on_create: true,
            },
            mail: Mailing::default(),
            allow,
        })
    }

    /// The network for these hosts, and no others.
    pub fn web(&self) -> Result<Arc<dyn Http>, String> {
        Web::new(self.allow.clone()).map(|web| Arc::new(web) as Arc<dyn Http>).map_err(|failure| failure.to_string())
    }

    /// Clients for both hosts.
    pub fn clients(&self, http: &Arc<dyn Http>, clock: &Arc<dyn Clock>, tokens: &Arc<dyn Tokens>) -> Clients {
        let (http, clock, tokens) = (|| http.clone(), || clock.clone(), || tokens.clone());
        Clients {
            khoros: khoros::Client::new(&self.community, self.khoros.clone(), http(), clock(), tokens()),
            salesforce: salesforce::Client::new(&self.org, self.salesforce.clone(), http(), clock(), tokens()),
            mail: self.mail.clone(),
        }
    }
}

impl Connections {
    /// The logins of a bridge as configured; secrets are read now, and all that are not found are said at once.
    pub fn of_config(config: &Config, bridge: &BridgeConfig) -> Result<Self, Vec<Problem>> {
        let (community, org) = (&config.communities[&bridge.community], &config.orgs[&bridge.org]);
        let read = (logins::community(community), logins::org(org), app::mail::mailing(config, false));
        let (khoros, salesforce, mail) = match read {
            (Ok(khoros), Ok(salesforce), Ok(mail)) => (khoros, salesforce, mail),
            (khoros, salesforce, mail) => {
                return Err([khoros.err(), salesforce.err(), mail.err()].into_iter().flatten().flatten().collect());
            }
        };
        let allow = allowed(config, [&khoros.base_url], [&salesforce]);
        let (community, org) = (bridge.community.clone(), bridge.org.clone());
        Ok(Connections { community, org, khoros, salesforce, mail, allow })
    }
}

/// Which hosts may be called: those of the connections, and what the file adds (CON-9).
pub(super) fn allowed<'a>(
    config: &'a Config,
    communities: impl IntoIterator<Item = &'a BaseUrl>,
    orgs: impl IntoIterator<Item = &'a salesforce::Settings>,
) -> AllowHosts {
    let soap = |settings: &'a salesforce::Settings| match &settings.login {
        salesforce::sign_in::Login::Password { soap_url, .. } => soap_url.as_deref(),
        _ => None,
    };
    let of_org = |settings: &'a salesforce::Settings| [Some(settings.login_url.as_str()), soap(settings)];
    let named = communities.into_iter().map(BaseUrl::as_str);
    let named = named.chain(orgs.into_iter().flat_map(of_org).flatten());
    AllowHosts::new(named, config.allow_hosts.iter().map(String::as_str), config.allow_plain_http)
}

impl Connections {
    /// Hosts that do not exist, for what needs to know the functions and calls none of them.
    pub fn nowhere() -> Self {
        let nowhere = serde_json::json!({
            "khoros": { "url": "http://127.0.0.1:1", "tenant_id": "nowhere", "login": "-", "password": "-" },
            "salesforce": { "url": "http://127.0.0.1:1", "client_id": "-", "client_secret": "-" },
        });
        let mut connections = Connections::of_sandbox(&nowhere).expect("the addresses are well-formed");
        connections.allow = AllowHosts::default();
        connections
    }

    /// Clients over a network that refuses every call.
    pub fn offline_clients(&self) -> Clients {
        let (http, clock, tokens): (Arc<dyn Http>, Arc<dyn Clock>, Arc<dyn Tokens>) =
            (Arc::new(Offline), Arc::new(crate::app::system::SystemClock), Arc::new(Offline));
        self.clients(&http, &clock, &tokens)
    }
}

/// No network, no tokens.
struct Offline;

impl Http for Offline {
    fn send(&self, _: crate::ports::HttpRequest) -> crate::ports::Boxed<Result<crate::ports::HttpAnswer, HttpFailure>> {
        Box::pin(std::future::ready(Err(HttpFailure::Forbidden("this command calls no host".into()))))
    }
}

impl Tokens for Offline {
    fn get(&self, _: &str) -> Option<SecretString> {
        None
    }

    fn put(&self, _: &str, _: Option<SecretString>) -> Result<(), StoreError> {
        Ok(())
    }
}
