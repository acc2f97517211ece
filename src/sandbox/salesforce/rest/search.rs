//! `search` and `parameterizedSearch` (sheet 5).

use serde_json::{Map, Value};

use super::super::ordered::Json;
use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::super::schema;
use super::super::soql;
use super::super::sosl::{self, Fields, Returned, Search, Term, Wanted};
use super::query::planned;
use super::route::Visit;

/// Since this version the records stand in an object (sheet 5.1: older ones gave a bare array).
const WRAPPED_SINCE: u32 = 37;

/// `GET /search?q=FIND …`
pub fn search(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let search = sosl::read(visit.call.parameter("q").unwrap_or_default())?;
    let records = Json::List(found(visit, search)?);
    if visit.version < WRAPPED_SINCE {
        return Ok(Reply::ok(records));
    }
    Ok(Reply::ok(Json::fields([("searchRecords", records)])))
}

/// `GET` with everything in the address, or `POST` with a body (sheet 5.2).
pub fn parameterized(visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let asked = if visit.call.method == "POST" { visit.call.json_object()? } else { from_address(visit) };
    let text = asked.get("q").and_then(Value::as_str).unwrap_or_default();
    let term = Term::typed(text).map_err(sosl::malformed)?;
    let fields = match asked.get("in").and_then(Value::as_str) {
        Some(word) => Fields::named(word).ok_or_else(|| sosl::malformed("unknown search group"))?,
        None => Fields::All,
    };
    let number = |name: &str| asked.get(name).and_then(count);
    let returning = asked.get("sobjects").and_then(Value::as_array).into_iter().flatten();
    let returning = returning.map(|one| returned(one, &asked)).collect::<Result<Vec<_>, _>>()?;
    if returning.len() > 1 && number("offset").is_some() {
        return Err(sosl::malformed("an offset can only be used with one object"));
    }
    let limit = number("overallLimit").unwrap_or(sosl::MOST).min(sosl::MOST);
    let records = Json::List(found(visit, Search { term, fields, returning, limit })?);
    Ok(Reply::ok(Json::fields([("searchRecords", records)])))
}

fn found(visit: &Visit<'_>, search: Search) -> Result<Vec<Json>, Refusal> {
    let all = || {
        let objects =
            schema::objects().iter().filter(|object| object.listed && object.createable && !object.is_event());
        objects.map(|object| Returned::new(object.name, "")).collect()
    };
    let returning = if search.returning.is_empty() { all() } else { search.returning };
    let mut wanted = Vec::with_capacity(returning.len());
    for one in returning {
        let plan = planned(visit, &one.statement)?;
        if !plan.object.createable {
            let message = format!("entity type {} does not support search", one.object);
            return Err(Refusal::new("INVALID_TYPE", message));
        }
        wanted.push(Wanted { plan, narrowed: one.narrowed });
    }
    let (org, root) = (&visit.state.org, visit.root());
    let indexed = sosl::indexed_until(visit.now, visit.state.switches.index_lag_ms);
    let hits = sosl::find(org, (&search.term, search.fields), &wanted, search.limit, indexed);
    let rows = wanted.iter().zip(hits).flat_map(|(one, records)| records.into_iter().map(move |record| (one, record)));
    Ok(rows.map(|(one, record)| soql::render(org, &one.plan, record, &root)).collect())
}

/// One entry of `sobjects`, as the part of a statement that it means.
fn returned(one: &Value, asked: &Map<String, Value>) -> Result<Returned, Refusal> {
    let name = one.get("name").and_then(Value::as_str).unwrap_or_default();
    let object = schema::find_object(name).filter(|object| object.listed);
    let object = object.ok_or_else(|| Refusal::new("INVALID_TYPE", "an object of the search is not supported"))?;
    let text = |key: &str| one.get(key).or(asked.get(key)).and_then(Value::as_str);
    let mut inner = fields(one.get("fields").or(asked.get("fields")));
    for (key, word) in [("where", "WHERE"), ("orderBy", "ORDER BY")] {
        if let Some(text) = text(key) {
            inner += &format!(" {word} {text}");
        }
    }
    let limit = one.get("limit").or(asked.get("defaultLimit")).and_then(count);
    let offset = asked.get("offset").and_then(count);
    for (word, number) in [("LIMIT", limit), ("OFFSET", offset)] {
        if let Some(number) = number {
            inner += &format!(" {word} {number}");
        }
    }
    Ok(Returned::new(object.name, &inner))
}

/// A list, or names with commas between them.
fn fields(value: Option<&Value>) -> String {
    match value {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        Some(Value::String(names)) => names.clone(),
        _ => "Id".into(),
    }
}

fn count(value: &Value) -> Option<usize> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).and_then(|count| usize::try_from(count).ok())
}

/// `q=smith&sobject=Case&Case.fields=Id,Subject&Case.limit=10`
fn from_address(visit: &Visit<'_>) -> Map<String, Value> {
    let mut asked = Map::new();
    let mut objects: Vec<Map<String, Value>> = Vec::new();
    for (_, value) in visit.call.query.iter().filter(|(name, _)| name.eq_ignore_ascii_case("sobject")) {
        let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
        objects.extend(names.map(|name| Map::from_iter([("name".to_owned(), Value::from(name))])));
    }
    for (name, value) in &visit.call.query {
        match name.split_once('.') {
            Some((object, key)) => {
                let known = objects
                    .iter_mut()
                    .find(|known| known["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(object)));
                if let Some(known) = known {
                    known.insert(key.into(), value.as_str().into());
                }
            }
            None => {
                asked.insert(name.clone(), value.as_str().into());
            }
        }
    }
    asked.insert("sobjects".into(), objects.into_iter().map(Value::Object).collect());
    asked
}
