//! `casebridge run`: one pass over everything that is due; with `--dry-run`, what it would do.

use std::path::Path;

use crate::cli::Failure;
use crate::cli::output::{line, out};
use crate::cli::report::{Format, Reporter, summary_text};
use crate::cli::setup::{self, Setup};
use crate::cli::standing::standing_json;
use crate::engine::Scope;

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
    dry_run: bool,
    /// Talks to an emulated pair instead of the configured hosts: a fresh one, or a running one by its address
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    sandbox: Option<Option<String>>,
}

/// Runs every bridge; the exit code is that of RUN-1.
pub async fn run(args: &Args, config: &Path, format: Format, verbose: bool) -> Result<u8, Failure> {
    let setup = Setup::read(config, format)?;
    let (target, _fresh) = setup::target(&args.sandbox).await?;
    let scope = Scope { rule: args.rule.as_deref().map(Into::into), due: args.due };
    let mut code = 0;
    for (name, bridge, sources) in setup.bridges(format)? {
        let opening = setup::opening(&setup, &name, bridge, sources, &target).await?;
        let reporter = Reporter::new(format, verbose);
        let opened =
            opening.open(reporter.watch()).map_err(|error| setup.not_opened(error, &opening.sources, format))?;
        if !opened.warnings.is_empty() {
            eprintln!("{}", setup.show(&opened.warnings, &opening.sources, format));
        }
        let summary = if args.dry_run {
            let summary = opened.engine.preview(&scope).await?;
            reporter.print_preview(&summary, &opened.catalog);
            summary
        } else {
            opened.engine.run(&scope).await?
        };
        let report = reporter.take();
        if format == Format::Json {
            summary.standings.iter().for_each(|standing| line(standing_json(standing)));
        }
        if format == Format::Text {
            out(&format!("\n{}", summary_text(&report, &summary, args.dry_run)));
        }
        code = code.max(report.exit_code(&summary));
    }
    Ok(code)
}
