//! A service beside a test: the real worker, the real listener on a free port, the time of the sandbox.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use casebridge::app::mail;
use casebridge::app::service::{Opened, Parts, opened};
use casebridge::engine::Engine;
use casebridge::hosts::mail::{Mailer, Server, Way};
use casebridge::intake::firehose::MESSAGE_IDS;
use casebridge::ports::{Clock, Store, Tokens};
use casebridge::ports::{HintSource, StoreError};
use casebridge::service::Stop;
use casebridge::service::doors::{CommunityDoor, Doors, Firehose, OrgDoor};
use casebridge::service::hints::ForWorkers;
use casebridge::service::lookout::{Lookout, Post};
use casebridge::service::metrics::Metrics;
use casebridge::service::webhooks::{Webhooks, router};
use casebridge::service::worker::{Standing, Worker};
use tokio::task::JoinHandle;

use super::clock::Moved;
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
    work: JoinHandle<Result<(), StoreError>>,
    listening: JoinHandle<()>,
    looking: JoinHandle<Result<(), StoreError>>,
}

/// A condition that does not come true in this time never does.
const LIMIT: Duration = Duration::from_secs(60);

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
        self.serve_with(|_| None).await
    }

    /// The same with failure mails.
    pub async fn serve_and_mail(&self, sink: &Sink) -> Serving {
        let server = Server { host: "127.0.0.1".into(), port: sink.port, way: Way::Plain, login: None };
        let to = vec!["ops@acme.test".to_owned(), "ana@acme.test".to_owned()];
        self.serve_with(|tokens| Some(mail::post(Mailer::new(server, "casebridge@acme.test".into(), to, tokens)))).await
    }

    async fn serve_with(&self, post: impl FnOnce(Arc<dyn Tokens>) -> Option<Post>) -> Serving {
        let mut opening = self.opening(self.store(), self.web());
        opening.clock = Arc::new(Moved(self.sandbox.clock.clone()));
        let stop = Stop::default();
        let (store, post): (Arc<dyn Store>, _) = (opening.store.clone(), post(opening.tokens.clone()));
        let clock: Arc<dyn Clock> = opening.clock.clone();
        let metrics = Metrics::default();
        let parts = Parts { opening, stop: stop.clone(), metrics: metrics.clone() };
        let Opened { worker, work, .. } = opened(parts).unwrap_or_else(|error| panic!("{error:?}"));
        let seen = Seen::default();
        worker.audience.add(seen.watch());
        let (public, listening) = listen(&worker, &stop, self.sandbox.clock.clone(), metrics.clone()).await;
        let at_work = worker.clone();
        let work = tokio::spawn(async move { at_work.work(work).await });
        let lookout = Lookout { workers: vec![worker.clone()], store, clock, post, stop: stop.clone() };
        let looking = tokio::spawn(lookout.watch());
        let serving = Serving { worker, stop, public, seen, metrics, work, listening, looking };
        serving.turned(1).await;
        serving
    }
}

async fn listen(
    worker: &Arc<Worker>,
    stop: &Stop,
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
    let sources = [HintSource::Community("main".into()), HintSource::Org("main".into())];
    let workers = sources.map(|source| (source, vec![worker.clone()])).into();
    let hints = Arc::new(ForWorkers { workers, stop: stop.clone() });
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
        self.worker.bell.ring();
        let ended = tokio::time::timeout(LIMIT, self.work).await.expect("it stops");
        ended.expect("nothing breaks").expect("the state holds");
        self.looking.await.expect("nothing breaks").expect("the state holds");
        self.listening.abort();
        _ = self.listening.await;
    }

    /// Ends it in the middle of whatever it does, as SIGKILL would.
    pub async fn killed(self) {
        for task in [self.work.abort_handle(), self.listening.abort_handle(), self.looking.abort_handle()] {
            task.abort();
        }
        _ = (self.work.await, self.listening.await, self.looking.await);
    }
}
