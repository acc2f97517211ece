//! A month under load, in simulated time: the service beside the emulated hosts, each a process of its own. Told are the
//! memory of the service and its room on the disk, day by day.
//!
//!   `CASEBRIDGE_DAYS`       how many days (default 30)
//!   `CASEBRIDGE_KEEP_RUNS`  the setting `keep_runs` (default `3 days`: what goes after a month is to be seen within one)
//!   `CASEBRIDGE_LOAD`       threads an hour; to each of them come replies and comments (default 2)

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value as Json, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_casebridge");
/// The clock goes on so many minutes at a time; everything that is due is worked off in between.
const STEP: u64 = 10;

fn from_environment(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

fn number(name: &str, default: &str) -> u64 {
    from_environment(name, default).parse().unwrap_or_else(|_| panic!("{name} is a number"))
}

/// A program that says in one line of JSON where it is.
struct Running(Child, Json);

impl Running {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.current_dir(folder).args(args).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        Running(child, serde_json::from_str(&line).expect("where it listens"))
    }

    /// Memory of the process, in MB.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("its memory");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("in KiB") / 1024
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// Room of a folder on the disk, in MB.
fn room(folder: &Path) -> f64 {
    let blocks = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => room(&entry.path()),
        Ok(found) => found.blocks() as f64 * 512.0 / 1e6,
        Err(_) => 0.0,
    };
    std::fs::read_dir(folder).expect("the state").flatten().map(blocks).sum()
}

/// The emulated hosts, and what is done to them.
struct Hosts {
    http: reqwest::Client,
    community: String,
    org: String,
    operators: String,
}

impl Hosts {
    async fn post(&self, url: String, body: Json) -> Json {
        self.http.post(url).json(&body).send().await.expect("an answer").json().await.expect("JSON")
    }

    async fn get(&self, url: String) -> Json {
        self.http.get(url).send().await.expect("an answer").json().await.expect("JSON")
    }

    async fn org(&self) -> Json {
        self.get(format!("{}/_sandbox/world", self.org)).await
    }

    /// A new thread, a reply to an older one, and a comment on the case of one.
    async fn load(&self, n: u64, threads: &mut Vec<Json>) {
        let world = format!("{}/_sandbox/world", self.community);
        let author = ["ana", "ben", "cleo"][(n % 3) as usize];
        let thread = json!({ "board": "support", "subject": format!("Question {n}"),
            "body": format!("<p>It hums. {}</p>", "Loudly. ".repeat((n % 60) as usize)), "author": author });
        let made = self.post(world.clone(), json!({ "threads": [thread] })).await;
        threads.push(made["threads"][0].clone());
        let older = &threads[threads.len().saturating_sub(21)];
        let by = if n.is_multiple_of(4) { "zoe" } else { author };
        let reply = json!({ "thread": older, "author": by, "body": format!("<p>Reply {n}</p>") });
        self.post(world, json!({ "replies": [reply] })).await;
        let cases = self.org().await["cases"].as_array().cloned().unwrap_or_default();
        if let Some(case) = cases.iter().rev().nth(10) {
            let comment = json!({ "case": case["id"], "body": format!("Please {n}"), "is_published": true, "by": "zoe@acme.test" });
            self.post(format!("{}/_sandbox/world", self.org), json!({ "comments": [comment] })).await;
        }
    }

    /// The clock goes on, and the service has had a turn since.
    async fn go_on(&self) {
        let clock = format!("{}/_sandbox/clock", self.community);
        let moment = |json: &Json| json.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let now =
            moment(&self.post(clock, json!({ "advance": format!("{STEP} minutes") })).await["now"]).expect("a moment");
        let patience = Instant::now() + Duration::from_secs(20);
        while Instant::now() < patience {
            let health = self.get(format!("{}/health", self.operators)).await;
            if moment(&health["bridges"]["acme"]["last_turn"]).is_some_and(|last| last >= now) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the service had no turn in 20 s");
    }
}

fn configuration(keep_runs: &str) -> String {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    format!(
        "communities:
  main: {{ base_url: https://community.example, tenant_id: acme, login: {{ session: {{ user: connector, password: {{ env: NOBODY }} }} }} }}
orgs:
  main: {{ login_url: https://example.my.salesforce.com, login: {{ client_credentials: {{ client_id: x, client_secret: {{ env: NOBODY }} }} }} }}
bridges:
  acme:
    community: main
    org: main
    packs: {{ standard: {{ path: {} }} }}
    settings:
      support_boards: [support]
      staff_roles: [Employee]
      index_lag: 1 minutes
      hours_before_escalation: 1
      case_closure: true
      status_labels: true
      fallback_username: support-team
      keep_runs: {keep_runs}
state: {{ sled: state }}
listen: {{ public: 127.0.0.1:0, operators: 127.0.0.1:0 }}
",
        rules.display()
    )
}

#[tokio::main]
async fn main() {
    let (days, load) = (number("CASEBRIDGE_DAYS", "30"), number("CASEBRIDGE_LOAD", "2"));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder on the disk of this project");
    let keep_runs = from_environment("CASEBRIDGE_KEEP_RUNS", "3 days");
    std::fs::write(folder.path().join("casebridge.yaml"), configuration(&keep_runs)).expect("written");
    let sandbox = Running::start(folder.path(), &["sandbox", "--scene", "empty"]);
    let text = |json: &Json| json.as_str().expect("a text").to_owned();
    let community = text(&sandbox.1["khoros"]["url"]);
    let service = Running::start(folder.path(), &["serve", "--sandbox", &community]);
    let state = folder.path().join(text(&service.1["state"]));
    let (org, operators) = (text(&sandbox.1["salesforce"]["url"]), text(&service.1["operators"]));
    let hosts = Hosts { http: reqwest::Client::new(), community, org, operators };
    let member = |login: &str| json!({ "login": login, "email": format!("{login}@people.test") });
    let members = [
        member("ana"),
        member("ben"),
        member("cleo"),
        json!({ "login": "zoe", "email": "zoe@acme.test" }),
        member("support-team"),
    ];
    hosts.post(format!("{}/_sandbox/world", hosts.community), json!({ "members": members })).await;
    println!("keep_runs: {keep_runs}; {} threads, replies and comments a day", load * 24);
    let (mut n, mut threads) = (0, Vec::new());
    for day in 1..=days {
        for minute in (0..24 * 60).step_by(STEP as usize) {
            for _ in 0..if minute % 60 == 0 { load } else { 0 } {
                hosts.load(n, &mut threads).await;
                n += 1;
            }
            hosts.go_on().await;
        }
        if day <= 3 || day % 3 == 0 || day == days {
            let world = hosts.org().await;
            let count = |kind: &str| world[kind].as_array().map_or(0, Vec::len);
            let (memory, room) = (service.memory(), room(&state));
            println!(
                "day {day:>3}  memory {memory:>4} MB  disk {room:>5.1} MB  {n} threads, {} cases, {} comments",
                count("cases"),
                count("comments")
            );
        }
    }
}
