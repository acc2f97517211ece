//! Addresses, sizes and languages as people write them: `ana@people.test`, `https://acme.example`, `10 MB`, `de`.

use url::Url;

use crate::problem::Problem;
use crate::rules::codes;
use crate::rules::written;
use crate::rules::yaml::Node;

const UNITS: [(&str, i64); 4] = [("bytes", 1), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];

/// An amount of data in bytes: `4000 bytes`, `10 MB`.
pub fn size(node: &Node) -> Result<i64, Problem> {
    let text = node.text().unwrap_or(node.kind()).trim();
    let bytes = text.split_once(' ').and_then(|(count, unit)| {
        let (_, bytes) = UNITS.iter().find(|(name, _)| *name == unit.trim())?;
        count.parse::<i64>().ok().filter(|count| *count > 0)?.checked_mul(*bytes)
    });
    bytes.ok_or_else(|| {
        let problem = Problem::new(codes::SIZE, &node.at, format!("`{text}` is not a size"));
        problem.because("a size needs its unit").next("`10 MB`; `bytes`, `KB`, `MB` and `GB` are known")
    })
}

/// An address of the web, with `https` or `http`.
pub fn url(node: &Node) -> Result<&str, Problem> {
    let text = written::text(node)?;
    let is_one = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    is_one.then_some(text).ok_or_else(|| {
        let problem = Problem::new(codes::ADDRESS, &node.at, format!("`{text}` is not an address of the web"));
        problem.next("write it whole: `https://community.acme.example/help`")
    })
}

/// One e-mail address, without a name beside it.
pub fn email(node: &Node) -> Result<&str, Problem> {
    let text = written::text(node)?;
    let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
    let parts = text.split_once('@').filter(|(name, host)| !name.is_empty() && host.contains('.') && is_plain);
    let is_host = |host: &str| !host.contains('@') && !host.starts_with('.') && !host.ends_with('.');
    parts.filter(|(_, host)| is_host(host)).map(|_| text).ok_or_else(|| {
        let problem = Problem::new(codes::ADDRESS, &node.at, format!("`{text}` is not an e-mail address"));
        problem.next("one address and nothing else: `support@acme.example`")
    })
}

/// A language by its code: `de`, `pt-BR`.
pub fn language(node: &Node) -> Result<&str, Problem> {
    let text = written::text(node)?;
    let mut parts = text.split(['-', '_']);
    let is_code = |part: &str| matches!(part.len(), 2 | 3) && part.chars().all(|c| c.is_ascii_lowercase());
    let is_part = |part: &str| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    let is_one = parts.next().is_some_and(is_code) && parts.all(is_part);
    is_one.then_some(text).ok_or_else(|| {
        let problem = Problem::new(codes::LANGUAGE, &node.at, format!("`{text}` is not a language"));
        problem.because("a language is named by its code").next("`de`, `en-US`")
    })
}
