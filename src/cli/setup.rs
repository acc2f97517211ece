//! What most commands begin with: the file, the packs of its bridges, and what a bridge is opened with.
//!
//! Which hosts are talked to is `target.rs`'s.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::bridge::{NotOpened, Opening};
use crate::app::connections::Connections;
use crate::app::mail::mailing;
use crate::app::system::{SandboxClock, SystemClock};
use crate::cli::Failure;
use crate::cli::output::counted;
use crate::cli::report::Format;
use crate::cli::target::{self, Target};
use crate::config::{self, BridgeConfig, Config};
use crate::names::BridgeId;
use crate::packs::{Sources, codes, load};
use crate::ports::{Clock, Store, Tokens};
use crate::problem::{Place, Problem};
use crate::service::sight;
use crate::state::{FileTokens, MemoryStore, SledStore};

/// The process's own file, read.
pub struct Setup {
    pub config: Config,
    file: String,
    /// The text with secrets covered, to be shown beside Problems.
    text: String,
    /// The text as it was read; never shown.
    pub read: String,
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
        let (text, read) = (config::masked(&text), text);
        match parsed {
            Ok(config) => Ok(Setup { config, file, text, read }),
            Err(problems) => {
                Err(Failure::wrong(shown(&problems, format, |name| (name == file).then_some(text.as_str()))))
            }
        }
    }

    /// The bridges of the file; what is wrong with the packs of one stands beside it.
    pub fn bridges(&self) -> Vec<Configured<'_>> {
        self.config.bridges.iter().map(|(name, bridge)| Configured::read(name, bridge)).collect()
    }

    /// Problems with the lines that they speak of.
    pub fn show(&self, problems: &[Problem], sources: &Sources, format: Format) -> String {
        self.show_from(problems, |name| sources.text(name), format)
    }

    /// The same with lines of other files than those of rules.
    pub fn show_from<'a>(
        &'a self,
        problems: &[Problem],
        text: impl Fn(&str) -> Option<&'a str>,
        format: Format,
    ) -> String {
        shown(problems, format, |name| if name == self.file { Some(self.text.as_str()) } else { text(name) })
    }

    /// What is wrong, for a command that ends with it.
    pub fn refused(&self, problems: &[Problem], sources: &Sources, format: Format) -> Failure {
        Failure::wrong(self.show(problems, sources, format))
    }

    /// A bridge that does not open, in words.
    pub fn not_opened(&self, error: NotOpened, sources: &Sources, format: Format) -> Failure {
        match error {
            NotOpened::Store(error) => error.into(),
            NotOpened::Rules(problems) => self.refused(&problems, sources, format),
        }
    }

    /// Everything that a bridge is opened with, for a target; the state is opened for it alone.
    pub async fn opening(&self, bridge: &Configured<'_>, target: &Target, format: Format) -> Result<Opening, Failure> {
        self.refuse(bridge, format)?;
        let state = self.state(target)?;
        self.opening_on(bridge, target, &state, format).await
    }

    /// Everything that a bridge is opened with, but its state: for who only looks at the hosts.
    pub async fn opening_beside(
        &self,
        bridge: &Configured<'_>,
        target: &Target,
        format: Format,
    ) -> Result<Opening, Failure> {
        let folder = target.state(&self.config);
        let tokens = FileTokens::open(&folder)?;
        let state = State { store: Arc::new(MemoryStore::default()), tokens, folder };
        self.opening_on(bridge, target, &state, format).await
    }

    /// The state of a target, opened.
    pub fn state(&self, target: &Target) -> Result<State, Failure> {
        let folder = target.state(&self.config);
        let store = SledStore::open(&folder)?;
        for removed in store.removed_on_open() {
            eprintln!("removed {removed}, which a kill had left behind");
        }
        Ok(State { tokens: FileTokens::open(&folder)?, store, folder })
    }

    /// A bridge whose files cannot be read is not opened.
    fn refuse(&self, bridge: &Configured<'_>, format: Format) -> Result<(), Failure> {
        if bridge.problems.is_empty() {
            return Ok(());
        }
        Err(self.refused(&bridge.problems, &bridge.sources, format))
    }

    /// Everything that a bridge is opened with, on a state that is open.
    pub async fn opening_on(
        &self,
        bridge: &Configured<'_>,
        target: &Target,
        state: &State,
        format: Format,
    ) -> Result<Opening, Failure> {
        self.refuse(bridge, format)?;
        let sources = bridge.sources.clone();
        let refused = |problems: Vec<Problem>| self.refused(&problems, &sources, format);
        let connections = match target.url() {
            None => Connections::of_config(&self.config, bridge.config).map_err(refused)?,
            Some(url) => {
                let of_sandbox = Connections::of_sandbox(&target::hosts(url).await?).map_err(Failure::wrong)?;
                Connections { mail: mailing(&self.config, true).map_err(refused)?, ..of_sandbox }
            }
        };
        let http = connections.web().map_err(Failure::wrong)?;
        let clock: Arc<dyn Clock> = match target.url() {
            None => Arc::new(SystemClock),
            Some(url) => Arc::new(SandboxClock::of(http.clone(), url).await),
        };
        let (store, tokens) = (state.store.clone(), state.tokens.clone());
        Ok(Opening { bridge: bridge.name.clone(), connections, sources, store, tokens, http, clock })
    }
}

/// What is kept on disk, opened.
pub struct State {
    pub store: Arc<dyn Store>,
    pub tokens: Arc<dyn Tokens>,
    pub folder: PathBuf,
}

/// A bridge as configured, with the files of its packs.
pub struct Configured<'a> {
    pub name: &'a BridgeId,
    pub config: &'a BridgeConfig,
    pub sources: Sources,
    /// Of files that cannot be read.
    pub problems: Vec<Problem>,
}

impl<'a> Configured<'a> {
    fn read(name: &'a BridgeId, config: &'a BridgeConfig) -> Self {
        let (sources, problems) = sight::sources(config);
        Configured { name, config, sources, problems }
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
