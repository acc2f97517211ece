//! `casebridge doctor`: everything that a person would look after, in one list. Nothing is written at a host.

mod calls;
mod connections;
mod finding;
mod rules;
mod state;

use std::path::Path;

use crate::app::bridge::Opening;
use crate::cli::Failure;
use crate::cli::report::Format;
use crate::cli::setup::{Configured, Setup};
use crate::cli::target::Target;
use crate::packs::Sources;
use calls::Calls;
use finding::{Finding, Level};

/// Where to look.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Looks at an emulated pair instead of the configured hosts: a fresh one, or a running one by its address
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    sandbox: Option<Option<String>>,
}

/// Prints what it found; 1 when something is wrong.
pub async fn run(args: &Args, config: &Path, format: Format) -> Result<u8, Failure> {
    let setup = Setup::read(config, format)?;
    if !setup.config.warnings.is_empty() {
        eprintln!("{}", setup.show(&setup.config.warnings, &Sources::default(), format));
    }
    let target = Target::of(&args.sandbox).await?;
    let (mut found, links) = state::look(&target.state(&setup.config)).await;
    let mut calls = Calls::default();
    for bridge in &setup.bridges() {
        match look(&setup, bridge, &target, &links, &mut calls, format).await {
            Ok(of_bridge) => found.extend(of_bridge),
            Err(failure) => found.push(Finding::new(Level::Wrong, bridge.name.as_str(), failure.text)),
        }
    }
    found.extend(calls.findings());
    found.iter().for_each(|finding| finding.show(format));
    Ok(u8::from(found.iter().any(|finding| finding.level == Level::Wrong)))
}

async fn look(
    setup: &Setup,
    bridge: &Configured<'_>,
    target: &Target,
    links: &state::Links,
    calls: &mut Calls,
    format: Format,
) -> Result<Vec<Finding>, Failure> {
    let opening: Opening = setup.opening_beside(bridge, target, format).await?;
    let clients = opening.connections.clients(&opening.http, &opening.clock, &opening.tokens);
    let (mut found, are_in) = connections::look(&opening, &clients).await;
    // Who is not signed in would be asked for everything else in vain.
    if are_in {
        found.extend(rules::look(setup, bridge, &opening, format).await);
        calls.add(&opening, &clients, links.get(bridge.name.as_str()).copied().unwrap_or_default());
    }
    Ok(found)
}
