//! Both hosts as the program sees them, against a sandbox over loopback: what the tests of `hosts/` stand on.

use std::sync::Arc;

use casebridge::catalog::{Asked, Call, Catalog, Item, Reply, Rows, ScanPage, Scanning};
use casebridge::failure::HostError;
use casebridge::hosts::allow_hosts::AllowHosts;
use casebridge::hosts::http::Web;
use casebridge::hosts::url::BaseUrl;
use casebridge::hosts::{khoros, notebook, salesforce};
use casebridge::ports::Store;
use casebridge::predicate::Predicate;
use casebridge::sandbox::{self, Options, Sandbox, SceneChoice};
use casebridge::state::{FileTokens, MemoryStore};
use casebridge::value::Value;
use serde_json::{Value as Json, json};

use crate::world::clock;

pub struct Pair {
    pub sandbox: Sandbox,
    pub catalog: Catalog,
    pub khoros: Arc<khoros::Client>,
    pub salesforce: Arc<salesforce::Client>,
    pub tokens: Arc<FileTokens>,
    pub store: Arc<dyn Store>,
    folder: tempfile::TempDir,
}

/// What a test changes about the logins.
#[derive(Clone, Debug, Default)]
pub struct Logins {
    pub khoros_password: Option<&'static str>,
    pub khoros_gate: Option<&'static str>,
    pub salesforce_secret: Option<&'static str>,
    pub auto_assign: bool,
}

impl Pair {
    pub async fn small() -> Self {
        Self::of(SceneChoice::Small, Logins::default()).await
    }

    pub async fn with(logins: Logins) -> Self {
        Self::of(SceneChoice::Small, logins).await
    }

    pub async fn of(scene: SceneChoice, logins: Logins) -> Self {
        let sandbox = sandbox::start(Options { scene, ..Options::default() }).await.expect("a sandbox");
        let folder = tempfile::tempdir().expect("a folder");
        let tokens = FileTokens::open(folder.path()).expect("tokens");
        let clock = Arc::new(clock::Simulated(sandbox.clock.clone()));
        let urls = [sandbox.khoros_url.as_str(), sandbox.salesforce_url.as_str()];
        let web = Arc::new(Web::new(AllowHosts::new(urls, [], false)).expect("a client"));
        let (of_khoros, of_salesforce) = (khoros_settings(&sandbox, &logins), salesforce_settings(&sandbox, &logins));
        let khoros = khoros::Client::new("main", of_khoros, web.clone(), clock.clone(), tokens.clone());
        let salesforce = salesforce::Client::new("main", of_salesforce, web, clock, tokens.clone());
        let mut catalog = Catalog::default();
        khoros::add_to(&mut catalog, &khoros);
        salesforce::add_to(&mut catalog, &salesforce, khoros.tenant(), &"acme".into(), &khoros::files(&khoros));
        let store: Arc<dyn Store> = MemoryStore::new();
        notebook::add_to(&mut catalog, &store, &"acme".into());
        Pair { sandbox, catalog, khoros, salesforce, tokens, store, folder }
    }

    /// A read, as the engine makes it.
    pub async fn read(&self, function: &str, keys: &[&str]) -> Result<Rows, HostError> {
        let call = self.catalog.read_call(function).expect("a read");
        let keys = keys.iter().map(|key| Value::text(*key)).collect();
        (call.call)(Asked { shared: Default::default(), keys }).await
    }

    pub async fn scan(&self, predicates: Vec<Predicate>, cursor: Option<String>) -> Result<ScanPage, HostError> {
        match &self.catalog.get("khoros.find_threads").expect("a scan").call {
            Call::Scan(scan) => {
                let now = jiff::Timestamp::now();
                (scan.call)(Scanning { args: Default::default(), predicates, now, cursor }).await
            }
            _ => panic!("not a scan"),
        }
    }

    /// A wave of writes, each with its key and its arguments.
    pub async fn write(&self, function: &str, items: &[(&str, Value)]) -> Vec<Reply> {
        let call = self.catalog.write_call(function).expect("a write");
        let item = |(key, args): &(&str, Value)| {
            let Value::Map(args) = args else { panic!("arguments are a map") };
            Item { key: (*key).into(), args: args.iter().map(|(k, v)| (k.as_str().into(), v.clone())).collect() }
        };
        (call.call)(items.iter().map(item).collect()).await
    }

    /// The records of a note.
    pub fn note<const N: usize>(&self, function: &str, args: [(&str, Value); N]) -> Vec<(String, Value)> {
        match &self.catalog.get(function).expect("a note").call {
            Call::Note { call, .. } => {
                let args = args.into_iter().map(|(name, value)| (name.into(), value)).collect();
                call(&args, jiff::Timestamp::UNIX_EPOCH)
            }
            _ => panic!("not a note"),
        }
    }

    pub async fn khoros_fault(&self, fault: Json) {
        control(&self.sandbox.khoros_url, "faults", fault).await;
    }

    pub async fn salesforce_fault(&self, fault: Json) {
        control(&self.sandbox.salesforce_url, "faults", fault).await;
    }

    pub async fn lift_faults(&self) {
        for url in [&self.sandbox.khoros_url, &self.sandbox.salesforce_url] {
            let sent = reqwest::Client::new().delete(format!("{url}/_sandbox/faults")).send().await;
            assert!(sent.expect("an answer").status().is_success());
        }
    }

    /// A call as the sandbox counted it, such as `POST /api/2.0/messages/{id}/labels`.
    pub async fn calls(&self, url: &str, part: &str) -> u64 {
        let counts = reqwest::get(format!("{url}/_sandbox/counts")).await.expect("an answer");
        let counts: Json = counts.json().await.expect("JSON");
        let calls = counts["calls"].as_object().expect("calls by route");
        calls.iter().filter(|(route, _)| route.contains(part)).filter_map(|(_, count)| count.as_u64()).sum()
    }

    /// Everything that the token file holds, to search texts for.
    pub fn secrets(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("tokens")).expect("the token file")
    }
}

async fn control(url: &str, what: &str, body: Json) {
    let sent = reqwest::Client::new().post(format!("{url}/_sandbox/{what}")).json(&body).send().await;
    let answer = sent.expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
}

fn khoros_settings(sandbox: &Sandbox, logins: &Logins) -> khoros::Settings {
    let text = |name: &str| sandbox.hosts["khoros"][name].as_str().expect("a login").to_owned();
    let url = match logins.khoros_gate {
        Some(gate) => text("url").replace("://", &format!("://{gate}@")),
        None => text("url"),
    };
    let (base_url, ht) = BaseUrl::parse(&url).expect("an address");
    khoros::Settings {
        base_url,
        context: "t5/s".into(),
        tenant_id: text("tenant_id"),
        proxy: true,
        login: khoros::sign_in::Login::Session {
            user: text("login"),
            password: logins.khoros_password.map_or_else(|| text("password"), str::to_owned).into(),
        },
        ht,
        pace: None,
    }
}

fn salesforce_settings(sandbox: &Sandbox, logins: &Logins) -> salesforce::Settings {
    let text = |name: &str| sandbox.hosts["salesforce"][name].as_str().expect("a login").to_owned();
    salesforce::Settings {
        login_url: BaseUrl::parse(&text("url")).expect("an address").0,
        login: salesforce::sign_in::Login::ClientCredentials {
            client_id: text("client_id"),
            client_secret: logins.salesforce_secret.map_or_else(|| text("client_secret"), str::to_owned).into(),
        },
        api_version: "v65.0".into(),
        thread_key_field: "Community_Thread_Key__c".into(),
        auto_assign_on_create: logins.auto_assign,
    }
}

/// A fault on every request whose path holds a part.
pub fn on(path: &str, what: Json) -> Json {
    let mut fault = json!({ "match": { "path": path } });
    fault.as_object_mut().expect("a map").extend(what.as_object().expect("a map").clone());
    fault
}

/// One row of an answer by its id.
pub fn row<'a>(rows: &'a Rows, key: &str, is: &str) -> &'a Value {
    rows.rows.iter().find(|row| row.get(key).as_str() == Some(is)).unwrap_or_else(|| panic!("no row {is}: {rows:?}"))
}
