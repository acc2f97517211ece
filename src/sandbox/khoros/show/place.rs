//! Writes the wanted fields of an object straight from what the community holds: a tree of a page of a thousand rows
//! would cost more than finding them.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};

use super::reader::Reader;
use super::row::Row;
use crate::sandbox::khoros::catalog::Holds;

/// Paths as a tree, so that those that begin alike are shown together.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Whether a path ends here: all that is shown of such an object where another one names it.
    ends: bool,
    inside: Vec<(String, Wanted)>,
}

impl Wanted {
    pub fn of(paths: &[String]) -> Self {
        let mut wanted = Self::default();
        paths.iter().for_each(|path| wanted.add(path));
        wanted
    }

    fn add(&mut self, path: &str) {
        let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
        let at = self.inside.iter().position(|(known, _)| known == head).unwrap_or_else(|| {
            self.inside.push((head.to_owned(), Self::default()));
            self.inside.len() - 1
        });
        match rest {
            Some(rest) => self.inside[at].1.add(rest),
            None => self.inside[at].1.ends = true,
        }
    }

    fn names(&self, name: &str) -> bool {
        self.inside.iter().any(|(known, _)| known == name)
    }
}

/// One object, ready to be written for one reader.
pub struct Item<'r, 'a> {
    row: Row<'a>,
    reader: &'r Reader<'a>,
    choice: Choice<'r>,
}

/// What of an object is shown.
#[derive(Clone, Copy)]
enum Choice<'r> {
    /// As `SELECT *` and the single-object calls show it.
    All,
    /// As it is shown where another one names it.
    Brief,
    Some(&'r Wanted),
}

impl<'r, 'a> Item<'r, 'a> {
    /// A whole object.
    pub fn whole(row: Row<'a>, reader: &'r Reader<'a>) -> Self {
        Self { row, reader, choice: Choice::All }
    }

    /// An object with these fields.
    pub fn with(row: Row<'a>, reader: &'r Reader<'a>, wanted: &'r Wanted) -> Self {
        Self { row, reader, choice: Choice::Some(wanted) }
    }
}

impl Serialize for Item<'_, '_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let fields = self.row.shape().fields();
        let mut item = to.serialize_map(None)?;
        item.serialize_entry("type", fields.kind)?;
        match self.choice {
            Choice::All => fields.star().iter().try_for_each(|field| self.put(&mut item, *field, None))?,
            Choice::Brief => fields.in_brief().iter().try_for_each(|field| self.put(&mut item, *field, None))?,
            Choice::Some(wanted) => {
                let mut brief = fields.in_brief().iter().filter(|(name, _)| wanted.ends && !wanted.names(name));
                brief.try_for_each(|field| self.put(&mut item, *field, None))?;
                let mut inside = wanted.inside.iter();
                inside.try_for_each(|(name, inside)| self.put(&mut item, (name, fields.holds(name)), Some(inside)))?;
            }
        }
        item.end()
    }
}

impl Item<'_, '_> {
    /// One field; `wanted` says what of it, all that is usual without it.
    fn put<M: SerializeMap>(
        &self,
        item: &mut M,
        (name, holds): (&str, Holds),
        wanted: Option<&Wanted>,
    ) -> Result<(), M::Error> {
        let wanted = wanted.filter(|wanted| !wanted.inside.is_empty());
        match holds {
            Holds::Value => item.serialize_entry(name, &self.row.value(self.reader, name)),
            Holds::One => {
                let Some(row) = self.row.one(self.reader, name) else { return Ok(()) };
                let choice = wanted.map_or(Choice::Brief, Choice::Some);
                item.serialize_entry(name, &Item { row, reader: self.reader, choice })
            }
            Holds::Many => item.serialize_entry(name, &Many { of: self, name, wanted }),
        }
    }
}

/// A sub-collection: the query that gives it, and functions over it.
struct Many<'m> {
    of: &'m Item<'m, 'm>,
    name: &'m str,
    wanted: Option<&'m Wanted>,
}

impl Serialize for Many<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut many = to.serialize_map(None)?;
        if self.wanted.is_none_or(|wanted| wanted.ends) {
            many.serialize_entry("query", &self.of.row.stub(self.name))?;
        }
        for (function, _) in self.wanted.into_iter().flat_map(|wanted| &wanted.inside) {
            // `sum(weight)` is shown as `{"sum": {"weight": n}}`, `count(*)` as `{"count": n}` (sheet 4.4).
            let result = self.of.row.function(self.of.reader, self.name);
            match function.trim_end_matches(')').split_once('(') {
                Some((name, of)) if of != "*" => many.serialize_entry(name, &json!({ of: result }))?,
                Some((name, _)) => many.serialize_entry(name, &result)?,
                None => many.serialize_entry(function, &result)?,
            }
        }
        many.end()
    }
}

/// A member inside another object.
pub fn member<'a>(row: Row<'a>, reader: &Reader<'a>) -> Value {
    let wanted = Wanted::of(&["id".into(), "login".into()]);
    serde_json::to_value(Item::with(row, reader, &wanted)).unwrap_or_default()
}
