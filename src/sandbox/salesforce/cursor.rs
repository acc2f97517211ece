//! Where a query goes on: locators for the pages after the first (sheet 3.3).

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::id::Id;
use super::soql::Plan;

/// A query's result, kept for its later pages.
#[derive(Debug, Clone)]
pub struct Cursor {
    pub plan: Arc<Plan>,
    pub rows: Arc<Vec<Id>>,
    pub batch: usize,
    opened: Timestamp,
}

/// The results that are still to be fetched.
#[derive(Debug, Default)]
pub struct Cursors {
    open: HashMap<String, Cursor>,
    given: u64,
}

impl Cursors {
    /// Keeps a result; its name starts with `0r8` and has 18 characters.
    pub fn keep(&mut self, plan: Arc<Plan>, rows: Arc<Vec<Id>>, batch: usize, now: Timestamp) -> String {
        self.given += 1;
        self.open.retain(|_, cursor| lives(cursor, now));
        let name = Id::numbered("0r8", self.given).to_string();
        self.open.insert(name.clone(), Cursor { plan, rows, batch, opened: now });
        name
    }

    /// The result and the row to go on with, from `<name>-<row>`; results live two days.
    pub fn get(&self, locator: &str, now: Timestamp) -> Option<(&str, Cursor, usize)> {
        let (name, row) = locator.rsplit_once('-')?;
        let (name, cursor) = self.open.get_key_value(name)?;
        let row = row.parse().ok().filter(|row| *row < cursor.rows.len())?;
        lives(cursor, now).then(|| (name.as_str(), cursor.clone(), row))
    }
}

fn lives(cursor: &Cursor, now: Timestamp) -> bool {
    now.duration_since(cursor.opened) < SignedDuration::from_hours(48)
}
