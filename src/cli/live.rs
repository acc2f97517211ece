//! Commands that need an engine and its state, wherever it runs: opened here, or the one of a running service.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::cli::output::Output;
use crate::cli::report::{Format, Reporter};
use crate::cli::setup::{Configured, Setup};
use crate::cli::target::Target;
use crate::cli::{Failure, Unknown};
use crate::engine::{Bell, Engine, Until};
use crate::names::BridgeId;
use crate::ports::Boxed;

/// How a command is answered.
#[derive(Clone)]
pub struct Asked {
    pub format: Format,
    pub verbose: bool,
    pub output: Output,
}

/// One bridge, open.
pub struct Live {
    pub bridge: BridgeId,
    pub engine: Arc<Engine>,
    pub reporter: Reporter,
    pub asked: Asked,
    /// How long it works on what was asked for.
    pub until: Until,
}

impl Live {
    /// A bridge whose engine tells a reporter that speaks to whoever asked.
    pub fn new(bridge: &BridgeId, engine: Arc<Engine>, reporter: Reporter, asked: &Asked) -> Self {
        Live { bridge: bridge.clone(), engine, reporter, asked: asked.clone(), until: Until::Settled }
    }

    /// The same in a service, which goes on with what cannot be done at once.
    pub fn served(self, bell: &Arc<Bell>) -> Self {
        Live { until: Until::Rung(bell.clone()), ..self }
    }
}

/// Opens every bridge and does it there; the exit code is the worst.
pub async fn each(
    config: &Path,
    sandbox: &Option<Option<String>>,
    asked: Asked,
    doing: impl Fn(Live) -> Boxed<Result<u8, Failure>>,
) -> Result<u8, Failure> {
    let setup = Setup::read(config, asked.format)?;
    let bridges = setup.bridges();
    let target = Target::of(sandbox).await?;
    let mut together = Together::default();
    for bridge in &bridges {
        bridge.heading(&bridges, asked.format);
        let done = match open(&setup, bridge, &target, &asked).await {
            Ok(live) => doing(live).await,
            Err(failure) => Err(failure),
        };
        if let Some(failure) = together.add(done) {
            bridge.failed(&bridges, &failure, asked.format);
        }
    }
    together.end()
}

/// How one command went in all bridges; a name is unknown when none of them knows it.
#[derive(Default)]
pub struct Together {
    worst: u8,
    unknown: Option<BTreeMap<String, String>>,
}

impl Together {
    /// Adds how it went in one bridge; gives back what is wrong there whatever the others say.
    pub fn add(&mut self, went: Result<u8, Failure>) -> Option<Failure> {
        let (code, unknown) = match went {
            Ok(code) => (code, BTreeMap::new()),
            Err(Failure { unknown: Some(Unknown { names, done }), .. }) => (done, names),
            Err(failure) => {
                self.worst = self.worst.max(failure.code);
                return Some(failure);
            }
        };
        self.worst = self.worst.max(code);
        let so_far = self.unknown.get_or_insert_with(|| unknown.clone());
        so_far.retain(|name, _| unknown.contains_key(name));
        None
    }

    /// The worst exit code, unless something that was named is nowhere.
    pub fn end(self) -> Result<u8, Failure> {
        match self.unknown.filter(|names| !names.is_empty()) {
            Some(names) => Err(Failure::unknown(names, self.worst)),
            None => Ok(self.worst),
        }
    }
}

async fn open(setup: &Setup, bridge: &Configured<'_>, target: &Target, asked: &Asked) -> Result<Live, Failure> {
    let opening = setup.opening(bridge, target, asked.format).await?;
    let reporter = Reporter::new(bridge.name, asked.format, asked.verbose);
    let opened = opening.open(reporter.watch());
    let opened = opened.map_err(|error| setup.not_opened(error, &opening.sources, asked.format))?;
    Ok(Live::new(bridge.name, Arc::new(opened.engine), reporter, asked))
}
