//! The sandbox's org under an address of Salesforce's own.

use std::sync::Arc;

use casebridge::ports::{Boxed, Http, HttpAnswer, HttpFailure, HttpRequest};

use crate::world::World;

/// A network in which an address leads to the org of a sandbox.
pub struct Elsewhere {
    inner: Arc<dyn Http>,
    address: String,
    org: String,
}

impl Elsewhere {
    pub fn new(world: &World, address: &str) -> Arc<Self> {
        Arc::new(Elsewhere {
            inner: world.web(),
            address: address.to_owned(),
            org: world.sandbox.salesforce_url.clone(),
        })
    }
}

impl Http for Elsewhere {
    fn send(&self, request: HttpRequest) -> Boxed<Result<HttpAnswer, HttpFailure>> {
        let url = request.url.replacen(&self.address, &self.org, 1);
        self.inner.send(HttpRequest { url, ..request })
    }
}
