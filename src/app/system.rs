//! Time and chance of the real world, and the time of a sandbox.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::ports::{Boxed, Clock, Entropy, Http, HttpRequest};

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, moment: Timestamp) -> Boxed<()> {
        let wait = Duration::try_from(moment.duration_since(Timestamp::now())).unwrap_or_default();
        Box::pin(tokio::time::sleep(wait))
    }
}

/// Chance from the operating system.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn next(&self) -> u64 {
        getrandom::u64().expect("the operating system has randomness")
    }
}

/// The clock of a running sandbox: ours plus how far it is ahead, asked again while waiting.
pub struct SandboxClock {
    http: Arc<dyn Http>,
    url: String,
    ahead_ms: Arc<AtomicI64>,
}

/// How often a waiting clock looks whether somebody advanced the sandbox's.
const LOOK: Duration = Duration::from_millis(100);

impl SandboxClock {
    /// Reads the clock of the sandbox at `url`.
    pub async fn of(http: Arc<dyn Http>, url: &str) -> Self {
        let clock = SandboxClock { http, url: format!("{url}/_sandbox/clock"), ahead_ms: Arc::default() };
        clock.look().await;
        clock
    }

    /// Looks whether somebody moved the sandbox's clock.
    pub async fn look(&self) {
        look(&self.http, &self.url, &self.ahead_ms).await;
    }
}

async fn look(http: &Arc<dyn Http>, url: &str, ahead_ms: &AtomicI64) {
    let request = HttpRequest { method: "GET", url: url.to_owned(), ..HttpRequest::default() };
    let Ok(answer) = http.send(request).await else { return };
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if let Some(Ok(now)) = body["now"].as_str().map(str::parse::<Timestamp>) {
        ahead_ms.store(now.as_millisecond() - Timestamp::now().as_millisecond(), Ordering::Relaxed);
    }
}

fn now(ahead_ms: &AtomicI64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_millis(ahead_ms.load(Ordering::Relaxed))
}

impl Clock for SandboxClock {
    fn now(&self) -> Timestamp {
        now(&self.ahead_ms)
    }

    fn sleep_until(&self, moment: Timestamp) -> Boxed<()> {
        let (http, url, ahead_ms) = (self.http.clone(), self.url.clone(), self.ahead_ms.clone());
        Box::pin(async move {
            while now(&ahead_ms) < moment {
                let left = Duration::try_from(moment.duration_since(now(&ahead_ms))).unwrap_or_default();
                tokio::time::sleep(left.min(LOOK)).await;
                look(&http, &url, &ahead_ms).await;
            }
        })
    }
}
