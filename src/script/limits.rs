//! What bounds a rule: steps, depth, sizes, and 250 ms by our own clock.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rhai::{Dynamic, Engine, EvalAltResult};

/// The longest an evaluation may take.
pub const LONGEST: Duration = Duration::from_millis(250);

/// The most steps of an evaluation.
const MOST_STEPS: u64 = 1_000_000;

/// Where an evaluation ends at the latest.
#[derive(Clone, Copy)]
enum End {
    By(Instant),
    AtStep(u64),
}

thread_local! {
    static END: Cell<Option<End>> = const { Cell::new(None) };
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Sets every limit that Rhai has, and the clock.
pub fn set(engine: &mut Engine) {
    engine.set_max_operations(MOST_STEPS);
    engine.set_max_call_levels(32);
    engine.set_max_expr_depths(64, 64);
    engine.set_max_string_size(256 * 1024);
    engine.set_max_array_size(10_000);
    engine.set_max_map_size(10_000);
    engine.set_max_variables(500);
    engine.set_max_functions(500);
    engine.on_progress(|steps| {
        STEPS.set(steps);
        let over = match END.get() {
            // The clock is looked at now and then: it costs more than a step.
            Some(End::By(moment)) => steps % 1024 == 0 && Instant::now() > moment,
            Some(End::AtStep(last)) => steps >= last,
            None => false,
        };
        over.then_some(Dynamic::from("time".to_owned()))
    });
}

/// Runs an evaluation with the clock set. It may run a second time: see `again`.
pub fn within<T>(mut run: impl FnMut() -> Result<T, Box<EvalAltResult>>) -> Result<T, Box<EvalAltResult>> {
    let (before, steps) = (END.get(), STEPS.get());
    END.set(Some(match before {
        // What is evaluated within an evaluation shares its time, and has steps of its own.
        Some(End::By(moment)) => End::By(moment),
        Some(End::AtStep(_)) | None => End::By(Instant::now() + LONGEST),
    }));
    let result = run();
    let result =
        if before.is_none() && result.as_ref().is_err_and(|error| has_no_place(error)) { again(run) } else { result };
    END.set(before);
    STEPS.set(steps);
    result
}

/// Runs what was stopped once more, to one step before. Rhai knows no place for a step into a map or list; the step
/// before it has one, and evaluations have no effects, so that the second stops there.
fn again<T>(mut run: impl FnMut() -> Result<T, Box<EvalAltResult>>) -> Result<T, Box<EvalAltResult>> {
    END.set(Some(End::AtStep(STEPS.get().saturating_sub(1))));
    run()
}

/// Whether an evaluation was stopped by these limits at a step without a place.
fn has_no_place(error: &EvalAltResult) -> bool {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => has_no_place(inner),
        EvalAltResult::ErrorTerminated(why, position) => !why.is_unit() && position.is_none(),
        EvalAltResult::ErrorTooManyOperations(position) => position.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rhai::Scope;

    /// Rhai stops at a step without a place when the last one goes into a map: whichever step that is, the line is told.
    #[test]
    fn an_endless_loop_is_blamed_on_its_line_at_whatever_step_it_stops() {
        let mut engine = Engine::new();
        set(&mut engine);
        engine.set_max_operations(10_000);
        for padding in 0..7 {
            let text = format!("{}\nlet m = #{{}};\nloop {{ m[\"k\"] = 1; }}", "1;".repeat(padding));
            let ast = engine.compile(&text).expect("a script");
            let error = within(|| engine.eval_ast_with_scope::<Dynamic>(&mut Scope::new(), &ast)).expect_err("stopped");
            assert_eq!(error.position().line(), Some(3), "after {padding} statements: {error}");
        }
    }
}
