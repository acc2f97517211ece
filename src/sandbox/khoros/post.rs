//! Sends one POST to a receiver on this machine: events leave the sandbox, but never the computer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::{Host, Url};

const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_ANSWER: u64 = 1024 * 1024;

/// An address on this machine, over plain HTTP.
#[derive(Clone, Debug)]
pub struct Loopback(Url);

impl Loopback {
    /// Nothing for an address elsewhere.
    pub fn parse(text: &str) -> Option<Self> {
        let url: Url = text.parse().ok()?;
        let here = match url.host()? {
            Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
        };
        (here && url.scheme() == "http").then_some(Self(url))
    }

    pub fn url(&self) -> &str {
        self.0.as_str()
    }

    fn address(&self) -> Option<SocketAddr> {
        let ip = match self.0.host()? {
            Host::Ipv4(ip) => IpAddr::from(ip),
            Host::Ipv6(ip) => IpAddr::from(ip),
            Host::Domain(_) => Ipv4Addr::LOCALHOST.into(),
        };
        Some((ip, self.0.port_or_known_default()?).into())
    }

    /// Posts a body; gives HTTP status and text of the answer, or nothing if there was none in time.
    pub async fn post(&self, headers: &[(String, String)], body: &[u8]) -> Option<(u16, String)> {
        tokio::time::timeout(PATIENCE, self.exchange(headers, body)).await.ok()?
    }

    async fn exchange(&self, headers: &[(String, String)], body: &[u8]) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(self.address()?).await.ok()?;
        let query = self.0.query().map(|query| format!("?{query}")).unwrap_or_default();
        let port = self.0.port().map(|port| format!(":{port}")).unwrap_or_default();
        // HTTP/1.0: the answer comes unchunked and ends with the connection.
        let mut head = format!(
            "POST {}{query} HTTP/1.0\r\nHost: {}{port}\r\nContent-Length: {}\r\n",
            self.0.path(),
            self.0.host_str()?,
            body.len()
        );
        for (name, value) in headers.iter().filter(|(name, value)| is_header(name) && is_header(value)) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(body).await.ok()?;
        let mut answer = Vec::new();
        stream.take(LONGEST_ANSWER).read_to_end(&mut answer).await.ok()?;
        let text = String::from_utf8_lossy(&answer);
        let (head, body) = text.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }
}

/// A line break would start another header.
fn is_header(text: &str) -> bool {
    !text.contains(['\r', '\n', '\0'])
}

#[cfg(test)]
mod tests {
    use super::Loopback;

    #[test]
    fn only_addresses_on_this_machine_are_taken() {
        for here in ["http://127.0.0.1:9000/hook", "http://localhost/x?y=1", "http://[::1]:80/"] {
            assert!(Loopback::parse(here).is_some(), "{here}");
        }
        for elsewhere in
            ["http://example.org/", "https://127.0.0.1/", "http://127.0.0.1.example.org/", "http://10.0.0.1/", "x"]
        {
            assert!(Loopback::parse(elsewhere).is_none(), "{elsewhere}");
        }
    }
}
