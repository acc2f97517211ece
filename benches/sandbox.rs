//! What the sandbox costs: a simple read beside a bare axum `GET` of the same bytes; start, memory and pages of a large
//! scene.
//!
//! Simple reads are measured in CPU time of the thread that serves, where Linux tells it, so that neither this client
//! nor what else the machine does counts; at the end their ratio to the bare ones is said. A thread that wakes an idle
//! processor pays for that too, and several times as much as for the answer: `taskset -c 1 cargo bench …` keeps client
//! and server on one that is awake.
//!
//!   `CASEBRIDGE_RECORDS`  threads, and as many members, of the large scene (default 1000000)

use std::cell::Cell;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use axum::http::header::CONTENT_TYPE;
use casebridge::sandbox::{self, Options, Sandbox, SceneChoice};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use serde_json::Value;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use url::form_urlencoded::byte_serialize;

const JSON: &str = "application/json;charset=UTF-8";

/// A server on a thread of its own, so that its CPU time can be told from the client's.
struct Server<T> {
    made: T,
    /// The file in which Linux keeps the thread's time.
    times: Option<String>,
    _stop: oneshot::Sender<()>,
}

impl<T: Send + 'static> Server<T> {
    fn start<F: Future<Output = T>>(make: impl FnOnce() -> F + Send + 'static) -> Server<T> {
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let times = std::fs::read_link("/proc/thread-self").ok();
            let times = times.map(|thread| format!("/proc/{}/schedstat", thread.display()));
            Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
                tell.send((make().await, times)).expect("somebody waits");
                let _ = stopped.await;
            });
        });
        let (made, times) = told.recv().expect("it starts");
        Server { made, times, _stop: stop }
    }
}

impl<T> Server<T> {
    /// CPU time of the server so far, or elsewhere than on Linux simply the time.
    fn spent(&self, begun: Instant) -> Duration {
        let read = self.times.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        let nanoseconds = read.and_then(|text| text.split(' ').next()?.parse().ok());
        nanoseconds.map_or_else(|| begun.elapsed(), Duration::from_nanos)
    }
}

/// A client that does as little as possible, over one connection.
struct Client {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Client {
    fn to(url: &str) -> Client {
        let host = url.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&host).expect("it listens");
        stream.set_nodelay(true).expect("an option of every socket");
        Client { stream: BufReader::new(stream), host }
    }

    fn get(&self, path: &str, header: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{header}\r\n\r\n", self.host)
    }

    fn post(&self, path: &str, form: &[(&str, &Value)]) -> String {
        let form: Vec<_> = form.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let (form, host) = (form.join("&"), &self.host);
        format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{form}",
            form.len()
        )
    }

    /// The body of a good answer.
    fn ask(&mut self, request: &str) -> Vec<u8> {
        self.stream.get_mut().write_all(request.as_bytes()).expect("it reads");
        let (mut line, mut length) = (String::new(), 0);
        self.stream.read_line(&mut line).expect("a status");
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line).expect("a header");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a number");
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("a body");
        body
    }

    fn json(&mut self, request: &str) -> Value {
        serde_json::from_slice(&self.ask(request)).expect("JSON")
    }
}

fn escaped(value: &Value) -> String {
    byte_serialize(value.as_str().expect("a text").as_bytes()).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

async fn serve_sandbox(options: Options) -> Sandbox {
    sandbox::start(options).await.expect("a sandbox")
}

/// A server that has nothing to do but to send these bytes.
async fn serve_bytes(bytes: Vec<u8>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = axum::routing::get(async move || ([(CONTENT_TYPE, JSON)], bytes.clone()));
    tokio::spawn(async { axum::serve(listener, axum::Router::new().route("/bytes/{id}", answer)).await });
    url
}

/// The header with which the community knows the connector.
fn community_key(khoros: &mut Client, sandbox: &Sandbox) -> String {
    let login = &sandbox.hosts["khoros"];
    let path = "/restapi/vc/authentication/sessions/login?restapi.response_format=json";
    let request = khoros.post(path, &[("user.login", &login["login"]), ("user.password", &login["password"])]);
    format!("li-api-session-key: {}", text(&khoros.json(&request)["response"]["value"]["$"]))
}

/// The header with which the org knows its app.
fn org_token(salesforce: &mut Client, sandbox: &Sandbox) -> String {
    let login = &sandbox.hosts["salesforce"];
    let grant = Value::from("client_credentials");
    let secrets = [("client_id", &login["client_id"]), ("client_secret", &login["client_secret"])];
    let request = salesforce.post("/services/oauth2/token", &[&[("grant_type", &grant)], &secrets[..]].concat());
    format!("authorization: Bearer {}", text(&salesforce.json(&request)["access_token"]))
}

fn search(query: &str) -> String {
    format!("/api/2.0/search?q={}", byte_serialize(query.as_bytes()).collect::<String>())
}

/// Measures one request, over and over; gives the mean.
fn measure<T>(criterion: &mut Criterion, name: &str, server: &Server<T>, client: &mut Client, request: &str) -> f64 {
    let (calls, time, begun) = (Cell::new(0), Cell::new(Duration::ZERO), Instant::now());
    criterion.benchmark_group("simple read").bench_function(name, |bencher| {
        bencher.iter_custom(|times| {
            let before = server.spent(begun);
            (0..times).for_each(|_| drop(black_box(client.ask(request))));
            let spent = server.spent(begun) - before;
            calls.set(calls.get() + times);
            time.set(time.get() + spent);
            spent
        });
    });
    time.get().as_secs_f64() / calls.get().max(1) as f64
}

fn simple_reads(criterion: &mut Criterion) {
    let server = Server::start(|| serve_sandbox(Options { cases: Some(10), ..Options::default() }));
    let enough = serde_json::json!({ "daily_limit": u64::MAX });
    server.made.salesforce.set_switches(&enough).expect("a switch");
    let (mut khoros, mut salesforce) = (Client::to(&server.made.khoros_url), Client::to(&server.made.salesforce_url));
    let token = org_token(&mut salesforce, &server.made);
    let key = community_key(&mut khoros, &server.made);
    let case = salesforce.get("/services/data/v65.0/query?q=SELECT+Id+FROM+Case+LIMIT+1", &token);
    let case = salesforce.json(&case);
    let path = format!("/services/data/v65.0/sobjects/Case/{}", text(&case["records"][0]["Id"]));
    let case = salesforce.get(&path, &token);
    let message = khoros.get("/api/2.0/messages/101", &key);
    for (name, client, request, header) in
        [("org", &mut salesforce, case, &token), ("community", &mut khoros, message, &key)]
    {
        let bytes = client.ask(&request);
        let bare_server = Server::start(move || serve_bytes(bytes));
        let mut bare_client = Client::to(&bare_server.made);
        let bare_request = bare_client.get("/bytes/101", header);
        assert_eq!(bare_client.ask(&bare_request), client.ask(&request), "both answer the same");
        let bare = measure(criterion, &format!("bare axum, as {name}"), &bare_server, &mut bare_client, &bare_request);
        let full = measure(criterion, name, &server, client, &request);
        println!("a simple read of the {name} costs {:.2} times a bare axum GET of the same bytes\n", full / bare);
    }
}

fn large() -> Options {
    let wanted = std::env::var("CASEBRIDGE_RECORDS").ok().and_then(|text| text.parse().ok());
    let records = Some(wanted.unwrap_or(1_000_000));
    Options { scene: SceneChoice::Empty, threads: records, members: records, ..Options::default() }
}

/// How much memory this process holds, where Linux tells it.
fn held() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Starts a large scene and says what that took of the processor and of memory.
fn start_large() -> Server<Sandbox> {
    let (before, begun) = (held(), Instant::now());
    let server = Server::start(|| serve_sandbox(large()));
    let (took, spent) = (begun.elapsed(), server.spent(begun));
    let records = 2 * large().threads.unwrap_or_default().max(1);
    let each = held().zip(before).map(|(after, before)| after.saturating_sub(before) / records);
    println!("a scene of {records} records: {took:.1?}, of them {spent:.1?} CPU; {} bytes each", each.unwrap_or(0));
    server
}

fn large_scene(criterion: &mut Criterion) {
    // The first one, while memory is fresh.
    let server = start_large();
    let mut group = criterion.benchmark_group("large scene");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("start", |bencher| {
        bencher.iter_custom(|times| {
            let start = || {
                let begun = Instant::now();
                let server = Server::start(|| serve_sandbox(large()));
                let took = begun.elapsed();
                drop(server);
                took
            };
            (0..times).map(|_| start()).sum()
        });
    });
    let mut khoros = Client::to(&server.made.khoros_url);
    let key = community_key(&mut khoros, &server.made);
    let unanswered = "depth = 0 AND board.id = 'support' AND replies.count(*) = 0";
    let later = format!("{unanswered} AND post_time > {}", server.made.clock.now().as_millisecond() - 55 * 3_600_000);
    for (name, query) in [
        ("1000 threads by id", "SELECT id, subject, author FROM messages WHERE depth = 0 ORDER BY id LIMIT 1000"),
        (
            "1000 unanswered threads by post_time, from the middle",
            &format!("SELECT id, subject, post_time FROM messages WHERE {later} ORDER BY post_time LIMIT 1000"),
        ),
        ("1000 members by id", "SELECT id, login, email FROM users ORDER BY id LIMIT 1000"),
        (
            "1000 members by last_visit_time",
            "SELECT id, login, last_visit_time FROM users ORDER BY last_visit_time DESC LIMIT 1000",
        ),
    ] {
        let request = khoros.get(&search(query), &key);
        let found = khoros.json(&request)["data"]["size"].as_u64();
        println!("{name}: {} of them", found.unwrap_or_default());
        group.bench_function(name, |bencher| bencher.iter(|| khoros.ask(&request)));
    }
    group.finish();
}

criterion_group!(benches, simple_reads, large_scene);
criterion_main!(benches);
