//! A community, an org and a bridge between them, for tests: real HTTP, real rules, real state, simulated time.

pub mod clock;
pub mod editing;
pub mod killing;
pub mod logged;
pub mod meddling;
pub mod noting;
pub mod serving;
pub mod smtp;

use std::path::Path;
use std::sync::{Arc, Mutex};

use casebridge::app::bridge::{Bridge, NotOpened, Opening};
use casebridge::app::connections::Connections;
use casebridge::cli::report::Report;
use casebridge::cli::sums::summary_text;
use casebridge::engine::relink::Relinked;
use casebridge::engine::{Happened, Scope, Summary};
use casebridge::marker;
use casebridge::names::BridgeId;
use casebridge::packs::{OverlaySource, Sources, load};
use casebridge::ports::{Http, Store};
use casebridge::rules::yaml;
use casebridge::sandbox::scene::SceneChoice;
use casebridge::sandbox::serve::{self, Options, Sandbox};
use casebridge::state::{FileTokens, SledStore};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use clock::Simulated;

/// What customers set in most tests.
const SETTINGS: &str = "support_boards: [support, returns]\nstaff_roles: [Employee]\nindex_lag: 1 minutes\n";

/// Both hosts, the packs between them, and a state folder.
pub struct World {
    pub sandbox: Sandbox,
    pub sources: Sources,
    pub folder: TempDir,
    pub connections: Connections,
}

/// What one pass did.
pub struct Told {
    pub summary: Summary,
    pub report: Report,
    pub code: u8,
}

impl World {
    /// Boards and accounts only, and so many plain due threads.
    pub async fn with_threads(threads: u64) -> Self {
        World::of(Options { scene: SceneChoice::Empty, threads: Some(threads), ..Options::default() }).await
    }

    /// The same, and so many members who write nothing.
    pub async fn with_members(members: u64) -> Self {
        World::of(Options { scene: SceneChoice::Empty, members: Some(members), ..Options::default() }).await
    }

    /// An empty community with these entries, as `POST /_sandbox/world` takes them.
    pub async fn with(entries: Json) -> Self {
        let world = World::of(Options { scene: SceneChoice::Empty, ..Options::default() }).await;
        world.community(entries);
        world
    }

    /// The lifelike scene of the demo.
    pub async fn small() -> Self {
        World::of(Options::default()).await
    }

    async fn of(options: Options) -> Self {
        // A fixed moment, so that no test passes or fails by the hour of the day.
        let options = Options { now: "2026-03-03T09:10:00Z".parse().ok(), ..options };
        let sandbox = serve::start(options).await.expect("the sandbox starts");
        let pack =
            load::pack("standard", &Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("the standard pack");
        let sources = Sources { packs: vec![pack], settings: None };
        let connections = Connections::of_sandbox(&sandbox.hosts).expect("the sandbox says its logins");
        let folder = tempfile::tempdir().expect("a temporary folder");
        World { sandbox, sources, folder, connections }.settings(SETTINGS)
    }

    /// Other settings than most tests have.
    pub fn settings(mut self, text: &str) -> Self {
        self.sources.settings = Some(yaml::read("settings", text).expect("settings are YAML"));
        self
    }

    /// Replaces a file of the pack, or adds one.
    pub fn rules(mut self, file: &str, text: &str) -> Self {
        let pack = &mut self.sources.packs[0];
        let path = format!("{}/{file}", pack.folder);
        pack.files.insert(path, text.to_owned());
        self
    }

    /// A customer's changes to the pack.
    pub fn overlay(mut self, text: &str) -> Self {
        let overlay = OverlaySource { file: "overlay.yaml".into(), text: text.to_owned() };
        self.sources.packs[0].overlay = Some(overlay);
        self
    }

    /// With a mail server, and those whom rules may write to.
    pub fn mailing(mut self, sink: &smtp::Sink, to: &[&str]) -> Self {
        self.connections.mail = sink.mailing(to);
        self
    }

    /// Edits as a person in the community would make them.
    pub fn community(&self, entries: Json) -> Json {
        self.sandbox.khoros.edit(&entries).expect("the edit is right")
    }

    /// Edits as a person in the org would make them.
    pub fn org(&self, entries: Json) -> Json {
        self.sandbox.salesforce.edit(&entries).expect("the edit is right")
    }

    /// All cases of the org.
    pub fn cases(&self) -> Vec<Json> {
        let world = self.sandbox.salesforce.world();
        world["cases"].as_array().expect("an org has a list of cases").clone()
    }

    /// The text of every comment on cases, in order, without our markers.
    pub fn comments(&self) -> Vec<String> {
        let world = self.sandbox.salesforce.world();
        let comments = world["comments"].as_array().expect("an org has a list of comments");
        comments.iter().map(|comment| marker::without(comment["body"].as_str().unwrap_or_default())).collect()
    }

    /// The fields of a case for a thread.
    pub fn case_of(&self, thread: &str) -> Option<Json> {
        let key = format!("{}:{thread}", self.connections.khoros.tenant_id);
        let is_it = |case: &&Json| case["fields"]["Community_Thread_Key__c"] == json!(key);
        self.cases().iter().find(is_it).map(|case| case["fields"].clone())
    }

    /// Applied writes of one kind at both hosts: `create Case`, `label`.
    pub fn applied(&self, kind: &str) -> u64 {
        let hosts = [&self.sandbox.salesforce, &self.sandbox.khoros];
        hosts.iter().map(|host| host.applied().get(kind).copied().unwrap_or(0)).sum()
    }

    /// All applied writes at both hosts.
    pub fn all_applied(&self) -> Json {
        json!([self.sandbox.salesforce.applied(), self.sandbox.khoros.applied()])
    }

    /// A switch of one host.
    pub fn switch_org(&self, switches: Json) {
        self.sandbox.salesforce.set_switches(&switches).expect("the switch is known");
    }

    /// A switch of the community.
    pub fn switch_community(&self, switches: Json) {
        self.sandbox.khoros.set_switches(&switches).expect("the switch is known");
    }

    /// A fault at the org.
    pub async fn org_fault(&self, fault: Json) {
        self.control(&self.sandbox.salesforce_url, "faults", fault).await;
    }

    /// A fault at the community.
    pub async fn community_fault(&self, fault: Json) {
        self.control(&self.sandbox.khoros_url, "faults", fault).await;
    }

    /// Calls by route at the org.
    pub async fn org_calls(&self) -> Json {
        counts(&self.sandbox.salesforce_url).await
    }

    /// Calls by route at the community.
    pub async fn community_calls(&self) -> Json {
        counts(&self.sandbox.khoros_url).await
    }

    /// Ends all faults at both hosts.
    pub async fn no_more_faults(&self) {
        for url in [&self.sandbox.salesforce_url, &self.sandbox.khoros_url] {
            reqwest::Client::new().delete(format!("{url}/_sandbox/faults")).send().await.expect("the sandbox answers");
        }
    }

    async fn control(&self, url: &str, what: &str, body: Json) {
        let answer = reqwest::Client::new().post(format!("{url}/_sandbox/{what}")).json(&body).send().await;
        let answer = answer.expect("the sandbox answers");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }

    /// Moves the time of both hosts and of the bridge.
    pub fn advance(&self, span: &str) {
        self.sandbox.clock.advance(casebridge::sandbox::clock::span(span).expect("a span"));
    }

    /// The state on disk.
    pub fn store(&self) -> Arc<SledStore> {
        SledStore::open(&self.folder.path().join("state")).expect("the state opens")
    }

    /// All records of the state, as `state export` prints them.
    pub fn export(&self) -> String {
        let records = self.store().range("").expect("the state is readable");
        records.iter().map(|(key, bytes)| format!("{}\n", casebridge::engine::exported::export(key, bytes))).collect()
    }

    /// A bridge over given seams.
    pub fn open(&self, store: Arc<dyn Store>, http: Arc<dyn Http>, seen: &Seen) -> Result<Bridge, NotOpened> {
        self.opening(store, http).open(seen.watch())
    }

    /// What a bridge is opened with.
    pub fn opening(&self, store: Arc<dyn Store>, http: Arc<dyn Http>) -> Opening {
        let tokens = FileTokens::open(&self.folder.path().join("state")).expect("tokens open");
        Opening {
            bridge: BridgeId::from("acme"),
            connections: self.connections.clone(),
            sources: self.sources.clone(),
            store,
            tokens,
            http,
            clock: Arc::new(Simulated(self.sandbox.clock.clone())),
        }
    }

    /// The network without anything in between.
    pub fn web(&self) -> Arc<dyn Http> {
        self.connections.web().expect("a network")
    }

    /// One pass.
    pub async fn run(&self) -> Told {
        self.run_over(self.web()).await
    }

    /// One pass over a network with something in between.
    pub async fn run_over(&self, http: Arc<dyn Http>) -> Told {
        let seen = Seen::default();
        let bridge = self.open(self.store(), http, &seen).unwrap_or_else(|error| panic!("{error:?}"));
        let summary = bridge.engine.run(&Scope::default()).await.expect("the state holds");
        seen.told(summary)
    }

    /// One pass over what is due by the clock.
    pub async fn run_due(&self) -> Told {
        let seen = Seen::default();
        let bridge = self.open(self.store(), self.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
        let scope = Scope { due: true, ..Scope::default() };
        let summary = bridge.engine.run(&scope).await.expect("the state holds");
        seen.told(summary)
    }

    /// A pass over one rule that somebody asks for.
    pub async fn run_rule(&self, rule: &str) -> Told {
        let seen = Seen::default();
        let bridge = self.open(self.store(), self.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
        let scope = Scope { rule: Some(rule.into()), ..Scope::default() };
        let summary = bridge.engine.run(&scope).await.expect("the state holds");
        seen.told(summary)
    }

    /// Loses all that is kept on disk but the logins.
    pub fn lose_state(&self) {
        std::fs::remove_dir_all(self.folder.path().join("state")).expect("there is a state");
    }

    /// Builds the links anew from what the org says.
    pub async fn relink(&self) -> Relinked {
        let seen = Seen::default();
        let bridge = self.open(self.store(), self.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
        bridge.engine.relink().await.expect("the hosts answer")
    }

    /// What a pass would do.
    pub async fn preview(&self) -> Told {
        let seen = Seen::default();
        let bridge = self.open(self.store(), self.web(), &seen).unwrap_or_else(|error| panic!("{error:?}"));
        let summary = bridge.engine.preview(&Scope::default()).await.expect("the state holds");
        seen.told(summary)
    }
}

async fn counts(url: &str) -> Json {
    let answer = reqwest::get(format!("{url}/_sandbox/counts")).await.expect("the sandbox answers");
    let counts: Json = answer.json().await.expect("counts are JSON");
    counts["calls"].clone()
}

/// Collects what happens.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<Happened>>>);

impl Seen {
    pub fn watch(&self) -> Arc<dyn Fn(Happened) + Send + Sync> {
        let seen = self.0.clone();
        Arc::new(move |happened| seen.lock().expect("nobody panics").push(happened))
    }

    /// Rules of which moments passed without anybody looking, and how many.
    pub fn missed(&self) -> Vec<(String, usize)> {
        let seen = self.0.lock().expect("nobody panics");
        let missed = seen.iter().filter_map(|happened| match happened {
            Happened::Missed(standing) => Some((standing.rule.to_string(), standing.moved.missed())),
            _ => None,
        });
        missed.collect()
    }

    /// All of it, with the exit code.
    pub fn told(&self, summary: Summary) -> Told {
        let happened = self.0.lock().expect("nobody panics").clone();
        let mut report = Report::default();
        happened.into_iter().for_each(|happened| report.add(happened));
        let code = report.exit_code(&summary);
        Told { summary, report, code }
    }
}

impl Told {
    /// The last lines of the output.
    pub fn text(&self) -> String {
        summary_text(&self.report, &self.summary, false)
    }

    /// Outcomes of one function, as words with their reasons.
    pub fn outcomes(&self, function: &str) -> Vec<String> {
        let of = self.report.settled.iter().filter(|finished| finished.action.function.as_str() == function);
        of.map(|finished| match finished.outcome.why() {
            Some(why) => format!("{}: {why}", finished.outcome.word()),
            None => finished.outcome.word().to_owned(),
        })
        .collect()
    }
}
