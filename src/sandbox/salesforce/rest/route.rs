//! From a call to its answer: version, session, quota, resource.

use jiff::Timestamp;

use super::super::bulk;
use super::super::call::Call;
use super::super::oauth;
use super::super::refusal::Refusal;
use super::super::replication;
use super::super::reply::Reply;
use super::super::soap;
use super::super::state::State;
use super::{
    batch, collections, composite, describe, events, graph, layouts, limits, query, records, search, tree, upsert,
    versions,
};

/// What one resource needs to answer.
pub struct Visit<'a> {
    pub state: &'a mut State,
    pub call: &'a Call,
    /// Scheme and host that the client came to.
    pub base: &'a str,
    pub version: u32,
    pub now: Timestamp,
}

impl Visit<'_> {
    /// The path of the version asked for, which URLs in the answer repeat.
    pub fn root(&self) -> String {
        format!("/services/data/v{}.0", self.version)
    }

    fn one_of(&self, allowed: &[&str]) -> Result<(), Refusal> {
        if allowed.contains(&self.call.method.as_str()) {
            return Ok(());
        }
        Err(Refusal::method(&self.call.method, &allowed.join(",")))
    }
}

/// Answers any call to the org; `base` is scheme and host that the client came to.
pub fn answer(state: &mut State, call: &Call, base: &str, now: Timestamp) -> Reply {
    match call.lower().as_slice() {
        ["services", "oauth2", endpoint] => oauth::answer(state, call, endpoint, base, now),
        ["services", "soap", "u", version, ..] => soap::answer(state, call, version, base, now),
        ["id", _, _] => oauth::identity(state, call, base, now),
        [".well-known", "openid-configuration"] => oauth::discovery(base),
        ["services", "data"] => Reply::ok(versions::list()),
        ["services", "data", version, ..] => {
            let limited = match enter(state, call, version, now) {
                Ok(version) => visit(&mut Visit { state, call, base, version, now }),
                Err(refusal) => refusal.into(),
            };
            let (used, limit) = (state.quota.used(now), state.switches.daily_limit);
            limited.header("Sforce-Limit-Info", format!("api-usage={used}/{limit}"))
        }
        _ => Refusal::not_found().into(),
    }
}

/// The version, when the session lives and the quota is not used up.
fn enter(state: &mut State, call: &Call, version: &str, now: Timestamp) -> Result<u32, Refusal> {
    let version = versions::read(version)?;
    let token = call.bearer().or_else(|| call.header("x-sfdc-session"));
    let ttl = state.switches.session_ttl_min;
    if !token.is_some_and(|token| state.sessions.touch(token, now, ttl)) {
        return Err(Refusal::no_session());
    }
    if !state.quota.spend(now, state.switches.daily_limit) {
        return Err(Refusal::used_up());
    }
    Ok(version)
}

/// Answers by the resource that the call's path names below the version.
pub fn visit(visit: &mut Visit<'_>) -> Reply {
    let lower = visit.call.lower();
    resource(visit, lower.get(3..).unwrap_or_default()).unwrap_or_else(Reply::from)
}

fn resource(visit: &mut Visit<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    // Resources are known in any case; names, values and ids are read, and told again, as they were sent.
    let named = visit.call.segments.get(3..).unwrap_or_default();
    match rest {
        [] => visit.one_of(&["GET", "HEAD"]).map(|()| versions::resources(visit)),
        ["sobjects"] => visit.one_of(&["GET", "HEAD"]).map(|()| describe::all(visit)),
        ["sobjects", _] => match visit.call.method.as_str() {
            "POST" => records::create(visit, &named[1]),
            _ => visit.one_of(&["GET", "HEAD", "POST"]).and_then(|()| describe::basic(visit, &named[1])),
        },
        ["sobjects", _, "describe"] => visit.one_of(&["GET", "HEAD"]).and_then(|()| describe::full(visit, &named[1])),
        ["sobjects", _, "updated"] => {
            visit.one_of(&["GET"])?;
            replication::updated(visit, replication::object(&named[1])?)
        }
        ["sobjects", _, "deleted"] => {
            visit.one_of(&["GET"])?;
            replication::deleted(visit, replication::object(&named[1])?)
        }
        ["sobjects", _, "id"] => visit.one_of(&["POST"]).and_then(|()| records::create(visit, &named[1])),
        ["sobjects", _, "describe", "layouts"] => {
            visit.one_of(&["GET", "HEAD"]).and_then(|()| layouts::mappings(visit, &named[1]))
        }
        ["ui-api", "object-info", _, "picklist-values", _] => {
            visit.one_of(&["GET"]).and_then(|()| layouts::picklist_values(visit, &named[2], &named[4]))
        }
        ["sobjects", _, "eventschema"] => visit.one_of(&["GET"]).and_then(|()| events::of_object(visit, &named[1])),
        ["event", "eventschema", _] => visit.one_of(&["GET"]).and_then(|()| events::with_id(visit, &named[2])),
        ["sobjects", _, _] => {
            visit.one_of(&["GET", "HEAD", "PATCH", "DELETE"])?;
            match visit.call.method.as_str() {
                // What is left of an upsert's address when its key is blank.
                "PATCH" if records::key(&named[1], &named[2]).is_ok() => {
                    upsert::upsert(visit, &named[1], &named[2], "")
                }
                _ => records::one(visit, &named[1], &named[2]),
            }
        }
        ["sobjects", _, _, _] => {
            visit.one_of(&["GET", "HEAD", "PATCH", "DELETE"])?;
            match visit.call.method.as_str() {
                "PATCH" => upsert::upsert(visit, &named[1], &named[2], &named[3]),
                "GET" if records::is_file(&named[1], &named[3]) => {
                    records::file(visit, &named[1], &named[2], &named[3])
                }
                _ => records::by_external_id(visit, &named[1], &named[2], &named[3]),
            }
        }
        ["query"] => visit.one_of(&["GET", "HEAD"]).and_then(|()| query::first(visit, false)),
        ["queryall"] => visit.one_of(&["GET", "HEAD"]).and_then(|()| query::first(visit, true)),
        ["query" | "queryall", _] => visit.one_of(&["GET", "HEAD"]).and_then(|()| query::next(visit, &named[1])),
        ["jobs", rest @ ..] => bulk::answer(visit, rest),
        ["tooling"] => visit.one_of(&["GET", "HEAD"]).map(|()| versions::tooling(visit)),
        ["tooling", "query"] => visit.one_of(&["GET", "HEAD"]).map(|()| versions::nothing()),
        ["search"] => visit.one_of(&["GET", "HEAD"]).and_then(|()| search::search(visit)),
        ["parameterizedsearch"] => visit.one_of(&["GET", "POST"]).and_then(|()| search::parameterized(visit)),
        ["limits"] => visit.one_of(&["GET"]).map(|()| limits::limits(visit)),
        ["limits", "recordcount"] => visit.one_of(&["GET"]).map(|()| limits::record_count(visit)),
        ["composite"] => visit.one_of(&["POST"]).and_then(|()| composite::run(visit)),
        ["composite", "sobjects"] => match visit.call.method.as_str() {
            "POST" => collections::create(visit),
            "PATCH" => collections::update(visit),
            "DELETE" => collections::delete(visit),
            _ => visit.one_of(&["POST", "PATCH", "DELETE"]).map(|()| Reply::empty()),
        },
        ["composite", "batch"] => visit.one_of(&["POST"]).and_then(|()| batch::run(visit)),
        ["composite", "graph"] => visit.one_of(&["POST"]).and_then(|()| graph::run(visit)),
        ["composite", "tree", _] => visit.one_of(&["POST"]).and_then(|()| tree::create(visit, &named[2])),
        ["composite", "sobjects", _, _] => {
            visit.one_of(&["PATCH"])?;
            collections::upsert(visit, &named[2], &named[3])
        }
        ["composite", "sobjects", _] => {
            visit.one_of(&["GET", "POST"])?;
            collections::retrieve(visit, &named[2])
        }
        _ => Err(Refusal::not_found()),
    }
}
