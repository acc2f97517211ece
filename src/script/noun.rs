//! Nouns carry the evaluation and a path; looking at a part looks at the fact.

use std::sync::Arc;

use rhai::{Dynamic, Engine, ImmutableString};

use crate::names::Path;
use crate::script::evaluation::{Evaluation, Looked};

/// `thread`, `thread.author`, `case`: only its parts have values.
#[derive(Clone)]
pub struct Noun {
    pub evaluation: Arc<Evaluation>,
    pub path: Path,
}

/// Lets an engine look at nouns.
pub fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Noun>("noun");
    engine.register_indexer_get(|noun: &mut Noun, part: ImmutableString| noun.evaluation.look(noun.path.then(&part)));
    // Absent things have absent parts.
    engine.register_indexer_get(|_: &mut (), _: ImmutableString| -> Looked<Dynamic> { Ok(Dynamic::UNIT) });
    engine.register_fn("==", |noun: Noun, _: ()| noun.evaluation.is_absent(&noun.path));
    engine.register_fn("==", |_: (), noun: Noun| noun.evaluation.is_absent(&noun.path));
    engine.register_fn("!=", |noun: Noun, _: ()| noun.evaluation.is_absent(&noun.path).map(|absent| !absent));
    engine.register_fn("!=", |_: (), noun: Noun| noun.evaluation.is_absent(&noun.path).map(|absent| !absent));
}
