//! The Catalog: all host functions there are, and which fact is found by which read.
//!
//! What a function promises is `function.rs`', what a fact is `fact.rs`'. The functions themselves live under `hosts/`,
//! one file each.

mod fact;
mod function;
mod links;
mod locate;
mod poll;

pub use fact::*;
pub use function::*;
pub use links::*;
pub use locate::*;
pub use poll::*;

use std::collections::BTreeMap;

use crate::event::Event;
use crate::facts::{Answer, Args, Facts, Read};
use crate::names::{EventKind, FunctionName, ParamName, Path};
use crate::value::Value;

/// All functions and facts of one bridge.
#[derive(Clone, Default)]
pub struct Catalog {
    functions: BTreeMap<FunctionName, HostFunction>,
    facts: BTreeMap<Path, Vec<FactRow>>,
    nouns: BTreeMap<EventKind, Vec<&'static str>>,
    polls: Vec<Poll>,
    locates: Vec<Locate>,
    links: Vec<Links>,
    called: BTreeMap<&'static str, Called>,
}

/// How a person calls a subject: the fact that is its id, and the one that is its title.
#[derive(Clone, Debug)]
pub struct Called {
    pub id: Path,
    pub title: Path,
}

impl Catalog {
    /// Adds a function.
    pub fn add(&mut self, function: HostFunction) {
        self.functions.insert(function.name.clone(), function);
    }

    /// Adds facts.
    pub fn add_facts(&mut self, rows: Vec<FactRow>) {
        for row in rows {
            self.facts.entry(row.fact.clone()).or_default().push(row);
        }
    }

    /// Adds a poll.
    pub fn add_poll(&mut self, poll: Poll) {
        self.polls.push(poll);
    }

    /// Adds a host's way to say what a hint is about.
    pub fn add_locate(&mut self, locate: Locate) {
        self.locates.push(locate);
    }

    /// Adds a host's way to say which case each thread has.
    pub fn add_links(&mut self, links: Links) {
        self.links.push(links);
    }

    /// How hosts say which case each thread has.
    pub fn links(&self) -> &[Links] {
        &self.links
    }

    /// How hosts say what a hint is about.
    pub fn locates(&self) -> &[Locate] {
        &self.locates
    }

    /// The same without its polls: what happens is told otherwise.
    pub fn without_polls(self) -> Self {
        Catalog { polls: vec![], ..self }
    }

    /// All polls, in the order in which they are asked.
    pub fn polls(&self) -> &[Poll] {
        &self.polls
    }

    /// Says which nouns the events of a kind have, beside `event`, `settings`, `now` and `bridge`.
    pub fn add_nouns(&mut self, kind: &str, nouns: &[&'static str]) {
        self.nouns.insert(kind.into(), nouns.to_vec());
    }

    /// Says how what a noun stands for is called, where it is the subject of an event.
    pub fn call_subjects(&mut self, noun: &'static str, id: &str, title: &str) {
        self.called.insert(noun, Called { id: id.into(), title: title.into() });
    }

    /// How the subject of a kind of event is called: the first of its nouns.
    pub fn called(&self, kind: &EventKind) -> Option<&Called> {
        self.called.get(self.nouns.get(kind)?.first()?)
    }

    /// One function by name.
    pub fn get(&self, name: &str) -> Option<&HostFunction> {
        self.functions.get(name)
    }

    /// All functions, by name.
    pub fn functions(&self) -> impl Iterator<Item = &HostFunction> {
        self.functions.values()
    }

    /// All rows of facts, by path.
    pub fn facts(&self) -> impl Iterator<Item = &FactRow> {
        self.facts.values().flatten()
    }

    /// The kinds of events there are, with their nouns.
    pub fn kinds(&self) -> impl Iterator<Item = (&EventKind, &[&'static str])> {
        self.nouns.iter().map(|(kind, nouns)| (kind, nouns.as_slice()))
    }

    /// The call of a read function.
    pub fn read_call(&self, name: &str) -> Option<&ReadCall> {
        match &self.get(name)?.call {
            Call::Read(call) => Some(call),
            _ => None,
        }
    }

    /// The call of a write function.
    pub fn write_call(&self, name: &str) -> Option<&WriteCall> {
        match &self.get(name)?.call {
            Call::Write(call) => Some(call),
            _ => None,
        }
    }

    /// The call of a scan function.
    pub fn scan_call(&self, name: &str) -> Option<&ScanCall> {
        let function = self.get(name)?;
        match &function.call {
            Call::Scan(call) => Some(call),
            _ => function.finds.as_ref(),
        }
    }

    /// The scan that finds the subjects of a kind of event.
    pub fn scan_for(&self, event: &EventKind) -> Option<&ScanCall> {
        self.scan_call(self.search_for(event)?.as_str())
    }

    /// Its name. Of several searches it is the one whose rows are found by the host that the event is about.
    pub fn search_for(&self, event: &EventKind) -> Option<&FunctionName> {
        let finds = |name: &&FunctionName| self.scan_call(name.as_str()).is_some_and(|call| call.event == *event);
        let is_there = |name: &&FunctionName| event.as_str().starts_with(name.host());
        let mut names = self.functions.keys().filter(finds);
        self.functions.keys().filter(finds).find(is_there).or_else(|| names.next())
    }

    /// A question with its arguments brought to their declared types; none when an argument is absent.
    pub fn read(&self, function: &FunctionName, args: impl IntoIterator<Item = (ParamName, Value)>) -> Option<Read> {
        let shape = self.get(function.as_str());
        let mut typed = Args::new();
        for (name, value) in args {
            if value.is_absent() {
                return None;
            }
            let takes = shape.and_then(|f| f.params.iter().find(|p| p.name == name)).map_or(Type::Any, |p| p.takes);
            typed.insert(name, takes.bring(value));
        }
        Some(Read { function: function.clone(), args: typed })
    }

    /// The question about one key; what else it takes is an argument of the same name.
    pub fn read_of(&self, function: &FunctionName, key: Value, args: &Args) -> Option<Read> {
        let param = &self.read_call(function.as_str())?.key;
        let shared = self.shared(function, args);
        self.read(function, shared.into_iter().chain([(param.clone(), key)]))
    }

    /// The arguments that a read takes beside its key.
    pub fn shared(&self, function: &FunctionName, args: &Args) -> Args {
        let (Some(read), Some(call)) = (self.get(function.as_str()), self.read_call(function.as_str())) else {
            return Args::new();
        };
        let others = read.params.iter().filter(|param| param.name != call.key);
        others.filter_map(|param| Some((param.name.clone(), args.get(&param.name)?.clone()))).collect()
    }

    /// The row of a fact for a kind of event: the longest that is the path or begins it.
    pub fn row(&self, kind: &EventKind, path: &Path) -> Option<&FactRow> {
        let mut start = path.as_str();
        loop {
            let rows = self.facts.get(start).map(Vec::as_slice).unwrap_or_default();
            let fits = |row: &&FactRow| row.on.is_empty() || row.on.contains(kind);
            if let Some(row) = rows.iter().find(fits) {
                return (row.open || start == path.as_str()).then_some(row);
            }
            start = &start[..start.rfind('.')?];
        }
    }

    /// What a fact of a kind of event gives; none for parts of a noun that are not listed.
    pub fn gives(&self, kind: &EventKind, path: &Path) -> Option<Type> {
        self.row(kind, path).filter(|row| row.fact == *path).map(|row| row.gives)
    }

    /// Whether a path is a noun, so that only its parts can be looked at.
    pub fn is_noun(&self, path: &Path) -> bool {
        let start = format!("{path}.");
        let from = Path::from(start.as_str());
        self.facts.range(from..).next().is_some_and(|(fact, _)| fact.as_str().starts_with(&start))
    }

    /// Looks at a fact.
    pub fn see(&self, facts: &Facts, settings: &Value, path: &Path) -> Seen {
        if let Some(seen) = given(facts, settings, path) {
            return seen;
        }
        let Some(row) = self.row(&facts.event.kind, path) else {
            return if self.is_noun(path) { Seen::More } else { Seen::Unknown };
        };
        match self.follows(row, facts, settings) {
            Some(Seen::Is(value)) => return Seen::Is(value),
            Some(other) => return other,
            None => {}
        }
        let (part, rest) = row.split(path);
        match self.answer(row, &part, facts, settings) {
            Seen::Is(value) => Seen::Is(value.at(&rest).clone()),
            other => other,
        }
    }

    /// The value that follows without a read, if the row has such a rule and it applies; a need of its own otherwise.
    fn follows(&self, row: &FactRow, facts: &Facts, settings: &Value) -> Option<Seen> {
        let (predicate, value) = row.follows.as_ref()?;
        match self.see(facts, settings, &predicate.fact) {
            Seen::Is(seen) => predicate.holds(&seen).then(|| Seen::Is(value.clone())),
            other => Some(other),
        }
    }

    fn answer(&self, row: &FactRow, part: &Value, facts: &Facts, settings: &Value) -> Seen {
        match &row.source {
            Source::From { facts: paths, work } => match self.see_all(facts, settings, paths.iter()) {
                Ok(values) if values.first().is_some_and(Value::is_nothing) => Seen::Is(Value::Nothing),
                Ok(values) => Seen::Is(work(&values)),
                Err(seen) => seen,
            },
            Source::Answer { read, args, at } => {
                let facts_of = args.iter().filter(|(_, path)| path.as_str() != PART);
                let values = match self.see_all(facts, settings, facts_of.clone().map(|(_, path)| path)) {
                    Ok(values) => values,
                    Err(seen) => return seen,
                };
                let part =
                    args.iter().filter(|(_, path)| path.as_str() == PART).map(|(name, _)| (name.clone(), part.clone()));
                let args = facts_of.map(|(name, _)| name.clone()).zip(values).chain(part);
                let Some(read) = self.read(read, args) else {
                    return Seen::Is(Value::Nothing);
                };
                match facts.answers.get(&read.key()).map(|recorded| &recorded.answer) {
                    None => Seen::Needs(vec![read]),
                    Some(Answer::Failed(error)) => Seen::Failed(error.clone()),
                    Some(Answer::Nothing) => Seen::Is(Value::Nothing),
                    Some(Answer::Found(value)) => Seen::Is(value.at(at).clone()),
                }
            }
        }
    }

    /// All of some facts, or what stands in the way; the needs of all of them come together.
    fn see_all<'a>(
        &self,
        facts: &Facts,
        settings: &Value,
        paths: impl Iterator<Item = &'a Path>,
    ) -> Result<Vec<Value>, Seen> {
        let mut values = Vec::new();
        let mut needs = Vec::new();
        for path in paths {
            match self.see(facts, settings, path) {
                Seen::Is(value) => values.push(value),
                Seen::Needs(reads) => needs.extend(reads),
                Seen::More | Seen::Unknown => values.push(Value::Nothing),
                failed @ Seen::Failed(_) => return Err(failed),
            }
        }
        if needs.is_empty() { Ok(values) } else { Err(Seen::Needs(needs)) }
    }
}

/// What needs no read: the event itself, settings, the moment, the bridge.
fn given(facts: &Facts, settings: &Value, path: &Path) -> Option<Seen> {
    let event = &facts.event;
    if let Some(rest) = path.behind("settings") {
        return Some(Seen::Is(settings.at(&rest).clone()));
    }
    if let Some(value) = told_of_steps(event, path) {
        return Some(Seen::Is(value));
    }
    Some(match path.as_str() {
        "now" => Seen::Is(Value::Moment(facts.now)),
        "event" | "bridge" => Seen::More,
        "event.kind" => Seen::Is(event.kind.as_str().into()),
        "event.at" => Seen::Is(Value::Moment(event.at)),
        "event.subject" => Seen::Is(event.subject.id().into()),
        "bridge.name" => Seen::Is(event.bridge.as_str().into()),
        _ => Seen::Is(event.hint.at(&path.behind("event")?).clone()),
    })
}

/// In a stage: how the steps that it hangs on ended, and what each of them gave.
fn told_of_steps(event: &Event, path: &Path) -> Option<Value> {
    let stage = event.hint.get("stage");
    let root = path.steps().next().filter(|_| !stage.is_nothing())?;
    let told = if root == "result" { stage.get("result") } else { stage.get("steps").get(root) };
    (!told.is_nothing()).then(|| told.at(&path.behind(root).unwrap_or_else(|| "".into())).clone())
}
