//! Turns what a test gives into the answers of the reads behind it, along the catalog's own table of facts.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::{Catalog, PART, Source};
use crate::names::{EventKind, Path};
use crate::testing::given::Given;
use crate::testing::ordinary::{self, Told};
use crate::testing::replies::{Counts, is_about_replies};
use crate::testing::world::{World, set};
use crate::value::Value;

/// For whom and when facts are placed.
pub struct Stand<'a> {
    pub catalog: &'a Catalog,
    pub kind: &'a EventKind,
    pub settings: &'a Value,
    pub now: Timestamp,
}

impl World {
    /// Places facts; what is ordinary comes first when the world is new. A fact that does not rest on a read that we
    /// can answer is given back, with the reason.
    pub fn place(&mut self, stand: &Stand, given: &[Given]) -> Result<(), (Given, String)> {
        let own: Told = given.iter().map(|given| (given.path.clone(), given.value.clone())).collect();
        let is_new = self.told.is_empty();
        let case_is_new = !self.told.contains_key("link.case");
        for (path, value) in ordinary::facts(&own, stand.now) {
            let of_case = path.as_str() == "link.case" || path.as_str().starts_with("case.");
            let is_due = if of_case { case_is_new } else { is_new };
            if is_due && stand.catalog.row(stand.kind, &path).is_some() {
                // An ordinary fact that has no read to rest on is one that nothing can look at.
                let _ = self.put(stand, &path, own.get(&path).unwrap_or(&value).clone());
            }
        }
        for given in given.iter().filter(|given| !is_about_replies(&given.path)) {
            self.put(stand, &given.path, given.value.clone()).map_err(|why| (given.clone(), why))?;
        }
        if is_new || given.iter().any(|given| is_about_replies(&given.path)) {
            self.place_replies(stand, &own);
        }
        Ok(())
    }

    fn place_replies(&mut self, stand: &Stand, own: &Told) {
        let counts = Counts::of(&self.told, own);
        let is_dated = own.contains_key("thread.age") || own.contains_key("thread.posted_at");
        if let Some(posted_at) = counts.posted_at(stand.now).filter(|_| !is_dated) {
            let _ = self.put(stand, &"thread.posted_at".into(), Value::Moment(posted_at));
        }
        let told = |path: &str| self.told.get(path).cloned().unwrap_or_default();
        let (thread, author) = (told("thread.id"), told("thread.author.id"));
        let Value::Moment(posted_at) = told("thread.posted_at") else { return };
        let rows = counts.rows(&thread, &author, posted_at, stand.now);
        let last = rows.iter().map(|row| row.get("posted_at").clone()).next_back().unwrap_or(Value::Moment(posted_at));
        let mut staff = counts.staff();
        if own.get("thread.author.staff") == Some(&true.into()) {
            staff.push(author);
        }
        let solved = self.told.get("thread.solved") == Some(&true.into());
        if let (Some(solutions), false) = (own.get("thread.solutions"), own.contains_key("thread.solved") || solved) {
            let _ = self.put(stand, &"thread.solved".into(), (*solutions != 0.into()).into());
        }
        self.told.extend(counts.told());
        let mut facts: Vec<(&str, Value)> = vec![
            ("thread.replies", counts.all().into()),
            ("replies", Value::List(rows)),
            ("staff.ids", Value::List(staff)),
        ];
        if !own.contains_key("thread.idle") && !own.contains_key("thread.last_post_at") {
            facts.push(("thread.last_post_at", last));
        }
        for (path, value) in facts {
            let _ = self.put(stand, &path.into(), value);
        }
    }

    /// Puts one fact where the read behind it finds it.
    pub fn put(&mut self, stand: &Stand, path: &Path, value: Value) -> Result<(), String> {
        if path.as_str().starts_with("event.") {
            self.told.insert(path.clone(), value);
            return Ok(());
        }
        let Some(row) = stand.catalog.row(stand.kind, path) else { return Err("no rule can see it".into()) };
        match &row.source {
            Source::Answer { read, args, at } => {
                let (part, rest) = row.split(path);
                let known = |path: &Path| if path.as_str() == PART { part.clone() } else { self.value(stand, path) };
                let args: Vec<_> = args.iter().map(|(name, path)| (name.clone(), known(path))).collect();
                let asked = stand.catalog.read(read, args).ok_or(format!("there is nothing to ask `{read}` about"))?;
                let at = rest.steps().fold(at.clone(), |at, step| at.then(step));
                self.told.insert(path.clone(), value.clone());
                if path.as_str() == "case" {
                    return Ok(());
                }
                set(self.answer_mut(asked), &at, value);
                Ok(())
            }
            Source::From { facts, .. } => self.put_worked_out(stand, path, &facts.clone(), value),
        }
    }

    /// The facts that a worked-out one comes from.
    fn put_worked_out(&mut self, stand: &Stand, path: &Path, facts: &[Path], value: Value) -> Result<(), String> {
        let from_now = facts.get(1).is_some_and(|path| path.as_str() == "now");
        match (path.as_str(), &value) {
            ("thread.has_case", Value::Bool(true)) => self.put(stand, &"link.case".into(), ordinary::CASE.into())?,
            ("thread.author.bot", bot) => self.put(stand, &"author.own".into(), bot.clone())?,
            // The one is so without a link; of staff, replies are placed with the author among them.
            ("thread.has_case" | "thread.author.staff", _) => {}
            (_, Value::Span(span)) if from_now => self.put(stand, &facts[0], moment(stand.now, *span))?,
            _ if facts.len() == 1 => self.put(stand, &facts[0], value.clone())?,
            _ => {
                let facts: Vec<&str> = facts.iter().map(Path::as_str).collect();
                return Err(format!("it is worked out from {}", facts.join(", ")));
            }
        }
        self.told.insert(path.clone(), value);
        Ok(())
    }

    /// What a read's argument is.
    fn value(&self, stand: &Stand, path: &Path) -> Value {
        match path.behind("settings") {
            Some(rest) => stand.settings.at(&rest).clone(),
            None if path.as_str() == "event.subject" => self.subject(stand.kind),
            None => self.told.get(path).cloned().unwrap_or_default(),
        }
    }

    /// The id of what an event of this kind is about.
    pub fn subject(&self, kind: &EventKind) -> Value {
        let fact = if kind.as_str().starts_with("salesforce.case") { "case.Id" } else { "thread.id" };
        self.told.get(fact).cloned().unwrap_or_else(|| "1".into())
    }
}

fn moment(now: Timestamp, ago: SignedDuration) -> Value {
    now.checked_sub(ago).map_or(Value::Nothing, Value::Moment)
}
