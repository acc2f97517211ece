//! Puts one bridge of the service together.

use std::sync::Arc;

use crate::app::bridge::{NotOpened, Opening};
use crate::app::connections::Clients;
use crate::engine::{Bell, Inbox, Moved, Standing};
use crate::hosts::khoros;
use crate::hosts::session::Session;
use crate::ports::Clock;
use crate::problem::Problem;
use crate::service::audience::Watch;
use crate::service::logins::{Login, Logins};
use crate::service::metrics::Metrics;
use crate::service::worker::{Open, Work, Worker};
use crate::service::{Audience, Stop};

/// What a bridge of the service is made of.
pub struct Parts {
    pub opening: Opening,
    /// The client of another bridge to the same community: its pace is one.
    pub community: Option<Arc<khoros::Client>>,
    pub stop: Stop,
    pub metrics: Metrics,
}

/// A bridge that is ready to work.
pub struct Opened {
    pub worker: Arc<Worker>,
    pub work: Work,
    pub clients: Clients,
    pub warnings: Vec<Problem>,
}

/// Opens the engine and everything around it. The same hosts, with their sessions and budgets, serve all rule sets.
pub fn opened(parts: Parts) -> Result<Opened, NotOpened> {
    let Parts { opening, community, stop, metrics } = parts;
    let audience = Arc::new(Audience::default());
    audience.add(metrics.watch(&opening.bridge));
    audience.add(logged(opening.bridge.to_string()));
    let bell = Arc::new(Bell::default());
    let inbox = Inbox::open(&opening.bridge, opening.store.clone(), &*opening.clock, bell.clone())?;
    let own = opening.connections.clients(&opening.http, &opening.clock, &opening.tokens);
    // Not that of the org: it writes days in the zone of its bridge.
    let clients = Clients { khoros: community.unwrap_or(own.khoros), ..own };
    let bridge = opening.open_with(clients, audience.watch())?;
    let opening = Arc::new(opening);
    let (clients, shared) = (bridge.clients.clone(), bridge.clients);
    let logins = logins(&clients, &opening.clock);
    let open: Open = Arc::new(move |sources, watch| {
        let opening = Opening { sources: sources.clone(), ..Opening::clone(&opening) };
        Ok(opening.open_with(shared.clone(), watch)?.engine)
    });
    let (worker, work) = Worker::new(inbox, bell, audience, logins, bridge.engine, open, stop);
    Ok(Opened { worker, work, clients, warnings: bridge.warnings })
}

/// Who is signed in where, as the clients of a bridge know it.
fn logins(clients: &Clients, clock: &Arc<dyn Clock>) -> Logins {
    let (clients, clock) = (clients.clone(), clock.clone());
    Arc::new(move || {
        let sessions = [("khoros", clients.khoros.session()), ("salesforce", clients.salesforce.session())];
        let login = |(host, session): (&'static str, &Session)| {
            let since = session.kept().state.since();
            let halted = session.needs_a_person().map(|why| (since.unwrap_or(clock.now()), why));
            Login { host, name: session.name().to_owned(), halted, ever_active: since.is_some() }
        };
        sessions.into_iter().map(login).collect()
    })
}

/// What happens, as log lines: what was written, and what a person must look at.
fn logged(bridge: String) -> Watch {
    use crate::engine::Happened;
    use crate::run::Outcome;
    Arc::new(move |happened| match happened {
        Happened::Settled(finished) => {
            let (function, subject, rule) = (&finished.action.function, &finished.subject, &finished.action.rule);
            let word = finished.outcome.word();
            match &finished.outcome {
                Outcome::Parked(why) | Outcome::Refused(why) => {
                    tracing::warn!(%bridge, %rule, %subject, %function, "{word}: {why}");
                }
                _ => tracing::info!(%bridge, %rule, %subject, %function, "{word}"),
            }
        }
        Happened::Retries { host, error, until } => {
            tracing::warn!(%bridge, %host, "no answer ({error}); asked again at {until}");
        }
        Happened::Waits { subject, function, why } => tracing::info!(%bridge, %subject, %function, "waits: {why}"),
        Happened::Looked(scans) => {
            for scan in scans.iter().filter(|scan| scan.before > 0) {
                let (rule, before) = (&scan.rule, scan.before);
                tracing::warn!(%bridge, %rule, "{before} were due before it was first switched on and are held; `casebridge run --rule {rule}` handles them");
            }
        }
        Happened::Missed(Standing { rule, moved, .. }) => {
            let came = match moved {
                Moved::Skipped { .. } => "they are skipped",
                Moved::Each(_) => "it runs for each of them",
                _ => "it runs once for all of them",
            };
            tracing::warn!(%bridge, %rule, "moments at which nobody looked: {}; {came}", moved.missed());
        }
        Happened::Silent(_) | Happened::Differs(_) | Happened::Planned(_) => {}
    })
}
