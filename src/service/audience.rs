//! Who is told what happens in a bridge: those who always listen, and whoever gave the job that is being done.

use std::sync::{Arc, Mutex};

use crate::engine::Happened;

/// Somebody who listens.
pub type Watch = Arc<dyn Fn(Happened) + Send + Sync>;

/// Tells everybody.
#[derive(Default)]
pub struct Audience {
    always: Mutex<Vec<Watch>>,
    now: Mutex<Option<Watch>>,
}

impl Audience {
    /// Somebody listens from here on.
    pub fn add(&self, watch: Watch) {
        self.always.lock().expect("no panic holds it").push(watch);
    }

    /// Somebody listens until the job is done.
    pub fn listen(self: &Arc<Self>, watch: Watch) -> Listening {
        *self.now.lock().expect("no panic holds it") = Some(watch);
        Listening(self.clone())
    }

    /// What an engine is given to tell.
    pub fn watch(self: &Arc<Self>) -> Watch {
        let this = self.clone();
        Arc::new(move |happened| this.tell(&happened))
    }

    fn tell(&self, happened: &Happened) {
        let always = self.always.lock().expect("no panic holds it").clone();
        let now = self.now.lock().expect("no panic holds it").clone();
        always.iter().chain(&now).for_each(|watch| watch(happened.clone()));
    }
}

/// Ends when it is dropped.
pub struct Listening(Arc<Audience>);

impl Drop for Listening {
    fn drop(&mut self) {
        *self.0.now.lock().expect("no panic holds it") = None;
    }
}
