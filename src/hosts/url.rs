//! Addresses: what a configured base URL holds, and how one is put together.
//!
//! Which addresses may be called is decided in `allow_hosts.rs`.

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

/// The user and password of the web server in front of a community (HT-access, Khoros sheet 2.8).
#[derive(Clone, Debug)]
pub struct Gate {
    pub user: String,
    pub password: SecretString,
}

/// A configured base URL: scheme, host, port and sub-path, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Reads a base URL; credentials in it are split off, so that it can be printed. The error never shows them.
    pub fn parse(text: &str) -> Result<(Self, Option<Gate>), String> {
        let mut url = Url::parse(text.trim()).map_err(|error| format!("this is no address: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err("an address begins with https:// and names a host".into());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("an address of a host has no `?` or `#` part".into());
        }
        let gate = gate(&url);
        // These two fail only for addresses without a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Ok((BaseUrl(url.as_str().trim_end_matches('/').to_owned()), gate))
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An address below it.
    pub fn join(&self, path: &str) -> String {
        format!("{}/{}", self.0, path.trim_start_matches('/'))
    }

    /// Whether an address is one of the same host.
    pub fn is_home_of(&self, address: &str) -> bool {
        let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
        origin(address).is_some_and(|of| Some(of) == origin(&self.0))
    }

    /// An address of the same host from an absolute path that an answer named; scheme and host stay ours.
    pub fn at_root(&self, path_and_query: &str) -> String {
        let root = Url::parse(&self.0).ok().map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        format!("{root}/{}", path_and_query.trim_start_matches('/'))
    }
}

/// Adds query parameters, encoded.
pub fn with_query(address: &str, params: &[(&str, &str)]) -> String {
    Url::parse_with_params(address, params).map(String::from).unwrap_or_else(|_| address.to_owned())
}

fn gate(url: &Url) -> Option<Gate> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let password = decoded(url.password().unwrap_or_default());
    (!url.username().is_empty()).then(|| Gate { user: decoded(url.username()), password: password.into() })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn credentials_are_split_off_and_decoded() {
        let (base, gate) = BaseUrl::parse("https://us%40er:p%3Aw%2Fd@stage.acme.test/sub/").expect("an address");
        assert_eq!(base.as_str(), "https://stage.acme.test/sub");
        let gate = gate.expect("credentials");
        assert_eq!((gate.user.as_str(), gate.password.expose_secret()), ("us@er", "p:w/d"));
        assert!(!format!("{gate:?}").contains("p:w/d"));
    }

    #[test]
    fn a_base_url_has_no_query_and_is_http() {
        assert!(BaseUrl::parse("https://acme.test/?a=1").is_err());
        assert!(BaseUrl::parse("ftp://acme.test").is_err());
        assert!(BaseUrl::parse("acme.test").is_err());
        assert!(!BaseUrl::parse("https://user:geheim@acme.test:99999/").expect_err("no port").contains("geheim"));
    }

    #[test]
    fn an_address_from_an_answer_stays_on_the_host() {
        let (base, _) = BaseUrl::parse("http://127.0.0.1:8080/org").expect("an address");
        assert_eq!(base.at_root("/services/data/next"), "http://127.0.0.1:8080/services/data/next");
        assert!(base.is_home_of("http://127.0.0.1:8080/t5/a.png"));
        for elsewhere in ["http://127.0.0.1:8081/a.png", "https://127.0.0.1:8080/a.png", "/a.png", "data:text/plain,a"]
        {
            assert!(!base.is_home_of(elsewhere), "{elsewhere}");
        }
        assert_eq!(base.join("/services"), "http://127.0.0.1:8080/org/services");
        assert_eq!(
            with_query(&base.join("q"), &[("q", "a = 'b&c' +")]),
            "http://127.0.0.1:8080/org/q?q=a+%3D+%27b%26c%27+%2B"
        );
    }
}
