//! The program: reads the command line, starts the logs, runs one command.

use std::process::ExitCode;
use std::time::Duration;

use casebridge::cli::{self, Cli, Command};
use clap::Parser;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// How long what is let go may take to end by itself, as a store that is closed.
const LAST_WORDS: Duration = Duration::from_millis(400);

/// It gives memory back that is not used any more, as after the tests of new rules; the system's own keeps most of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // What runs unattended says what it does.
    log(cli.verbose.saturating_add(u8::from(matches!(cli.command, Command::Serve(_)))));
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let ended = runtime.block_on(cli::run(&cli));
    // Whoever still computes aside, such as tests that are played, does not hold up the end.
    runtime.shutdown_timeout(LAST_WORDS);
    match ended {
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
