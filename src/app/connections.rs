//! How the two hosts of a bridge are reached: as configured, or as a sandbox says.

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::Value as Json;

use crate::hosts::allow_hosts::AllowHosts;
use crate::hosts::http::Web;
use crate::hosts::url::BaseUrl;
use crate::hosts::{khoros, salesforce};
use crate::ports::{Clock, Http, Tokens};

/// The external id field of a case, and the API version, until the configuration says otherwise.
pub const THREAD_KEY_FIELD: &str = "Community_Thread_Key__c";
pub const API_VERSION: &str = "v65.0";

/// Both logins of a bridge.
#[derive(Clone)]
pub struct Connections {
    /// The names that the configuration gives to community and org; tokens are kept under them.
    pub community: String,
    pub org: String,
    pub khoros: khoros::Settings,
    pub salesforce: salesforce::Settings,
    pub allow: AllowHosts,
}

/// The clients of a bridge.
pub struct Clients {
    pub khoros: Arc<khoros::Client>,
    pub salesforce: Arc<salesforce::Client>,
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
                user: text("/khoros/login")?,
                password: secret("/khoros/password")?,
                ht,
                pace: None,
            },
            salesforce: salesforce::Settings {
                login_url: org,
                client_id: text("/salesforce/client_id")?,
                client_secret: secret("/salesforce/client_secret")?,
                api_version: API_VERSION.into(),
                thread_key_field: THREAD_KEY_FIELD.into(),
                auto_assign_on_create: true,
            },
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
        }
    }
}
