//! What most commands begin with: the file, the packs of its bridges, and the hosts to talk to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::app::bridge::{NotOpened, Opening};
use crate::app::connections::Connections;
use crate::app::system::{SandboxClock, SystemClock};
use crate::cli::output::counted;
use crate::cli::report::Format;
use crate::cli::{Failure, sandbox};
use crate::config::{self, BridgeConfig, Config};
use crate::hosts::allow_hosts::AllowHosts;
use crate::hosts::http::Web;
use crate::names::BridgeId;
use crate::packs::{PackSource, Sources, codes, load};
use crate::ports::{Clock, Http, HttpRequest};
use crate::problem::{Place, Problem};
use crate::sandbox::Sandbox;
use crate::state::{FileTokens, SledStore};

/// The process's own file, read.
pub struct Setup {
    pub config: Config,
    file: String,
    /// The text with secrets covered, to be shown beside Problems.
    text: String,
}

impl Setup {
    /// Reads `casebridge.yaml`; every Problem in it at once.
    pub fn read(path: &Path, format: Format) -> Result<Self, Failure> {
        let file = path.display().to_string();
        let text = load::read_file(path).map_err(|why| {
            let problem = Problem::new(codes::UNREADABLE, &Place::file(&file), format!("it cannot be read: {why}"));
            Failure::wrong(shown(&[problem.next("`--config FILE` names another one")], format, |_| None))
        })?;
        let parsed = config::parse(&file, &text);
        let text = config::masked(&text);
        match parsed {
            Ok(config) => Ok(Setup { config, file, text }),
            Err(problems) => {
                Err(Failure::wrong(shown(&problems, format, |name| (name == file).then_some(text.as_str()))))
            }
        }
    }

    /// The bridges with the sources of their packs.
    pub fn bridges(&self, format: Format) -> Result<Vec<(BridgeId, &BridgeConfig, Sources)>, Failure> {
        self.config
            .bridges
            .iter()
            .map(|(name, bridge)| Ok((name.clone(), bridge, self.sources(bridge, format)?)))
            .collect()
    }

    fn sources(&self, bridge: &BridgeConfig, format: Format) -> Result<Sources, Failure> {
        let mut sources = Sources { packs: vec![], settings: Some(bridge.settings.clone()) };
        let mut problems = Vec::new();
        for pack in &bridge.packs {
            let overlay = pack.overlay.as_ref().map(|(path, at)| load::overlay(&self.beside(path), at)).transpose();
            match (load::pack(&pack.name, &self.beside(&pack.path)), overlay) {
                (Ok(found), Ok(overlay)) => sources.packs.push(PackSource { overlay, ..found }),
                (found, overlay) => {
                    problems.extend(found.err().into_iter().flatten());
                    problems.extend(overlay.err());
                }
            }
        }
        if problems.is_empty() { Ok(sources) } else { Err(Failure::wrong(self.show(&problems, &sources, format))) }
    }

    /// A path of the file, which is read from the folder that the file lies in.
    pub fn beside(&self, path: &Path) -> PathBuf {
        Path::new(&self.file).parent().unwrap_or(Path::new("")).join(path)
    }

    /// Problems with the lines that they speak of.
    pub fn show(&self, problems: &[Problem], sources: &Sources, format: Format) -> String {
        shown(problems, format, |name| if name == self.file { Some(self.text.as_str()) } else { sources.text(name) })
    }

    /// A bridge that does not open, in words.
    pub fn not_opened(&self, error: NotOpened, sources: &Sources, format: Format) -> Failure {
        match error {
            NotOpened::Store(error) => error.into(),
            NotOpened::Rules(problems) => Failure::wrong(self.show(&problems, sources, format)),
        }
    }
}

/// Problems by file and line, with the line underlined; the last line counts them.
pub fn shown<'a>(problems: &[Problem], format: Format, text: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut sorted: Vec<&Problem> = problems.iter().collect();
    sorted.sort_by(|a, b| (&a.at, &a.code).cmp(&(&b.at, &b.code)));
    if format == Format::Json {
        return serde_json::to_string_pretty(&sorted.iter().map(|problem| problem.to_json()).collect::<Vec<_>>())
            .unwrap_or_default();
    }
    let mut files: Vec<_> = sorted.iter().map(|problem| &problem.at.file).collect();
    files.dedup();
    let list: String = sorted.iter().map(|problem| format!("{}\n", problem.show(text(&problem.at.file)))).collect();
    let wrong = sorted.iter().filter(|problem| !problem.warning).count();
    match wrong {
        0 => format!("{list}{} in {}", counted(sorted.len(), "warning"), counted(files.len(), "file")),
        _ => format!("{list}{} in {}; nothing was loaded", counted(wrong, "problem"), counted(files.len(), "file")),
    }
}

/// Where to talk to: the configured hosts, or a sandbox.
pub enum Target {
    Configured,
    /// A running sandbox, by its address.
    Sandbox(String),
}

/// The target that `--sandbox` names; a fresh pair lives as long as it is kept.
pub async fn target(sandbox: &Option<Option<String>>) -> Result<(Target, Option<Sandbox>), Failure> {
    Ok(match sandbox {
        None => (Target::Configured, None),
        Some(Some(url)) => (Target::Sandbox(url.clone()), None),
        Some(None) => {
            let fresh = sandbox::fresh().await?;
            (Target::Sandbox(fresh.khoros_url.clone()), Some(fresh))
        }
    })
}

/// Everything that a bridge is opened with, for a target.
pub async fn opening(
    setup: &Setup,
    name: &BridgeId,
    bridge: &BridgeConfig,
    sources: Sources,
    target: &Target,
) -> Result<Opening, Failure> {
    let connections = match target {
        Target::Configured => Connections::of_config(&setup.config, bridge).map_err(Failure::wrong)?,
        Target::Sandbox(url) => Connections::of_sandbox(&sandbox_hosts(url).await?).map_err(Failure::wrong)?,
    };
    let http = connections.web().map_err(Failure::wrong)?;
    let clock: Arc<dyn Clock> = match target {
        Target::Configured => Arc::new(SystemClock),
        Target::Sandbox(url) => Arc::new(SandboxClock::of(http.clone(), url).await),
    };
    let folder = state_folder(&setup.config, target);
    let store = SledStore::open(&folder)?;
    for removed in store.removed_on_open() {
        eprintln!("removed {removed}, which a kill had left behind");
    }
    let tokens = FileTokens::open(&folder)?;
    Ok(Opening { bridge: name.clone(), connections, sources, store, tokens, http, clock })
}

/// A sandbox has a state of its own, so that a try never mixes with the real one.
pub fn state_folder(config: &Config, target: &Target) -> PathBuf {
    match target {
        Target::Configured => config.state.clone(),
        Target::Sandbox(_) => PathBuf::from(format!("{}-sandbox", config.state.display())),
    }
}

/// The JSON line of a running sandbox.
async fn sandbox_hosts(url: &str) -> Result<Json, Failure> {
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
