//! Moments and durations in expressions: `thread.age >= hours(48)`, `now - thread.posted_at`.

use jiff::{SignedDuration, Timestamp};
use rhai::Engine;

use crate::span;
use crate::value::in_words;

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Moment(pub Timestamp);

/// A duration.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Span(pub SignedDuration);

/// Lets an engine compare and reckon with time.
pub fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Moment>("moment").register_type_with_name::<Span>("duration");
    register_order::<Moment>(engine);
    register_order::<Span>(engine);
    engine.register_fn("-", |a: Moment, b: Moment| Span(a.0.duration_since(b.0)));
    engine.register_fn("+", |a: Moment, b: Span| Moment(a.0.saturating_add(b.0).unwrap_or(Timestamp::MAX)));
    engine.register_fn("-", |a: Moment, b: Span| Moment(a.0.saturating_sub(b.0).unwrap_or(Timestamp::MIN)));
    engine.register_fn("+", |a: Span, b: Span| Span(a.0.saturating_add(b.0)));
    engine.register_fn("-", |a: Span, b: Span| Span(a.0.saturating_sub(b.0)));
    for (name, seconds) in span::UNITS {
        engine.register_fn(name, move |count: i64| Span(span::of(count, name).unwrap_or_default()));
        engine.register_fn(name, move |count: f64| {
            Span(
                SignedDuration::from_secs_f64((count * seconds as f64).clamp(-1e15, 1e15))
                    .clamp(-span::LONGEST, span::LONGEST),
            )
        });
    }
    engine.register_fn("to_string", |moment: Moment| moment.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    engine.register_fn("to_string", |span: Span| in_words(span.0));
}

fn register_order<T: PartialOrd + Clone + Copy + Send + Sync + 'static>(engine: &mut Engine) {
    engine.register_fn("==", |a: T, b: T| a == b);
    engine.register_fn("!=", |a: T, b: T| a != b);
    engine.register_fn("<", |a: T, b: T| a < b);
    engine.register_fn("<=", |a: T, b: T| a <= b);
    engine.register_fn(">", |a: T, b: T| a > b);
    engine.register_fn(">=", |a: T, b: T| a >= b);
}
