//! `casebridge demo`: a tour on the sandbox. The real engine on real HTTP; nothing is special-cased.

mod both_ways;

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::app::bridge::{Bridge, NotOpened, Opening};
use crate::app::connections::Connections;
use crate::app::system::SandboxClock;
use crate::cli::output::line;
use crate::cli::report::{Format, Reporter};
use crate::cli::setup::shown;
use crate::cli::sums::scan_text;
use crate::cli::{Failure, json, target};
use crate::engine::Scope;
use crate::names::{BridgeId, Subject};
use crate::packs::{Sources, standard};
use crate::plan::explained;
use crate::ports::{Http, HttpBody, HttpRequest};
use crate::rules;
use crate::sandbox::serve::{self, Options, Sandbox};
use crate::state::{FileTokens, SledStore};

/// Runs the tour; ends with 0 when everything came out as told.
pub async fn run(format: Format, verbose: bool) -> Result<u8, Failure> {
    let sandbox = serve::start(Options::default()).await.map_err(Failure::wrong)?;
    let folder = target::temporary()?;
    let tour = Tour::new(&sandbox, folder.path(), format, verbose).await?;
    let code = tour.tell(&sandbox).await;
    drop(tour);
    sandbox.stop().await;
    code
}

/// The settings of the tour, as a customer would write them.
const SETTINGS: &str = "support_boards: [support, returns, ask]\nstaff_roles: [Employee]\nfallback_username: support-team\ncase_closure: true\n";

/// The standard pack with these settings.
fn standard_bridge() -> Result<(BridgeId, Sources), Failure> {
    let wrong = |problems: Vec<_>| Failure::wrong(shown(&problems, Format::Text, |_| None));
    let settings = rules::yaml::read("settings of the tour", SETTINGS).map_err(wrong)?;
    Ok((BridgeId::from("demo"), Sources { packs: vec![standard::pack()], settings: Some(settings) }))
}

struct Tour {
    opening: Opening,
    clock: Arc<SandboxClock>,
    reporter: Reporter,
    format: Format,
}

impl Tour {
    async fn new(sandbox: &Sandbox, folder: &Path, format: Format, verbose: bool) -> Result<Self, Failure> {
        let connections = Connections::of_sandbox(&sandbox.hosts).map_err(Failure::wrong)?;
        let http = connections.web().map_err(Failure::wrong)?;
        let clock = Arc::new(SandboxClock::of(http.clone(), &sandbox.khoros_url).await);
        let (bridge, sources) = standard_bridge()?;
        let reporter = Reporter::new(&bridge, format, verbose);
        let store = SledStore::open(folder)?;
        let tokens = FileTokens::open(folder)?;
        let opening = Opening { bridge, connections, sources, store, tokens, http, clock: clock.clone() };
        Ok(Tour { opening, clock, reporter, format })
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
        self.preview().await?;
        self.why_not(sandbox).await?;

        self.say("\n3. The same plan, applied\n");
        let first = self.pass().await?;

        self.say("\n4. Once more: nothing is due any more; what was written in the threads reaches their cases\n");
        let second = self.pass().await?;

        self.say("\n5. Fifteen minutes later one more thread is 48 hours old\n");
        advance(&self.opening.http, &sandbox.khoros_url, "15 minutes").await?;
        self.clock.look().await;
        let third = self.pass().await?;

        let heard = self.both_ways(sandbox).await?;

        self.say("\n8. What it cost, in calls\n");
        self.costs(sandbox).await?;
        let told = first > 0 && second == 0 && third == 1 && heard;
        Ok(if told { 0 } else { 1 })
    }

    async fn preview(&self) -> Result<(), Failure> {
        self.say("\n1. What would happen, and why (nothing is written)\n");
        let bridge = self.bridge()?;
        let summary = bridge.engine.preview(&Scope::default()).await?;
        self.reporter.print_preview(&summary, &bridge.catalog);
        let report = self.reporter.take();
        match self.format {
            Format::Text => summary.scans.iter().for_each(|scan| self.say(&format!("\n{}", scan_text(scan)))),
            Format::Json => self.reporter.print_sums(&report, &summary, Some(&bridge.catalog)),
        }
        Ok(())
    }

    /// A thread that no search gave: only asking for it tells why.
    async fn why_not(&self, sandbox: &Sandbox) -> Result<(), Failure> {
        let world = get(&self.opening.http, &format!("{}/_sandbox/world", sandbox.khoros_url)).await?;
        let Some(id) = solved_thread(&world) else { return Ok(()) };
        self.say(&format!(
            "2. Why not this one? Its search left it out, so it is asked for: casebridge explain {id}\n"
        ));
        let explained = self.bridge()?.engine.explain(&Subject::new("khoros", "thread", id)).await?;
        match self.format {
            Format::Text => self.say(&explained::show(&explained)),
            Format::Json => line(json::explained(&self.opening.bridge, &explained)),
        }
        Ok(())
    }

    /// One pass; how many cases it opened.
    async fn pass(&self) -> Result<usize, Failure> {
        let bridge = self.bridge()?;
        let summary = bridge.engine.run(&Scope::default()).await?;
        let report = self.reporter.take();
        self.reporter.print_sums(&report, &summary, None);
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

/// A thread of the support board that has a solution.
fn solved_thread(world: &Json) -> Option<&str> {
    let list = |name: &str| world[name].as_array().into_iter().flatten();
    let is_solution = |reply: &&Json| list("solutions").any(|solution| solution["reply"] == reply["id"]);
    let solution = list("replies").filter(|reply| reply["board"] == "support").find(is_solution)?;
    solution["thread"].as_str()
}

async fn advance(http: &Arc<dyn Http>, url: &str, by: &str) -> Result<(), Failure> {
    post(http, &format!("{url}/_sandbox/clock"), json!({ "advance": by })).await
}

async fn post(http: &Arc<dyn Http>, url: &str, body: Json) -> Result<(), Failure> {
    let request =
        HttpRequest { method: "POST", url: url.to_owned(), body: HttpBody::Json(body), ..HttpRequest::default() };
    let answer = http.send(request).await.map_err(|failure| Failure::failed(failure.to_string()))?;
    match answer.status {
        200..=299 => Ok(()),
        _ => Err(Failure::failed(String::from_utf8_lossy(&answer.body).into_owned())),
    }
}

async fn get(http: &Arc<dyn Http>, url: &str) -> Result<Json, Failure> {
    let request = HttpRequest { method: "GET", url: url.to_owned(), ..HttpRequest::default() };
    let answer = http.send(request).await.map_err(|failure| Failure::failed(failure.to_string()))?;
    serde_json::from_slice(&answer.body).map_err(|error| Failure::failed(error.to_string()))
}
