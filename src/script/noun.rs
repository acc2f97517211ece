//! Nouns carry the evaluation and a path; looking at a part looks at the fact. Later parts can only be passed on.

use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString};

use crate::names::Path;
use crate::plan::ActionId;
use crate::script::evaluation::Evaluation;

type Looked<T> = Result<T, Box<EvalAltResult>>;

/// `thread`, `thread.author`, `case`: only its parts have values.
#[derive(Clone)]
pub struct Noun {
    pub evaluation: Arc<Evaluation>,
    pub path: Path,
}

/// A part of what an earlier action will make.
#[derive(Clone)]
pub struct LaterPart {
    pub evaluation: Arc<Evaluation>,
    pub action: ActionId,
    pub path: Path,
}

/// Lets an engine look at nouns, and refuse everything but passing on for what is not known yet.
pub fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Noun>("noun").register_type_with_name::<LaterPart>("known after apply");
    engine.register_indexer_get(|noun: &mut Noun, part: ImmutableString| noun.evaluation.look(noun.path.then(&part)));
    engine.register_indexer_get(|later: &mut LaterPart, part: ImmutableString| -> Looked<LaterPart> {
        Ok(LaterPart { path: later.path.then(&part), ..later.clone() })
    });
    // Absent things have absent parts.
    engine.register_indexer_get(|_: &mut (), _: ImmutableString| -> Looked<Dynamic> { Ok(Dynamic::UNIT) });
    engine.register_fn("==", |noun: Noun, _: ()| noun.evaluation.is_absent(&noun.path));
    engine.register_fn("==", |_: (), noun: Noun| noun.evaluation.is_absent(&noun.path));
    engine.register_fn("!=", |noun: Noun, _: ()| noun.evaluation.is_absent(&noun.path).map(|absent| !absent));
    engine.register_fn("!=", |_: (), noun: Noun| noun.evaluation.is_absent(&noun.path).map(|absent| !absent));
    for operator in ["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"] {
        engine.register_fn(operator, |later: LaterPart, _: Dynamic| later.decided());
        engine.register_fn(operator, |_: Dynamic, later: LaterPart| later.decided());
        engine.register_fn(operator, |later: LaterPart, _: LaterPart| later.decided());
    }
    for function in ["to_string", "to_debug", "len", "!", "is_empty", "trim", "to_upper", "to_lower"] {
        engine.register_fn(function, |later: LaterPart| later.decided());
    }
    for function in ["contains", "starts_with", "ends_with", "index_of"] {
        engine.register_fn(function, |later: LaterPart, _: Dynamic| later.decided());
        engine.register_fn(function, |_: Dynamic, later: LaterPart| later.decided());
    }
}

impl LaterPart {
    /// Deciding by what is not known yet.
    pub fn decided(&self) -> Looked<Dynamic> {
        let what = format!("`{}` is not known while the plan is made, so nothing can be decided by it", self.path);
        Err(self.evaluation.refuse(
            "decides-by-later",
            what,
            "move the decision to `after:`, where it is known; passing it on is fine",
        ))
    }
}
