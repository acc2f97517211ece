//! A query resolved over the schema: every name is a column, every literal has the type of its field.

use super::super::schema::{self, Field, Object};
use super::asker::Asker;
use super::error::{self, QueryError};
use super::groups::{self, Groups};
use super::items;
use super::parser;
use super::query::{Expr, Item, Name, Query};
use super::read::{Column, Scope};
use super::sort::Sort;
use super::test::{self, Left, Test};

/// References to parents that one query may follow (sheet 4.1).
const MOST_PARENTS: usize = 55;

/// What is ready to be run, as often as wanted.
#[derive(Debug)]
pub struct Plan {
    pub object: &'static Object,
    pub shown: Shown,
    pub filter: Option<Test<Column>>,
    pub order: Vec<Sort<Column>>,
    pub limit: Option<usize>,
    pub offset: usize,
}

/// What each row shows.
#[derive(Debug)]
pub enum Shown {
    /// `COUNT()`: no rows at all.
    Total,
    Groups(Groups),
    Rows(Vec<Part>),
}

#[derive(Debug)]
pub enum Part {
    Column(Column),
    Children { name: &'static str, parent: &'static Field, plan: Box<Plan> },
}

impl Plan {
    /// Custom long texts that each row shows: two of them make pages short (sheet 3.3).
    pub fn long_texts(&self) -> usize {
        let Shown::Rows(parts) = &self.shown else { return 0 };
        let long = |part: &&Part| matches!(part, Part::Column(c) if c.leaf.custom() && !c.leaf.filterable);
        parts.iter().filter(long).count()
    }

    /// The own field by which records are found without looking at all of them.
    pub fn leading_field(&self) -> Option<&'static str> {
        self.filter.as_ref().and_then(|filter| filter.wanted()).map(|(column, _)| column.leaf.name)
    }
}

/// Reads a statement against the schema.
pub fn plan(statement: &str, asker: impl Into<Asker>) -> Result<Plan, QueryError> {
    let asker = asker.into();
    let query = parser::parse(statement, asker.levels())?;
    over(queried(&query.object)?, &query, &asker)
}

/// The object that a query names; events are published and never kept, so nobody can ask for them.
pub fn queried(name: &Name) -> Result<&'static Object, QueryError> {
    match schema::find_object(&name.text).filter(|object| object.listed) {
        None => Err(QueryError::unknown_object(name.at, &name.text)),
        Some(object) if object.is_event() => {
            // Code and words are not in the sheet (I).
            let message = format!("entity type {} does not support query", object.name);
            Err(QueryError::new("INVALID_TYPE_FOR_OPERATION", message))
        }
        Some(object) => Ok(object),
    }
}

/// Resolves a query whose object is known.
pub fn over(object: &'static Object, query: &Query, asker: &Asker) -> Result<Plan, QueryError> {
    let scope = Scope { object, alias: query.alias.as_deref(), paths: &query.paths };
    let filter = query.filter.as_ref().map(|filter| test::compile(filter, &|expr| left(&scope, expr), asker));
    let filter = narrowed(&scope, query.scope.as_ref(), filter.transpose()?, asker)?;
    let (limit, offset) = (query.limit, query.offset);
    if let [Item::Expr(Expr::Call(function, None), None)] = query.items.as_slice()
        && function.text.eq_ignore_ascii_case("COUNT")
        && query.group.is_none()
    {
        return Ok(Plan { object, shown: Shown::Total, filter, order: Vec::new(), limit, offset });
    }
    let shown = if query.group.is_some() || items::any_aggregate(&query.items) {
        Shown::Groups(groups::groups(&scope, query, asker)?)
    } else {
        Shown::Rows(rows(&scope, query, asker)?)
    };
    let order = if matches!(shown, Shown::Rows(_)) { order(&scope, query)? } else { Vec::new() };
    Ok(Plan { object, shown, filter, order, limit, offset })
}

/// A field in a WHERE clause.
fn left(scope: &Scope<'_>, expr: &Expr) -> Result<Left<Column>, QueryError> {
    let name = match expr {
        Expr::Field(name) => name,
        Expr::Call(function, _) => return Err(items::misplaced(function)),
    };
    let column = scope.column(name)?;
    let leaf = column.leaf;
    if !leaf.filterable {
        let message = format!("field '{}' can not be filtered in a query call", leaf.name);
        return Err(QueryError::at(name.at, "INVALID_FIELD", message));
    }
    Ok(Left { place: column, name: leaf.name.into(), at: name.at, kind: leaf.kind, exact: leaf.case_sensitive })
}

/// `USING SCOPE mine` is one more condition.
fn narrowed(
    scope: &Scope<'_>,
    wanted: Option<&Name>,
    filter: Option<Test<Column>>,
    asker: &Asker,
) -> Result<Option<Test<Column>>, QueryError> {
    let Some(wanted) = wanted.filter(|wanted| !wanted.text.eq_ignore_ascii_case("everything")) else {
        return Ok(filter);
    };
    let owner = scope.object.field("OwnerId").filter(|_| wanted.text.eq_ignore_ascii_case("mine"));
    let (Some(leaf), Some(user)) = (owner, &asker.user) else {
        let message = format!("Invalid scope: {}", error::shortened(&wanted.text));
        return Err(QueryError::malformed(wanted.at, message));
    };
    let mine = test::owned_by(Column { hops: Vec::new(), leaf }, user);
    Ok(Some(Test::All([mine].into_iter().chain(filter).collect())))
}

fn order(scope: &Scope<'_>, query: &Query) -> Result<Vec<Sort<Column>>, QueryError> {
    let one = |wanted: &super::query::Order| {
        let name = match &wanted.by {
            Expr::Field(name) => name,
            Expr::Call(function, _) => return Err(items::misplaced(function)),
        };
        let place = scope.column(name)?;
        if !place.leaf.filterable || matches!(place.leaf.kind, schema::Kind::MultiPicklist(..)) {
            let message = format!("field '{}' can not be sorted in a query call", place.leaf.name);
            return Err(QueryError::at(name.at, "INVALID_FIELD", message));
        }
        // On fields of parents NULLS LAST is not heeded (sheet 4.1).
        let nulls_last = wanted.nulls_last && place.hops.is_empty();
        Ok(Sort { kind: place.leaf.kind, place, descending: wanted.descending, nulls_last })
    };
    query.order.iter().map(one).collect()
}

fn rows(scope: &Scope<'_>, query: &Query, asker: &Asker) -> Result<Vec<Part>, QueryError> {
    let mut parts = Vec::new();
    let mut seen = Vec::new();
    let mut parents = std::collections::BTreeSet::new();
    for item in &query.items {
        let (columns, at) = match item {
            Item::Children(inner) => {
                parts.push(children(scope.object, inner, asker)?);
                continue;
            }
            Item::Fields(which) => (items::fields(scope.object, which, query)?, which.at),
            Item::Expr(expr, alias) => (vec![items::plain(scope, expr, alias.as_deref())?], expr.at()),
        };
        for column in columns {
            let path: Vec<_> = column.hops.iter().chain([&column.leaf]).map(|field| field.name).collect();
            if seen.contains(&path) {
                let name = column.leaf.name;
                return Err(QueryError::at(at, "INVALID_FIELD", format!("duplicate field selected: {name}")));
            }
            parents.extend((1..path.len()).map(|hops| path[..hops].to_vec()));
            seen.push(path);
            parts.push(Part::Column(column));
        }
    }
    if parents.len() > MOST_PARENTS {
        let message = format!("No more than {MOST_PARENTS} relationships can be followed in one query");
        return Err(QueryError::malformed(query.object.at, message));
    }
    Ok(parts)
}

fn children(object: &'static Object, query: &Query, asker: &Asker) -> Result<Part, QueryError> {
    let wanted = &query.object;
    let found = schema::children_of(object)
        .find(|(_, field)| field.children.is_some_and(|name| name.eq_ignore_ascii_case(&wanted.text)));
    let (child, parent) = found.ok_or_else(|| {
        let name = error::shortened(&wanted.text);
        let message = format!("Didn't understand relationship '{name}' in FROM part of query call.");
        QueryError::at(wanted.at, "INVALID_TYPE", message)
    })?;
    let name = parent.children.unwrap_or_default();
    let plan = Box::new(over(child, query, asker)?);
    if !matches!(plan.shown, Shown::Rows(_)) {
        return Err(QueryError::malformed(wanted.at, "aggregates can not stand in a child sub-select"));
    }
    Ok(Part::Children { name, parent, plan })
}
