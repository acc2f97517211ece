//! `casebridge serve`: everything unattended, until it is stopped.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use crate::app::bridge::{NotOpened, Opening};
use crate::app::doors::{api_token, doors};
use crate::app::mail;
use crate::app::service::{Opened, Parts, opened};
use crate::app::streams;
use crate::app::system::SystemClock;
use crate::cli::output::line;
use crate::cli::report::Format;
use crate::cli::setup::{Setup, State};
use crate::cli::starting::Starting;
use crate::cli::target::Target;
use crate::cli::{Failure, remote};
use crate::config::Org;
use crate::hosts::salesforce::streams::Listener;
use crate::ports::{HintSource, Hints, StoreError};
use crate::service::api::{self, Api};
use crate::service::health::Health;
use crate::service::hints::ForWorkers;
use crate::service::lookout::{Lookout, Post};
use crate::service::metrics::Metrics;
use crate::service::operators::{self, Operators};
use crate::service::streams::Streams;
use crate::service::webhooks::{self, Webhooks};
use crate::service::worker::Worker;
use crate::service::{Stop, control};

/// How the service runs.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Talks to an emulated pair instead of the configured hosts: a fresh one, or a running one by its address
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    sandbox: Option<Option<String>>,
    /// Where the rules in the files are wrong, runs those that ran last
    #[arg(long)]
    last_good: bool,
}

/// Serves until it is told to stop.
pub async fn run(args: &Args, config: &Path, format: Format) -> Result<u8, Failure> {
    let setup = Setup::read(config, format)?;
    if !setup.config.warnings.is_empty() {
        eprintln!("{}", setup.show(&setup.config.warnings, &Default::default(), format));
    }
    let target = Target::of(&args.sandbox).await?;
    let state = setup.state(&target)?;
    let stop = Stop::default();
    let metrics = Metrics::default();
    let mut starting = Starting::new(&setup, args.last_good);
    let opened = workers(&setup, &mut starting, &target, &state, &stop, &metrics, format).await?;
    let handles: Vec<Arc<Worker>> = opened.iter().map(|opened| opened.worker.clone()).collect();
    let taking = starting.watch(&setup, config, &state, &handles, format)?;
    let hints = hints(&setup, &handles, &stop);
    let streams = Streams::default();
    let rules = taking.standings.clone();
    let health = Health { workers: handles.clone(), streams: streams.clone(), stop: stop.clone(), rules };
    let (mut tasks, mut at_work) = (JoinSet::new(), JoinSet::new());
    let post = post(&setup, &target, &state, format)?;
    let operators = listen(setup.config.listen.operators).await?;
    let public = listen(setup.config.listen.public).await?;
    let told = told(&public, &operators, &handles, &state);
    let webhooks = webhooks(&setup, &hints, &metrics, format)?;
    tasks.spawn(serve(public, webhooks::router(webhooks)));
    let obey = remote::obey(handles.clone(), state.store.clone(), state.folder.clone());
    let token = api_token(&setup.config).map_err(|problems| setup.refused(&problems, &Default::default(), format))?;
    let router = operators::router(Operators { health, metrics }).merge(api::router(Api { token, obey: obey.clone() }));
    tasks.spawn(serve(operators, router));
    tasks.spawn(ended(control::serve(socket(&state)?, obey, stop.clone())));
    line(told);
    let (store, clock) = (state.store.clone(), Arc::new(SystemClock));
    let lookout = Lookout { workers: handles.clone(), store, clock, post, stop: stop.clone() };
    tasks.spawn(lookout.watch());
    for listener in listeners(&setup, &opened, &hints, &state, &streams) {
        let stop = stop.clone();
        at_work.spawn(async move { listener.listen(stop.asked()).await });
    }
    for Opened { worker, work, .. } in opened {
        at_work.spawn(async move { worker.work(work).await });
    }
    tasks.spawn(taking.take(stop.clone()));
    tasks.spawn(until_signal(stop.clone(), handles));
    rest(at_work, tasks, stop).await
}

/// A worker for each bridge; what is wrong with the rules of one keeps the service from starting (RUN-3).
async fn workers(
    setup: &Setup,
    starting: &mut Starting,
    target: &Target,
    state: &State,
    stop: &Stop,
    metrics: &Metrics,
    format: Format,
) -> Result<Vec<Opened>, Failure> {
    let mut workers: Vec<Opened> = Vec::new();
    for (name, config) in &setup.config.bridges {
        let bridge = starting.bridge(setup, name, config, state, format).await?;
        let opening: Opening = setup.opening_on(&bridge, target, state, format).await?;
        let sources = opening.sources.clone();
        let is_same = |opened: &&Opened| setup.config.bridges[&opened.worker.bridge].community == config.community;
        let community = workers.iter().find(is_same).map(|opened| opened.clients.khoros.clone());
        let parts = Parts { opening, community, stop: stop.clone(), metrics: metrics.clone() };
        let opened = opened(parts).map_err(|error: NotOpened| setup.not_opened(error, &sources, format))?;
        if !opened.warnings.is_empty() {
            eprintln!("{}", setup.show(&opened.warnings, &sources, format));
        }
        workers.push(opened);
    }
    Ok(workers)
}

/// Who mails about failures; nobody where none is configured, nor about a sandbox.
fn post(setup: &Setup, target: &Target, state: &State, format: Format) -> Result<Option<Post>, Failure> {
    let Some(mails) = setup.config.failure_mails.as_ref().filter(|_| target.url().is_none()) else { return Ok(None) };
    let mailer = mail::mailer(mails, &state.tokens);
    let mailer = mailer.map_err(|problems| setup.refused(&problems, &Default::default(), format))?;
    Ok(Some(mail::post(mailer)))
}

/// Where the hints of communities and orgs are put down.
fn hints(setup: &Setup, workers: &[Arc<Worker>], stop: &Stop) -> Arc<dyn Hints> {
    let mut by_source: BTreeMap<HintSource, Vec<Arc<Worker>>> = BTreeMap::new();
    for worker in workers {
        let bridge = &setup.config.bridges[&worker.bridge];
        for source in [HintSource::Community(bridge.community.clone()), HintSource::Org(bridge.org.clone())] {
            by_source.entry(source).or_default().push(worker.clone());
        }
    }
    Arc::new(ForWorkers { workers: by_source, stop: stop.clone() })
}

/// Everybody who may send events.
fn webhooks(
    setup: &Setup,
    hints: &Arc<dyn Hints>,
    metrics: &Metrics,
    format: Format,
) -> Result<Arc<Webhooks>, Failure> {
    let doors = doors(&setup.config).map_err(|problems| setup.refused(&problems, &Default::default(), format))?;
    Ok(Arc::new(Webhooks::new(doors, hints.clone(), Arc::new(SystemClock), metrics.clone())))
}

/// A listener for each org that has streams and a bridge.
fn listeners(
    setup: &Setup,
    opened: &[Opened],
    hints: &Arc<dyn Hints>,
    state: &State,
    standing: &Streams,
) -> Vec<Listener> {
    let with_streams = setup.config.orgs.iter().filter(|(_, org)| !org.streams.is_empty());
    let listener = |(name, org): (&String, &Org)| {
        let own: Vec<&Opened> =
            opened.iter().filter(|opened| setup.config.bridges[&opened.worker.bridge].org == *name).collect();
        let first = own.first()?;
        Some(streams::listener(streams::Parts {
            org: name,
            streams: &org.streams,
            bridges: own.iter().map(|opened| opened.worker.bridge.clone()).collect(),
            client: first.clients.salesforce.clone(),
            hints: hints.clone(),
            store: state.store.clone(),
            clock: first.work.clock.clone(),
            standing: standing.clone(),
        }))
    };
    with_streams.filter_map(listener).collect()
}

/// Where commands of this machine ask.
fn socket(state: &State) -> Result<UnixListener, Failure> {
    control::open(&state.folder).map_err(|error| {
        Failure::failed(format!("the control socket in {} cannot be opened: {error}", state.folder.display()))
    })
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::wrong(format!("nothing can listen at {address}: {error}\n   next: another address under `listen:`"))
    })
}

/// The line that says that it is there, for people and for whoever started it.
fn told(public: &TcpListener, operators: &TcpListener, workers: &[Arc<Worker>], state: &State) -> String {
    let bridges: Vec<&str> = workers.iter().map(|worker| worker.bridge.as_str()).collect();
    let address =
        |listener: &TcpListener| listener.local_addr().map(|address| format!("http://{address}")).unwrap_or_default();
    json!({ "serving": bridges, "public": address(public), "operators": address(operators), "state": state.folder })
        .to_string()
}

async fn serve(listener: TcpListener, router: axum::Router) -> Result<(), StoreError> {
    let served = axum::serve(listener, router).await;
    served.map_err(|error| StoreError::Failed(format!("the listener ended: {error}")))
}

async fn ended(task: impl Future<Output = ()>) -> Result<(), StoreError> {
    task.await;
    Ok(())
}

/// SIGTERM and Ctrl-C ask for the stop; a second one ends the process at once, as a kill would.
async fn until_signal(stop: Stop, workers: Vec<Arc<Worker>>) -> Result<(), StoreError> {
    let heard = |error| StoreError::Failed(format!("signals cannot be heard: {error}"));
    let mut term = signal(SignalKind::terminate()).map_err(heard)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(heard)?;
    let mut signalled = async || {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    signalled().await;
    eprintln!("stopping; what is out has a few seconds to be answered (a second signal ends it at once)");
    stop.ask();
    workers.iter().for_each(|worker| worker.bell.ring_out());
    signalled().await;
    eprintln!("ended; what was out is settled by the next start");
    std::process::exit(1)
}

/// Waits until the workers have ended; the first part that ends with an error stops the others.
async fn rest(
    mut at_work: JoinSet<Result<(), StoreError>>,
    mut beside: JoinSet<Result<(), StoreError>>,
    stop: Stop,
) -> Result<u8, Failure> {
    let mut failed = None;
    let deadline = stop.deadline();
    tokio::pin!(deadline);
    loop {
        let ended = tokio::select! {
            ended = at_work.join_next() => ended,
            Some(ended) = beside.join_next() => Some(ended),
            () = &mut deadline => None,
        };
        let result = match ended {
            None => break,
            Some(Ok(result)) => result,
            Some(Err(error)) => Err(StoreError::Failed(format!("a part of the service broke: {error}"))),
        };
        if let Err(error) = result {
            stop.ask();
            failed.get_or_insert(error);
        }
    }
    failed.map_or(Ok(0), |error| Err(error.into()))
}
