//! `casebridge sandbox`: the emulated community and org, until it is stopped.

use std::net::SocketAddr;

use crate::cli::Failure;
use crate::cli::output::line;
use crate::sandbox::scene::SceneChoice;
use crate::sandbox::serve::{self, Options, Sandbox};
use crate::sandbox::{Logins, Tls};

/// How to start it.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Where the org listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    salesforce: SocketAddr,
    /// Where the community listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    khoros: SocketAddr,
    /// What is in them: `small`, `empty` or a scene file
    #[arg(long, value_name = "small|empty|FILE", default_value = "small")]
    scene: SceneChoice,
    /// So many generated due threads besides
    #[arg(long, value_name = "N")]
    threads: Option<u64>,
    /// The same seed gives the same data
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Speak TLS too, with these PEM files
    #[arg(long, value_name = "CERT,KEY", env = "CASEBRIDGE_SANDBOX_TLS")]
    tls: Option<Tls>,
    #[command(flatten)]
    logins: Logins,
}

impl Args {
    fn options(&self) -> Options {
        let (salesforce, khoros) = (self.salesforce, self.khoros);
        let (scene, tls, logins) = (self.scene.clone(), self.tls.clone(), self.logins.clone());
        Options { salesforce, khoros, scene, threads: self.threads, seed: self.seed, now: None, tls, logins }
    }
}

/// Prints the JSON line once both hosts answer, and serves until Ctrl-C.
pub async fn run(args: &Args) -> Result<u8, Failure> {
    let sandbox = serve::start(args.options()).await.map_err(Failure::wrong)?;
    line(&sandbox.hosts);
    eprintln!("the community is at {}, the org at {}", sandbox.khoros_url, sandbox.salesforce_url);
    eprintln!("in a second terminal: casebridge run --dry-run --sandbox {}    (Ctrl-C stops)", sandbox.khoros_url);
    let _ = tokio::signal::ctrl_c().await;
    sandbox.stop().await;
    Ok(0)
}

/// A fresh pair for one command.
pub async fn fresh() -> Result<Sandbox, Failure> {
    serve::start(Options::default()).await.map_err(Failure::wrong)
}
