//! The program: reads the command line, starts the logs, runs one command.

use std::process::ExitCode;

use casebridge::cli::{self, Cli, Command};
use clap::Parser;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    // What runs unattended says what it does.
    log(cli.verbose.saturating_add(u8::from(matches!(cli.command, Command::Serve(_)))));
    match cli::run(&cli).await {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("{}", failure.text);
            ExitCode::from(failure.code)
        }
    }
}

/// Logs to stderr; warnings by default, all of ours with -vv.
fn log(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let ours = Targets::new().with_default(LevelFilter::WARN).with_target("casebridge", level);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    tracing_subscriber::registry().with(layer.with_filter(ours)).init();
}
