//! Cursors: opaque outside, a place and the query's fingerprint inside.

use sha2::{Digest, Sha256};

use super::ast::Query;
use super::walk::Place;

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// Behind so many rows.
    At(usize),
    /// Behind the row with this place in a walk.
    After(Place),
}

/// The cursor of the page that starts there.
pub fn cursor(query: &Query, start: Start) -> String {
    let start = match start {
        Start::At(rows) => format!("p{rows:016x}"),
        Start::After((key, id)) => format!("a{:016x}{id:016x}", key.cast_unsigned()),
    };
    format!("{start}{}", fingerprint(query))
}

/// The start in a cursor that was given for this very query.
pub fn start(query: &Query, cursor: &str) -> Option<Start> {
    let start = cursor.strip_suffix(&*fingerprint(query))?;
    match (start.get(..1)?, start.get(1..17), start.get(17..)?) {
        ("p", Some(rows), "") => usize::from_str_radix(rows, 16).ok().map(Start::At),
        ("a", Some(key), id) => {
            let key = u64::from_str_radix(key, 16).ok()?.cast_signed();
            Some(Start::After((key, u64::from_str_radix(id, 16).ok()?)))
        }
        _ => None,
    }
}

fn fingerprint(query: &Query) -> String {
    let same = Query { cursor: None, ..query.clone() };
    let digest = Sha256::digest(format!("{same:?}"));
    digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
