//! `casebridge run`: one pass over everything that is due; with `--dry-run`, what it would do.

use std::path::Path;
use std::sync::Arc;

use crate::app::bridge::offline_catalog;
use crate::cli::live::{Asked, Live};
use crate::cli::output::{Output, line};
use crate::cli::report::{Format, Reporter};
use crate::cli::setup::{Configured, Setup};
use crate::cli::target::Target;
use crate::cli::{Failure, json, no_such};
use crate::engine::Scope;
use crate::names::RuleAddress;
use crate::packs::{self, Sources};
use crate::rules::Trigger;

/// What to run.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only this rule, such as escalations.unanswered-support
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// Only rules of whose schedule a moment has passed since they last ran
    #[arg(long)]
    due: bool,
    /// Shows the plan and writes nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Talks to an emulated pair instead of the configured hosts: a fresh one, or a running one by its address
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    pub sandbox: Option<Option<String>>,
}

impl Args {
    /// What is looked at.
    pub fn scope(&self) -> Scope {
        Scope { rule: self.rule.as_deref().map(Into::into), due: self.due, ..Scope::default() }
    }
}

/// Runs every bridge; the exit code is the worst that RUN-1 gives one of them.
pub async fn run(args: &Args, config: &Path, format: Format, verbose: bool) -> Result<u8, Failure> {
    let setup = Setup::read(config, format)?;
    let bridges = setup.bridges();
    if let Some(rule) = &args.rule {
        check_rule(rule, &bridges)?;
    }
    if !setup.config.warnings.is_empty() {
        eprintln!("{}", setup.show(&setup.config.warnings, &Sources::default(), format));
    }
    let target = Target::of(&args.sandbox).await?;
    let mut worst = 0;
    for bridge in &bridges {
        bridge.heading(&bridges, format);
        let code = pass(&setup, bridge, &target, args, format, verbose).await;
        // What is wrong with one bridge never stops the others.
        worst = worst.max(code.unwrap_or_else(|failure| bridge.failed(&bridges, &failure, format)));
    }
    Ok(worst)
}

async fn pass(
    setup: &Setup,
    bridge: &Configured<'_>,
    target: &Target,
    args: &Args,
    format: Format,
    verbose: bool,
) -> Result<u8, Failure> {
    let scope = args.scope();
    let opening = setup.opening(bridge, target, format).await?;
    let reporter = Reporter::new(bridge.name, format, verbose);
    let opened = opening.open(reporter.watch()).map_err(|error| setup.not_opened(error, &opening.sources, format))?;
    if !opened.warnings.is_empty() {
        eprintln!("{}", setup.show(&opened.warnings, &opening.sources, format));
    }
    if args.dry_run {
        let asked = Asked { format, verbose, output: Output::Terminal };
        return preview(Live::new(bridge.name, Arc::new(opened.engine), reporter, &asked), scope).await;
    }
    let summary = opened.engine.run(&scope).await?;
    let report = reporter.take();
    reporter.print_sums(&report, &summary, None);
    Ok(report.exit_code(&summary))
}

/// What a run would do in one bridge.
pub async fn preview(live: Live, scope: Scope) -> Result<u8, Failure> {
    let summary = live.engine.preview(&scope).await?;
    let catalog = &live.engine.parts().catalog;
    live.reporter.print_preview(&summary, catalog);
    let report = live.reporter.take();
    live.reporter.print_sums(&report, &summary, Some(catalog));
    Ok(report.exit_code(&summary))
}

/// The rule that `--rule` names is one that a run of some bridge looks at.
fn check_rule(name: &str, bridges: &[Configured]) -> Result<(), Failure> {
    let catalog = offline_catalog();
    let mut written: Vec<RuleAddress> = Vec::new();
    let mut woken_by = None;
    for bridge in bridges {
        // What is wrong with it is told when it is opened.
        let Ok(compiled) = packs::compile(&bridge.sources, &catalog) else { return Ok(()) };
        match compiled.rules.rules.iter().find(|rule| rule.address.as_str() == name).map(|rule| &rule.trigger) {
            Some(Trigger::Due { .. }) => return Ok(()),
            Some(Trigger::Happens(kinds) | Trigger::After(kinds)) => woken_by = kinds.first().cloned(),
            None => written.extend(packs::compile::written_rules(&bridge.sources, &catalog)),
        }
    }
    let known: Vec<&str> = written.iter().map(RuleAddress::as_str).collect();
    if let Some(kind) = woken_by {
        let what = format!("`{name}` has no schedule: `{kind}` wakes it");
        return Err(Failure::wrong(format!(
            "{what}\n   next: `casebridge test` shows what it does with such an event"
        )));
    }
    if known.contains(&name) {
        return Err(Failure::wrong(format!("the rule `{name}` is not enabled\n   next: look at its `enabled:`")));
    }
    Err(no_such("rule", name, &known))
}

impl Configured<'_> {
    /// Whose output follows, where there are several.
    pub fn heading(&self, all: &[Configured], format: Format) {
        if all.len() > 1 && format == Format::Text {
            line(format!("\nBridge {}", self.name));
        }
    }

    /// Tells why nothing came of it, and gives the exit code of that.
    pub fn failed(&self, all: &[Configured], failure: &Failure, format: Format) -> u8 {
        if format == Format::Json {
            line(json::not_run(self.name, failure.code, &failure.text));
        } else {
            let whose = if all.len() > 1 { format!("the bridge {}:\n", self.name) } else { String::new() };
            eprintln!("{whose}{}", failure.text);
        }
        failure.code
    }
}
