//! Several composites in one call, each a transaction of its own (sheet 7.2).

use std::collections::HashSet;

use serde_json::Value;

use super::super::ordered::Json;
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::composite::{self, Part};
use super::route::Visit;

const GRAPHS: usize = 75;
const NODES: usize = 500;
const KINDS: usize = 15;
/// After so many graphs have failed the rest is not tried.
const FAILURES: usize = 14;

struct Graph {
    id: String,
    parts: Vec<Part>,
}

pub fn run(visit: &mut Visit<'_>) -> Result<Reply, Refusal> {
    let graphs = graphs(visit.call.json_object()?.remove("graphs"))?;
    let mut failures = 0;
    let mut answers = Vec::with_capacity(graphs.len());
    for graph in &graphs {
        let (parts, good) = match failures < FAILURES {
            true => {
                let done = composite::run_parts(visit, &graph.parts, true);
                (done.answers, done.good)
            }
            false => (composite::halted(&graph.parts), false),
        };
        failures += usize::from(!good);
        let response = Json::fields([("compositeResponse", Json::List(parts))]);
        let id = graph.id.as_str().into();
        answers.push(Json::fields([("graphId", id), ("graphResponse", response), ("isSuccessful", good.into())]));
    }
    Ok(Reply::ok(Json::fields([("graphs", Json::List(answers))])))
}

/// Reads the envelope; what is wrong here fails the whole call.
fn graphs(sent: Option<Value>) -> Result<Vec<Graph>, Refusal> {
    let Some(Value::Array(sent)) = sent else {
        return Err(Refusal::unreadable("The request is missing the property `graphs`"));
    };
    let graphs: Vec<Graph> = sent.into_iter().map(graph).collect::<Result<_, _>>()?;
    let nodes: usize = graphs.iter().map(|graph| graph.parts.len()).sum();
    let too_many = |what: &str, most: usize| {
        Err(Refusal::new("INVALID_INPUT", format!("The number of {what} must not exceed {most}")))
    };
    if graphs.len() > GRAPHS {
        return too_many("graphs", GRAPHS);
    }
    if nodes > NODES {
        return too_many("nodes", NODES);
    }
    let kinds: HashSet<_> = graphs.iter().flat_map(|graph| &graph.parts).map(kind).collect();
    if kinds.len() > KINDS {
        return too_many("distinct kinds of node", KINDS);
    }
    let ids: HashSet<_> = graphs.iter().map(|graph| graph.id.as_str()).collect();
    match ids.len() == graphs.len() {
        true => Ok(graphs),
        false => Err(Refusal::new("INVALID_INPUT", "The graph ids must be unique")),
    }
}

fn graph(mut sent: Value) -> Result<Graph, Refusal> {
    let id = sent.get("graphId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let starts = id.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !starts || id.len() > 40 || id.contains('.') {
        return Err(Refusal::new("INVALID_INPUT", format!("`{id}` is no graph id")));
    }
    let parts = composite::parts(sent.get_mut("compositeRequest").map(Value::take))?;
    match parts.iter().find(|part| !is_node(part)) {
        None => Ok(Graph { id, parts }),
        Some(part) => {
            let message = format!("A node of a graph may not be {} {}", part.method, part.url);
            Err(Refusal::new("INVALID_INPUT", message))
        }
    }
}

/// Version, method and object make the kind of a node.
fn kind(part: &Part) -> (String, String, String) {
    let steps = steps(part);
    let step = |place: usize| steps.get(place).copied().unwrap_or_default().to_lowercase();
    (part.method.clone(), step(2), step(4))
}

/// Only rows of objects: no queries, no collections.
fn is_node(part: &Part) -> bool {
    let steps = steps(part);
    let row = matches!(steps.as_slice(), ["services", "data", _, what, ..] if what.eq_ignore_ascii_case("sobjects"));
    let allowed: &[&str] = match steps.len() {
        5 => &["POST"],
        6 => &["GET", "PATCH", "DELETE"],
        7 => &["GET", "PATCH", "POST", "DELETE"],
        _ => &[],
    };
    row && allowed.contains(&part.method.as_str())
}

fn steps(part: &Part) -> Vec<&str> {
    let path = part.url.split('?').next().unwrap_or_default();
    path.split('/').filter(|step| !step.is_empty()).collect()
}
