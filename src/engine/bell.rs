//! Calls a pass back to what is new: what is out is finished, and nothing else is begun.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Rung by whoever has news for an engine that may be at work.
#[derive(Default)]
pub struct Bell {
    rung: AtomicBool,
    notify: Notify,
}

impl Bell {
    /// There is something new.
    pub fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        self.notify.notify_one();
    }

    /// Whether it was rung since it was answered last.
    pub fn is_rung(&self) -> bool {
        self.rung.load(Ordering::SeqCst)
    }

    /// Ends once it is rung.
    pub async fn rung(&self) {
        while !self.is_rung() {
            self.notify.notified().await;
        }
    }

    /// Whoever rang before is heard now.
    pub fn answer(&self) {
        self.rung.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_rang_before_anybody_listened_is_heard() {
        let bell = Bell::default();
        bell.ring();
        bell.rung().await;
        assert!(bell.is_rung());
        bell.answer();
        assert!(!bell.is_rung());
    }
}
