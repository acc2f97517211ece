//! Turns what a test gives into the answers of the reads behind it, along the catalog's own table of facts.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::{Catalog, FactRow, PART, Source};
use crate::facts::Read;
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
        // What is about a case is asked of the thread that is linked to it.
        let thread = own.get("thread.id").cloned().unwrap_or_else(|| "1".into());
        self.told.entry("thread.id".into()).or_insert(thread);
        if stand.kind.as_str().starts_with("salesforce.") {
            let case = own.get("case.Id").cloned().unwrap_or_else(|| ordinary::CASE.into());
            self.told.entry("case.Id".into()).or_insert(case);
        }
        // Another case or contact than the one so far is ordinary again where the test says nothing of it.
        let has = |known: &str, id: &str| {
            self.told.get(known).is_some_and(|known| own.get(id).is_none_or(|given| given == known))
        };
        let (has_case, has_contact) = (has("link.case", "case.Id"), has("contact.Id", "contact.Id"));
        for (path, value) in ordinary::facts(&own, stand.now) {
            let is_due = match path.steps().next() {
                Some("link" | "case") => !has_case,
                Some("contact" | "account") => !has_contact,
                _ => is_new,
            };
            if is_due && stand.catalog.row(stand.kind, &path).is_some() {
                // An ordinary fact that has no read to rest on is one that nothing can look at.
                let _ = self.put(stand, &path, own.get(&path).unwrap_or(&value).clone());
            }
        }
        for given in given.iter().filter(|given| !is_about_replies(&given.path)) {
            self.put(stand, &given.path, given.value.clone()).map_err(|why| (given.clone(), why))?;
        }
        self.nobody_is_known(stand);
        if is_new || given.iter().any(|given| is_about_replies(&given.path)) {
            self.place_replies(stand, &own);
        }
        Ok(())
    }

    /// Unless a contact is given, nobody is linked and the org knows nobody with the author's e-mail.
    fn nobody_is_known(&mut self, stand: &Stand) {
        for fact in ["linked.contact", "same_mail"] {
            let fact = Path::from(fact);
            let row = stand.catalog.row(stand.kind, &fact);
            if let Some((read, _)) = row.and_then(|row| self.asked(stand, row, &fact)) {
                self.answer_mut(read);
            }
        }
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
            Source::Answer { read, .. } => {
                let asked = self.asked(stand, row, path);
                let (asked, at) = asked.ok_or(format!("there is nothing to ask `{read}` about"))?;
                self.told.insert(path.clone(), value.clone());
                // A noun with every field is there when one of its fields is.
                if row.open && *path == row.fact {
                    return Ok(());
                }
                set(self.answer_mut(asked), &at, value);
                Ok(())
            }
            Source::From { facts, .. } => self.put_worked_out(stand, path, &facts.clone(), value),
        }
    }

    /// The read behind a fact, and where in its answer the fact stands.
    fn asked(&self, stand: &Stand, row: &FactRow, path: &Path) -> Option<(Read, Path)> {
        let Source::Answer { read, args, at } = &row.source else { return None };
        let (part, rest) = row.split(path);
        let known = |path: &Path| if path.as_str() == PART { part.clone() } else { self.value(stand, path) };
        let args = args.iter().map(|(name, path)| (name.clone(), known(path)));
        Some((stand.catalog.read(read, args)?, rest.steps().fold(at.clone(), |at, step| at.then(step))))
    }

    /// The facts that a worked-out one comes from.
    fn put_worked_out(&mut self, stand: &Stand, path: &Path, facts: &[Path], value: Value) -> Result<(), String> {
        let from_now = facts.get(1).is_some_and(|path| path.as_str() == "now");
        match (path.as_str(), &value) {
            ("thread.has_case", Value::Bool(true)) => self.put(stand, &"link.case".into(), ordinary::CASE.into())?,
            ("solution.author.bot", bot) => self.put(stand, &"solution_author.own".into(), bot.clone())?,
            ("reply.author.bot", bot) => self.put(stand, &"reply_author.own".into(), bot.clone())?,
            ("thread.author.bot", bot) => self.put(stand, &"author.own".into(), bot.clone())?,
            ("contact.Id", id) => self.put(stand, &"same_mail".into(), Value::List(vec![self.contact(id.clone())]))?,
            ("contact.state", Value::Text(state)) => self.put_state(stand, state)?,
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

    /// How many contacts the author's e-mail has.
    fn put_state(&mut self, stand: &Stand, state: &str) -> Result<(), String> {
        let contacts = match state {
            "linked" => return Ok(()),
            "none" => vec![],
            "several" => [ordinary::CONTACT, ordinary::OTHER_CONTACT].map(|id| self.contact(id.into())).to_vec(),
            _ => return Err("it is `linked`, `none` or `several`".into()),
        };
        self.put(stand, &"same_mail".into(), Value::List(contacts))
    }

    /// A contact with the author's e-mail, as it is found.
    fn contact(&self, id: Value) -> Value {
        let mail = self.told.get("thread.author.email").cloned().unwrap_or_default();
        Value::map([("Id", id), ("Name", "Member".into()), ("Email", mail)])
    }

    /// What a read's argument is.
    fn value(&self, stand: &Stand, path: &Path) -> Value {
        match path.behind("settings") {
            Some(rest) => stand.settings.at(&rest).clone(),
            None if path.as_str() == "event.subject" => self.subject(stand.kind),
            None if path.as_str() == "link.thread" => self.told.get("thread.id").cloned().unwrap_or_default(),
            None if path.behind("event").is_some() => self.thing(path),
            None if path.as_str() == "mail" => self.told.get("thread.author.email").cloned().unwrap_or_default(),
            None => self.told.get(path).cloned().unwrap_or_default(),
        }
    }

    /// What an event is about beside its subject: `event.reply`.
    fn thing(&self, path: &Path) -> Value {
        let noun = path.behind("event").unwrap_or_else(|| "".into());
        let ordinary =
            ordinary::THINGS.iter().find(|(thing, _)| *thing == noun.as_str()).map(|(_, id)| Value::text(*id));
        let given = self.told.get(format!("{noun}.id").as_str()).or_else(|| self.told.get(path));
        given.cloned().or(ordinary).unwrap_or_default()
    }

    /// The things that events of a kind are about, as their hints name them.
    pub fn things(&self, catalog: &Catalog, kind: &EventKind) -> Vec<(String, Value)> {
        let nouns: Vec<&str> =
            catalog.kinds().filter(|(known, _)| *known == kind).flat_map(|(_, nouns)| nouns.to_vec()).collect();
        let named = ordinary::THINGS.iter().filter(|(thing, _)| nouns.contains(thing));
        named.map(|(thing, _)| ((*thing).to_owned(), self.thing(&format!("event.{thing}").as_str().into()))).collect()
    }

    /// The id of what an event of this kind is about.
    pub fn subject(&self, kind: &EventKind) -> Value {
        let fact = if kind.as_str().starts_with("salesforce.") { "case.Id" } else { "thread.id" };
        self.told.get(fact).cloned().unwrap_or_else(|| "1".into())
    }
}

fn moment(now: Timestamp, ago: SignedDuration) -> Value {
    now.checked_sub(ago).map_or(Value::Nothing, Value::Moment)
}
