//! `casebridge connect …`: who is signed in where, and what a person does about it (CON-1 to CON-8).

mod authorize;
mod callback;
mod status;

use std::path::Path;
use std::sync::Arc;

use crate::app::each::{Each, Host, each};
use crate::app::system::SystemClock;
use crate::cli::output::line;
use crate::cli::report::Format;
use crate::cli::setup::Setup;
use crate::cli::{Failure, no_such};
use crate::failure::{FailureClass, HostError};
use crate::packs::Sources;
use crate::ports::{Clock, Tokens};
use crate::state::FileTokens;

/// What to do.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Every connection: who is signed in where, and what to do about it
    Status,
    /// Signs in by a person's consent, in a browser; other kinds of login sign in at once
    Authorize {
        /// The community or org, as `casebridge.yaml` calls it: `main`, or `khoros:main` where both are called so
        name: String,
        /// Reads the address that the browser was sent to from stdin, instead of waiting for the browser
        #[arg(long)]
        paste: bool,
    },
    /// Signs in now, however often it was refused
    Refresh {
        /// The community or org, as `casebridge.yaml` calls it
        name: String,
        /// Goes on with another org than before
        #[arg(long)]
        accept_org: bool,
    },
}

/// What the commands work with.
struct Desk {
    all: Vec<Each>,
    clock: Arc<dyn Clock>,
    tokens: Arc<dyn Tokens>,
    format: Format,
}

/// Runs one of them.
pub async fn run(command: &Command, config: &Path, format: Format) -> Result<u8, Failure> {
    let setup = Setup::read(config, format)?;
    if !setup.config.warnings.is_empty() {
        eprintln!("{}", setup.show(&setup.config.warnings, &Sources::default(), format));
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tokens: Arc<dyn Tokens> = FileTokens::open(&setup.config.state)?;
    let all = each(&setup.config, &clock, &tokens)
        .map_err(|problems| setup.refused(&problems, &Sources::default(), format))?;
    let desk = Desk { all, clock, tokens, format };
    match command {
        Command::Status => Ok(status::show(&desk)),
        Command::Authorize { name, paste } => authorize::authorize(&desk, desk.named(name)?, *paste).await,
        Command::Refresh { name, accept_org } => desk.refresh(desk.named(name)?, *accept_org).await,
    }
}

impl Desk {
    fn named(&self, name: &str) -> Result<&Each, Failure> {
        let is_it = |each: &&Each| each.name == name || each.name.split_once(':').is_some_and(|(_, own)| own == name);
        let found: Vec<&Each> = self.all.iter().filter(is_it).collect();
        match found.as_slice() {
            [one] => Ok(one),
            [] => {
                let known: Vec<&str> = self.all.iter().map(|each| each.name.as_str()).collect();
                Err(no_such("connection", name, &known))
            }
            several => {
                let names: Vec<String> = several.iter().map(|each| format!("`{}`", each.name)).collect();
                Err(Failure::wrong(format!("`{name}` is a community and an org\n   next: {}", names.join(" or "))))
            }
        }
    }

    /// Signs in without a person's consent.
    async fn refresh(&self, each: &Each, accept_org: bool) -> Result<u8, Failure> {
        each.session().refresh(accept_org).await.map_err(|error| refused(each, &error))?;
        self.told(each, None).await
    }

    /// The sentence of CON-1, and what the account lacks.
    async fn told(&self, each: &Each, account: Option<&str>) -> Result<u8, Failure> {
        let lacks = match &each.host {
            Host::Khoros(client) => client.look_at_our_rights(account).await,
            Host::Salesforce(client) => client.learn_who_we_are().await.map(|()| vec![]),
        };
        let lacks = lacks.map_err(|error| refused(each, &error))?;
        let kept = each.session().kept();
        if self.format == Format::Json {
            line(status::json(each, &lacks));
            return Ok(0);
        }
        let place = each.place().unwrap_or_else(|| "unknown".into());
        let login = kept.login.unwrap_or_else(|| "an unknown account".into());
        line(format!("{}: {}: {} {place}, signed in as {login}", each.name, kept.state.word(), each.place_word()));
        lacks.iter().for_each(|lack| line(format!("   warning: {lack}")));
        Ok(0)
    }
}

/// A refusal in one message, with the state that the connection is in now.
fn refused(each: &Each, error: &HostError) -> Failure {
    let state = each.session().kept().state;
    let text = format!("{}: {}: {}: {error}", each.name, state.word(), error.call);
    match error.class {
        FailureClass::SignedOut => Failure::of(3, text),
        _ => Failure::failed(text),
    }
}
