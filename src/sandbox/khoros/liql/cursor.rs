//! Cursors: opaque outside, a position and the query's fingerprint inside.

use sha2::{Digest, Sha256};

use super::ast::Query;

/// The cursor of the page that starts at `position`.
pub fn cursor(query: &Query, position: usize) -> String {
    format!("{:08x}{}", position, fingerprint(query))
}

/// The position of a cursor that was given for this very query.
pub fn position(query: &Query, cursor: &str) -> Option<usize> {
    let (position, of) = cursor.split_at_checked(8)?;
    (of == fingerprint(query)).then(|| usize::from_str_radix(position, 16).ok()).flatten()
}

fn fingerprint(query: &Query) -> String {
    let same = Query { cursor: None, ..query.clone() };
    let digest = Sha256::digest(format!("{same:?}"));
    digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
