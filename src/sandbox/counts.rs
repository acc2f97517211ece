//! Counts the calls that reached a host, by method and route. Applied writes are counted by the host itself.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::http::{Method, Uri};

/// Calls by route, such as `GET /api/2.0/messages/{id}`. A call that a fault swallowed has reached the host and counts.
#[derive(Debug, Default)]
pub struct Counts {
    calls: Mutex<BTreeMap<String, u64>>,
}

impl Counts {
    /// Counts one call.
    pub fn add(&self, method: &Method, uri: &Uri) {
        let route = route(method, uri.path());
        *self.calls.lock().expect("no panic holds the counts").entry(route).or_default() += 1;
    }

    /// All calls so far.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.calls.lock().expect("no panic holds the counts").clone()
    }
}

/// Method and path with ids and free texts taken out, and without a tenant or context in front of `/api/2.0`.
fn route(method: &Method, path: &str) -> String {
    let path = path.find("/api/2.0/").map_or(path, |at| &path[at..]);
    let mut route = String::with_capacity(method.as_str().len() + 1 + path.len());
    route.push_str(method.as_str());
    route.push(' ');
    let mut before = "";
    for part in path.split('/').filter(|part| !part.is_empty()) {
        route.push('/');
        route.push_str(match before {
            "labels" | "tags" => "{text}",
            _ if is_id(part) => "{id}",
            _ => part,
        });
        before = part;
    }
    route
}

/// A Khoros id is a number; a Salesforce id has 15 or 18 letters and digits and starts with a digit; a query locator
/// is such an id with a position behind it.
fn is_id(part: &str) -> bool {
    let number = part.bytes().all(|byte| byte.is_ascii_digit());
    let record = part.len() >= 15 && part.as_bytes()[0].is_ascii_digit();
    number || record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_texts_and_contexts_are_not_part_of_a_route() {
        let route = |path| route(&Method::GET, path);
        assert_eq!(route("/t5/s/api/2.0/messages/101/labels/"), "GET /api/2.0/messages/{id}/labels");
        assert_eq!(route("/api/2.0/messages/101/labels/vpn"), "GET /api/2.0/messages/{id}/labels/{text}");
        assert_eq!(route("/services/data/v62.0/query/01gRM000000abcD-2000"), "GET /services/data/v62.0/query/{id}");
    }
}
