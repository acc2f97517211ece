//! A service whose rule files lie in a folder, are edited there, and are watched: real files, real events of the file
//! system, real listeners. What counts as quiet goes by a clock that the test moves, so that no test depends on speed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use casebridge::app::bridge::{offline_catalog, test_ground};
use casebridge::app::system::SystemClock;
use casebridge::config;
use casebridge::names::{BridgeId, Digest};
use casebridge::ports::{Clock, Store, StoreError};
use casebridge::service::health::Health;
use casebridge::service::judging::Judge;
use casebridge::service::operators::{Operators, router};
use casebridge::service::sight::{self, Candidate};
use casebridge::service::starting::{NotStarted, start};
use casebridge::service::taking::Taking;
use casebridge::service::{RulesStanding, RulesStandings, Stop, Watching};
use jiff::SignedDuration;
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::World;
use super::clock::Held;
use super::serving::Serving;

/// How far the time goes on from one look of a test to the next.
const STEP: SignedDuration = SignedDuration::from_millis(50);
/// A condition that does not come true in this time never does.
const LIMIT: Duration = Duration::from_secs(120);

/// A folder with `casebridge.yaml` and the pack in `rules/`.
pub struct Files(TempDir);

impl Files {
    /// The files of a small pack, all of which bear a number: thread to case, comment to thread, one test.
    pub fn numbered(n: u32) -> Self {
        let files = Files(tempfile::tempdir().expect("a temporary folder"));
        std::fs::create_dir_all(files.path("rules/tests")).expect("a folder");
        files.write("casebridge.yaml", &casebridge_yaml(""));
        files.write("rules/pack.yaml", include_str!("../../rules/pack.yaml"));
        files.write("rules/tests/due.yaml", TEST);
        for (file, text) in numbered(n) {
            files.write(file, &text);
        }
        files
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path(file), text).expect("written");
    }

    pub fn remove(&self, file: &str) {
        std::fs::remove_file(self.path(file)).expect("it was there");
    }

    pub fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.path(from), self.path(to)).expect("it was there");
    }

    /// What lies in the files now.
    pub fn candidate(&self) -> Candidate {
        let file = self.path("casebridge.yaml");
        let text = std::fs::read_to_string(&file).expect("a file");
        let config = config::parse(&file.display().to_string(), &text).expect("it is right");
        sight::candidate(&config.bridges[&BridgeId::from("acme")])
    }
}

/// The process's own file, with more lines at its end.
pub fn casebridge_yaml(more: &str) -> String {
    let whole = include_str!("../../casebridge.yaml");
    let (before, _) = whole.split_once("    settings:").expect("it has settings");
    let settings = "    settings: { support_boards: [support], staff_roles: [Employee], index_lag: 1 minutes, fallback_username: support-team }\n";
    format!("{before}{settings}state: {{ sled: state }}\n{more}")
}

const TEST: &str = "a question that is two days old becomes a case:
  settings: { support_boards: [support] }
  given: { thread: { board: support, age: 48 hours } }
  expect: [ salesforce.create_case, khoros.label_thread ]
";

/// The rules with a number: a case, its label and a post bear it, each from another file.
pub fn numbered(n: u32) -> [(&'static str, String); 3] {
    [
        ("rules/escalations.yaml", escalations(n)),
        ("rules/mappings.yaml", mappings(n)),
        ("rules/postbacks.yaml", postbacks(n)),
    ]
}

pub fn escalations(n: u32) -> String {
    format!(
        "escalations:
  unanswered:
    every: \"*/15 * * * *\"
    when:
      - thread.board in settings.support_boards
      - thread.age >= hours(48)
    with: thread-to-case
    then:
      - khoros.label_thread: {{ thread: = thread.id, label: g{n} }}
"
    )
}

pub fn mappings(n: u32) -> String {
    let subject = format!("{{ value: \"g{n} ${{thread.subject}}\", too_long: cut }}");
    format!("mappings:\n  thread-to-case:\n    Subject: {subject}\n    Origin: Community\n")
}

pub fn postbacks(n: u32) -> String {
    format!(
        "postbacks:
  agent-comment:
    on: salesforce.case_comment_added
    body: \"g{n} ${{text::html(comment.body)}}\"
    as: [ agent, = settings.fallback_username ]
"
    )
}

/// A service at work over such files.
pub struct Editing {
    pub world: World,
    pub files: Files,
    pub serving: Serving,
    pub store: Arc<dyn Store>,
    pub clock: Held,
    pub standings: watch::Receiver<RulesStandings>,
    /// Where health and metrics are.
    operators: String,
    tasks: Vec<JoinHandle<Result<(), StoreError>>>,
}

impl Editing {
    /// A service over files; a set that is wrong does not start.
    pub async fn start(world: World, files: Files) -> Self {
        match Editing::try_start(world, files, false).await {
            Ok(editing) => editing,
            Err((_, _, problems)) => panic!("{problems}"),
        }
    }

    /// The same, and what it says when it does not start.
    pub async fn try_start(mut world: World, files: Files, or_last_good: bool) -> Result<Self, (World, Files, String)> {
        let store: Arc<dyn Store> = world.store();
        let clock = Held::at(SystemClock.now());
        let bridge = BridgeId::from("acme");
        let mut judge = judge();
        let started = start(&mut judge, &*store, &bridge, files.candidate(), or_last_good).await;
        let rules = match started {
            Ok(start) => start.rules,
            Err(NotStarted::Store(error)) => panic!("{error}"),
            Err(NotStarted::Rules(problems, _)) => {
                drop(store);
                let shown = problems.iter().map(|problem| problem.show(None)).collect::<Vec<_>>().join("\n");
                return Err((world, files, shown));
            }
        };
        world.sources = rules.sources.clone();
        let serving = world.serve_on(store.clone()).await;
        let file = files.path("casebridge.yaml");
        let watching = Watching {
            text: std::fs::read_to_string(&file).expect("a file"),
            file,
            running: BTreeMap::from([(bridge, rules)]),
            judge,
            store: store.clone(),
            clock: Arc::new(clock.clone()),
        };
        let taking = Taking::of(watching, vec![serving.worker.clone()]).expect("its own file is right");
        let standings = taking.standings.clone();
        let (operators, listening) = listen(&serving, &standings).await;
        let tasks = vec![tokio::spawn(taking.take(serving.stop.clone())), listening];
        Ok(Editing { world, files, serving, store, clock, standings, operators, tasks })
    }

    pub fn standing(&self) -> RulesStanding {
        self.standings.borrow()[&BridgeId::from("acme")].clone()
    }

    /// Waits until something is so, while the time goes on.
    pub async fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let waited = async {
            while !is_so() {
                self.pass(STEP).await;
            }
        };
        assert!(tokio::time::timeout(LIMIT, waited).await.is_ok(), "it never came true: {what}; {:?}", self.standing());
    }

    /// Lets a part of the time of the files pass.
    pub async fn pass(&self, span: SignedDuration) {
        self.clock.advance(span);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    /// Waits until what lies in the files now is at work; its generation.
    pub async fn taken(&self) -> u64 {
        let digest = self.files.candidate().sources.digest();
        self.at_work(&digest).await;
        self.standing().generation
    }

    async fn at_work(&self, digest: &Digest) {
        let is_so = || self.serving.standing().rules.as_ref() == Some(digest) && self.standing().digest == *digest;
        self.until("the new rules are at work", is_so).await;
        self.until("nothing is refused", || self.standing().refused.is_none()).await;
    }

    /// Waits until what lies in the files is refused; the first lines of what is wrong.
    pub async fn refused(&self) -> Vec<String> {
        let before = self.standing().refusals;
        self.until("the files are refused", || self.standing().refusals > before).await;
        self.standing().refused.expect("it is refused").lines
    }

    /// A page of the operators' listener.
    pub async fn page(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("{}{path}", self.operators)).await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }

    /// What health says of the rules, and its status.
    pub async fn health(&self) -> (u16, Json) {
        let (status, text) = self.page("/health").await;
        let health: Json = serde_json::from_str(&text).expect("health is JSON");
        (status, health["bridges"]["acme"]["rules"].clone())
    }

    /// The time of the hosts goes on, by so much that a scan and the polls are due.
    pub async fn quarter(&self) {
        self.world.advance("15 minutes");
        self.serving.turns().await;
    }

    /// Stops all of it.
    pub async fn stopped(self) -> (World, Files) {
        let Editing { world, files, serving, store, tasks, .. } = self;
        serving.stopped().await;
        for task in tasks {
            task.abort();
            if let Ok(ended) = task.await {
                ended.expect("the watch does not fail");
            }
        }
        drop(store);
        (world, files)
    }
}

fn judge() -> Judge {
    Judge::new(offline_catalog(), Arc::new(test_ground), Arc::new(SystemClock))
}

async fn listen(
    serving: &Serving,
    standings: &watch::Receiver<RulesStandings>,
) -> (String, JoinHandle<Result<(), StoreError>>) {
    let health = Health {
        workers: vec![serving.worker.clone()],
        stop: Stop::clone(&serving.stop),
        rules: standings.clone(),
        streams: Default::default(),
    };
    let router = router(Operators { health, metrics: serving.metrics.clone() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let serve = async move {
        axum::serve(listener, router).await.expect("it listens");
        Ok(())
    };
    (format!("http://{address}"), tokio::spawn(serve))
}
