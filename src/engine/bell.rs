//! Calls a pass back to what is new: what is out is finished, and nothing else is begun.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Rung by whoever has news for an engine that may be at work.
#[derive(Default)]
pub struct Bell {
    rung: AtomicBool,
    last: AtomicBool,
    notify: Notify,
}

impl Bell {
    /// There is something new.
    pub fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        self.notify.notify_one();
    }

    /// It is time to stop: from now on nothing new is begun (RUN-7).
    pub fn ring_out(&self) {
        self.last.store(true, Ordering::SeqCst);
        self.ring();
    }

    /// Whether it was rung since it was answered last.
    pub fn is_rung(&self) -> bool {
        self.rung.load(Ordering::SeqCst) || self.is_over()
    }

    /// Whether it was rung for the last time.
    pub fn is_over(&self) -> bool {
        self.last.load(Ordering::SeqCst)
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

    #[tokio::test]
    async fn the_last_ring_is_never_answered_away() {
        let bell = Bell::default();
        bell.ring_out();
        bell.answer();
        bell.rung().await;
        assert!(bell.is_over());
    }
}
