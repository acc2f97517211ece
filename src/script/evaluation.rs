//! One evaluation: what it looks at, and the record of what stood in its way.
//!
//! What was not read and what was refused is *recorded* before it is raised, and the record decides: Rhai drops
//! errors inside `sort` and inside interpolation, and a script may catch them.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard};

use rhai::{Dynamic, EvalAltResult, Position};

use crate::catalog::Seen;
use crate::facts::Read;
use crate::failure::HostError;
use crate::names::Path;
use crate::plan::ActionId;
use crate::problem::Place;
use crate::script::convert::to_dynamic;
use crate::script::later::{self, LaterPart};
use crate::script::noun::Noun;
use crate::script::problems::Sources;
use crate::script::{PlannedWrite, View};
use crate::value::Value;

/// What a look gives, or the stop.
pub type Looked<T> = Result<T, Box<EvalAltResult>>;

thread_local! {
    /// The evaluation under way on this thread, for functions that are called without a noun. It is synchronous.
    static CURRENT: RefCell<Option<Arc<Evaluation>>> = const { RefCell::new(None) };
}

/// What an evaluation looks at, shared by every noun in it.
pub struct Evaluation {
    pub view: View,
    /// Where its text stands; a script's `then` has one, and may plan writes and skip.
    script: Option<(Arc<Sources>, Place)>,
    record: Mutex<Record>,
}

/// What stood in the way.
#[derive(Default)]
pub struct Record {
    pub needs: Vec<Read>,
    pub failed: Option<HostError>,
    pub refused: Option<Refused>,
    /// Why the script does nothing.
    pub skipped: Option<String>,
    pub writes: Vec<PlannedWrite>,
}

impl Record {
    fn is_open(&self) -> bool {
        self.needs.is_empty() && self.failed.is_none() && self.refused.is_none() && self.skipped.is_none()
    }
}

/// What a rule did that is not allowed.
pub struct Refused {
    pub code: &'static str,
    pub what: String,
    pub next: String,
}

impl Evaluation {
    /// A new evaluation of a line.
    pub fn of(view: &View) -> Arc<Self> {
        Arc::new(Evaluation { view: view.clone(), script: None, record: Mutex::default() })
    }

    /// A new evaluation of a script, which may plan writes.
    pub fn planning(view: &View, sources: Arc<Sources>, at: &Place) -> Arc<Self> {
        Arc::new(Evaluation { view: view.clone(), script: Some((sources, at.clone())), record: Mutex::default() })
    }

    /// The place of a position in its script.
    pub fn place(&self, position: Position) -> Place {
        let found = self.script.as_ref().map(|(sources, at)| sources.place(at, &at.file, position));
        found.unwrap_or_else(|| Place::file(""))
    }

    /// The one under way on this thread.
    pub fn current() -> Looked<Arc<Self>> {
        CURRENT.with_borrow(Option::clone).ok_or_else(|| "facts and host functions are for `then`".into())
    }

    /// Runs with this one as the current.
    pub fn run<T>(self: &Arc<Self>, run: impl FnOnce() -> T) -> T {
        let before = CURRENT.replace(Some(self.clone()));
        let result = run();
        CURRENT.set(before);
        result
    }

    /// Adds a write to the plan; its id.
    pub fn plan(&self, write: PlannedWrite) -> Looked<ActionId> {
        if self.script.is_none() {
            let what = format!("`{}` writes, and only a script's `then` may", write.function);
            return Err(self.refuse("writes-here", what, "move it to `then`"));
        }
        let writes = &mut self.record().writes;
        writes.push(write);
        Ok(self.view.next_action.saturating_add(ActionId::try_from(writes.len() - 1).unwrap_or(ActionId::MAX)))
    }

    /// Ends a script that decided to do nothing.
    pub fn skip(&self, why: &str) -> Box<EvalAltResult> {
        if self.script.is_none() || !self.record().writes.is_empty() {
            let what = "it skips, but planned something before";
            return self.refuse("expression-failed", what, "decide to skip before the first write");
        }
        self.first(|record| record.skipped = Some(why.to_owned()));
        stop()
    }

    /// Records a failed read, and stops.
    pub fn fail(&self, error: HostError) -> Box<EvalAltResult> {
        self.first(|record| record.failed = Some(error));
        stop()
    }

    /// What stood in the way, once it is over.
    pub fn take(&self) -> Record {
        std::mem::take(&mut *self.record())
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The first thing that stood in the way counts: what comes after an error was swallowed means nothing.
    fn first(&self, note: impl FnOnce(&mut Record)) {
        let mut record = self.record();
        if record.is_open() {
            note(&mut record);
        }
    }

    /// What a read gave; what is not read yet, or could not be, ends the evaluation.
    pub fn answer(&self, read: Read) -> Looked<Value> {
        match Seen::answer(&self.view.facts, read) {
            Seen::Is(value) => Ok(value),
            Seen::Needs(reads) => Err(self.need(reads)),
            Seen::Failed(error) => Err(self.fail(error)),
            Seen::More | Seen::Unknown => Ok(Value::Nothing),
        }
    }

    /// Records reads that must be answered first, and stops.
    pub fn need(&self, reads: Vec<Read>) -> Box<EvalAltResult> {
        self.first(|record| record.needs.extend(reads));
        stop()
    }

    /// Records something that is not allowed, and stops.
    pub fn refuse(&self, code: &'static str, what: impl Into<String>, next: impl Into<String>) -> Box<EvalAltResult> {
        self.first(|record| record.refused = Some(Refused { code, what: what.into(), next: next.into() }));
        stop()
    }

    /// Looks at a fact: its value, a noun to go on from, or a stop.
    pub fn look(self: &Arc<Self>, path: Path) -> Looked<Dynamic> {
        let root = path.steps().next().unwrap_or_default();
        if let Some(action) = self.view.laters.get(root) {
            let part = path.behind(root).unwrap_or_else(|| "".into());
            return Ok(Dynamic::from(LaterPart { evaluation: self.clone(), action: *action, path: part }));
        }
        let view = &self.view;
        if view.catalog.row(&view.facts.event.kind, &path).is_some_and(|row| row.open && row.fact == path) {
            return Ok(Dynamic::from(Noun { evaluation: self.clone(), path }));
        }
        match view.see(&path) {
            Seen::Is(value) => Ok(to_dynamic(&value)),
            Seen::More => Ok(Dynamic::from(Noun { evaluation: self.clone(), path })),
            Seen::Unknown => Ok(Dynamic::UNIT),
            Seen::Needs(reads) => Err(self.need(reads)),
            Seen::Failed(error) => Err(self.fail(error)),
        }
    }

    /// Whether a noun is absent; asks the read behind it.
    pub fn is_absent(&self, path: &Path) -> Looked<bool> {
        if self.view.laters.contains_key(path.steps().next().unwrap_or_default()) {
            return Err(later::refusal(self, &format!("`{path}`")));
        }
        match self.view.see(path) {
            Seen::Is(value) => Ok(value.is_nothing()),
            Seen::More => Ok(false),
            Seen::Unknown => Ok(true),
            Seen::Needs(reads) => Err(self.need(reads)),
            Seen::Failed(error) => Err(self.fail(error)),
        }
    }
}

/// Ends an evaluation in a way that no script can catch.
pub fn stop() -> Box<EvalAltResult> {
    EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE).into()
}

/// An error with the place of the call; Rhai leaves calls of module functions without one.
pub fn standing_at(mut error: Box<EvalAltResult>, position: Position) -> Box<EvalAltResult> {
    if error.position().is_none() {
        error.set_position(position);
    }
    error
}
