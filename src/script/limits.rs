//! What bounds a rule: steps, depth, sizes, and 250 ms by our own clock.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rhai::{Dynamic, Engine};

/// The longest an evaluation may take.
pub const LONGEST: Duration = Duration::from_millis(250);

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Sets every limit that Rhai has, and the clock.
pub fn set(engine: &mut Engine) {
    engine.set_max_operations(1_000_000);
    engine.set_max_call_levels(32);
    engine.set_max_expr_depths(64, 64);
    engine.set_max_string_size(256 * 1024);
    engine.set_max_array_size(10_000);
    engine.set_max_map_size(10_000);
    engine.set_max_variables(500);
    engine.set_max_functions(500);
    engine.on_progress(|operations| {
        // The clock is looked at now and then: it costs more than a step.
        let late = operations % 1024 == 0 && DEADLINE.get().is_some_and(|deadline| Instant::now() > deadline);
        late.then_some(Dynamic::from("time".to_owned()))
    });
}

/// Runs an evaluation with the clock set.
pub fn within<T>(run: impl FnOnce() -> T) -> T {
    // What is evaluated within an evaluation shares its time.
    let before = DEADLINE.get();
    DEADLINE.set(Some(before.unwrap_or_else(|| Instant::now() + LONGEST)));
    let result = run();
    DEADLINE.set(before);
    result
}
