//! Looks out for what a person must know of, and has it mailed: one mail when it begins, one a day while it lasts, one
//! when it is over (CON-7). What a mail says, and when it is due, is decided in `incidents.rs`.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::ports::{Boxed, Clock, Store, StoreError};
use crate::service::incidents::{About, Due, Incidents, Letter, Now, Phase};
use crate::service::stop::Stop;
use crate::service::worker::Worker;

/// How often it looks.
const ROUND: SignedDuration = SignedDuration::from_secs(5);

/// Sends a letter; an error in words where it does not get through.
pub type Post = Arc<dyn Fn(Letter) -> Boxed<Result<(), String>> + Send + Sync>;

/// Over all bridges of a service: several may share a connection, and it is told of once.
pub struct Lookout {
    pub workers: Vec<Arc<Worker>>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    /// Nobody is mailed where nobody is configured; the log says it in any case.
    pub post: Option<Post>,
    pub stop: Stop,
}

impl Lookout {
    /// Looks out until the stop.
    pub async fn watch(self) -> Result<(), StoreError> {
        let mut incidents = Incidents::read(&*self.store)?;
        while !self.stop.is_asked() {
            self.look(&mut incidents).await?;
            tokio::select! {
                () = self.clock.sleep_until(self.clock.now() + ROUND) => {}
                () = self.stop.asked() => {}
            }
        }
        Ok(())
    }

    async fn look(&self, incidents: &mut Incidents) -> Result<(), StoreError> {
        // Before its first turn a bridge does not know how many items wait, nor what of the last start is over.
        let looked: Vec<&Arc<Worker>> = self.workers.iter().filter(|worker| worker.has_looked()).collect();
        let (so, now) = (self.so(&looked), self.clock.now());
        let mut due: Vec<Due> = so.iter().filter_map(|so| incidents.lasts(so, now)).collect();
        if looked.len() == self.workers.len() {
            due.extend(incidents.over(&so, now));
        }
        for due in due {
            self.tell(incidents, due).await?;
        }
        Ok(())
    }

    /// Everything that is wrong in some bridges now, each once.
    fn so(&self, workers: &[&Arc<Worker>]) -> Vec<Now> {
        let mut found: Vec<Now> = Vec::new();
        for so in workers.iter().flat_map(|worker| self.wrong_in(worker)) {
            match found.iter_mut().find(|known| known.about == so.about) {
                Some(known) => known.waiting += so.waiting,
                None => found.push(so),
            }
        }
        found
    }

    fn wrong_in(&self, worker: &Worker) -> Vec<Now> {
        let (standing, bridge, now) = (worker.standing(), worker.bridge.to_string(), self.clock.now());
        let halted = worker.logins().into_iter().filter_map(|login| {
            let (since, error) = login.halted?;
            let waiting = standing.waiting_for.get(login.host).copied().unwrap_or_default();
            let about = if login.ever_active { About::ConnectionHalted } else { About::NeverAuthorized };
            Some(Now { about: about(login.name), since, error, waiting })
        });
        let refused = standing.refused_rules.iter().chain(&standing.unopened_rules).take(1).map(|error| Now {
            about: About::RulesRefused(bridge.clone()),
            since: now,
            error: error.clone(),
            waiting: 0,
        });
        let capped = standing.over_cap.iter().map(|(rule, over)| Now {
            about: About::CapReached(bridge.clone(), rule.to_string()),
            since: now,
            error: format!("{over} more were due than its cap allows"),
            waiting: usize::try_from(*over).unwrap_or(usize::MAX),
        });
        let parked = standing.parked.oldest.iter().map(|oldest| Now {
            about: About::ItemsParked(bridge.clone()),
            since: now,
            error: oldest.clone(),
            waiting: standing.parked.count,
        });
        halted.chain(refused).chain(capped).chain(parked).collect()
    }

    /// Rules of the bridges that it is about hear of it.
    async fn tell_rules(&self, about: &About, phase: Phase, error: &str) {
        let Some(kind) = about.event(phase) else { return };
        let concerns = |worker: &&Arc<Worker>| match about {
            About::ConnectionHalted(name) | About::NeverAuthorized(name) => {
                worker.logins().iter().any(|login| login.name == *name)
            }
            About::RulesRefused(bridge) | About::CapReached(bridge, _) | About::ItemsParked(bridge) => {
                worker.bridge.as_str() == bridge
            }
        };
        for worker in self.workers.iter().filter(concerns) {
            worker.tell(kind, about.key(), about.facts(error)).await;
        }
    }

    async fn tell(&self, incidents: &mut Incidents, due: Due) -> Result<(), StoreError> {
        let Due { about, phase, error, letter, commit } = due;
        self.store.commit(commit).await?;
        self.tell_rules(&about, phase, &error).await;
        tracing::warn!("{}", letter.subject);
        let Some(post) = &self.post else { return Ok(()) };
        if let Err(why) = post(letter).await {
            tracing::error!("a failure mail did not get through: {why}");
            if let Some(commit) = incidents.unsent(&about, self.clock.now()) {
                self.store.commit(commit).await?;
            }
        }
        Ok(())
    }
}
