//! The public listener under load and at its end: what it takes on is bounded, and nobody sends a lot for nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use casebridge::app::system::SystemClock;
use casebridge::hint::Hint;
use casebridge::intake::firehose::MESSAGE_IDS;
use casebridge::ports::{Batch, Boxed, HintSource, Hints, NotTaken};
use casebridge::service::doors::{CommunityDoor, Doors, Firehose, OrgDoor};
use casebridge::service::metrics::Metrics;
use casebridge::service::webhooks::{Webhooks, router};
use futures_util::StreamExt as _;

use crate::world::serving::until;

/// Puts nothing down before it is let go.
struct Slow(Arc<Load>);

#[derive(Default)]
struct Load {
    is_full: bool,
    begun: AtomicUsize,
    go: AtomicBool,
}

impl Hints for Slow {
    fn would_take(&self, _: &HintSource) -> Result<(), NotTaken> {
        if self.0.is_full { Err(NotTaken::Full { after: Duration::from_secs(30) }) } else { Ok(()) }
    }

    fn take(&self, _: HintSource, _: Vec<Hint>, _: Batch) -> Boxed<Result<(), NotTaken>> {
        let load = self.0.clone();
        load.begun.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            while !load.go.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(())
        })
    }
}

/// A listener that puts hints down there, and its address.
async fn listen(load: &Arc<Load>) -> String {
    let secret = |text: &str| Some(text.to_owned().into());
    let firehose = Firehose {
        client_id: "stream".into(),
        client_secret: "str3am".to_owned().into(),
        message_ids: MESSAGE_IDS.map(Into::into).into(),
    };
    let community = CommunityDoor { token: secret("9f2c"), firehose: Some(firehose), hmac: None };
    let org = OrgDoor { token: secret("s3cret"), organization_id: None, hmac: None };
    let doors = Doors {
        communities: BTreeMap::from([("main".to_owned(), community)]),
        orgs: BTreeMap::from([("main".to_owned(), org)]),
    };
    let webhooks = Webhooks::new(doors, Arc::new(Slow(load.clone())), Arc::new(SystemClock), Metrics::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}/events", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router(Arc::new(webhooks))).await });
    address
}

/// A body that begins and never ends.
fn endless() -> reqwest::Body {
    let first: Result<_, std::io::Error> = Ok("token=9f2c".to_owned());
    let first = futures_util::stream::once(async { first });
    reqwest::Body::wrap_stream(first.chain(futures_util::stream::pending()))
}

#[tokio::test]
async fn all_bodies_that_somebody_works_with_have_room_together_and_one_more_comes_again() {
    let load = Arc::new(Load::default());
    let address = format!("{}/khoros/main", listen(&load).await);
    let xml = "message=%3Cmessage+type%3D%22message%22%3E%3Cid%3E7%3C%2Fid%3E%3C%2Fmessage%3E";
    let start = format!("token=9f2c&event.type=MessageCreate&{xml}&rest=");
    let body = format!("{start}{}", "x".repeat((2 << 20) - start.len()));
    let send = || {
        let sent = reqwest::Client::new().post(&address).body(body.clone()).send();
        tokio::spawn(async move { sent.await.expect("an answer").status().as_u16() })
    };
    let sent: Vec<_> = (0..32).map(|_| send()).collect();
    until("all are put down", || load.begun.load(Ordering::SeqCst) == 32).await;
    let one_more = send();
    until("it is put down too, or answered", || one_more.is_finished() || load.begun.load(Ordering::SeqCst) > 32).await;
    assert_eq!(load.begun.load(Ordering::SeqCst), 32, "64 MB are taken up");
    assert_eq!(one_more.await.expect("an answer"), 503);
    load.go.store(true, Ordering::SeqCst);
    for sent in sent {
        assert_eq!(sent.await.expect("an answer"), 200);
    }
    assert_eq!(send().await.expect("an answer"), 200, "there is room again");
}

#[tokio::test]
async fn where_nothing_would_be_taken_nobody_has_to_send_it_first() {
    let load = Arc::new(Load { is_full: true, ..Load::default() });
    let address = listen(&load).await;
    for (path, token, status) in [
        ("khoros/main", None, 503),
        ("salesforce/main?token=s3cret", None, 503),
        ("khoros/main", Some("bearer 9.0"), 401),
        ("salesforce/main?token=wrong", None, 401),
    ] {
        let request = reqwest::Client::new().post(format!("{address}/{path}")).body(endless());
        let request = token.iter().fold(request, |request, token| request.header("authorization", *token));
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert_eq!(answer.headers().contains_key("retry-after"), status == 503, "{path}");
    }
}
