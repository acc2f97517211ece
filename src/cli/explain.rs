//! `casebridge explain THREAD`: why a thread becomes a case, or why not, rule by rule and line by line.

use std::path::Path;
use std::sync::Arc;

use crate::cli::output::out;
use crate::cli::report::Format;
use crate::cli::setup::{Configured, Setup};
use crate::cli::target::Target;
use crate::cli::{Failure, json};
use crate::names::Subject;
use crate::plan::explained;

/// What to explain.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A thread: its id, its address in the community, or khoros:thread:ID
    #[arg(value_name = "THREAD")]
    subject: String,
    /// Asks an emulated pair instead of the configured hosts: a fresh one, or a running one by its address
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    sandbox: Option<Option<String>>,
}

/// Explains it for every bridge; nothing is written.
pub async fn run(args: &Args, config: &Path, format: Format) -> Result<u8, Failure> {
    let subject = subject(&args.subject)?;
    let setup = Setup::read(config, format)?;
    let target = Target::of(&args.sandbox).await?;
    let bridges = setup.bridges();
    let mut worst = 0;
    for bridge in &bridges {
        bridge.heading(&bridges, format);
        match explain(&setup, bridge, &target, &subject, format).await {
            Ok(text) => out(&text),
            Err(failure) => worst = worst.max(bridge.failed(&bridges, &failure, format)),
        }
    }
    Ok(worst)
}

async fn explain(
    setup: &Setup,
    bridge: &Configured<'_>,
    target: &Target,
    subject: &Subject,
    format: Format,
) -> Result<String, Failure> {
    let opening = setup.opening(bridge, target, format).await?;
    let opened = opening.open(Arc::new(|_| {})).map_err(|error| setup.not_opened(error, &opening.sources, format))?;
    let explained = opened.engine.explain(subject).await?;
    Ok(match format {
        Format::Text => explained::show(&explained),
        Format::Json => format!("{}\n", json::explained(bridge.name, &explained)),
    })
}

/// `42`, `khoros:thread:42`, or an address that ends in `/td-p/42` or `/m-p/42`, with what follows it.
fn subject(written: &str) -> Result<Subject, Failure> {
    let behind = |mark: &str| written.split_once(mark).map(|(_, rest)| rest);
    let id = behind("khoros:thread:").or_else(|| behind("/td-p/")).or_else(|| behind("/m-p/")).unwrap_or(written);
    let id = id.split(['/', '?', '#']).next().unwrap_or_default();
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        let text =
            format!("`{written}` names no thread\n   next: give its id, such as 42, or its address in the community");
        return Err(Failure::wrong(text));
    }
    Ok(Subject::new("khoros", "thread", id))
}
