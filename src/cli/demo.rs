//! `casebridge demo`: a tour on the sandbox. The real engine on real HTTP; nothing is special-cased.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::app::bridge::{Bridge, NotOpened, Opening};
use crate::app::connections::Connections;
use crate::app::system::{SandboxClock, SystemEntropy};
use crate::cli::Failure;
use crate::cli::output::line;
use crate::cli::report::{Format, Reporter, summary_text};
use crate::cli::setup::shown;
use crate::engine::Scope;
use crate::names::BridgeId;
use crate::packs::{Sources, load};
use crate::ports::{Entropy, Http, HttpBody, HttpRequest};
use crate::rules;
use crate::sandbox::serve::{self, Options, Sandbox};
use crate::state::{FileTokens, SledStore};

/// Runs the tour; ends with 0 when everything came out as told.
pub async fn run(format: Format, verbose: bool) -> Result<u8, Failure> {
    let sandbox = serve::start(Options::default()).await.map_err(Failure::wrong)?;
    let folder = TourFolder::new();
    let tour = Tour::new(&sandbox, &folder, format, verbose).await?;
    let code = tour.tell(&sandbox).await;
    drop(tour);
    sandbox.stop().await;
    code
}

/// A state folder that goes when the tour ends.
struct TourFolder(PathBuf);

impl TourFolder {
    fn new() -> Self {
        TourFolder(std::env::temp_dir().join(format!("casebridge-demo-{:016x}", SystemEntropy.next())))
    }
}

impl Drop for TourFolder {
    fn drop(&mut self) {
        // Left over in the system's folder for temporary files, it harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The settings of the tour, as a customer would write them.
const SETTINGS: &str =
    "support_boards: [support, returns, ask]\nstaff_roles: [Employee]\nfallback_username: support-team\n";

/// The standard pack, as it stands in `rules/`.
fn standard_bridge() -> Result<(BridgeId, Sources), Failure> {
    let wrong = |problems: Vec<_>| Failure::wrong(shown(&problems, Format::Text, |_| None));
    let pack = load::pack("standard", Path::new("rules")).map_err(wrong)?;
    let settings = rules::yaml::read("settings of the tour", SETTINGS).map_err(wrong)?;
    Ok((BridgeId::from("demo"), Sources { packs: vec![pack], settings: Some(settings) }))
}

struct Tour {
    opening: Opening,
    clock: Arc<SandboxClock>,
    reporter: Reporter,
    format: Format,
}

impl Tour {
    async fn new(sandbox: &Sandbox, folder: &TourFolder, format: Format, verbose: bool) -> Result<Self, Failure> {
        let connections = Connections::of_sandbox(&sandbox.hosts).map_err(Failure::wrong)?;
        let http = connections.web().map_err(Failure::wrong)?;
        let clock = Arc::new(SandboxClock::of(http.clone(), &sandbox.khoros_url).await);
        let (bridge, sources) = standard_bridge()?;
        let store = SledStore::open(&folder.0)?;
        let tokens = FileTokens::open(&folder.0)?;
        let opening = Opening { bridge, connections, sources, store, tokens, http, clock: clock.clone() };
        Ok(Tour { opening, clock, reporter: Reporter::new(format, verbose), format })
    }

    /// Each step opens the bridge anew, as each command does.
    fn bridge(&self) -> Result<Bridge, Failure> {
        self.opening.open(self.reporter.watch()).map_err(|error| match error {
            NotOpened::Store(error) => error.into(),
            NotOpened::Rules(problems) => {
                Failure::wrong(shown(&problems, self.format, |file| self.opening.sources.text(file)))
            }
        })
    }

    async fn tell(&self, sandbox: &Sandbox) -> Result<u8, Failure> {
        self.say(&format!(
            "A community and an org, emulated on this machine:\n  {}\n  {}",
            sandbox.khoros_url, sandbox.salesforce_url
        ));
        self.say("\n1. What would happen, and why (nothing is written)\n");
        let bridge = self.bridge()?;
        let summary = bridge.engine.preview(&Scope::default()).await?;
        self.reporter.print_preview(&summary, &bridge.catalog);
        self.reporter.take();

        self.say("\n2. The same plan, applied\n");
        let first = self.pass().await?;

        self.say("\n3. Once more: nothing is due any more\n");
        let second = self.pass().await?;

        self.say("\n4. Fifteen minutes later one more thread is 48 hours old\n");
        advance(&self.opening.http, &sandbox.khoros_url, "15 minutes").await?;
        self.clock.look().await;
        let third = self.pass().await?;

        self.say("\n5. What it cost, in calls\n");
        self.costs(sandbox).await?;
        let told = first > 0 && second == 0 && third == 1;
        Ok(if told { 0 } else { 1 })
    }

    /// One pass; how many cases it opened.
    async fn pass(&self) -> Result<usize, Failure> {
        let bridge = self.bridge()?;
        let summary = bridge.engine.run(&Scope::default()).await?;
        let report = self.reporter.take();
        self.say(&format!("\n{}", summary_text(&report, &summary, false)));
        Ok(report.opened())
    }

    async fn costs(&self, sandbox: &Sandbox) -> Result<(), Failure> {
        for (name, url) in [("community", &sandbox.khoros_url), ("org", &sandbox.salesforce_url)] {
            let counts = get(&self.opening.http, &format!("{url}/_sandbox/counts")).await?;
            self.say(&format!("  {name}"));
            for (route, calls) in counts["calls"].as_object().into_iter().flatten() {
                self.say(&format!("  {calls:>6}  {route}"));
            }
            for (kind, writes) in counts["applied"].as_object().into_iter().flatten() {
                self.say(&format!("  {writes:>6}  applied: {kind}"));
            }
        }
        Ok(())
    }

    fn say(&self, text: &str) {
        if self.format == Format::Text {
            line(text);
        }
    }
}

async fn advance(http: &Arc<dyn Http>, url: &str, by: &str) -> Result<(), Failure> {
    let body = HttpBody::Json(json!({ "advance": by }));
    let request = HttpRequest { method: "POST", url: format!("{url}/_sandbox/clock"), body, ..HttpRequest::default() };
    http.send(request).await.map(|_| ()).map_err(|failure| Failure::failed(failure.to_string()))
}

async fn get(http: &Arc<dyn Http>, url: &str) -> Result<Json, Failure> {
    let request = HttpRequest { method: "GET", url: url.to_owned(), ..HttpRequest::default() };
    let answer = http.send(request).await.map_err(|failure| Failure::failed(failure.to_string()))?;
    serde_json::from_slice(&answer.body).map_err(|error| Failure::failed(error.to_string()))
}
