//! A clean stop within ten seconds (RUN-7): nothing new is begun, calls that are out have eight seconds, and what has no
//! answer by then stays *sent* for the next start to settle.

use std::time::Duration;

use tokio::sync::watch;

/// How long calls that are out may take once the stop is asked for.
const GRACE: Duration = Duration::from_secs(8);
/// How long all of it may take.
const IN_ALL: Duration = Duration::from_millis(9_500);

/// Told to everybody who must stop.
#[derive(Clone)]
pub struct Stop {
    asked: watch::Sender<bool>,
}

impl Default for Stop {
    fn default() -> Self {
        Stop { asked: watch::Sender::new(false) }
    }
}

impl Stop {
    /// Asks everybody to stop.
    pub fn ask(&self) {
        self.asked.send_replace(true);
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Ends once it is asked for.
    pub async fn asked(&self) {
        // The sender is ours, so it is never gone.
        _ = self.asked.subscribe().wait_for(|asked| *asked).await;
    }

    /// Ends when patience does.
    pub async fn over(&self) {
        self.asked().await;
        tokio::time::sleep(GRACE).await;
    }

    /// Ends when the process must.
    pub async fn deadline(&self) {
        self.asked().await;
        tokio::time::sleep(IN_ALL).await;
    }
}
