//! The JSON form of a query (sheet 4.9), read into the same data as LiQL text.
//!
//! Only equality was seen in constraints. Several objects there are taken as alternatives (inferred).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::ast::{Cond, Fields, Literal, Op, Query, Sort, Test};
use super::parse::{function_path, parse_sort};

/// A query and what its sub-collections show.
#[derive(Debug)]
pub struct Structured {
    pub query: Query,
    pub inner: Vec<(String, Inner)>,
}

/// How a sub-collection is expanded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inner {
    #[serde(default)]
    pub fields: Vec<String>,
    #[serde(default)]
    pub sorts: Vec<String>,
    pub limit: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    constraints: Vec<Map<String, Value>>,
    #[serde(default)]
    sorts: Vec<String>,
    limit: Option<u64>,
    offset: Option<u64>,
    cursor: Option<String>,
    #[serde(default, rename = "subQueries")]
    inner: Map<String, Value>,
}

/// Reads a body: one object with the collection as its key, or a list with that object.
pub fn structured(body: &[u8]) -> Result<Structured, String> {
    let wrong = |error: serde_json::Error| error.to_string().chars().take(200).collect::<String>();
    let body: Value = serde_json::from_slice(body).map_err(wrong)?;
    let one = match body {
        Value::Array(mut all) if all.len() == 1 => all.remove(0),
        other => other,
    };
    let Value::Object(one) = one else { return Err("a query is an object".into()) };
    if one.len() != 1 {
        return Err("a query has one collection".into());
    }
    let (from, body) = one.into_iter().next().ok_or("a query has one collection")?;
    let body: Body = serde_json::from_value(body).map_err(wrong)?;
    let inner = body.inner.into_iter().map(|(name, one)| Ok((name, serde_json::from_value(one).map_err(wrong)?)));
    let inner = inner.collect::<Result<_, String>>()?;
    let query = Query {
        fields: fields(&body.fields)?,
        from,
        filter: filter(&body.constraints)?,
        order: body
            .sorts
            .iter()
            .map(|sort| parse_sort(sort).ok_or("an unreadable sort"))
            .collect::<Result<Vec<Sort>, _>>()?,
        limit: body.limit,
        offset: body.offset,
        cursor: body.cursor,
    };
    Ok(Structured { query, inner })
}

fn fields(names: &[String]) -> Result<Fields, String> {
    match names {
        [] => Ok(Fields::All),
        [one] if one == "*" => Ok(Fields::All),
        [one] if one.replace(' ', "").eq_ignore_ascii_case("count(*)") => Ok(Fields::Count),
        names => names.iter().map(|name| path(name)).collect::<Result<_, _>>().map(Fields::Some),
    }
}

fn path(name: &str) -> Result<String, String> {
    function_path(name).ok_or_else(|| "an unreadable field".into())
}

fn filter(constraints: &[Map<String, Value>]) -> Result<Option<Cond>, String> {
    let each = constraints.iter().filter(|one| !one.is_empty()).map(all_of);
    let mut alternatives: Vec<Cond> = each.collect::<Result<_, _>>()?;
    Ok(match alternatives.len() {
        0 => None,
        1 => alternatives.pop(),
        _ => Some(Cond::Any(alternatives)),
    })
}

fn all_of(keys: &Map<String, Value>) -> Result<Cond, String> {
    let tests = keys.iter().map(|(name, value)| {
        let literal = match value {
            Value::String(text) => Literal::Text(text.clone()),
            Value::Bool(truth) => Literal::Bool(*truth),
            Value::Number(number) => Literal::Int(number.as_i64().ok_or("a number that is not whole")?),
            _ => return Err("a constraint is a text, a number or a truth".to_owned()),
        };
        Ok(Cond::Test(Test { path: path(name)?, op: Op::Eq, literals: vec![literal] }))
    });
    Ok(Cond::All(tests.collect::<Result<_, _>>()?))
}
