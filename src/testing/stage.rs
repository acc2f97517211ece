//! The seams of a test: a clock that jumps, chance that is none, and a catalog whose hosts are the test's world.
//!
//! Our own notebook stays the real one, over the store that was handed in.

use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::catalog::{
    Boxed, Call, Catalog, FnCount, FnMany, FnRead, FnScan, HostFunction, Item, NOTEBOOK, ReadCall, Reply, Rows,
    ScanCall, ScanPage, Scanning, Source, WriteCall,
};
use crate::facts::Args;
use crate::failure::{FailureClass, HostError};
use crate::ports::{Clock, Entropy};
use crate::predicate::{Predicate, Pushed, Test};
use crate::testing::faults::{first_who_may, strike};
use crate::testing::world::World;
use crate::value::Value;

/// A clock that stands still until somebody waits.
pub struct Jumping(Mutex<Timestamp>);

impl Jumping {
    /// A clock that shows a moment.
    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Jumping(Mutex::new(now)))
    }

    /// Moves on to a moment, never back.
    pub fn move_to(&self, moment: Timestamp) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = moment.max(*now);
    }
}

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep_until(&self, moment: Timestamp) -> Boxed<()> {
        self.move_to(moment);
        Box::pin(ready(()))
    }
}

/// The same every time, so that a test says the same every time.
pub struct NoChance;

impl Entropy for NoChance {
    fn next(&self) -> u64 {
        0
    }
}

/// A world that the functions of a catalog share.
pub type Shared = Arc<Mutex<World>>;

/// The world, for a moment.
pub fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What every function of the stage is made with.
#[derive(Clone)]
struct Stage {
    catalog: Arc<Catalog>,
    world: Shared,
    clock: Arc<Jumping>,
}

/// The same functions, answering from a world.
pub fn catalog(real: &Arc<Catalog>, world: &Shared, clock: &Arc<Jumping>) -> Catalog {
    let stage = Stage { catalog: real.clone(), world: world.clone(), clock: clock.clone() };
    let mut staged = Catalog::clone(real).without_polls();
    for function in real.functions().filter(|function| function.name.host() != NOTEBOOK) {
        staged.add(stage.function(function));
    }
    staged
}

/// Whether a field is what a search asks for: to the org capitals mean nothing.
fn is_same(field: &Value, wanted: &Value) -> bool {
    match (field.as_str(), wanted.as_str()) {
        (Some(field), Some(wanted)) => field.to_lowercase() == wanted.to_lowercase(),
        _ => field == wanted,
    }
}

/// A test names the line that stopped a rule, so no line may stop it unseen in a search.
fn only_the_look_back(predicate: &Predicate) -> Pushed {
    match (predicate.fact.as_str(), &predicate.test) {
        ("thread.posted_at", Test::AtLeast(_)) => Pushed::Whole,
        _ => Pushed::Residue,
    }
}

impl Stage {
    fn function(&self, function: &HostFunction) -> HostFunction {
        let call = match &function.call {
            Call::Read(call) => Call::Read(ReadCall { call: self.read(function, call), ..call.clone() }),
            Call::Scan(call) => Call::Scan(self.search(function, call)),
            Call::Write(call) => Call::Write(WriteCall { call: self.write(function, call), ..call.clone() }),
            note @ Call::Note { .. } => note.clone(),
        };
        let finds = function.finds.as_ref().map(|search| self.search(function, search));
        HostFunction { call, finds, ..function.clone() }
    }

    fn search(&self, function: &HostFunction, call: &ScanCall) -> ScanCall {
        // What is too old is a reason of its own in a test, so nobody counts it.
        let count: FnCount = Arc::new(|_| Box::pin(ready(Ok(None))));
        ScanCall { call: self.scan(function, call), accepts: only_the_look_back, count, ..call.clone() }
    }

    fn read(&self, function: &HostFunction, call: &ReadCall) -> FnRead {
        let (stage, name, call) = (self.clone(), function.name.clone(), call.clone());
        Arc::new(move |asked| {
            let mut world = lock(&stage.world);
            let first = asked.keys.first().cloned().unwrap_or_default();
            let args: Args = asked.shared.clone().into_iter().chain([(call.key.clone(), first)]).collect();
            let answered = match strike(&mut world.faults, &name, &args) {
                Some(wrong) => Err(wrong.error(&name)),
                None => {
                    let nobody = || {
                        HostError::new(FailureClass::Refused, name.to_string(), "the test gives no answer to this read")
                    };
                    let rows = world.rows(&stage.catalog, &name, &call, &asked);
                    // Nothing lags here: whatever was written can be found.
                    rows.map(|rows| Rows { rows, newest: Some(stage.clock.now()) }).ok_or_else(nobody)
                }
            };
            Box::pin(ready(answered))
        })
    }

    fn scan(&self, function: &HostFunction, call: &ScanCall) -> FnScan {
        let (stage, name, call) = (self.clone(), function.name.clone(), call.clone());
        Arc::new(move |scanning| {
            let mut world = lock(&stage.world);
            let answered = match strike(&mut world.faults, &name, &scanning.args) {
                Some(wrong) => Err(wrong.error(&name)),
                None => {
                    let rows = world.found(&call.rows_answer).into_iter();
                    let rows = rows.filter(|row| stage.is_searched(&call, &scanning, row)).collect();
                    Ok(ScanPage { rows, ..ScanPage::default() })
                }
            };
            Box::pin(ready(answered))
        })
    }

    /// Whether a row passes what goes along in the search.
    fn is_searched(&self, call: &ScanCall, scanning: &Scanning, row: &Value) -> bool {
        let wanted =
            scanning.args.values().filter_map(|value| if let Value::Map(fields) = value { Some(fields) } else { None });
        wanted.flatten().all(|(name, value)| is_same(row.get(name.as_str()), value))
            && scanning.predicates.iter().all(|predicate| {
                match self.catalog.row(&call.event, &predicate.fact).map(|row| &row.source) {
                    Some(Source::Answer { at, .. }) => predicate.holds(row.at(at)),
                    _ => true,
                }
            })
    }

    fn write(&self, function: &HostFunction, call: &WriteCall) -> FnMany {
        let (stage, function, call) = (self.clone(), function.clone(), call.clone());
        Arc::new(move |items| {
            let mut world = lock(&stage.world);
            let reply = |item: &Item| {
                let by = match first_who_may(&mut world.faults, &function.name, &item.args) {
                    Ok(by) => by,
                    Err(wrong) => {
                        if wrong.is_applied() {
                            world.write(&stage.catalog, &function, &call, item, stage.clock.now());
                        } else {
                            world.lose(&stage.catalog, &call, item);
                        }
                        return wrong.reply(&function.name);
                    }
                };
                let mut result = world.write(&stage.catalog, &function, &call, item, stage.clock.now());
                if let (Value::Map(parts), Some(by)) = (&mut result, by) {
                    parts.insert("by".into(), by);
                }
                Reply::Done(result)
            };
            Box::pin(ready(items.iter().map(reply).collect()))
        })
    }
}
