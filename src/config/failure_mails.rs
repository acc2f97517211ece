//! `failure_mails:`: who hears of a halted connection, and by which mail server (CON-7); `mail_to:`, whom rules write to
//! through the same one.

use std::net::IpAddr;

use lettre::Address;

use crate::config::{Reading, Secret, codes};
use crate::problem::{Place, Problem};
use crate::rules::codes as rule_codes;
use crate::rules::written;
use crate::rules::yaml::{Key, Node, Shape};

pub const MAIL_KEYS: &[&str] = &["to", "from", "smtp"];
pub const SMTP_KEYS: &[&str] = &["host", "port", "tls", "user", "password"];
/// How the mail server is spoken to.
pub const TLS: &[(&str, Tls)] = &[("none", Tls::None), ("starttls", Tls::StartTls), ("implicit", Tls::Implicit)];

/// Whom to tell of failures.
#[derive(Clone, Debug)]
pub struct FailureMails {
    pub to: Vec<String>,
    pub from: String,
    pub smtp: Smtp,
}

/// The mail server.
#[derive(Clone, Debug)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub login: Option<(String, Secret)>,
}

/// Whether and how the way to the mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    None,
    StartTls,
    Implicit,
}

/// Reads the section.
pub(super) fn read(reading: &mut Reading, node: &Node) -> Option<FailureMails> {
    reading.known_keys(node, MAIL_KEYS, "`failure_mails`");
    let key = Key { name: "failure_mails".into(), at: node.at.clone() };
    let to = addresses(reading, &key, node);
    let from = match node.get("from") {
        Some(node) => address(reading, &node.at, node.text().unwrap_or(node.kind())),
        None => Some("casebridge@localhost".to_owned()),
    };
    let Some(smtp) = node.get("smtp") else {
        return reading.missing(&key, "smtp", "`smtp: { host: localhost, port: 25 }`");
    };
    Some(FailureMails { to, from: from?, smtp: server(reading, &key, smtp)? })
}

/// A list, or one text with commas as the vendor writes it; each of them is looked at.
fn addresses(reading: &mut Reading, key: &Key, node: &Node) -> Vec<String> {
    let Some(to) = node.get("to") else {
        return reading.missing(key, "to", "`to: [ops@acme.example]`").unwrap_or_default();
    };
    let parts = listed(to);
    if parts.is_empty() {
        let problem = Problem::new(codes::MAIL_ADDRESS, &to.at, "nobody would get the mails");
        reading.problems.push(problem.next("`to: [ops@acme.example]`, or leave `failure_mails` out"));
    }
    parts.into_iter().filter_map(|(at, text)| address(reading, at, text)).collect()
}

fn listed(node: &Node) -> Vec<(&Place, &str)> {
    match &node.shape {
        Shape::List(items) => items.iter().map(|item| (&item.at, item.text().unwrap_or(item.kind()))).collect(),
        _ => node.text().unwrap_or(node.kind()).split(',').map(|part| (&node.at, part.trim())).collect(),
    }
}

/// Whom rules may write to; nobody unless it is said. The mail server is that of the failure mails.
pub(super) fn mail_to(reading: &mut Reading, file: &Node) -> Vec<String> {
    let Some((key, node)) = file.entries().iter().find(|(key, _)| key.name == "mail_to") else { return vec![] };
    let parts = listed(node);
    if !parts.is_empty() && file.get("failure_mails").is_none() {
        let problem = Problem::new(rule_codes::MISSING_KEY, &key.at, "`mail_to` needs a mail server");
        let next =
            "`failure_mails: { to: [ops@acme.example], smtp: { host: localhost, port: 25 } }`: rules mail through it";
        reading.problems.push(problem.next(next));
    }
    parts.into_iter().filter_map(|(at, text)| address(reading, at, text)).collect()
}

/// Whether a mail server is this machine, so that nothing leaves it before it says so.
pub fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn address(reading: &mut Reading, at: &Place, text: &str) -> Option<String> {
    if text.parse::<Address>().is_ok() {
        return Some(text.to_owned());
    }
    let problem = Problem::new(codes::MAIL_ADDRESS, at, format!("`{text}` is not a mail address"));
    reading.problems.push(problem.next("such as `ops@acme.example`; several stand in a list"));
    None
}

fn server(reading: &mut Reading, key: &Key, node: &Node) -> Option<Smtp> {
    reading.known_keys(node, SMTP_KEYS, "`smtp`");
    let host = reading.required(key, node, "host");
    let tls = node.get("tls").and_then(|node| reading.keep(written::word(node, TLS))).unwrap_or(Tls::None);
    let usual = match tls {
        Tls::None => 25,
        Tls::StartTls => 587,
        Tls::Implicit => 465,
    };
    let port = node.get("port").map_or(usual, |node| port(reading, node));
    let user = reading.optional(node, "user");
    let password = reading.optional_secret(node, "password");
    let login = match (user, password) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        (Some(_), None) => reading.missing(key, "password", "`password: { env: NAME }` beside `user`"),
        (None, Some(_)) => reading.missing(key, "user", "`user: …` beside `password`"),
    };
    if login.is_some() && tls == Tls::None && !host.as_deref().is_some_and(is_this_machine) {
        let problem = Problem::new(codes::PLAIN_HTTP, &node.at, "the password would be sent without encryption");
        reading.problems.push(problem.next("`tls: starttls` or `tls: implicit`"));
    }
    Some(Smtp { host: host?, port, tls, login })
}

fn port(reading: &mut Reading, node: &Node) -> u16 {
    node.text().and_then(|text| text.parse().ok()).filter(|port| *port > 0).unwrap_or_else(|| {
        let problem = Problem::new(rule_codes::NUMBER, &node.at, "`port` is not a port");
        reading.problems.push(problem.next("a whole number from 1 to 65535, such as `587`"));
        25
    })
}
