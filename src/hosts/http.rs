//! The network, on reqwest: one Client, no redirects, no repeats, honest about what may have been applied.
//!
//! What an answer means is for each host to say; waiting and repeating is the engine's.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::error::Error as _;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use secrecy::ExposeSecret;

use crate::hosts::allow_hosts::AllowHosts;
use crate::ports::{Boxed, Http, HttpAnswer, HttpBody, HttpFailure, HttpRequest};

const CONNECT: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(30);
/// No answer of either host is longer; more would only fill memory.
const LONGEST: usize = 64 << 20;

/// The real network.
#[derive(Clone)]
pub struct Web {
    client: reqwest::Client,
    allowed: Arc<AllowHosts>,
}

impl Web {
    /// The network towards these hosts only. Fails on a machine without certificate authorities.
    pub fn new(allowed: AllowHosts) -> Result<Self, HttpFailure> {
        Web::looking_up(allowed, Arc::new(|host| Box::pin(look_up(host))))
    }

    /// The same with another way from names to addresses.
    pub fn looking_up(allowed: AllowHosts, look_up: LookUp) -> Result<Self, HttpFailure> {
        let allowed = Arc::new(allowed);
        let client = reqwest::Client::builder()
            .user_agent(concat!("casebridge/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .http1_only()
            .gzip(true)
            .dns_resolver(Resolver { allowed: allowed.clone(), look_up })
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .build()
            .map_err(|error| HttpFailure::NotSent(no_client(&error)))?;
        Ok(Web { client, allowed })
    }

    async fn exchange(self, request: HttpRequest) -> Result<HttpAnswer, HttpFailure> {
        let url = self.allowed.check(&request.url).map_err(HttpFailure::Forbidden)?;
        let longest = request.longest;
        let built = build(&self.client, url, request)?;
        let answer = self.client.execute(built).await.map_err(failure)?;
        refuse_redirect(&answer)?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = whole_body(answer, longest).await?;
        Ok(HttpAnswer { status, headers: texts(&headers), body })
    }
}

impl Http for Web {
    fn send(&self, request: HttpRequest) -> Boxed<Result<HttpAnswer, HttpFailure>> {
        Box::pin(self.clone().exchange(request))
    }
}

/// From a name to its addresses.
pub type LookUp = Arc<dyn Fn(String) -> Boxed<io::Result<Vec<IpAddr>>> + Send + Sync>;

async fn look_up(host: String) -> io::Result<Vec<IpAddr>> {
    Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
}

/// Gives the connection the very addresses that were checked: what a name means may change between two questions.
struct Resolver {
    allowed: Arc<AllowHosts>,
    look_up: LookUp,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, found) = (self.allowed.clone(), (self.look_up)(name.as_str().to_owned()));
        Box::pin(async move {
            let found = found.await?;
            allowed.check_addresses(name.as_str(), &found).map_err(Elsewhere)?;
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// A host that lies where it must not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Elsewhere(String);

fn build(client: &reqwest::Client, url: reqwest::Url, request: HttpRequest) -> Result<reqwest::Request, HttpFailure> {
    let unfit = |what: &str| HttpFailure::NotSent(format!("{what} cannot be sent"));
    let method = reqwest::Method::from_bytes(request.method.as_bytes()).map_err(|_| unfit("the method"))?;
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        headers.insert(header_name(name)?, HeaderValue::from_str(value).map_err(|_| unfit(name))?);
    }
    for (name, secret) in &request.secret_headers {
        let mut value = HeaderValue::from_str(secret.expose_secret()).map_err(|_| unfit(name))?;
        value.set_sensitive(true);
        headers.insert(header_name(name)?, value);
    }
    let mut builder = client.request(method, url).headers(headers);
    if let Some(timeout) = request.timeout {
        builder = builder.timeout(timeout);
    }
    builder = match &request.body {
        HttpBody::None => builder,
        HttpBody::Json(json) => builder.json(json),
        HttpBody::Form(fields) => {
            let fields: Vec<_> = fields.iter().map(|(name, secret)| (name, secret.expose_secret())).collect();
            builder.form(&fields)
        }
        HttpBody::Xml(text) => {
            builder.header(CONTENT_TYPE, "text/xml; charset=UTF-8").body(text.expose_secret().to_owned())
        }
    };
    builder.build().map_err(failure)
}

fn header_name(name: &str) -> Result<HeaderName, HttpFailure> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| HttpFailure::NotSent(format!("header `{name}` cannot be sent")))
}

/// A redirect is an answer from elsewhere: it is never followed, and never taken for an answer. Maintenance pages come
/// as redirects, so it passes; whether a write was applied before it, nobody knows.
fn refuse_redirect(answer: &reqwest::Response) -> Result<(), HttpFailure> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(());
    }
    let target = answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = answer.url().join(target).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    Err(HttpFailure::Redirected(format!("answered with a redirect to {host}, which is not followed")))
}

/// The headers as texts. One that comes again goes on a line of its own: a cookie may hold commas.
fn texts(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        match texts.entry(name.as_str().to_owned()) {
            Entry::Vacant(entry) => _ = entry.insert(value.into_owned()),
            Entry::Occupied(entry) => *entry.into_mut() += &format!("\n{value}"),
        }
    }
    texts
}

/// The rest of an answer that is too long is left in the line, which is closed with it.
async fn whole_body(mut answer: reqwest::Response, longest: Option<usize>) -> Result<Vec<u8>, HttpFailure> {
    let too_long = || match longest {
        Some(longest) => HttpFailure::TooLong(format!("the answer is longer than {longest} bytes")),
        None => HttpFailure::Lost(format!("the answer is longer than {} MB", LONGEST >> 20)),
    };
    let longest = longest.unwrap_or(LONGEST);
    // Who says that it sends too much is not listened to at all.
    if answer.content_length().is_some_and(|length| length > longest as u64) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(failure)? {
        if body.len() + piece.len() > longest {
            return Err(too_long());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Only what failed before a byte was sent is *not sent*; everything else may have been applied.
fn failure(error: reqwest::Error) -> HttpFailure {
    if let Some(Elsewhere(why)) = causes(&error).find_map(|cause| cause.downcast_ref::<Elsewhere>()) {
        return HttpFailure::Forbidden(why.clone());
    }
    let said = words(&error);
    match error.is_connect() || error.is_builder() {
        true => HttpFailure::NotSent(said),
        false => HttpFailure::Lost(said),
    }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

/// The innermost cause, without the address, which may hold a query.
fn words(error: &reqwest::Error) -> String {
    let innermost = causes(error).last().map(ToString::to_string);
    match (error.is_timeout(), error.is_connect(), innermost) {
        (true, true, _) => format!("no connection within {} s", CONNECT.as_secs()),
        (true, false, _) => "no answer in time".to_owned(),
        (false, true, said) => format!("no connection: {}", said.unwrap_or_default()),
        (false, false, Some(said)) => format!("the connection broke: {said}"),
        (false, false, None) => "the connection broke".to_owned(),
    }
}

fn no_client(error: &reqwest::Error) -> String {
    format!("this machine trusts no certificate authority ({}): install ca-certificates", words(error))
}
