//! Which failures are worth waiting for, and how long.

use std::future::Future;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;

use crate::engine::{Core, Happened};
use crate::failure::{FailureClass, HostError};

/// How often a read is tried before its subject is left for the next pass.
const TRIES: u8 = 5;
/// A read that has to wait longer is left for the next pass at once.
const PATIENCE: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(300);

/// Asks a host once; counted as a read.
pub async fn once<T, Fut>(core: &Core, host: &str, ask: impl FnOnce() -> Fut) -> Result<T, HostError>
where
    Fut: Future<Output = Result<T, HostError>>,
{
    core.count_read(host);
    ask().await
}

/// Asks a host until there is an answer, or an error for which a short wait does not help, or the tries are used up.
/// Every try is counted as a read.
pub async fn until_answered<T, F, Fut>(core: &Core, host: &str, ask: F) -> Result<T, HostError>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, HostError>>,
{
    let mut tries = 0;
    loop {
        let error = match once(core, host, &ask).await {
            Err(error) if error.is_temporary() && tries + 1 < TRIES => error,
            answered => return answered,
        };
        let until = next_try(core, tries, &error);
        if until > core.now() + PATIENCE {
            return Err(error);
        }
        (core.parts.watch)(Happened::Retries { host: host.to_owned(), error, until });
        core.parts.clock.sleep_until(until).await;
        tries += 1;
    }
}

/// When a temporary failure is tried again: what the host asked for, else 1 s, 2 s, 4 s … with jitter.
pub fn next_try(core: &Core, tries: u8, error: &HostError) -> Timestamp {
    let wait = match error.class {
        FailureClass::Temporary { after: Some(after) } => after.max(Duration::from_millis(500)),
        _ => delay(tries, core.parts.entropy.next()),
    };
    core.now() + wait.min(LONGEST * 4)
}

fn delay(tries: u8, seed: u64) -> Duration {
    let delays = ExponentialBuilder::new()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(LONGEST)
        .without_max_times()
        .with_jitter_seed(seed)
        .with_jitter();
    delays.build().nth(usize::from(tries)).unwrap_or(LONGEST)
}

impl Core {
    /// A host that signed us out is halted.
    pub fn note_failure(&self, host: &str, error: &HostError) {
        if error.class == FailureClass::SignedOut {
            self.halt(host, error);
        }
    }
}
