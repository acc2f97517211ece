//! A service beside a test: the real worker, the real listener on a free port, the time of the sandbox.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use casebridge::app::connections::Clients;
use casebridge::app::mail;
use casebridge::app::service::{Opened, Parts, opened};
use casebridge::app::streams;
use casebridge::config::Stream;
use casebridge::engine::Engine;
use casebridge::hosts::mail::Mailer;
use casebridge::intake::firehose::MESSAGE_IDS;
use casebridge::ports::{Clock, HintSource, Hints, Http, Store, StoreError, Tokens};
use casebridge::service::Stop;
use casebridge::service::doors::{CommunityDoor, Doors, Firehose, OrgDoor};
use casebridge::service::hints::ForWorkers;
use casebridge::service::lookout::{Lookout, Post};
use casebridge::service::metrics::Metrics;
use casebridge::service::streams::Streams;
use casebridge::service::webhooks::{Webhooks, router};
use casebridge::service::worker::{Standing, Worker};
use tokio::task::JoinHandle;

use super::clock::{Moved, Still};
use super::smtp::Sink;
use super::{Seen, Told, World};

/// A service on a world.
pub struct Serving {
    pub worker: Arc<Worker>,
    pub stop: Stop,
    /// Where events are sent to.
    pub public: String,
    pub seen: Seen,
    pub metrics: Metrics,
    /// How the streams of its org stand.
    pub streams: Streams,
    pub clients: Clients,
    work: JoinHandle<Result<(), StoreError>>,
    listening: JoinHandle<()>,
    /// The one that hears streams; it does nothing where there are none.
    hearing: JoinHandle<Result<(), StoreError>>,
    looking: JoinHandle<Result<(), StoreError>>,
}

/// A condition that does not come true in this time never does.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Waits until something is so.
pub async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waited = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(LIMIT, waited).await.is_ok(), "it never came true: {what}");
}

impl World {
    /// Starts a service; the first turn is over when this ends.
    pub async fn serve(&self) -> Serving {
        self.serve_hearing(&[]).await
    }

    /// The same on a state that others use too.
    pub async fn serve_on(&self, store: Arc<dyn Store>) -> Serving {
        self.serve_over(store, self.moved(), &[]).await
    }

    /// Starts a service that listens to some channels of its org.
    pub async fn serve_hearing(&self, channels: &[Stream]) -> Serving {
        self.serve_over(self.store(), self.moved(), channels).await
    }

    /// The same while time stands still for the service: what it does, it does because it heard of it.
    pub async fn serve_still(&self, channels: &[Stream]) -> Serving {
        self.serve_over(self.store(), Arc::new(Still::at(self.sandbox.clock.now())), channels).await
    }

    /// The same over a given store and clock.
    pub async fn serve_over(&self, store: Arc<dyn Store>, clock: Arc<dyn Clock>, channels: &[Stream]) -> Serving {
        let serving = self.begin_to_serve(store, self.web(), clock, channels, |_| None).await;
        serving.turned(1).await;
        serving
    }

    /// A service with failure mails.
    pub async fn serve_and_mail(&self, sink: &Sink) -> Serving {
        let to = vec!["ops@acme.test".to_owned(), "ana@acme.test".to_owned()];
        let post = |tokens| Some(mail::post(Mailer::new(sink.sender(), to, tokens)));
        let serving = self.begin_to_serve(self.store(), self.web(), self.moved(), &[], post).await;
        serving.turned(1).await;
        serving
    }

    /// The same over a network and a store with something in between; its first turn is still to come.
    pub async fn serve_through(&self, store: Arc<dyn Store>, http: Arc<dyn Http>) -> Serving {
        self.begin_to_serve(store, http, self.moved(), &[], |_| None).await
    }

    fn moved(&self) -> Arc<dyn Clock> {
        Arc::new(Moved(self.sandbox.clock.clone()))
    }

    async fn begin_to_serve(
        &self,
        store: Arc<dyn Store>,
        http: Arc<dyn Http>,
        clock: Arc<dyn Clock>,
        channels: &[Stream],
        post: impl FnOnce(Arc<dyn Tokens>) -> Option<Post>,
    ) -> Serving {
        let mut opening = self.opening(store.clone(), http);
        opening.clock = clock.clone();
        let post = post(opening.tokens.clone());
        let stop = Stop::default();
        let metrics = Metrics::default();
        let parts = Parts { opening, community: None, stop: stop.clone(), metrics: metrics.clone() };
        let Opened { worker, work, clients, .. } = opened(parts).unwrap_or_else(|error| panic!("{error:?}"));
        let seen = Seen::default();
        worker.audience.add(seen.watch());
        let hints = hints(&worker, &stop);
        let (public, listening) = listen(hints.clone(), self.sandbox.clock.clone(), metrics.clone()).await;
        let streams = Streams::default();
        let listener = streams::listener(streams::Parts {
            org: "main",
            streams: channels,
            bridges: vec![worker.bridge.clone()],
            client: clients.salesforce.clone(),
            hints,
            store: store.clone(),
            clock: clock.clone(),
            standing: streams.clone(),
        });
        let (is_any, asked) = (!channels.is_empty(), stop.clone());
        let hear = async move { if is_any { listener.listen(asked.asked()).await } else { Ok(()) } };
        let hearing = tokio::spawn(hear);
        let at_work = worker.clone();
        let work = tokio::spawn(async move { at_work.work(work).await });
        let lookout = Lookout { workers: vec![worker.clone()], store, clock, post, stop: stop.clone() };
        let looking = tokio::spawn(lookout.watch());
        Serving { worker, stop, public, seen, metrics, streams, clients, work, listening, hearing, looking }
    }
}

fn hints(worker: &Arc<Worker>, stop: &Stop) -> Arc<dyn Hints> {
    let sources = [HintSource::Community("main".into()), HintSource::Org("main".into())];
    let workers = sources.map(|source| (source, vec![worker.clone()])).into();
    Arc::new(ForWorkers { workers, stop: stop.clone() })
}

async fn listen(
    hints: Arc<dyn Hints>,
    clock: Arc<casebridge::sandbox::clock::Clock>,
    metrics: Metrics,
) -> (String, JoinHandle<()>) {
    let secret = |text: &str| Some(text.to_owned().into());
    let stream = Firehose {
        client_id: "stream".into(),
        client_secret: "str3am".to_owned().into(),
        message_ids: MESSAGE_IDS.map(Into::into).into(),
    };
    let community = CommunityDoor { token: secret("9f2c"), firehose: Some(stream), hmac: secret("key") };
    let org = OrgDoor { token: secret("s3cret"), organization_id: None, hmac: None };
    let doors = Doors {
        communities: BTreeMap::from([("main".to_owned(), community)]),
        orgs: BTreeMap::from([("main".to_owned(), org)]),
    };
    let webhooks = Arc::new(Webhooks::new(doors, hints, Arc::new(Moved(clock)), metrics));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let serve = async move { axum::serve(listener, router(webhooks)).await.expect("it listens") };
    (format!("http://{address}"), tokio::spawn(serve))
}

impl Serving {
    pub fn standing(&self) -> Standing {
        self.worker.standing()
    }

    /// Waits until so many turns are over.
    pub async fn turned(&self, turns: u64) {
        until(&format!("{turns} turns"), || self.standing().turns >= turns).await;
    }

    /// Waits until a turn has begun and ended that came after this call: the first to end may have begun before.
    pub async fn turns(&self) {
        for _ in 0..2 {
            let before = self.standing().turns;
            self.worker.bell.ring();
            self.turned(before + 1).await;
        }
    }

    /// Has something done between two turns.
    pub async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(Arc<Engine>) -> casebridge::ports::Boxed<T> + Send + 'static,
    ) -> T {
        let (done, result) = tokio::sync::oneshot::channel();
        let asked = self.worker.ask(Box::new(move |engine| {
            Box::pin(async move {
                _ = done.send(job(engine).await);
            })
        }));
        assert!(asked.await, "the worker is at work");
        result.await.expect("the job is done")
    }

    /// What happened so far.
    pub fn told(&self) -> Told {
        self.seen.told(Default::default())
    }

    /// Posts a form or a text to the listener; the status, the kind and the text of the answer.
    pub async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let sent = reqwest::Client::new().post(format!("{}{path}", self.public)).body(body).send().await;
        let answer = sent.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }

    /// Stops it, as SIGTERM would.
    pub async fn stopped(self) {
        self.stop.ask();
        self.worker.bell.ring_out();
        let ended = tokio::time::timeout(LIMIT, self.work).await.expect("it stops");
        ended.expect("nothing breaks").expect("the state holds");
        let ended = tokio::time::timeout(LIMIT, self.hearing).await.expect("it stops listening");
        ended.expect("nothing breaks").expect("the state holds");
        self.looking.await.expect("nothing breaks").expect("the state holds");
        self.listening.abort();
        _ = self.listening.await;
    }

    /// Ends it in the middle of whatever it does, as SIGKILL would.
    pub async fn killed(self) {
        let watching = [self.hearing.abort_handle(), self.looking.abort_handle()];
        for task in [self.work.abort_handle(), self.listening.abort_handle()].into_iter().chain(watching) {
            task.abort();
        }
        _ = (self.work.await, self.listening.await, self.hearing.await, self.looking.await);
    }
}
