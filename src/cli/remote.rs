//! Commands that need the state of a running service: its control socket is asked, and the service does them between two
//! turns with the functions that do them here.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser as _;
use tokio::sync::{mpsc, oneshot};

use crate::cli::live::{Asked, Live, Together};
use crate::cli::output::{Output, out};
use crate::cli::report::{Format, Reporter};
use crate::cli::setup::Setup;
use crate::cli::target::Target;
use crate::cli::{Cli, Command, Failure, explain, parked, pause, run, state};
use crate::engine::Engine;
use crate::ports::{Boxed, Store};
use crate::service::Worker;
use crate::service::control::{self, Obey, Said};

/// Has a running service do it; none when the command needs none, or none runs on this state.
pub async fn ask(cli: &Cli) -> Result<Option<u8>, Failure> {
    let Some(folder) = folder(cli).await? else { return Ok(None) };
    let args: Vec<String> = std::env::args().collect();
    let hear = |said| match said {
        Said::Out(text) => out(&text),
        Said::Err(text) => eprintln!("{text}"),
        Said::Exit(_) => {}
    };
    match control::ask(&folder, &args, hear).await {
        None => Ok(None),
        Some(Ok(code)) => Ok(Some(code)),
        Some(Err(error)) => Err(Failure::failed(format!("the service on {}: {error}", folder.display()))),
    }
}

/// The state folder that a command needs and a service can lend.
async fn folder(cli: &Cli) -> Result<Option<PathBuf>, Failure> {
    if let Command::State(args) = &cli.command {
        let is_lent = matches!(
            args.command,
            state::Command::Info | state::Command::Relink { .. } | state::Command::Forget { .. }
        );
        return if is_lent { args.folder(&cli.config, cli.format).map(Some) } else { Ok(None) };
    }
    match needs_state(&cli.command) {
        // A pair of its own has a state of its own.
        None | Some(Some(None)) => Ok(None),
        Some(sandbox) => {
            let setup = Setup::read(&cli.config, cli.format)?;
            Ok(Some(Target::of(sandbox).await?.state(&setup.config)))
        }
    }
}

/// Whose state a command needs and a service can lend; `run` without `--dry-run` wants it for itself.
fn needs_state(command: &Command) -> Option<&Option<Option<String>>> {
    match command {
        Command::Parked(args) => Some(&args.sandbox),
        Command::Explain(args) => Some(&args.sandbox),
        Command::Pause(args) | Command::Resume(args) => Some(&args.sandbox),
        Command::Run(args) if args.dry_run => Some(&args.sandbox),
        _ => None,
    }
}

/// What the service does with a command line.
pub fn obey(workers: Vec<Arc<Worker>>, store: Arc<dyn Store>, folder: PathBuf) -> Obey {
    let served = Arc::new(Served { workers, store, folder });
    Arc::new(move |args, said| Box::pin(obeyed(served.clone(), args, said)))
}

/// What a service lends.
struct Served {
    workers: Vec<Arc<Worker>>,
    /// All bridges share it.
    store: Arc<dyn Store>,
    folder: PathBuf,
}

async fn obeyed(served: Arc<Served>, args: Vec<String>, said: mpsc::UnboundedSender<Said>) -> u8 {
    let output = Output::Asker(said);
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => Arc::new(cli),
        Err(error) => {
            output.note(&error.to_string());
            return 2;
        }
    };
    let asked = Asked { format: cli.format, verbose: cli.verbose > 0, output };
    let ended = match &cli.command {
        Command::State(state::Args { command: state::Command::Info, .. }) => info(served, &asked).await,
        Command::State(state::Args { command: state::Command::Forget { .. }, .. }) => {
            forget(&served, &cli, &asked).await
        }
        _ => by_each(&served.workers, &cli, &asked).await,
    };
    ended.unwrap_or_else(|failure| {
        asked.output.note(&failure.text);
        failure.code
    })
}

/// Counts on a thread of its own: that takes as long as there is much to count, and needs no turn.
async fn info(served: Arc<Served>, asked: &Asked) -> Result<u8, Failure> {
    let Asked { format, output, .. } = asked.clone();
    let counted = tokio::task::spawn_blocking(move || state::info(&*served.store, &served.folder, format, &output));
    counted.await.unwrap_or_else(|error| Err(Failure::failed(error.to_string())))
}

/// All bridges share one state: one worker erases, while the others write nothing.
async fn forget(served: &Served, cli: &Arc<Cli>, asked: &Asked) -> Result<u8, Failure> {
    let Some((first, others)) = served.workers.split_first() else { return Ok(0) };
    let _held = hold(others).await;
    in_turn(first, cli, asked).await
}

/// Has every worker do it.
async fn by_each(workers: &[Arc<Worker>], cli: &Arc<Cli>, asked: &Asked) -> Result<u8, Failure> {
    let mut together = Together::default();
    for worker in workers {
        if workers.len() > 1 && asked.format == Format::Text {
            asked.output.line(format!("\nBridge {}", worker.bridge));
        }
        if let Some(failure) = together.add(in_turn(worker, cli, asked).await) {
            asked.output.note(&failure.text);
        }
    }
    together.end()
}

/// Keeps workers between two turns until what is given back is dropped.
async fn hold(workers: &[Arc<Worker>]) -> Vec<oneshot::Sender<()>> {
    let mut held = Vec::new();
    for worker in workers {
        let ((stands, standing), (go_on, gone)) = (oneshot::channel(), oneshot::channel());
        let wait = move |_: Arc<Engine>| -> Boxed<()> {
            Box::pin(async move {
                _ = stands.send(());
                // Dropped or sent, either way it goes on.
                _ = gone.await;
            })
        };
        if worker.ask(Box::new(wait)).await && standing.await.is_ok() {
            held.push(go_on);
        }
    }
    held
}

/// Has one worker do it between two turns.
async fn in_turn(worker: &Arc<Worker>, cli: &Arc<Cli>, asked: &Asked) -> Result<u8, Failure> {
    let (done, code) = oneshot::channel();
    let (audience, bridge) = (worker.audience.clone(), worker.bridge.clone());
    let (cli, answers, bell) = (cli.clone(), asked.clone(), worker.bell.clone());
    let job = move |engine: Arc<Engine>| -> Boxed<()> {
        Box::pin(async move {
            let reporter = Reporter::new(&bridge, answers.format, answers.verbose).to(&answers.output);
            let listening = audience.listen(reporter.watch());
            let live = Live::new(&bridge, engine, reporter, &answers).served(&bell);
            let result = perform(live, &cli.command).await;
            drop(listening);
            _ = done.send(result);
        })
    };
    let answered = if worker.ask(Box::new(job)).await { code.await.ok() } else { None };
    answered.unwrap_or_else(|| Err(Failure::failed("the service is stopping\n   next: ask again when it has stopped")))
}

async fn perform(live: Live, command: &Command) -> Result<u8, Failure> {
    match command {
        Command::Parked(args) => parked::on(live, args.command.clone()).await,
        Command::Explain(args) => explain::on(live, args.subject.clone()).await,
        Command::Pause(args) => pause::on(live, args.clone(), true).await,
        Command::Resume(args) => pause::on(live, args.clone(), false).await,
        Command::Run(args) if args.dry_run => run::preview(live, args.scope()).await,
        Command::State(state::Args { command: state::Command::Relink { .. }, .. }) => state::relink(live).await,
        Command::State(state::Args { command: state::Command::Forget { member }, .. }) => {
            let forgotten = live.engine.forget(member).await?;
            state::told_of_forgotten(&forgotten, member, live.asked.format, &live.asked.output);
            Ok(0)
        }
        _ => Err(Failure::wrong("a running service does not do this")),
    }
}
