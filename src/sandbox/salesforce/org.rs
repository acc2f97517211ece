//! The records of the org, quick by id and by every unique or referring field, with a way back.
//!
//! It keeps what it is given; what may be written is decided in `writer.rs`.

use std::collections::{BTreeMap, HashSet};

use super::id::Id;
use super::index::{self, Index};
use super::record::Record;
use super::schema::{Field, Object};

/// All records, deleted ones included.
pub struct Org {
    records: BTreeMap<Id, Record>,
    index: Index,
    last_id: u64,
    last_numbers: BTreeMap<&'static str, u64>,
    /// What stood there before each change since the oldest open savepoint.
    journal: Vec<(Id, Option<Record>)>,
    open: usize,
    applied: BTreeMap<String, u64>,
    /// What the transactions changed that are through since they were last asked for.
    committed: Vec<Vec<Change>>,
}

/// A record that was changed, as it was before; nothing when it is new.
pub type Change = (Id, Option<Record>);

/// A moment to which the org can go back.
pub struct Savepoint {
    changes: usize,
    applied: BTreeMap<String, u64>,
}

impl Org {
    /// An empty org; the seed moves its ids.
    pub fn new(seed: u64) -> Org {
        Org {
            records: BTreeMap::new(),
            index: Index::default(),
            last_id: 36_000_000 + seed % 1_000 * 250_000,
            last_numbers: BTreeMap::new(),
            journal: Vec::new(),
            open: 0,
            applied: BTreeMap::new(),
            committed: Vec::new(),
        }
    }

    pub fn get(&self, id: &Id) -> Option<&Record> {
        self.records.get(id)
    }

    /// A record that is not in the recycle bin.
    pub fn live(&self, id: &Id) -> Option<&Record> {
        self.get(id).filter(|record| !record.is_deleted())
    }

    /// All records of one object, in the order of creation, deleted ones included.
    pub fn records_of(&self, object: &Object) -> impl Iterator<Item = &Record> {
        self.records.range(Id::bounds(object.prefix)).map(|(_, record)| record)
    }

    /// The records with this value in an indexed field, ignoring case unless the field heeds it, deleted ones included.
    pub fn with_value(&self, object: &Object, field: &Field, value: &str) -> Vec<&Record> {
        let folded = value.to_lowercase();
        let has = |record: &&Record| {
            let held = record.held_at(field.position);
            if field.case_sensitive {
                held.text() == Some(value)
            } else {
                index::spelling(held).as_ref() == Some(&folded)
            }
        };
        self.index.candidates(object, field, &folded).filter_map(|id| self.get(id)).filter(has).collect()
    }

    pub fn new_id(&mut self, object: &Object) -> Id {
        self.last_id += 1;
        Id::numbered(object.prefix, self.last_id)
    }

    /// Numbers are never given twice, not even when a create is rolled back. The format is `PC-{000000}`, or nothing
    /// for plain ones of eight digits, which start above 1,000.
    pub fn new_number(&mut self, object: &'static Object, format: &str) -> String {
        let last = self.last_numbers.entry(object.name).or_insert(if format.is_empty() { 1_000 } else { 0 });
        *last += 1;
        let (before, rest) = format.split_once('{').unwrap_or(("", "00000000}"));
        let (zeros, after) = rest.split_once('}').unwrap_or((rest, ""));
        format!("{before}{last:0width$}{after}", width = zeros.len())
    }

    /// Adds or replaces a record.
    pub fn put(&mut self, record: Record) {
        let before = self.swap(record.id.clone(), Some(record.clone()));
        if self.open > 0 {
            self.journal.push((record.id, before));
        }
    }

    /// Takes a record away for good.
    pub fn remove(&mut self, id: &Id) {
        let before = self.swap(id.clone(), None);
        if self.open > 0 {
            self.journal.push((id.clone(), before));
        }
    }

    pub fn savepoint(&mut self) -> Savepoint {
        self.open += 1;
        Savepoint { changes: self.journal.len(), applied: self.applied.clone() }
    }

    pub fn keep(&mut self, _: Savepoint) {
        self.open -= 1;
        if self.open == 0 && !self.journal.is_empty() {
            self.committed.push(std::mem::take(&mut self.journal));
        }
    }

    /// The changes of each transaction since the last call, every record once.
    pub fn take_committed(&mut self) -> Vec<Vec<Change>> {
        let mut all = std::mem::take(&mut self.committed);
        for changes in &mut all {
            let mut seen = HashSet::new();
            changes.retain(|(id, _)| seen.insert(id.clone()));
        }
        all
    }

    pub fn go_back(&mut self, to: Savepoint) {
        while self.journal.len() > to.changes {
            if let Some((id, before)) = self.journal.pop() {
                self.swap(id, before);
            }
        }
        self.applied = to.applied.clone();
        self.keep(to);
    }

    /// Counts a write that came in through the API.
    pub fn count(&mut self, verb: &str, object: &Object) {
        *self.applied.entry(format!("{verb} {}", object.name)).or_default() += 1;
    }

    pub fn applied(&self) -> &BTreeMap<String, u64> {
        &self.applied
    }

    fn swap(&mut self, id: Id, record: Option<Record>) -> Option<Record> {
        let before = self.records.remove(&id);
        if let Some(before) = &before {
            self.index.remove(before);
        }
        if let Some(record) = record {
            self.index.add(&record);
            self.records.insert(id, record);
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::*;

    #[test]
    fn going_back_restores_records_index_and_counts() {
        let mut org = Org::new(0);
        let case = schema::object("Case");
        let key = case.field("Community_Thread_Key__c").unwrap();
        let id = org.new_id(case);
        let mut record = Record::new(case, id.clone());
        record.set(key.name, "acme:1");
        org.put(record.clone());

        let start = org.savepoint();
        record.set(key.name, "acme:2");
        org.put(record);
        org.count("update", case);
        org.go_back(start);

        assert_eq!(org.with_value(case, key, "ACME:1").len(), 1);
        assert!(org.with_value(case, key, "acme:2").is_empty());
        assert!(org.applied().is_empty());
        assert_eq!(org.get(&id).unwrap().text(key.name), Some("acme:1"));
    }
}
