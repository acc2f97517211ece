//! Who carries events from the hosts to the service, and is not to be trusted: some never arrive though they were
//! acknowledged, some come twice, some come after others that happened later.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::json;
use tokio::task::JoinHandle;

use super::random::Random;
use crate::world::World;

const ACKNOWLEDGED: &str = r#"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>"#;

/// An address that stays while services come and go.
pub struct Messenger {
    road: Arc<Road>,
    listening: JoinHandle<()>,
}

struct Road {
    client: reqwest::Client,
    state: Mutex<OnTheRoad>,
}

struct OnTheRoad {
    random: Random,
    /// Where the service of the moment listens.
    to: Option<String>,
    /// What goes on only after the next one has arrived.
    late: Vec<Message>,
    carried: Carried,
}

/// How many messages met which fate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Carried {
    pub once: usize,
    pub twice: usize,
    pub late: usize,
    pub lost: usize,
}

#[derive(Clone)]
struct Message {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

enum Fate {
    Once,
    Twice,
    Late,
    Lost,
}

impl Messenger {
    /// Has both hosts tell it of what happens: messages over the Firehose, comments and cases as outbound messages.
    pub async fn between(world: &World, seed: u64) -> Self {
        let on_the_road = OnTheRoad { random: Random(seed), to: None, late: vec![], carried: Carried::default() };
        let road = Arc::new(Road { client: reqwest::Client::new(), state: Mutex::new(on_the_road) });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(carry).with_state(road.clone());
        let listening = tokio::spawn(async move { axum::serve(listener, router).await.expect("it listens") });
        let door = format!("{address}/events/khoros/main");
        world.switch_community(json!({ "firehose": {
            "endpoint": door, "token_url": format!("{door}/token"), "client_id": "stream", "client_secret": "str3am",
            "template": { "message": { "uid": "{id}" } },
        } }));
        let told_of = |object: &str| {
            let url = format!("{address}/events/salesforce/main?token=s3cret");
            json!({ "object": object, "url": url, "fields": ["Id"], "on": "save" })
        };
        world.switch_org(json!({ "outbound_messages": [told_of("CaseComment"), told_of("Case")] }));
        Messenger { road, listening }
    }

    /// Carries to another service from now on; to nobody where there is none.
    pub fn goes_to(&self, address: Option<&str>) {
        self.road.state.lock().expect("nobody panicked").to = address.map(str::to_owned);
    }

    pub fn carried(&self) -> Carried {
        self.road.state.lock().expect("nobody panicked").carried
    }
}

impl Drop for Messenger {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn carry(State(road): State<Arc<Road>>, uri: Uri, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let message = Message { path: uri.to_string(), headers, body };
    if message.path.ends_with("/token") {
        return road.deliver(&message).await;
    }
    let late = std::mem::take(&mut road.state.lock().expect("nobody panicked").late);
    let answer = match road.fate() {
        Fate::Lost => (StatusCode::OK, ACKNOWLEDGED.to_owned()),
        Fate::Late => {
            road.state.lock().expect("nobody panicked").late.push(message);
            (StatusCode::OK, ACKNOWLEDGED.to_owned())
        }
        Fate::Twice => {
            road.deliver(&message).await;
            road.deliver(&message).await
        }
        Fate::Once => road.deliver(&message).await,
    };
    for message in late {
        road.deliver(&message).await;
    }
    answer
}

impl Road {
    fn fate(&self) -> Fate {
        let mut state = self.state.lock().expect("nobody panicked");
        let (fate, count) = match state.random.below(6) {
            0 => (Fate::Lost, &mut state.carried.lost),
            1 => (Fate::Twice, &mut state.carried.twice),
            2 => (Fate::Late, &mut state.carried.late),
            _ => (Fate::Once, &mut state.carried.once),
        };
        *count += 1;
        fate
    }

    async fn deliver(&self, message: &Message) -> (StatusCode, String) {
        let to = self.state.lock().expect("nobody panicked").to.clone();
        let Some(to) = to else { return (StatusCode::SERVICE_UNAVAILABLE, String::new()) };
        let mut request = self.client.post(format!("{to}{}", message.path)).body(message.body.clone());
        for name in ["authorization", "content-type", "soapaction"] {
            request = message.headers.get(name).into_iter().fold(request, |request, value| request.header(name, value));
        }
        match request.send().await {
            Ok(answer) => (answer.status(), answer.text().await.unwrap_or_default()),
            Err(_) => (StatusCode::BAD_GATEWAY, String::new()),
        }
    }
}
