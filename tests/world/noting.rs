//! Notes what is asked of both hosts: every query that goes out, in order, as its host reads it.

use std::sync::{Arc, Mutex};

use casebridge::ports::{Boxed, Http, HttpAnswer, HttpFailure, HttpRequest};

/// A network that notes the queries of both languages and what was answered.
pub struct Noting {
    inner: Arc<dyn Http>,
    asked: Mutex<Vec<String>>,
}

impl Noting {
    pub fn over(inner: Arc<dyn Http>) -> Arc<Self> {
        Arc::new(Noting { inner, asked: Mutex::default() })
    }

    /// The queries that hold a text.
    pub fn with(&self, part: &str) -> Vec<String> {
        let asked = self.asked.lock().expect("nobody panics");
        asked.iter().filter(|query| query.contains(part)).cloned().collect()
    }
}

impl Http for Noting {
    fn send(&self, request: HttpRequest) -> Boxed<Result<HttpAnswer, HttpFailure>> {
        // Decoded as a host does it: a bare `+` is a blank there.
        let url = reqwest::Url::parse(&request.url).expect("an address");
        let queries = url.query_pairs().filter(|(name, _)| name == "q").map(|(_, query)| query.into_owned());
        self.asked.lock().expect("nobody panics").extend(queries);
        self.inner.send(request)
    }
}
