//! The community and the org of one test: a recorded answer for every read that rules may ask about what is given,
//! and what writes change in them.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::{
    Asked, Catalog, Gives, Holds, HostFunction, Item, Present, ReadCall, Source, Unanswered, WriteCall,
};
use crate::facts::{Args, Read};
use crate::names::{EventKind, FunctionName, Path};
use crate::testing::faults::Fault;
use crate::testing::given::Given;
use crate::testing::ordinary::{self, Told};
use crate::testing::replies::{Counts, is_about_replies};
use crate::value::Value;

/// The write that opens a case.
const CREATE_CASE: &str = "salesforce.create_case";

/// What both hosts hold in one test.
#[derive(Default)]
pub struct World {
    /// A row, or a list of them; `Nothing` where the host is known to have none.
    answers: Vec<(Read, Value)>,
    /// `reads:`, rows by function.
    pub reads: Vec<(FunctionName, Vec<Value>)>,
    pub faults: Vec<Fault>,
    /// What was asked and nobody gave an answer for.
    pub unanswered: Vec<Read>,
    /// Everything that was placed, by fact.
    told: Told,
    made: u32,
}

/// For whom and when facts are placed.
pub struct Stand<'a> {
    pub catalog: &'a Catalog,
    pub kind: &'a EventKind,
    pub settings: &'a Value,
    pub now: Timestamp,
}

impl World {
    /// All answers, as rules will find them.
    pub fn answers(&self) -> impl Iterator<Item = &(Read, Value)> {
        self.answers.iter()
    }

    /// A fact as it was placed.
    pub fn told(&self, path: &str) -> Option<&Value> {
        self.told.get(path)
    }

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
        let about_replies: Vec<&Given> = given.iter().filter(|given| is_about_replies(&given.path)).collect();
        for given in &about_replies {
            self.told.insert(given.path.clone(), given.value.clone());
        }
        if is_new || !about_replies.is_empty() {
            self.place_replies(stand, &own);
        }
        Ok(())
    }

    fn place_replies(&mut self, stand: &Stand, own: &Told) {
        let counts = Counts::of(&self.told);
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
    fn put(&mut self, stand: &Stand, path: &Path, value: Value) -> Result<(), String> {
        if path.as_str().starts_with("event.") {
            self.told.insert(path.clone(), value);
            return Ok(());
        }
        let Some(row) = stand.catalog.row(stand.kind, path) else { return Err("no rule can see it".into()) };
        match &row.source {
            Source::Answer { read, args, at } => {
                let known = |path: &Path| self.value(stand, path);
                let args: Vec<_> = args.iter().map(|(name, path)| (name.clone(), known(path))).collect();
                let asked = stand.catalog.read(read, args).ok_or(format!("there is nothing to ask `{read}` about"))?;
                let rest = path.behind(row.fact.as_str()).unwrap_or_else(|| "".into());
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

    fn answer_mut(&mut self, read: Read) -> &mut Value {
        let at = self.answers.iter().position(|(known, _)| *known == read).unwrap_or_else(|| {
            self.answers.push((read, Value::Nothing));
            self.answers.len() - 1
        });
        &mut self.answers[at].1
    }
}

/// The hosts' side: what is read and written while a test runs.
impl World {
    /// The rows for what is asked; a question that nobody gave an answer for is kept, to be told.
    pub fn rows(
        &mut self,
        catalog: &Catalog,
        function: &FunctionName,
        call: &ReadCall,
        asked: &Asked,
    ) -> Option<Vec<Value>> {
        let mut rows = Vec::new();
        let mut complete = true;
        for key in &asked.keys {
            let args = asked.shared.clone().into_iter().chain([(call.key.clone(), key.clone())]);
            let Some(read) = catalog.read(function, args) else { continue };
            match self.row(call, &read, key) {
                Some(Value::List(list)) if call.gives == Gives::List => rows.extend(list),
                Some(row) => rows.extend(Some(row).filter(|row| !row.is_nothing())),
                None => {
                    complete = false;
                    if !self.unanswered.contains(&read) {
                        self.unanswered.push(read);
                    }
                }
            }
        }
        complete.then_some(rows)
    }

    fn row(&self, call: &ReadCall, read: &Read, key: &Value) -> Option<Value> {
        let folded = call.fold.apply(key);
        let keyed = |row: &Value| {
            let mut row = row.clone();
            set(&mut row, &call.row, key.clone());
            row
        };
        let same = |known: &Read| {
            let rest = |read: &Read| {
                read.args.iter().filter(|(n, _)| **n != call.key).map(|(n, v)| (n.clone(), v.clone())).collect::<Args>()
            };
            known.function == read.function
                && known.args.get(&call.key).is_some_and(|known| call.fold.apply(known) == folded)
                && rest(known) == rest(read)
        };
        if let Some((_, answer)) = self.answers.iter().find(|(known, _)| same(known)) {
            return Some(match answer {
                Value::Map(_) => keyed(answer),
                other => other.clone(),
            });
        }
        let (_, given) = self.reads.iter().find(|(function, _)| *function == read.function)?;
        let fits = |row: &&Value| row.at(&call.row).is_nothing() || call.fold.apply(row.at(&call.row)) == folded;
        let mut fitting = given.iter().filter(fits).map(keyed);
        match call.gives {
            Gives::List => Some(Value::List(fitting.collect())),
            Gives::One => Some(fitting.next().unwrap_or_default()),
        }
    }

    /// The rows that a scan finds: all answers of a function.
    pub fn found(&self, function: &FunctionName) -> Vec<Value> {
        let rows = self.answers.iter().filter(|(read, row)| read.function == *function && matches!(row, Value::Map(_)));
        rows.map(|(_, row)| row.clone()).collect()
    }

    /// A write takes effect: what it made or set is found from now on. Gives its result.
    pub fn write(
        &mut self,
        catalog: &Catalog,
        function: &HostFunction,
        call: &WriteCall,
        item: &Item,
        now: Timestamp,
    ) -> Value {
        let result = self.result(call, item);
        if let Some((read, row)) = effect(catalog, call, item) {
            match &call.present {
                Present::Compare { path, holds: Holds::Listed, .. } => add(self.answer_mut(read), path, row),
                _ => *self.answer_mut(read) = result.clone(),
            }
        }
        if function.name.as_str() == CREATE_CASE {
            self.open_case(catalog, &result, item, now);
        }
        result
    }

    /// A write that nobody answered and that was not applied: asked about, it is not there.
    pub fn lose(&mut self, catalog: &Catalog, call: &WriteCall, item: &Item) {
        if let Some((read, _)) = effect(catalog, call, item) {
            self.answer_mut(read);
        }
    }

    fn result(&mut self, call: &WriteCall, item: &Item) -> Value {
        if !matches!(call.kind, crate::catalog::Write::Makes { .. }) {
            return Value::Map(item.args.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect());
        }
        self.made += 1;
        let id = format!("500{:012}AAA", self.made + 1);
        Value::map([
            ("url", Value::text(format!("https://org.example/{id}"))),
            ("Id", Value::text(id)),
            ("CaseNumber", Value::text(format!("{:08}", 1001 + self.made))),
            ("created", true.into()),
        ])
    }

    /// The case that was opened, as the next step of the test finds it once it is linked.
    fn open_case(&mut self, catalog: &Catalog, result: &Value, item: &Item, now: Timestamp) {
        let rows = catalog.facts().filter(|row| row.fact.as_str() == "case");
        let reads: Vec<FunctionName> = rows
            .filter_map(|row| match &row.source {
                Source::Answer { read, .. } => Some(read.clone()),
                Source::From { .. } => None,
            })
            .collect();
        for function in reads {
            let Some(call) = catalog.read_call(function.as_str()) else { continue };
            let Some(read) = catalog.read(&function, [(call.key.clone(), result.get("Id").clone())]) else { continue };
            let mut row = Value::map([
                ("Status", "New".into()),
                ("IsClosed", false.into()),
                ("CreatedDate", Value::Moment(now)),
                ("LastModifiedDate", Value::Moment(now)),
            ]);
            for part in [item.args.get("fields"), Some(result)].into_iter().flatten() {
                if let (Value::Map(row), Value::Map(part)) = (&mut row, part) {
                    row.extend(
                        part.iter().filter(|(name, _)| name.as_str() != "created").map(|(n, v)| (n.clone(), v.clone())),
                    );
                }
            }
            *self.answer_mut(read) = row;
        }
    }
}

/// The question that shows the effect of a write, and what its answer lists then.
fn effect(catalog: &Catalog, call: &WriteCall, item: &Item) -> Option<(Read, Value)> {
    let Unanswered::Ask { with, key, .. } = &call.unanswered else { return None };
    let read = catalog.read(with, [(key.clone(), item.args.get(key)?.clone())])?;
    let crate::catalog::Write::Sets { target } = &call.kind else { return Some((read, Value::Nothing)) };
    Some((read, target.last().and_then(|name| item.args.get(name)).cloned().unwrap_or_default()))
}

fn add(answer: &mut Value, path: &Path, value: Value) {
    let mut list = if let Value::List(list) = answer.at(path) { list.clone() } else { vec![] };
    list.push(value);
    set(answer, path, Value::List(list));
}

/// Sets a part of a value; what is on the way becomes a map.
fn set(value: &mut Value, path: &Path, new: Value) {
    let mut place = value;
    for step in path.steps() {
        if !matches!(place, Value::Map(_)) {
            *place = Value::map::<&str>([]);
        }
        let Value::Map(map) = place else { return };
        place = map.entry(step.into()).or_default();
    }
    *place = new;
}

fn moment(now: Timestamp, ago: SignedDuration) -> Value {
    now.checked_sub(ago).map_or(Value::Nothing, Value::Moment)
}
