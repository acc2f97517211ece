//! Every connection of a configuration by itself, whatever bridges use it: for those who look after logins (CON-8).

use std::sync::Arc;

use crate::app::connections::allowed;
use crate::app::logins;
use crate::config::Config;
use crate::hosts::http::Web;
use crate::hosts::session::Session;
use crate::hosts::{khoros, salesforce};
use crate::ports::{Clock, Http, Tokens};
use crate::problem::Problem;

/// One community or org.
pub enum Host {
    Khoros(Arc<khoros::Client>),
    Salesforce(Arc<salesforce::Client>),
}

/// A connection, by the name that its tokens are kept under.
pub struct Each {
    /// `khoros:main`
    pub name: String,
    pub host: Host,
}

impl Each {
    /// Who is signed in, and where it stands.
    pub fn session(&self) -> &Session {
        match &self.host {
            Host::Khoros(client) => client.session(),
            Host::Salesforce(client) => client.session(),
        }
    }

    /// What its place is called.
    pub fn place_word(&self) -> &'static str {
        match self.host {
            Host::Khoros(_) => "tenant",
            Host::Salesforce(_) => "org",
        }
    }

    /// The tenant or org: of a community at least the one that is configured.
    pub fn place(&self) -> Option<String> {
        let known = self.session().kept().place;
        match &self.host {
            Host::Khoros(client) => known.or_else(|| Some(client.tenant().to_owned())),
            Host::Salesforce(_) => known,
        }
    }
}

/// All connections of a file, communities first; everything that is wrong with their secrets at once.
pub fn each(config: &Config, clock: &Arc<dyn Clock>, tokens: &Arc<dyn Tokens>) -> Result<Vec<Each>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut keep = |found: Vec<Problem>| problems.extend(found);
    let communities: Vec<_> = config
        .communities
        .iter()
        .filter_map(|(name, one)| Some((name, logins::community(one).map_err(&mut keep).ok()?)))
        .collect();
    let orgs: Vec<_> =
        config.orgs.iter().filter_map(|(name, one)| Some((name, logins::org(one).map_err(&mut keep).ok()?))).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let allow = allowed(config, communities.iter().map(|(_, one)| &one.base_url), orgs.iter().map(|(_, one)| one));
    let web = Web::new(allow).map_err(|failure| vec![no_network(&failure.to_string())])?;
    let http: Arc<dyn Http> = Arc::new(web);
    let of_khoros = communities.into_iter().map(|(name, settings)| {
        let client = khoros::Client::new(name, settings, http.clone(), clock.clone(), tokens.clone());
        Each { name: format!("khoros:{name}"), host: Host::Khoros(client) }
    });
    let of_salesforce = orgs.into_iter().map(|(name, settings)| {
        let client = salesforce::Client::new(name, settings, http.clone(), clock.clone(), tokens.clone());
        Each { name: format!("salesforce:{name}"), host: Host::Salesforce(client) }
    });
    Ok(of_khoros.chain(of_salesforce).collect())
}

fn no_network(why: &str) -> Problem {
    Problem::new("no-network", &crate::problem::Place::file("this machine"), why)
}
