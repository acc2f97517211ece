//! The one place that says whether an address may be called (CON-9): scheme, host and port before a call, and where the
//! host lies when it is looked up.

use std::net::{IpAddr, Ipv4Addr};

use url::Url;

/// The hosts that may be called: those that the configuration names, `allow_hosts:` and `*.my.salesforce.com`.
#[derive(Clone, Debug, Default)]
pub struct AllowHosts {
    listed: Vec<Listed>,
    allow_plain_http: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Listed {
    /// A host, or `.acme.test` for all below it.
    host: String,
    port: Port,
}

/// Which port of a host is listed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Port {
    /// The one that the scheme of the address has by default.
    Usual,
    Only(u16),
}

impl AllowHosts {
    /// The configured base URLs, and the entries of `allow_hosts:` (`host`, `host:port`, `*.host`).
    pub fn new<'a>(
        base_urls: impl IntoIterator<Item = &'a str>,
        more: impl IntoIterator<Item = &'a str>,
        allow_plain_http: bool,
    ) -> Self {
        let of_url = |text: &str| {
            let url = Url::parse(text).ok()?;
            Some(Listed { host: url.host_str()?.to_lowercase(), port: url.port().map_or(Port::Usual, Port::Only) })
        };
        let mut listed: Vec<Listed> = base_urls.into_iter().filter_map(of_url).collect();
        listed.extend(more.into_iter().map(Listed::entry));
        listed.push(Listed::entry("*.my.salesforce.com"));
        AllowHosts { listed, allow_plain_http }
    }

    /// Whether an address may be called; the text says why not.
    pub fn check(&self, address: &str) -> Result<Url, String> {
        let url = Url::parse(address).map_err(|error| format!("this is no address: {error}"))?;
        let host = url.host_str().unwrap_or_default().to_lowercase();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!("an address of {host} holds a user name"));
        }
        let is_local = matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]");
        match url.scheme() {
            "https" => {}
            "http" if is_local || self.allow_plain_http => {}
            "http" => return Err(format!("{host} would be called without encryption; `allow_plain_http` permits it")),
            other => return Err(format!("`{other}:` addresses are not called")),
        }
        match self.listed.iter().any(|listed| listed.covers(&host, &url)) {
            true => Ok(url),
            false => Err(format!("{} is not on the list of hosts; `allow_hosts` adds it", shown(&host, url.port()))),
        }
    }
}

impl AllowHosts {
    /// Whether a host may lie at these addresses; the text says why not. One that is listed by its own name may be inside
    /// a network, since communities and proxies are; one that only a wildcard covers is somebody else's word, and public.
    pub fn check_addresses(&self, host: &str, found: &[IpAddr]) -> Result<(), String> {
        let host = host.trim_end_matches('.').to_lowercase();
        let covered: Vec<&Listed> = self.listed.iter().filter(|listed| listed.covers_host(&host)).collect();
        let is_a_guess = !covered.is_empty() && covered.iter().all(|listed| listed.host.starts_with('.'));
        let wrong = |address: &&IpAddr| {
            let address = address.to_canonical();
            let is_here = address.is_loopback();
            (host == "localhost" && !is_here) || is_nobody(address) || (is_a_guess && (is_here || is_inside(address)))
        };
        match found.iter().find(wrong) {
            None => Ok(()),
            Some(address) => Err(format!(
                "{host} lies at {address}, where it is not called; `allow_hosts` with its full name permits a private address"
            )),
        }
    }
}

/// Where no host of ours ever lies: cloud machines tell secrets at link-local addresses.
fn is_nobody(address: IpAddr) -> bool {
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_broadcast(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    link_local || address.is_unspecified() || address.is_multicast()
}

fn is_inside(address: IpAddr) -> bool {
    match address {
        // 100.64.0.0/10 is for networks of providers.
        IpAddr::V4(address) => {
            address.is_private() || Ipv4Addr::from_bits(address.to_bits() & 0xffc0_0000) == Ipv4Addr::new(100, 64, 0, 0)
        }
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

impl Listed {
    fn entry(text: &str) -> Self {
        let text = text.trim().to_lowercase();
        let with_port = text.rsplit_once(':').and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
        let (host, port) = with_port.map_or((text, Port::Usual), |(host, port)| (host, Port::Only(port)));
        Listed { host: host.strip_prefix('*').unwrap_or(&host).to_owned(), port }
    }

    fn covers(&self, host: &str, url: &Url) -> bool {
        // An address does not tell a port that its scheme has anyway.
        let same_port = match self.port {
            Port::Usual => url.port().is_none(),
            Port::Only(port) => url.port_or_known_default() == Some(port),
        };
        same_port && self.covers_host(host)
    }

    fn covers_host(&self, host: &str) -> bool {
        match self.host.starts_with('.') {
            true => host.len() > self.host.len() && host.ends_with(&self.host),
            false => host == self.host,
        }
    }
}

fn shown(host: &str, port: Option<u16>) -> String {
    port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(plain: bool) -> AllowHosts {
        AllowHosts::new(
            ["https://c.acme.test/t5", "http://127.0.0.1:8080"],
            ["crm.acme.test:8443", "sso.acme.test:443", "*.b.test"],
            plain,
        )
    }

    #[test]
    fn only_listed_hosts_and_ports_are_called() {
        let hosts = hosts(false);
        for allowed in [
            "https://c.acme.test/api",
            "https://C.ACME.test/",
            "https://crm.acme.test:8443/",
            "https://sso.acme.test/",
            "https://sso.acme.test:443/",
            "https://x.b.test/",
            "https://acme.my.salesforce.com/services",
            "http://127.0.0.1:8080/x",
        ] {
            assert!(hosts.check(allowed).is_ok(), "{allowed}");
        }
        for refused in [
            "https://acme.test/",
            "https://c.acme.test:444/",
            "https://crm.acme.test/",
            "https://sso.acme.test:8443/",
            "https://b.test/",
            "https://xb.test/",
            "https://my.salesforce.com.evil.test/",
            "http://127.0.0.1:8081/",
            "https://c.acme.test@evil.test/",
            "ftp://c.acme.test/",
        ] {
            assert!(hosts.check(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn where_a_host_lies_decides_too() {
        let hosts = hosts(false);
        let lies = |host: &str, at: &str| hosts.check_addresses(host, &[at.parse().expect("an address")]);
        for (host, at) in [
            ("c.acme.test", "10.1.2.3"),
            ("c.acme.test", "127.0.0.1"),
            ("acme.my.salesforce.com", "13.110.1.1"),
            ("x.b.test", "2a00:1450::1"),
            ("localhost", "::1"),
            ("proxy.inside", "10.0.0.1"),
        ] {
            assert_eq!(lies(host, at), Ok(()), "{host} {at}");
        }
        for (host, at) in [
            ("c.acme.test", "169.254.169.254"),
            ("c.acme.test", "fe80::1"),
            ("c.acme.test", "0.0.0.0"),
            ("acme.my.salesforce.com", "10.1.2.3"),
            ("acme.my.salesforce.com", "127.0.0.1"),
            ("ACME.my.salesforce.com.", "::ffff:192.168.0.1"),
            ("x.b.test", "100.64.0.1"),
            ("x.b.test", "fd00::1"),
            ("localhost", "192.0.2.1"),
        ] {
            assert!(lies(host, at).is_err(), "{host} {at}");
        }
    }

    #[test]
    fn plain_http_needs_a_flag_away_from_this_machine() {
        let said = hosts(false).check("http://c.acme.test/").expect_err("no encryption");
        assert!(said.contains("allow_plain_http"), "{said}");
        assert!(hosts(true).check("http://c.acme.test/").is_ok());
    }

    #[test]
    fn a_refusal_does_not_show_what_is_in_the_address() {
        let said = hosts(false).check("https://user:geheim@evil.test/?key=geheim").expect_err("not listed");
        assert!(!said.contains("geheim"), "{said}");
    }
}
