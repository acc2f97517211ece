//! Something happens between two calls: the first request that holds a text waits for it.

use std::sync::{Arc, Mutex};

use casebridge::ports::{Boxed, Http, HttpAnswer, HttpFailure, HttpRequest};

type Deed = Box<dyn FnOnce() + Send>;

/// A network in which a deed is done before the first request whose decoded address holds `before`.
pub struct Meddling {
    inner: Arc<dyn Http>,
    before: &'static str,
    /// So many such requests go by before it.
    skip: Mutex<u32>,
    deed: Mutex<Option<Deed>>,
}

impl Meddling {
    /// Does `deed` straight before that request.
    pub fn before(inner: Arc<dyn Http>, before: &'static str, deed: impl FnOnce() + Send + 'static) -> Arc<Self> {
        Self::after(inner, before, 0, deed)
    }

    /// Does `deed` straight before the request that comes after so many of them.
    pub fn after(
        inner: Arc<dyn Http>,
        before: &'static str,
        skip: u32,
        deed: impl FnOnce() + Send + 'static,
    ) -> Arc<Self> {
        Arc::new(Meddling { inner, before, skip: Mutex::new(skip), deed: Mutex::new(Some(Box::new(deed))) })
    }

    /// Whether it is not yet its turn.
    fn lets_by(&self) -> bool {
        let mut skip = self.skip.lock().expect("nobody panics");
        let lets_by = *skip > 0;
        *skip = skip.saturating_sub(1);
        lets_by
    }
}

impl Http for Meddling {
    fn send(&self, request: HttpRequest) -> Boxed<Result<HttpAnswer, HttpFailure>> {
        let address = request.url.replace("%20", " ").replace('+', " ").replace("%28", "(");
        if address.contains(self.before)
            && !self.lets_by()
            && let Some(deed) = self.deed.lock().expect("nobody panics").take()
        {
            deed();
        }
        self.inner.send(request)
    }
}
