//! Several calls in one, later ones using what earlier ones answered (sheet 7.1). Counts as one call.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::ordered::Json;
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::reference;
use super::route::{self, Visit};
use super::versions;

/// What became of the parts of a composite or the nodes of a graph.
pub struct Done {
    pub answers: Vec<Json>,
    pub good: bool,
}

/// One call of the envelope, its references not yet filled in.
pub struct Part {
    name: String,
    pub method: String,
    pub url: String,
    headers: HeaderMap,
    body: Value,
}

/// Runs the parts in their order, which `collateSubrequests` allows too.
pub fn run(visit: &mut Visit<'_>) -> Result<Reply, Refusal> {
    let mut envelope = visit.call.json_object()?;
    let all_or_none = envelope.get("allOrNone") == Some(&Value::Bool(true));
    let parts = parts(envelope.remove("compositeRequest"))?;
    check_counts(&parts)?;
    let answers = run_parts(visit, &parts, all_or_none).answers;
    Ok(Reply::ok(Json::fields([("compositeResponse", Json::List(answers))])))
}

/// Runs the parts; with all or none one that fails takes the others back.
pub fn run_parts(visit: &mut Visit<'_>, parts: &[Part], all_or_none: bool) -> Done {
    let start = visit.state.org.savepoint();
    let mut answers: Map<String, Value> = Map::new();
    let mut replies = Vec::with_capacity(parts.len());
    let mut culprit = None;
    for (place, part) in parts.iter().enumerate() {
        let reply = match filled(part, &answers, all_or_none) {
            Ok(call) => answer(visit, &call),
            Err(refusal) => refusal.into(),
        };
        if reply.status < 300 {
            answers.insert(part.name.clone(), reply.body.clone().map(Json::into_value).unwrap_or_default());
        }
        let stop = all_or_none && failed(&reply);
        replies.push(reply);
        if stop {
            culprit = Some(place);
            break;
        }
    }
    if let Some(culprit) = culprit {
        visit.state.org.go_back(start);
        halt_others(&mut replies, culprit, parts.len());
    } else {
        visit.state.org.keep(start);
    }
    let good = replies.iter().all(|reply| !failed(reply));
    Done { answers: parts.iter().zip(replies).map(|(part, reply)| shown(part, reply)).collect(), good }
}

/// A collection says 200 even where a record failed.
fn failed(reply: &Reply) -> bool {
    let items = match &reply.body {
        Some(Json::Plain(Value::Array(items))) => items.as_slice(),
        _ => &[],
    };
    reply.status >= 300 || items.iter().any(|item| item.get("success") == Some(&Value::Bool(false)))
}

/// The answers of parts that were not tried.
pub fn halted(parts: &[Part]) -> Vec<Json> {
    let message = "The transaction was rolled back since another operation in the same transaction failed.";
    let reply = Reply::from(Refusal::new("PROCESSING_HALTED", message));
    parts.iter().map(|part| shown(part, reply.clone())).collect()
}

fn halt_others(replies: &mut Vec<Reply>, culprit: usize, all: usize) {
    let message = "The transaction was rolled back since another operation in the same transaction failed.";
    let halted = Reply::from(Refusal::new("PROCESSING_HALTED", message));
    replies.resize(all, halted.clone());
    for (_, reply) in replies.iter_mut().enumerate().filter(|(place, _)| *place != culprit) {
        *reply = halted.clone();
    }
}

fn shown(part: &Part, reply: Reply) -> Json {
    let headers: Map<String, Value> =
        reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    Json::fields([
        ("body", reply.body.unwrap_or(Value::Null.into())),
        ("httpHeaders", headers.into()),
        ("httpStatusCode", reply.status.into()),
        ("referenceId", part.name.as_str().into()),
    ])
}

/// Answered as if it had come alone, but without another look at session and quota.
pub fn answer(visit: &mut Visit<'_>, call: &Call) -> Reply {
    let version = match call.lower().as_slice() {
        ["services", "data", _, "composite"] | ["services", "data", _, "composite", "batch" | "tree" | "graph", ..] => {
            Err(Refusal::not_found())
        }
        ["services", "data", version, ..] => versions::read(version),
        _ => Err(Refusal::not_found()),
    };
    match version {
        Ok(version) => {
            let (base, now) = (visit.base, visit.now);
            route::visit(&mut Visit { state: &mut *visit.state, call, base, version, now }).read_again()
        }
        Err(refusal) => refusal.into(),
    }
}

fn filled(part: &Part, answers: &Map<String, Value>, all_or_none: bool) -> Result<Call, Refusal> {
    let url = reference::fill_text(&part.url, answers)?;
    let mut body = reference::fill(&part.body, answers)?;
    let collection = is_collection(&part.url);
    if let Some(body) = body.as_object_mut().filter(|_| all_or_none && collection) {
        body.insert("allOrNone".into(), true.into());
    }
    Ok(Call::new(&part.method, &url, part.headers.clone(), body.to_string().into_bytes()))
}

fn is_collection(url: &str) -> bool {
    url.to_lowercase().contains("/composite/sobjects")
}

fn is_query(url: &str) -> bool {
    let url = url.to_lowercase();
    url.contains("/query/") || url.contains("/query?") || url.contains("/queryall")
}

/// Reads the envelope; what is wrong here fails the whole call.
pub fn parts(requests: Option<Value>) -> Result<Vec<Part>, Refusal> {
    let Some(Value::Array(requests)) = requests else {
        return Err(Refusal::unreadable("The request is missing the property `compositeRequest`"));
    };
    let parts: Vec<Part> = requests.iter().map(part).collect::<Result<_, _>>()?;
    let mut names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Refusal::new("INVALID_INPUT", "The reference ids of subrequests must be unique"));
    }
    Ok(parts)
}

/// 25 calls, at most 5 of them queries or collections.
fn check_counts(parts: &[Part]) -> Result<(), Refusal> {
    if parts.len() > 25 {
        return Err(Refusal::new("INVALID_INPUT", "The number of subrequests must not exceed 25"));
    }
    let heavy = parts.iter().filter(|part| is_collection(&part.url) || is_query(&part.url)).count();
    if heavy > 5 {
        let message = "The number of query and sObject Collections subrequests must not exceed 5";
        return Err(Refusal::new("INVALID_INPUT", message));
    }
    Ok(())
}

fn part(request: &Value) -> Result<Part, Refusal> {
    let text = |name: &str| {
        let missing = || Refusal::new("INVALID_INPUT", format!("Every subrequest needs a `{name}`"));
        request.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(missing)
    };
    let name = text("referenceId")?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(Refusal::new(
            "INVALID_INPUT",
            format!("Provided referenceId ('{name}') must start and be made of letters, numbers and underscores only"),
        ));
    }
    let body = request.get("body").cloned().unwrap_or_default();
    let method = text("method")?;
    // Methods are in capitals (sheet 7.1).
    if !["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"].contains(&method.as_str()) {
        return Err(Refusal::new("INVALID_INPUT", format!("`{method}` is no method of a subrequest")));
    }
    Ok(Part { name, method, url: text("url")?, headers: headers(request)?, body })
}

fn headers(request: &Value) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::new();
    for (name, value) in request.get("httpHeaders").and_then(Value::as_object).into_iter().flatten() {
        let own = ["accept", "authorization", "content-type"].iter().any(|own| name.eq_ignore_ascii_case(own));
        let pair = HeaderName::from_bytes(name.as_bytes())
            .ok()
            .zip(HeaderValue::from_str(value.as_str().unwrap_or_default()).ok());
        match pair {
            Some((name, value)) if !own => headers.insert(name, value),
            _ => {
                return Err(Refusal::new(
                    "INVALID_INPUT",
                    format!("The header `{name}` is not allowed in a subrequest"),
                ));
            }
        };
    }
    Ok(headers)
}
