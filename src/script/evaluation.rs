//! One evaluation: what it looks at, and the record of what stood in its way.
//!
//! What was not read and what was refused is *recorded* before it is raised, and the record decides: Rhai drops
//! errors inside `sort` and inside interpolation, and a script may catch them.

use std::sync::{Arc, Mutex, MutexGuard};

use rhai::{Dynamic, EvalAltResult, Position};

use crate::catalog::Seen;
use crate::facts::Read;
use crate::failure::HostError;
use crate::names::Path;
use crate::script::View;
use crate::script::convert::to_dynamic;
use crate::script::noun::{LaterPart, Noun};

/// What an evaluation looks at, shared by every noun in it.
pub struct Evaluation {
    pub view: View,
    record: Mutex<Record>,
}

/// What stood in the way.
#[derive(Default)]
pub struct Record {
    pub needs: Vec<Read>,
    pub failed: Option<HostError>,
    pub refused: Option<Refused>,
}

/// What a rule did that is not allowed.
pub struct Refused {
    pub code: &'static str,
    pub what: String,
    pub next: String,
}

impl Evaluation {
    /// A new evaluation.
    pub fn of(view: &View) -> Arc<Self> {
        Arc::new(Evaluation { view: view.clone(), record: Mutex::default() })
    }

    /// What stood in the way, once it is over.
    pub fn take(&self) -> Record {
        std::mem::take(&mut *self.record())
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Records reads that must be answered first, and stops.
    pub fn need(&self, reads: Vec<Read>) -> Box<EvalAltResult> {
        self.record().needs.extend(reads);
        stop()
    }

    /// Records something that is not allowed, and stops.
    pub fn refuse(&self, code: &'static str, what: impl Into<String>, next: impl Into<String>) -> Box<EvalAltResult> {
        self.record().refused.get_or_insert(Refused { code, what: what.into(), next: next.into() });
        stop()
    }

    /// Looks at a fact: its value, a noun to go on from, or a stop.
    pub fn look(self: &Arc<Self>, path: Path) -> Result<Dynamic, Box<EvalAltResult>> {
        let root = path.steps().next().unwrap_or_default();
        if let Some(action) = self.view.laters.get(root) {
            let part = path.behind(root).unwrap_or_else(|| "".into());
            return Ok(Dynamic::from(LaterPart { evaluation: self.clone(), action: *action, path: part }));
        }
        let view = &self.view;
        if view.catalog.row(&view.facts.event.kind, &path).is_some_and(|row| row.open && row.fact == path) {
            return Ok(Dynamic::from(Noun { evaluation: self.clone(), path }));
        }
        match view.catalog.see(&view.facts, &view.settings, &path) {
            Seen::Is(value) => Ok(to_dynamic(&value)),
            Seen::More => Ok(Dynamic::from(Noun { evaluation: self.clone(), path })),
            Seen::Unknown => Ok(Dynamic::UNIT),
            Seen::Needs(reads) => Err(self.need(reads)),
            Seen::Failed(error) => {
                self.record().failed.get_or_insert(error);
                Err(stop())
            }
        }
    }

    /// Whether a noun is absent; asks the read behind it.
    pub fn is_absent(&self, path: &Path) -> Result<bool, Box<EvalAltResult>> {
        match self.view.catalog.see(&self.view.facts, &self.view.settings, path) {
            Seen::Is(value) => Ok(value.is_nothing()),
            Seen::More => Ok(false),
            Seen::Unknown => Ok(true),
            Seen::Needs(reads) => Err(self.need(reads)),
            Seen::Failed(error) => {
                self.record().failed.get_or_insert(error);
                Err(stop())
            }
        }
    }
}

/// Ends an evaluation in a way that no script can catch.
pub fn stop() -> Box<EvalAltResult> {
    EvalAltResult::ErrorTerminated(Dynamic::UNIT, Position::NONE).into()
}
