//! Something happens between two calls: the first request that holds a text waits for it.

use std::sync::{Arc, Mutex};

use casebridge::ports::{Boxed, Http, HttpAnswer, HttpFailure, HttpRequest};

type Deed = Box<dyn FnOnce() + Send>;

/// A network in which a deed is done before the first request whose decoded address holds `before`.
pub struct Meddling {
    inner: Arc<dyn Http>,
    before: &'static str,
    deed: Mutex<Option<Deed>>,
}

impl Meddling {
    /// Does `deed` straight before that request.
    pub fn before(inner: Arc<dyn Http>, before: &'static str, deed: impl FnOnce() + Send + 'static) -> Arc<Self> {
        Arc::new(Meddling { inner, before, deed: Mutex::new(Some(Box::new(deed))) })
    }
}

impl Http for Meddling {
    fn send(&self, request: HttpRequest) -> Boxed<Result<HttpAnswer, HttpFailure>> {
        let address = request.url.replace("%20", " ").replace('+', " ").replace("%28", "(");
        if address.contains(self.before)
            && let Some(deed) = self.deed.lock().expect("nobody panics").take()
        {
            deed();
        }
        self.inner.send(request)
    }
}
