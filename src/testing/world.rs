//! The community and the org of one test: a recorded answer for every read that rules may ask, and what writes change
//! in them. `placing.rs` makes the answers out of what is given.

use jiff::Timestamp;

use crate::catalog::{
    Asked, Catalog, FactRow, Gives, Holds, HostFunction, Item, PART, Present, ReadCall, Source, Unanswered, WriteCall,
};
use crate::facts::{Args, Read, part};
use crate::names::{FunctionName, Path};
use crate::testing::faults::Fault;
use crate::testing::ordinary::Told;
use crate::value::Value;

/// How the id of a case begins.
const CASE: &str = "500";
/// The writes that make a record that is a noun, the noun, and how its id begins.
const MAKING: &[(&str, &str, &str)] =
    &[("salesforce.create_case", "case", CASE), ("salesforce.create_contact", "contact", "003")];

/// Reads that find what another read finds: given once, it answers both.
const ALSO: &[(&str, &str)] = &[("khoros.find_people", "khoros.find_person")];

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
    pub told: Told,
    made: u32,
}

impl World {
    /// All answers, as rules will find them.
    pub fn answers(&self) -> impl Iterator<Item = &(Read, Value)> {
        self.answers.iter()
    }

    /// The answer to a question, to be changed; a new one is known to be nothing.
    pub fn answer_mut(&mut self, read: Read) -> &mut Value {
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
                // A custom field that a test does not give has no value: nobody can list them all.
                None if is_custom(catalog, function) => {}
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
        let given = |function: &str| self.reads.iter().find(|(name, _)| name.as_str() == function);
        let also = ALSO.iter().find(|(function, _)| *function == read.function.as_str());
        let (_, given) = given(read.function.as_str()).or_else(|| given(also?.1))?;
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
        let made = MAKING.iter().find(|(name, ..)| *name == function.name.as_str());
        let result = self.result(call, made.map_or("a00", |(.., start)| start), item);
        if let Some((read, row)) = effect(catalog, call, item) {
            match &call.present {
                Present::Compare { path, holds: Holds::Listed, .. } => add(self.answer_mut(read), path, row),
                Present::Compare { path, holds: Holds::NotListed, .. } => remove(self.answer_mut(read), path, &row),
                Present::Compare { holds: Holds::Fields { .. }, .. } => {
                    let answer = self.answer_mut(read);
                    if let Some(Value::Map(fields)) = item.args.get("fields") {
                        fields.iter().for_each(|(name, value)| set(answer, &name.as_str().into(), value.clone()));
                    }
                }
                _ => *self.answer_mut(read) = result.clone(),
            }
        }
        if let Some((_, noun, _)) = made {
            self.keep(catalog, noun, &result, item, now);
        }
        result
    }

    /// A write that nobody answered and that was not applied: asked about, it is not there.
    pub fn lose(&mut self, catalog: &Catalog, call: &WriteCall, item: &Item) {
        if let Some((read, _)) = effect(catalog, call, item) {
            self.answer_mut(read);
        }
    }

    fn result(&mut self, call: &WriteCall, start: &str, item: &Item) -> Value {
        if !matches!(call.kind, crate::catalog::Write::Makes { .. }) {
            return Value::Map(item.args.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect());
        }
        self.made += 1;
        let id = format!("{start}{:012}AAA", self.made + 1);
        Value::map([
            ("url", Value::text(format!("https://org.example/{id}"))),
            ("Id", Value::text(id)),
            (
                "CaseNumber",
                if start == CASE { Value::text(format!("{:08}", 1001 + self.made)) } else { Value::Nothing },
            ),
            ("created", true.into()),
        ])
    }

    /// What was made, as the next step of the test finds it once it is linked.
    fn keep(&mut self, catalog: &Catalog, noun: &str, result: &Value, item: &Item, now: Timestamp) {
        let rows = catalog.facts().filter(|row| row.fact.as_str() == noun);
        let reads: Vec<FunctionName> = rows
            .filter_map(|row| match &row.source {
                Source::Answer { read, .. } => Some(read.clone()),
                Source::From { .. } => None,
            })
            .collect();
        for function in reads {
            let Some(call) = catalog.read_call(function.as_str()) else { continue };
            let Some(read) = catalog.read(&function, [(call.key.clone(), result.get("Id").clone())]) else { continue };
            let mut row = Value::map(
                [("CreatedDate", Value::Moment(now)), ("LastModifiedDate", Value::Moment(now))].into_iter().chain(
                    if noun == "case" {
                        [("Status", "New".into()), ("IsClosed", false.into())].to_vec()
                    } else {
                        vec![]
                    },
                ),
            );
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

/// Whether a read asks for a part that the rule names, such as a custom field.
fn is_custom(catalog: &Catalog, function: &FunctionName) -> bool {
    let asks = |row: &FactRow| match &row.source {
        Source::Answer { read, args, .. } => read == function && args.iter().any(|(_, path)| path.as_str() == PART),
        Source::From { .. } => false,
    };
    catalog.facts().any(asks)
}

/// The question that shows the effect of a write, and what its answer lists then.
fn effect(catalog: &Catalog, call: &WriteCall, item: &Item) -> Option<(Read, Value)> {
    let Unanswered::Ask { with, key, .. } = &call.unanswered else { return None };
    let read = catalog.read_of(with, part(&item.args, key)?.clone(), &item.args)?;
    let crate::catalog::Write::Sets { target } = &call.kind else { return Some((read, Value::Nothing)) };
    Some((read, target.last().and_then(|name| item.args.get(name)).cloned().unwrap_or_default()))
}

fn add(answer: &mut Value, path: &Path, value: Value) {
    let mut list = if let Value::List(list) = answer.at(path) { list.clone() } else { vec![] };
    list.push(value);
    set(answer, path, Value::List(list));
}

fn remove(answer: &mut Value, path: &Path, value: &Value) {
    let mut list = if let Value::List(list) = answer.at(path) { list.clone() } else { vec![] };
    let folded = |value: &Value| value.as_str().map(str::to_lowercase);
    list.retain(|item| folded(item) != folded(value));
    set(answer, path, Value::List(list));
}

/// Sets a part of a value; what is on the way becomes a map.
pub fn set(value: &mut Value, path: &Path, new: Value) {
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
