//! `casebridge pause` and `casebridge resume`: a rule, or everything, does nothing until a person lets it go on.

use std::path::Path;

use crate::cli::live::{self, Live};
use crate::cli::output::Output;
use crate::cli::report::Format;
use crate::cli::{Failure, no_such};
use crate::engine::paused::WHOLE;
use crate::names::RuleAddress;

/// What to pause or resume.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// A rule, such as escalations.unanswered-support; without one, everything
    rule: Option<String>,
    /// The state of a running sandbox instead: its address
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    pub sandbox: Option<Option<String>>,
}

/// Does it for every bridge.
pub async fn run(args: &Args, paused: bool, config: &Path, format: Format) -> Result<u8, Failure> {
    let asked = live::Asked { format, verbose: false, output: Output::Terminal };
    live::each(config, &args.sandbox, asked, |live| Box::pin(on(live, args.clone(), paused))).await
}

/// Does it for one bridge.
pub async fn on(live: Live, args: Args, paused: bool) -> Result<u8, Failure> {
    let rules = &live.engine.parts().rules.rules;
    let what: RuleAddress = args.rule.as_deref().unwrap_or(WHOLE).into();
    let known: Vec<&str> = rules.iter().map(|rule| rule.address.as_str()).collect();
    // One that is gone may still be resumed.
    if what.as_str() != WHOLE && !known.contains(&what.as_str()) && !live.engine.paused().contains(&what) {
        return Err(no_such("rule", what.as_str(), &known));
    }
    let name = if what.as_str() == WHOLE { format!("everything in {}", live.bridge) } else { what.to_string() };
    let changed = live.engine.pause(&what, paused).await?;
    let word = if paused { "paused" } else { "resumed" };
    let text = match (changed, paused) {
        (true, true) => {
            format!("{name} is paused; what was begun is finished\n   next: `casebridge resume`, with the same name")
        }
        (true, false) => format!("{name} goes on; what it missed is made up for as its `missed` says"),
        (false, true) => format!("{name} was paused already"),
        (false, false) => format!("{name} was not paused"),
    };
    match live.asked.format {
        Format::Text => live.asked.output.line(text),
        Format::Json => live
            .asked
            .output
            .line(serde_json::json!({ "bridge": live.bridge, "what": what, "is": word, "changed": changed })),
    }
    Ok(0)
}
