//! What stands in a SELECT list: fields, functions of fields, and FIELDS() (sheet 4.1).

use super::super::schema::{Field, Object};
use super::error::{self, QueryError};
use super::query::{Condition, Expr, Item, Name, Query, Sign, Written};
use super::read::{Column, Scope};

/// So many records may be asked for with FIELDS(ALL) and FIELDS(CUSTOM).
const MOST_WITH_ALL: usize = 200;

const AGGREGATES: &[&str] = &["COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG", "GROUPING"];

/// Whether a function sums up many records.
pub fn is_aggregate(function: &Name) -> bool {
    AGGREGATES.iter().any(|known| known.eq_ignore_ascii_case(&function.text))
}

pub fn any_aggregate(items: &[Item]) -> bool {
    items.iter().any(|item| matches!(item, Item::Expr(Expr::Call(function, _), _) if is_aggregate(function)))
}

/// A function where there may be none.
pub fn misplaced(function: &Name) -> QueryError {
    let name = error::shortened(&function.text);
    let message = if is_aggregate(function) {
        format!("Grouped query can not use an aggregate here: {name}")
    } else {
        format!("unknown function: {name}")
    };
    QueryError::malformed(function.at, message)
}

/// A field of a query that groups nothing; only grouped ones may be renamed.
pub fn plain(scope: &Scope<'_>, expr: &Expr, alias: Option<&str>) -> Result<Column, QueryError> {
    match (expr, alias) {
        (Expr::Field(name), None) => scope.column(name),
        (Expr::Field(_), Some(alias)) => {
            let alias = error::shortened(alias);
            Err(QueryError::malformed(expr.at(), format!("only aggregate expressions use field aliasing: {alias}")))
        }
        (Expr::Call(function, _), _) => Err(misplaced(function)),
    }
}

/// The fields that `FIELDS(…)` stands for.
pub fn fields(object: &'static Object, which: &Name, query: &Query) -> Result<Vec<Column>, QueryError> {
    let wanted: fn(&Field) -> bool = match which.text.to_uppercase().as_str() {
        "STANDARD" => |field| !field.custom(),
        "CUSTOM" => Field::custom,
        "ALL" => |_| true,
        _ => {
            let message = format!("unexpected token: '{}'", error::shortened(&which.text));
            return Err(QueryError::malformed(which.at, message));
        }
    };
    let few = query.limit.is_some_and(|limit| limit <= MOST_WITH_ALL)
        || query.filter.as_ref().and_then(ids_wanted).is_some_and(|ids| ids <= MOST_WITH_ALL);
    if !which.text.eq_ignore_ascii_case("STANDARD") && !few {
        let message = "The SOQL FIELDS function must have a LIMIT of at most 200";
        return Err(QueryError::malformed(which.at, message));
    }
    let fields = object.fields.iter().filter(|field| wanted(field));
    Ok(fields.map(|leaf| Column { hops: Vec::new(), leaf }).collect())
}

/// How many ids a condition names at most, if it names any.
fn ids_wanted(condition: &Condition) -> Option<usize> {
    let is_id = |expr: &Expr| matches!(expr, Expr::Field(name) if name.text.eq_ignore_ascii_case("Id"));
    match condition {
        Condition::All(parts) => parts.iter().filter_map(ids_wanted).min(),
        Condition::In { left, not: false, literals } if is_id(left) => Some(literals.len()),
        Condition::Compare { left, sign: Sign::Equal, literal } if is_id(left) => {
            matches!(literal.value, Written::Text(_)).then_some(1)
        }
        _ => None,
    }
}
