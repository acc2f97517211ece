//! A query resolved over the schema: every name is a column, every literal has the type of its field.

use jiff::Timestamp;

use super::super::schema::{self, Field, Object};
use super::condition::{self, Test};
use super::error::QueryError;
use super::parser;
use super::query::{Item, Name, Query};
use super::read::Column;
use super::sort::Sort;

/// What is ready to be run, as often as wanted.
#[derive(Debug)]
pub struct Plan {
    pub object: &'static Object,
    pub shown: Shown,
    pub filter: Option<Test>,
    pub order: Vec<Sort>,
    pub limit: Option<usize>,
    pub offset: usize,
}

/// What each row shows.
#[derive(Debug)]
pub enum Shown {
    /// `COUNT()`: no rows at all.
    Total,
    /// `COUNT(field)`: one row with the number of records that have it.
    Count(Column, String),
    Rows(Vec<Part>),
}

#[derive(Debug)]
pub enum Part {
    Column(Column),
    Children { name: &'static str, parent: &'static Field, plan: Box<Plan> },
}

/// Reads a statement against the schema.
pub fn plan(statement: &str, now: Timestamp) -> Result<Plan, QueryError> {
    let query = parser::parse(statement)?;
    let object = schema::find_object(&query.object.text).filter(|object| object.listed);
    let object = object.ok_or_else(|| QueryError::unknown_object(query.object.at, &query.object.text))?;
    over(object, &query, now)
}

/// Resolves a query whose object is known.
pub fn over(object: &'static Object, query: &Query, now: Timestamp) -> Result<Plan, QueryError> {
    let alias = query.alias.as_deref();
    let column = |name: &Name| Column::resolve(object, alias, name);
    let filter = query.filter.as_ref().map(|filter| condition::compile(filter, &column, now)).transpose()?;
    let mut order = Vec::new();
    for wanted in &query.order {
        let column = column(&wanted.field)?;
        if !column.leaf.filterable {
            let message = format!("field '{}' can not be sorted in a query call", column.leaf.name);
            return Err(QueryError::at(wanted.field.at, "INVALID_FIELD", message));
        }
        order.push(Sort { column, descending: wanted.descending, nulls_last: wanted.nulls_last });
    }
    let shown = shown(object, query, &column, now)?;
    Ok(Plan { object, shown, filter, order, limit: query.limit, offset: query.offset })
}

fn shown(
    object: &'static Object,
    query: &Query,
    column: &impl Fn(&Name) -> Result<Column, QueryError>,
    now: Timestamp,
) -> Result<Shown, QueryError> {
    match query.items.as_slice() {
        [Item::CountAll] => return Ok(Shown::Total),
        [Item::Count(field, alias)] => {
            return Ok(Shown::Count(column(field)?, alias.clone().unwrap_or("expr0".into())));
        }
        _ => {}
    }
    let mut parts = Vec::new();
    let mut seen = Vec::new();
    for item in &query.items {
        parts.push(match item {
            Item::Field(name) => {
                let column = column(name)?;
                let path: Vec<_> = column.hops.iter().chain([&column.leaf]).map(|field| field.name).collect();
                if seen.contains(&path) {
                    let message = format!("duplicate field selected: {}", name.text);
                    return Err(QueryError::at(name.at, "INVALID_FIELD", message));
                }
                seen.push(path);
                Part::Column(column)
            }
            Item::Children(inner) => children(object, inner, now)?,
            Item::CountAll => return Err(QueryError::malformed(query.object.at, "unexpected token: 'COUNT'")),
            Item::Count(name, _) => {
                let message = "Field must be grouped or aggregated: COUNT";
                return Err(QueryError::malformed(name.at, message));
            }
        });
    }
    Ok(Shown::Rows(parts))
}

fn children(object: &'static Object, query: &Query, now: Timestamp) -> Result<Part, QueryError> {
    let wanted = &query.object;
    let found = schema::children_of(object)
        .find(|(_, field)| field.children.is_some_and(|name| name.eq_ignore_ascii_case(&wanted.text)));
    let (child, parent) = found.ok_or_else(|| {
        let message = format!("Didn't understand relationship '{}' in FROM part of query call.", wanted.text);
        QueryError::at(wanted.at, "INVALID_TYPE", message)
    })?;
    let name = parent.children.unwrap_or_default();
    Ok(Part::Children { name, parent, plan: Box::new(over(child, query, now)?) })
}
