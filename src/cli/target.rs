//! Where a command talks to: the configured hosts, a running sandbox, or a fresh one of its own.

use std::path::PathBuf;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cli::{Failure, sandbox};
use crate::config::Config;
use crate::hosts::allow_hosts::AllowHosts;
use crate::hosts::http::Web;
use crate::ports::{Http, HttpRequest};
use crate::sandbox::Sandbox;

/// The hosts of a command, and with them its state.
pub enum Target {
    Configured,
    /// A running sandbox, by its address.
    Running(String),
    /// A pair and a state that go when the command ends: what is remembered of one pair is wrong for the next.
    Fresh(Sandbox, TempDir),
}

impl Target {
    /// The target that `--sandbox` names.
    pub async fn of(sandbox: &Option<Option<String>>) -> Result<Self, Failure> {
        Ok(match sandbox {
            None => Target::Configured,
            Some(Some(url)) => Target::Running(url.clone()),
            Some(None) => Target::Fresh(sandbox::fresh().await?, temporary()?),
        })
    }

    /// The address of the sandbox.
    pub fn url(&self) -> Option<&str> {
        match self {
            Target::Configured => None,
            Target::Running(url) => Some(url),
            Target::Fresh(sandbox, _) => Some(&sandbox.khoros_url),
        }
    }

    /// The state folder.
    pub fn state(&self, config: &Config) -> PathBuf {
        match self {
            Target::Configured => config.state.clone(),
            Target::Running(_) => of_sandbox(config),
            Target::Fresh(_, folder) => folder.path().join("state"),
        }
    }
}

/// A running sandbox has a state of its own, so that a try never mixes with the real one.
pub fn of_sandbox(config: &Config) -> PathBuf {
    PathBuf::from(format!("{}-sandbox", config.state.display()))
}

/// A folder that goes with its value.
pub fn temporary() -> Result<TempDir, Failure> {
    let made = tempfile::Builder::new().prefix("casebridge-").tempdir();
    made.map_err(|error| Failure::failed(format!("no temporary folder can be made: {error}")))
}

/// The JSON line of a running sandbox.
pub async fn hosts(url: &str) -> Result<Json, Failure> {
    let url = url.trim_end_matches('/');
    let failed = |error: String| {
        Failure::failed(format!(
            "no sandbox answers at {url}: {error}\n   next: `casebridge sandbox` starts one and prints its address"
        ))
    };
    let web = Web::new(AllowHosts::new([url], [], false)).map_err(|error| failed(error.to_string()))?;
    let request = HttpRequest { method: "GET", url: format!("{url}/_sandbox/hosts"), ..HttpRequest::default() };
    let answer = web.send(request).await.map_err(|error| failed(error.to_string()))?;
    serde_json::from_slice(&answer.body).map_err(|error| failed(error.to_string()))
}
