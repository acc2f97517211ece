//! Events per second, each on the disk before it is answered, beside a bare axum program that answers without storing, in
//! one run: rate, median and 99th percentile at several numbers of senders.
//!
//!   `CASEBRIDGE_SECONDS`  how long each is measured (default 5)

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use casebridge::app::system::SystemClock;
use casebridge::engine::{Bell, Inbox};
use casebridge::hint::Hint;
use casebridge::names::{BridgeId, Subject};
use casebridge::ports::{Batch, Boxed, HintSource, Hints, NotTaken};
use casebridge::service::doors::{Doors, OrgDoor};
use casebridge::service::metrics::Metrics;
use casebridge::service::webhooks::{Webhooks, router};
use casebridge::state::SledStore;

const ENVELOPE: &str = include_str!("../tests/data/F-066.xml");
const PATH: &str = "/events/salesforce/main?token=s3cret";

/// Puts hints down as the service does, without a worker that looks at them.
struct PutDown(Arc<Inbox>);

impl Hints for PutDown {
    fn would_take(&self, _: &HintSource) -> Result<(), NotTaken> {
        Ok(())
    }

    fn take(&self, _: HintSource, hints: Vec<Hint>, with: Batch) -> Boxed<Result<(), NotTaken>> {
        let inbox = self.0.clone();
        let subjects: Vec<Subject> = hints.into_iter().map(|hint| hint.subject).collect();
        Box::pin(async move { Ok(inbox.put(&subjects, with).await?) })
    }
}

async fn listen(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}{PATH}")
}

fn storing(folder: &std::path::Path) -> Router {
    let store = SledStore::open(folder).expect("a store");
    let inbox = Inbox::open(&BridgeId::from("acme"), store, &SystemClock, Arc::new(Bell::default())).expect("an inbox");
    let door = OrgDoor { token: Some("s3cret".to_owned().into()), ..OrgDoor::default() };
    let doors = Doors { orgs: BTreeMap::from([("main".to_owned(), door)]), ..Doors::default() };
    let webhooks = Webhooks::new(doors, Arc::new(PutDown(Arc::new(inbox))), Arc::new(SystemClock), Metrics::default());
    router(Arc::new(webhooks))
}

fn bare() -> Router {
    Router::new().route("/events/salesforce/main", post(|_: axum::body::Bytes| async { "ok" }))
}

/// How long each of the answers took.
async fn times(address: &str, senders: usize, lasting: Duration) -> Vec<Duration> {
    let client = reqwest::Client::new();
    let until = Instant::now() + lasting;
    let send = |_| {
        let (client, address) = (client.clone(), address.to_owned());
        tokio::spawn(async move {
            let mut times = Vec::new();
            while Instant::now() < until {
                let begun = Instant::now();
                let answer = client.post(&address).body(ENVELOPE).send().await.expect("an answer");
                assert!(answer.status().is_success(), "{}", answer.status());
                answer.bytes().await.expect("a body");
                times.push(begun.elapsed());
            }
            times
        })
    };
    let sending: Vec<_> = (0..senders).map(send).collect();
    let mut all = Vec::new();
    for sent in sending {
        all.extend(sent.await.expect("a sender ends"));
    }
    all.sort_unstable();
    all
}

fn told(name: &str, senders: usize, times: &[Duration], lasting: Duration) {
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    let rate = times.len() as f64 / lasting.as_secs_f64();
    println!("{name:<8} {senders:>4} senders  {rate:>8.0} a second  p50 {:>9.2?}  p99 {:>9.2?}", at(50), at(99));
}

#[tokio::main]
async fn main() {
    let seconds = std::env::var("CASEBRIDGE_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let lasting = Duration::from_secs(seconds);
    let folder = tempfile::tempdir_in(".").expect("a folder on the disk of this project");
    let (storing, bare) = (listen(storing(folder.path())).await, listen(bare()).await);
    for senders in [1, 16, 128] {
        for (name, address) in [("bare", &bare), ("stored", &storing)] {
            times(address, senders, Duration::from_millis(300)).await;
            told(name, senders, &times(address, senders, lasting).await, lasting);
        }
    }
}
