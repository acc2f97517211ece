//! Starts both hosts on their addresses, with a scene, and stops them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use axum::middleware::from_fn_with_state;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::clock::Clock;
use super::control::{self, Shell};
use super::counts::Counts;
use super::faults::Faults;
use super::khoros::Khoros;
use super::line::{Cut, Lines};
use super::logins::Logins;
use super::many::Made;
use super::salesforce::Salesforce;
use super::scene::{self, SceneChoice};
use super::tls::Tls;
use super::{SandboxHost, faulty};

/// How to start a sandbox.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the org listens; port 0 takes a free one.
    pub salesforce: SocketAddr,
    /// Where the community listens; port 0 takes a free one.
    pub khoros: SocketAddr,
    pub scene: SceneChoice,
    /// So many generated due threads in board `support`, on top of the scene.
    pub threads: Option<u64>,
    /// So many generated members, who write those threads; twenty if there are threads and this is left out.
    pub members: Option<u64>,
    /// So many generated cases in the org.
    pub cases: Option<u64>,
    /// The same seed gives the same generated data and secrets.
    pub seed: u64,
    /// Where its clock starts; with real time if it is left out.
    pub now: Option<Timestamp>,
    /// With these files both hosts speak TLS, beside plain HTTP.
    pub tls: Option<Tls>,
    /// Who may sign in to the hosts.
    pub logins: Logins,
}

impl Default for Options {
    fn default() -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            salesforce: free,
            khoros: free,
            scene: SceneChoice::Small,
            threads: None,
            members: None,
            cases: None,
            seed: 1,
            now: None,
            tls: None,
            logins: Logins::default(),
        }
    }
}

/// A running sandbox. Dropping it closes both listeners and lets open connections end.
pub struct Sandbox {
    /// The JSON line: addresses, logins and secrets of both hosts.
    pub hosts: Value,
    pub khoros_url: String,
    pub salesforce_url: String,
    pub clock: Arc<Clock>,
    /// The community, for tests in the same process.
    pub khoros: Arc<dyn SandboxHost>,
    /// The org, for tests in the same process.
    pub salesforce: Arc<dyn SandboxHost>,
    stop: watch::Sender<()>,
    tasks: Vec<JoinHandle<()>>,
}

impl Sandbox {
    /// Closes both listeners and waits until open requests have been answered.
    pub async fn stop(self) {
        drop(self.stop);
        for task in self.tasks {
            // A task that panicked has nothing left to stop.
            let _ = task.await;
        }
    }
}

/// Starts a sandbox; both hosts answer when this returns.
pub async fn start(options: Options) -> Result<Sandbox, String> {
    let clock = Arc::new(Clock::default());
    options.now.into_iter().for_each(|now| clock.set(now));
    let community = Khoros::new(clock.clone(), options.seed);
    let khoros: Arc<dyn SandboxHost> = community.clone();
    let salesforce: Arc<dyn SandboxHost> = Salesforce::with_logins(clock.clone(), options.seed, &options.logins)?;
    fill(&options, &community, &*salesforce)?;

    let tls = options.tls.as_ref().map(Tls::acceptor).transpose()?;
    let (khoros_lines, khoros_url) = bind(options.khoros, tls.clone()).await?;
    let (salesforce_lines, salesforce_url) = bind(options.salesforce, tls).await?;
    let line = json!({ "salesforce": salesforce.logins(&salesforce_url), "khoros": khoros.logins(&khoros_url) });
    let hosts = Arc::new(OnceLock::from(line.clone()));

    let (stop, stopped) = watch::channel(());
    let shell = |host: &Arc<dyn SandboxHost>| Shell {
        host: host.clone(),
        clock: clock.clone(),
        faults: Faults::default(),
        counts: Counts::default(),
        hosts: hosts.clone(),
    };
    let tasks = vec![
        tokio::spawn(serve(khoros_lines, shell(&khoros), stopped.clone())),
        tokio::spawn(serve(salesforce_lines, shell(&salesforce), stopped)),
    ];
    Ok(Sandbox { hosts: line, khoros_url, salesforce_url, clock, khoros, salesforce, stop, tasks })
}

fn fill(options: &Options, khoros: &Khoros, salesforce: &dyn SandboxHost) -> Result<(), String> {
    let scene = scene::load(&options.scene)?;
    khoros.edit(&scene.community)?;
    khoros.let_in(&options.logins)?;
    salesforce.edit(&scene.org)?;
    let (threads, cases) = (options.threads.unwrap_or(0), options.cases.unwrap_or(0));
    let made = Made { threads, members: options.members, cases, seed: options.seed };
    if made.count_members() > 0 {
        khoros.populate(&made)?;
    }
    made.cases().try_for_each(|chunk| salesforce.edit(&chunk).map(drop))
}

async fn bind(address: SocketAddr, tls: Option<TlsAcceptor>) -> Result<(Lines, String), String> {
    let failed = |error: std::io::Error| format!("cannot listen on {address}: {error}");
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr().map_err(failed)?);
    Ok((Lines::new(listener, tls), url))
}

async fn serve(lines: Lines, shell: Shell, mut stopped: watch::Receiver<()>) {
    let shell = Arc::new(shell);
    // Faults stand outside, so that what they cut or delay is the finished answer.
    let api = shell.host.clone().router().layer(from_fn_with_state(shell.clone(), faulty::pass));
    let service = api.merge(control::router(shell)).into_make_service_with_connect_info::<Cut>();
    // The sender never sends: a change means that it is gone.
    let gone = async move { stopped.changed().await.unwrap_or_default() };
    if let Err(error) = axum::serve(lines, service).with_graceful_shutdown(gone).await {
        tracing::error!(%error, "the sandbox stopped serving: {error}");
    }
}
