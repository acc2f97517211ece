//! Up to 25 calls in one, each on its own and each counted as one (sheet 7.5).

use axum::http::HeaderMap;
use serde_json::Value;

use super::super::call::Call;
use super::super::ordered::Json;
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::composite;
use super::route::Visit;

pub fn run(visit: &mut Visit<'_>) -> Result<Reply, Refusal> {
    let mut envelope = visit.call.json_object()?;
    let halts = envelope.get("haltOnError") == Some(&Value::Bool(true));
    let Some(Value::Array(requests)) = envelope.remove("batchRequests") else {
        return Err(Refusal::unreadable("The request is missing the property `batchRequests`"));
    };
    if requests.len() > 25 {
        let message = "The number of subrequests in the batch must not exceed 25";
        return Err(Refusal::new("INVALID_BATCH_REQUEST", message));
    }
    let calls: Vec<Call> = requests.iter().map(call).collect::<Result<_, _>>()?;
    let (mut results, mut failures) = (Vec::with_capacity(calls.len()), 0);
    for (place, call) in calls.iter().enumerate() {
        let reply = match halts && failures > 0 {
            true => Refusal::new("BATCH_PROCESSING_HALTED", "Batch processing halted per request").status(412).into(),
            false => one(visit, call, place),
        };
        failures += usize::from(reply.status >= 400);
        let result = reply.body.unwrap_or(Value::Null.into());
        results.push(Json::fields([("statusCode", reply.status.into()), ("result", result)]));
    }
    Ok(Reply::ok(Json::fields([("hasErrors", (failures > 0).into()), ("results", Json::List(results))])))
}

/// The first call was paid for with the batch.
fn one(visit: &mut Visit<'_>, call: &Call, place: usize) -> Reply {
    match place == 0 || visit.state.quota.spend(visit.now, visit.state.switches.daily_limit) {
        true => composite::answer(visit, call),
        false => Refusal::used_up().into(),
    }
}

/// Addresses begin with the version, or with the whole path.
fn call(request: &Value) -> Result<Call, Refusal> {
    let text = |name: &str| {
        let missing = || Refusal::new("INVALID_BATCH_REQUEST", format!("Every subrequest needs a `{name}`"));
        request.get(name).and_then(Value::as_str).ok_or_else(missing)
    };
    let (method, url) = (text("method")?, text("url")?.trim_start_matches('/'));
    let url = if url.starts_with("services/") { format!("/{url}") } else { format!("/services/data/{url}") };
    let body = request.get("richInput").map(Value::to_string).unwrap_or_default();
    Ok(Call::new(method, &url, HeaderMap::new(), body.into_bytes()))
}
