//! Runs a query and gives the `data` of its answer, a page at a time.

use std::cmp::Ordering;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::ast::{Cond, Fields, Op, Query, Test};
use super::check::check;
use super::cursor::{Start, cursor, start};
use super::parse::parse;
use super::rows::{Gathered, gather, is_gathered};
use super::structured::{Inner, Structured, structured};
use super::test::{Atom, atom, order, passes};
use super::walk::Walk;
use crate::sandbox::khoros::answer::Data;
use crate::sandbox::khoros::catalog::Shape;
use crate::sandbox::khoros::show::{Item, Reader, Row, Wanted};
use crate::sandbox::khoros::switches::{Multiword, OverLimit, OverOffset, Switches};

const DEFAULT_LIMIT: u64 = 25;
const MAX_LIMIT: u64 = 1000;
const MAX_OFFSET: u64 = 2000;

/// Why a query gives nothing.
#[derive(Debug)]
pub enum Fault {
    /// "Invalid query syntax", and for developers what it was.
    Syntax(String),
    /// The quirk of some sites with a MATCHES of several words.
    BadGateway,
}

/// Runs a query for a reader.
pub fn run(text: &str, reader: &Reader<'_>) -> Result<Data, Fault> {
    Ok(Data::of(&run_parsed(&parsed(text)?, reader)?))
}

fn parsed(text: &str) -> Result<Query, Fault> {
    parse(text).ok_or_else(|| Fault::Syntax("the text is no query".into()))
}

/// The answer as a tree, for those who put something into it.
fn tree(query: &Query, reader: &Reader<'_>) -> Result<Value, Fault> {
    Ok(serde_json::to_value(run_parsed(query, reader)?).unwrap_or_default())
}

/// Runs a query in its JSON form, sub-collections included (sheet 4.9).
pub fn run_structured(body: &[u8], reader: &Reader<'_>) -> Result<Value, Fault> {
    let Structured { query, inner } = structured(body).map_err(Fault::Syntax)?;
    let named =
        |fields: &Fields, name: &str| matches!(fields, Fields::Some(all) if all.iter().any(|field| field == name));
    if let Some((name, _)) = inner.iter().find(|(name, _)| !named(&query.fields, name)) {
        return Err(Fault::Syntax(format!("the sub-query `{name}` is not among the fields")));
    }
    let mut data = tree(&query, reader)?;
    let items = data.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten();
    for item in items {
        for (name, one) in &inner {
            expand(item, name, one, reader)?;
        }
    }
    Ok(data)
}

/// Follows the stub of a sub-collection; what stands beside it, such as a count, stays.
fn expand(item: &mut Value, name: &str, inner: &Inner, reader: &Reader<'_>) -> Result<(), Fault> {
    let Some(stub) = item[name]["query"].as_str() else {
        return Err(Fault::Syntax(format!("`{name}` is no sub-collection")));
    };
    let fields = if inner.fields.is_empty() { "*".to_owned() } else { inner.fields.join(", ") };
    let order = if inner.sorts.is_empty() { String::new() } else { format!(" ORDER BY {}", inner.sorts.join(", ")) };
    let limit = inner.limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
    let query = format!("{}{order}{limit}", stub.replacen('*', &fields, 1));
    let found = tree(&parsed(&query)?, reader)?;
    if let Some(slot) = item[name].as_object_mut() {
        slot.remove("query");
        slot.insert("size".into(), found["size"].clone());
        slot.insert("items".into(), found["items"].clone());
    }
    Ok(())
}

fn run_parsed<'r, 'a>(query: &'r Query, reader: &'r Reader<'a>) -> Result<Answer<'r, 'a>, Fault> {
    let shape = check(query, reader).map_err(Fault::Syntax)?;
    let page = span(query, reader.switches).map_err(Fault::Syntax)?;
    if reader.switches.multiword_matches == Multiword::BadGateway && query.tests().into_iter().any(has_words) {
        return Err(Fault::BadGateway);
    }
    let after = match page.start {
        Start::After(place) => Some(place),
        Start::At(_) => None,
    };
    let Gathered { rows, walk } = gather(shape, query, reader, after);
    let cond = query.filter.as_ref().and_then(|cond| left(shape, cond));
    let rows = rows.filter(|row| cond.as_ref().is_none_or(|cond| passes(cond, *row, reader)));
    if query.fields == Fields::Count {
        return Ok(Answer::Count { from: &query.from, count: rows.count() });
    }
    let (rows, next) = match walk {
        Some(walk) => walked(rows, walk, page),
        None => cut(sorted(rows.collect(), query, reader), page),
    };
    Ok(Answer::Rows(Page { query, kind: shape.fields().kind, rows, next, reader }))
}

/// One page along a walk, and where the next one starts.
fn walked<'a>(rows: impl Iterator<Item = Row<'a>>, walk: Walk, page: Span) -> (Vec<Row<'a>>, Option<Start>) {
    let skipped = if let Start::At(skipped) = page.start { skipped } else { 0 };
    let mut rows = rows.skip(skipped);
    let shown: Vec<_> = rows.by_ref().take(page.limit).collect();
    let next = shown.last().filter(|_| rows.next().is_some()).map(|row| Start::After(walk.place(*row)));
    (shown, next)
}

/// One page of all rows, and where the next one starts.
fn cut(mut rows: Vec<Row<'_>>, page: Span) -> (Vec<Row<'_>>, Option<Start>) {
    let Start::At(start) = page.start else { return (Vec::new(), None) };
    let start = start.min(rows.len());
    let end = start.saturating_add(page.limit).min(rows.len());
    let next = (end < rows.len() && page.limit > 0).then_some(Start::At(end));
    rows.truncate(end);
    (rows.split_off(start), next)
}

fn has_words(test: &Test) -> bool {
    let text =
        |literal: &super::ast::Literal| matches!(literal, super::ast::Literal::Text(text) if text.trim().contains(' '));
    test.op == Op::Matches && test.literals.iter().any(text)
}

/// The condition without the tests that gathering has fulfilled.
fn left(shape: Shape, cond: &Cond) -> Option<Cond> {
    match cond {
        Cond::Test(test) => (!is_gathered(shape, test)).then(|| cond.clone()),
        Cond::All(all) => Some(Cond::All(all.iter().filter_map(|cond| left(shape, cond)).collect())),
        Cond::Any(_) => Some(cond.clone()),
    }
}

/// Where a page starts and how many rows it may have.
#[derive(Clone, Copy)]
struct Span {
    start: Start,
    limit: usize,
}

fn span(query: &Query, switches: &Switches) -> Result<Span, String> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    let offset = query.offset.unwrap_or(0);
    if limit > MAX_LIMIT && switches.limit_over_max == OverLimit::Error {
        return Err(format!("LIMIT is at most {MAX_LIMIT}"));
    }
    if offset > MAX_OFFSET && switches.offset_over_2000 == OverOffset::Error {
        return Err(format!("OFFSET is at most {MAX_OFFSET}"));
    }
    let start = match &query.cursor {
        Some(cursor) => start(query, cursor).ok_or("the cursor belongs to another query")?,
        None => Start::At(usize::try_from(offset).unwrap_or(usize::MAX)),
    };
    Ok(Span { start, limit: usize::try_from(limit.min(MAX_LIMIT)).unwrap_or(usize::MAX) })
}

fn sorted<'a>(rows: Vec<Row<'a>>, query: &Query, reader: &Reader<'a>) -> Vec<Row<'a>> {
    if query.order.is_empty() {
        return rows;
    }
    let keys = |row: Row<'a>| query.order.iter().map(|sort| atom(row, reader, &sort.path)).collect::<Vec<_>>();
    let mut keyed: Vec<_> = rows.into_iter().map(|row| (keys(row), row)).collect();
    keyed.sort_by(|(one, _), (other, _)| by_keys(query, one, other));
    keyed.into_iter().map(|(_, row)| row).collect()
}

fn by_keys(query: &Query, one: &[Atom<'_>], other: &[Atom<'_>]) -> Ordering {
    let keys = query.order.iter().zip(one.iter().zip(other));
    keys.map(|(sort, (one, other))| if sort.descending { order(other, one) } else { order(one, other) })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// What a query gives, ready to be written.
enum Answer<'r, 'a> {
    Count { from: &'r str, count: usize },
    Rows(Page<'r, 'a>),
}

struct Page<'r, 'a> {
    query: &'r Query,
    kind: &'static str,
    rows: Vec<Row<'a>>,
    next: Option<Start>,
    reader: &'r Reader<'a>,
}

impl Serialize for Answer<'_, '_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut data = to.serialize_map(None)?;
        match self {
            Answer::Count { from, count } => {
                data.serialize_entry("type", from)?;
                data.serialize_entry("count", count)?;
            }
            Answer::Rows(page) => {
                data.serialize_entry("type", &page.query.from)?;
                data.serialize_entry("list_item_type", page.kind)?;
                data.serialize_entry("size", &page.rows.len())?;
                data.serialize_entry("items", &Items(page))?;
                if let Some(next) = page.next {
                    data.serialize_entry("next_cursor", &cursor(page.query, next))?;
                }
            }
        }
        data.end()
    }
}

struct Items<'p, 'r, 'a>(&'p Page<'r, 'a>);

impl Serialize for Items<'_, '_, '_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Page { query, rows, reader, .. } = self.0;
        match &query.fields {
            Fields::Some(paths) => {
                let wanted = Wanted::of(paths);
                to.collect_seq(rows.iter().map(|row| Item::with(*row, reader, &wanted)))
            }
            _ => to.collect_seq(rows.iter().map(|row| Item::whole(*row, reader))),
        }
    }
}
