//! What the address of an org says about it: production or sandbox, one org or the door of all (Salesforce sheet 2.1,
//! 2.2).

use url::Url;

use crate::hosts::url::BaseUrl;

const PRODUCTION: &str = "login.salesforce.com";
const SANDBOX: &str = "test.salesforce.com";

/// Whether an org at this address is a sandbox; none where the address does not say (scratch orgs count as sandboxes,
/// developer orgs do not).
pub fn is_sandbox(address: &BaseUrl) -> Option<bool> {
    let host = host(address);
    match host.as_str() {
        PRODUCTION => return Some(false),
        SANDBOX => return Some(true),
        _ => {}
    }
    let mine = host.strip_suffix(".my.salesforce.com")?;
    match mine.split_once('.') {
        // `acme--dev` is how sandboxes were called before they had a domain of their own.
        None => Some(mine.contains("--")),
        Some((_, "sandbox")) => Some(true),
        Some(_) => None,
    }
}

/// Whether all orgs sign in here, so that calls go to the address which the answer names.
pub fn is_shared(address: &BaseUrl) -> bool {
    matches!(host(address).as_str(), PRODUCTION | SANDBOX)
}

/// Whom an assertion is for, unless the configuration says it.
pub fn audience(address: &BaseUrl) -> String {
    let host = if is_sandbox(address) == Some(true) { SANDBOX } else { PRODUCTION };
    format!("https://{host}")
}

fn host(address: &BaseUrl) -> String {
    let url = Url::parse(address.as_str()).ok();
    url.and_then(|url| url.host_str().map(str::to_lowercase)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> BaseUrl {
        BaseUrl::parse(address).expect("an address").0
    }

    #[test]
    fn an_address_says_whether_it_is_a_sandbox() {
        for (address, is) in [
            ("https://login.salesforce.com", Some(false)),
            ("https://test.salesforce.com", Some(true)),
            ("https://acme.my.salesforce.com", Some(false)),
            ("https://acme--dev.sandbox.my.salesforce.com", Some(true)),
            ("https://acme--dev.my.salesforce.com", Some(true)),
            ("https://acme.scratch.my.salesforce.com", None),
            ("http://127.0.0.1:8080", None),
        ] {
            assert_eq!(is_sandbox(&at(address)), is, "{address}");
        }
        assert!(is_shared(&at("https://test.salesforce.com")) && !is_shared(&at("https://acme.my.salesforce.com")));
        assert_eq!(audience(&at("https://a--b.sandbox.my.salesforce.com")), "https://test.salesforce.com");
    }
}
