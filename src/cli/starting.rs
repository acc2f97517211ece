//! The rules that `serve` starts with, and the watch over their files from then on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::app::bridge::{offline_catalog_of, test_ground};
use crate::app::system::SystemClock;
use crate::cli::Failure;
use crate::cli::report::Format;
use crate::cli::setup::{Configured, Setup, State};
use crate::config::BridgeConfig;
use crate::names::BridgeId;
use crate::service::judging::Judge;
use crate::service::starting::{NotStarted, Start, start};
use crate::service::taking::Taking;
use crate::service::{LastGood, Watching, Worker, sight};

/// What was started with so far.
pub struct Starting {
    judge: Judge,
    running: BTreeMap<BridgeId, LastGood>,
    /// Whether older rules may run where the files are wrong.
    or_last_good: bool,
}

impl Starting {
    pub fn new(setup: &Setup, or_last_good: bool) -> Self {
        // Editors save by the machine's time, whatever the time of the hosts is.
        let judge = Judge::new(offline_catalog_of(&setup.config), Arc::new(test_ground), Arc::new(SystemClock));
        Starting { judge, running: BTreeMap::new(), or_last_good }
    }

    /// A bridge with the rules that it starts with; what is wrong with its files is said, and ends the start unless older
    /// rules may run.
    pub async fn bridge<'s>(
        &mut self,
        setup: &Setup,
        name: &'s BridgeId,
        config: &'s BridgeConfig,
        state: &State,
        format: Format,
    ) -> Result<Configured<'s>, Failure> {
        let candidate = sight::candidate(config);
        let seen = candidate.clone();
        let show = |problems: &_| setup.show_from(problems, |file| seen.text(file), format);
        let started = start(&mut self.judge, &*state.store, name, candidate, self.or_last_good).await;
        let Start { rules, refused } = started.map_err(|why| match why {
            NotStarted::Store(error) => error.into(),
            NotStarted::Rules(refused, kept) => Failure::wrong(show(&refused) + &or_what(kept.as_ref())),
        })?;
        if !refused.is_empty() {
            eprintln!("{}\n{name} runs {}", show(&refused), told(&rules));
        }
        let sources = rules.sources.clone();
        self.running.insert(name.clone(), rules);
        Ok(Configured { name, config, sources, problems: vec![] })
    }

    /// The watch over the files that these rules come from.
    pub fn watch(
        self,
        setup: &Setup,
        file: &Path,
        state: &State,
        workers: &[Arc<Worker>],
        format: Format,
    ) -> Result<Taking, Failure> {
        let watching = Watching {
            file: file.to_owned(),
            text: setup.read.clone(),
            running: self.running,
            judge: self.judge,
            store: state.store.clone(),
            clock: Arc::new(SystemClock),
        };
        let taking = Taking::of(watching, workers.to_vec());
        taking.map_err(|problems| setup.refused(&problems, &Default::default(), format))
    }
}

fn or_what(kept: Option<&LastGood>) -> String {
    kept.map_or_else(String::new, |kept| {
        format!("\n   next: mend it; or `casebridge serve --last-good` runs {}", told(kept))
    })
}

fn told(rules: &LastGood) -> String {
    format!("the last good rules, generation {}, accepted at {}", rules.generation, rules.since.strftime("%F %T UTC"))
}
