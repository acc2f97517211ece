//! Finds new rules while the service runs (RUN-3): what settles in the files is built and judged aside, and taken whole,
//! or the last good set goes on and everybody is told.
//!
//! A set is known by its bytes: what is written again unchanged is nothing new, and what was refused is not judged again
//! before something of it changes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::{mpsc, watch};
use tracing::{debug, error, info, warn};

use crate::config::{self, Config};
use crate::names::{BridgeId, Digest};
use crate::packs::Sources;
use crate::ports::{Clock, Store, StoreError};
use crate::problem::Problem;
use crate::rules::yaml::{Node, read};
use crate::service::judging::Judge;
use crate::service::last_good::{self, LastGood};
use crate::service::restart::needs_restart;
use crate::service::settling::{Calm, Marks, Settling};
use crate::service::sight::{self, Candidate, Sight};
use crate::service::standing::{RulesStanding, RulesStandings, shown};
use crate::service::watched::{Rung, Watch, Watched};

/// How often the files are looked at when nothing rings: mounted volumes send no events (by the clock of the service).
pub const POLL: SignedDuration = SignedDuration::from_secs(2);
/// Between two looks at least, however often it rings.
const BREATH: SignedDuration = SignedDuration::from_millis(20);

/// A set that was accepted, to be worked by from the next turn on. What is refused shows in the standings alone.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub bridge: BridgeId,
    pub sources: Sources,
}

/// What a watcher is made of.
pub struct Watching {
    /// `casebridge.yaml`, and its text at the start.
    pub file: PathBuf,
    pub text: String,
    /// What runs on each bridge (`last_good::begin`).
    pub running: BTreeMap<BridgeId, LastGood>,
    /// What it was judged with.
    pub judge: Judge,
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
}

/// Watches the files of all bridges.
pub struct Watcher {
    file: PathBuf,
    started: Node,
    config: Arc<Config>,
    judge: Judge,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    rung: Rung,
    settling: Settling,
    /// What was judged last of each bridge.
    judged: BTreeMap<BridgeId, Digest>,
    standings: watch::Sender<RulesStandings>,
    told: mpsc::Sender<Accepted>,
}

impl Watcher {
    /// A watcher over what the service started with; what it finds goes to `told`.
    pub fn new(watching: Watching, told: mpsc::Sender<Accepted>) -> Result<Self, Vec<Problem>> {
        let Watching { file, text, running, judge, store, clock } = watching;
        let name = file.display().to_string();
        let (started, config) = (read(&name, &text)?, config::parse(&name, &text)?);
        let lengths = running.values().flat_map(|good| sight::lengths_of(&good.sources));
        let lengths = lengths.chain([(name, text.len())]).collect();
        // Nothing was judged yet: the first look finds out whether the files hold what runs.
        let settling = Settling::from(Marks { digest: "".into(), lengths });
        let standing = |(bridge, good): (BridgeId, LastGood)| {
            let LastGood { digest, generation, since, .. } = good;
            (bridge, RulesStanding { generation, digest, since, refused: None, refusals: 0 })
        };
        Ok(Watcher {
            file,
            started,
            config: Arc::new(config),
            judge,
            store,
            clock,
            rung: Rung::default(),
            settling,
            judged: BTreeMap::new(),
            standings: watch::Sender::new(running.into_iter().map(standing).collect()),
            told,
        })
    }

    /// How the rules of each bridge stand, now and whenever that changes.
    pub fn standings(&self) -> watch::Receiver<RulesStandings> {
        self.standings.subscribe()
    }

    /// Watches until nobody listens any more, or the store fails.
    pub async fn watch(mut self) -> Result<(), StoreError> {
        let mut watch = Watch::over(Watched::of(&self.file, &self.config), self.rung.clone());
        let mut paths = None;
        while !self.told.is_closed() {
            watch.keep_up(paths.take());
            let began = self.clock.now();
            let Some(sight) = self.look().await else { continue };
            let ended = self.clock.now();
            paths = sight.config.as_ref().ok().map(|config| Watched::of(&self.file, config));
            let next = match self.settling.look(began, ended, sight.marks.clone()) {
                Calm::Same => began + POLL,
                Calm::Until(moment) => moment,
                Calm::Settled => {
                    self.judge_all(sight).await?;
                    began
                }
            };
            self.clock.sleep_until(ended + BREATH).await;
            let told = self.told.clone();
            tokio::select! {
                () = self.clock.sleep_until(next) => {}
                () = self.rung.bell.notified() => {}
                () = told.closed() => {}
            }
        }
        Ok(())
    }

    async fn look(&self) -> Option<Sight> {
        let (file, before) = (self.file.clone(), self.config.clone());
        let looked = tokio::task::spawn_blocking(move || sight::look(&file, &before)).await;
        if looked.is_err() {
            error!("looking at the rule files broke off inside casebridge; it is tried again");
            self.clock.sleep_until(self.clock.now() + POLL).await;
        }
        looked.ok()
    }

    /// Judges what has settled, bridge by bridge; what is wrong with `casebridge.yaml` keeps all of them.
    async fn judge_all(&mut self, sight: Sight) -> Result<(), StoreError> {
        let Sight { config, text, bridges, .. } = sight;
        let name = self.file.display().to_string();
        let problems = match &config {
            Ok(_) => read(&name, &text).map_or_else(|found| found, |now| needs_restart(&self.started, &now, &name)),
            Err(found) => found.clone(),
        };
        let masked = config::masked(&text);
        let own = |file: &str| (file == name).then_some(masked.as_str());
        if problems.iter().any(|problem| !problem.warning) {
            let digest = Digest::of(format!("{problems:?}"));
            let all: Vec<BridgeId> = self.standings.borrow().keys().cloned().collect();
            for bridge in all {
                if self.judged.insert(bridge.clone(), digest.clone()).as_ref() != Some(&digest) {
                    self.refuse(&bridge, &shown(&problems, own));
                }
            }
            return Ok(());
        }
        self.config = config.unwrap_or_else(|_| self.config.clone());
        for (bridge, candidate) in bridges {
            let digest = candidate.digest();
            if self.judged.insert(bridge.clone(), digest.clone()).as_ref() != Some(&digest) {
                self.judge_one(bridge, Arc::new(candidate), own).await?;
            }
        }
        Ok(())
    }

    async fn judge_one<'t>(
        &mut self,
        bridge: BridgeId,
        candidate: Arc<Candidate>,
        own: impl Fn(&str) -> Option<&'t str>,
    ) -> Result<(), StoreError> {
        let digest = candidate.sources.digest();
        let runs = self.standings.borrow().get(&bridge).is_some_and(|standing| standing.digest == digest);
        if candidate.problems.is_empty() && runs {
            self.mended(&bridge);
            return Ok(());
        }
        match self.judge.judge(&candidate).await {
            Ok(warnings) => self.accept(bridge, candidate.sources.clone(), digest, warnings).await,
            Err(problems) => {
                let text = shown(&problems, |file| own(file).or_else(|| candidate.text(file)));
                self.refuse(&bridge, &text);
                Ok(())
            }
        }
    }

    async fn accept(
        &mut self,
        bridge: BridgeId,
        sources: Sources,
        digest: Digest,
        warnings: Vec<Problem>,
    ) -> Result<(), StoreError> {
        let generation = self.standings.borrow().get(&bridge).map_or(1, |standing| standing.generation + 1);
        let since = self.clock.now();
        let good = LastGood { digest: digest.clone(), generation, since, sources };
        last_good::keep(&*self.store, &bridge, &good).await?;
        let standing = RulesStanding { generation, digest, since, refused: None, refusals: 0 };
        self.standings.send_modify(|standings| _ = standings.insert(bridge.clone(), standing));
        info!(%bridge, generation, "new rules run, generation {generation}");
        for warning in &warnings {
            warn!(%bridge, "{}", warning.show(good.sources.text(&warning.at.file)));
        }
        // Whoever listens has gone only when the service stops.
        _ = self.told.send(Accepted { bridge, sources: good.sources }).await;
        Ok(())
    }

    fn refuse(&self, bridge: &BridgeId, shown: &str) {
        let now = self.clock.now();
        let mut generation = 0;
        self.standings.send_modify(|standings| {
            let Some(standing) = standings.get_mut(bridge) else { return };
            standing.refuse(now, shown);
            generation = standing.generation;
        });
        error!(%bridge, generation, "the new rules were refused, generation {generation} goes on:\n{}", shown.trim_end());
    }

    /// The files hold again what runs.
    fn mended(&mut self, bridge: &BridgeId) {
        self.standings.send_if_modified(|standings| {
            let was = standings.get_mut(bridge).and_then(|standing| standing.refused.take());
            if was.is_some() {
                info!(%bridge, "the files hold again what runs");
            }
            was.is_some()
        });
        debug!(%bridge, "nothing new in the files");
    }
}
