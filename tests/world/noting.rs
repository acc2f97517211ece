//! Notes what is asked of both hosts: every query and every form field that goes out, in order, as its host reads it.

use std::sync::{Arc, Mutex};

use casebridge::ports::{Boxed, Http, HttpAnswer, HttpBody, HttpFailure, HttpRequest};
use secrecy::ExposeSecret as _;

/// A network that notes the queries of both languages, and forms as `name=value`.
pub struct Noting {
    inner: Arc<dyn Http>,
    asked: Mutex<Vec<String>>,
}

impl Noting {
    pub fn over(inner: Arc<dyn Http>) -> Arc<Self> {
        Arc::new(Noting { inner, asked: Mutex::default() })
    }

    /// Those that hold a text.
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
        if let HttpBody::Form(fields) = &request.body {
            let field = |(name, value): &(String, _)| format!("{name}={}", secrecy::SecretString::expose_secret(value));
            self.asked.lock().expect("nobody panics").extend(fields.iter().map(field));
        }
        self.inner.send(request)
    }
}
