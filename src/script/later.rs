//! Values that are known only after apply: they can be passed on, and be pieces of a text that is passed on. Every
//! other use of one is recorded as a refusal.
//!
//! They are values of their own types, so no function that takes text, characters or numbers ever sees one; what is
//! registered here turns each use into the refusal that points to `after:`.

use std::any::TypeId;
use std::collections::BTreeSet;
use std::sync::Arc;

use rhai::{
    Array, Dynamic, Engine, EvalAltResult, FuncRegistration, ImmutableString, Map, Module, NativeCallContext, Position,
    RhaiFunc,
};

use crate::names::Path;
use crate::plan::{ActionId, Piece};
use crate::script::evaluation::{Evaluation, Looked, standing_at, stop};

/// The code of deciding by a Later, and what to do instead.
pub const CODE: &str = "decides-by-later";
pub const NEXT: &str = "move the decision to `after:`, where it is known; passing it on is fine";

/// The most a text with Laters may hold, in bytes and in pieces.
const LONGEST: usize = 256 * 1024;
const MOST_PIECES: usize = 10_000;

/// A part of what an earlier action will make.
#[derive(Clone)]
pub struct LaterPart {
    pub evaluation: Arc<Evaluation>,
    pub action: ActionId,
    pub path: Path,
}

/// A text with such parts in it.
#[derive(Clone)]
pub struct LaterText {
    pub evaluation: Arc<Evaluation>,
    pub pieces: Vec<Piece>,
}

impl LaterPart {
    fn text(self) -> LaterText {
        LaterText { pieces: vec![Piece::Later { action: self.action, path: self.path }], evaluation: self.evaluation }
    }
}

impl LaterText {
    /// With more pieces behind; those that are text are joined.
    fn and(mut self, more: LaterText) -> Looked<Dynamic> {
        for piece in more.pieces {
            match (self.pieces.last_mut(), piece) {
                (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
                (_, Piece::Text(text)) if text.is_empty() => {}
                (_, piece) => self.pieces.push(piece),
            }
        }
        let bytes: usize = self.pieces.iter().map(|p| if let Piece::Text(text) = p { text.len() } else { 0 }).sum();
        if bytes > LONGEST || self.pieces.len() > MOST_PIECES {
            let next = "make it smaller; a text holds 256 KiB";
            return Err(self.evaluation.refuse("script-limit", "it was stopped: a text became too long", next));
        }
        Ok(Dynamic::from(self))
    }

    fn around(evaluation: &Arc<Evaluation>, text: &str) -> LaterText {
        LaterText { evaluation: evaluation.clone(), pieces: vec![Piece::Text(text.to_owned())] }
    }
}

/// Lets an engine pass Laters on, and refuse everything else. Comes last: it looks at all functions there are.
pub fn register(engine: &mut Engine) {
    engine.register_type_with_name::<LaterPart>("known after apply");
    engine.register_type_with_name::<LaterText>("text known after apply");
    refuse_everything(engine);
    refuse_lists(engine);
    engine.register_indexer_get(|later: &mut LaterPart, part: ImmutableString| -> Looked<LaterPart> {
        Ok(LaterPart { path: later.path.then(&part), ..later.clone() })
    });
    engine.register_indexer_get(|later: &mut LaterPart, _: Dynamic| decided(&Dynamic::from(later.clone())));
    engine.register_indexer_get(|later: &mut LaterText, _: Dynamic| decided(&Dynamic::from(later.clone())));
    engine.register_iterator_result::<LaterPart, Dynamic>();
    engine.register_iterator_result::<LaterText, Dynamic>();
    sums(engine);
}

/// A text and a Later make a text.
fn sums(engine: &mut Engine) {
    engine.register_fn("+", |a: ImmutableString, b: LaterPart| LaterText::around(&b.evaluation, &a).and(b.text()));
    engine.register_fn("+", |a: LaterPart, b: ImmutableString| {
        let b = LaterText::around(&a.evaluation, &b);
        a.text().and(b)
    });
    engine.register_fn("+", |a: ImmutableString, b: LaterText| LaterText::around(&b.evaluation, &a).and(b));
    engine.register_fn("+", |a: LaterPart, b: LaterText| a.text().and(b));
    engine.register_fn("+", |a: LaterText, b: LaterPart| a.and(b.text()));
    engine.register_fn("+", |a: LaterText, b: LaterText| a.and(b));
    engine.register_fn("+", |context: NativeCallContext, a: LaterText, b: Dynamic| {
        let text = if b.is_unit() { ImmutableString::new() } else { context.call_native_fn("to_string", (b,))? };
        let b = LaterText::around(&a.evaluation, &text);
        a.and(b)
    });
}

/// What a guard is made of: a name, and which argument holds the Later.
type Shape = (String, Vec<TypeId>);

/// Each function of the engine with a Later in each place where it takes text, characters, numbers or anything.
fn refuse_everything(engine: &mut Engine) {
    let mut shapes = operators();
    shapes.extend(signatures(engine, "").iter().flat_map(|(name, types)| with_laters(name, types)));
    for (name, types) in shapes {
        engine.register_raw_fn(name, types, |context: NativeCallContext, arguments: &mut [&mut Dynamic]| {
            guarded(context.call_position(), arguments)
        });
    }
}

/// A module that refuses in the same way.
pub fn guard(mut module: Module, name: &str) -> Module {
    let mut engine = Engine::new_raw();
    engine.register_static_module(name, module.clone().into());
    let found = signatures(&engine, name);
    let shapes: BTreeSet<Shape> = found.iter().flat_map(|(name, types)| with_laters(name, types)).collect();
    for (name, types) in shapes {
        FuncRegistration::new(name).set_into_module_raw(
            &mut module,
            types,
            RhaiFunc::Method {
                func: Arc::new(|context: Option<NativeCallContext>, arguments: &mut [&mut Dynamic]| {
                    guarded(context.map_or(Position::NONE, |context| context.call_position()), arguments)
                }),
                has_context: true,
                is_pure: true,
                is_volatile: true,
            },
        );
    }
    module
}

/// The shapes of a function in which one argument is a Later.
fn with_laters(name: &str, types: &[TypeId]) -> Vec<Shape> {
    let keeps = keeps(name, types);
    let mut shapes = Vec::new();
    for at in (0..types.len()).filter(|at| !keeps.contains(at)) {
        for later in laters() {
            // Where a function takes anything, the guard must be the nearer match, so both shapes are made.
            let any = |n: usize| if n == at { later } else { TypeId::of::<Dynamic>() };
            let exact = |n: usize| if n == at { later } else { types[n] };
            shapes.push((name.to_owned(), (0..types.len()).map(any).collect()));
            shapes.push((name.to_owned(), (0..types.len()).map(exact).collect()));
        }
    }
    shapes
}

fn laters() -> [TypeId; 2] {
    [TypeId::of::<LaterPart>(), TypeId::of::<LaterText>()]
}

fn guarded(position: Position, arguments: &mut [&mut Dynamic]) -> Looked<Dynamic> {
    let later = arguments.iter().find_map(|argument| evaluation_in(argument));
    let error = later.map_or_else(stop, |(evaluation, what)| refusal(&evaluation, &what));
    Err(standing_at(error, position))
}

/// The built-in operators; Rhai's lists do not name them.
fn operators() -> BTreeSet<Shape> {
    let any = TypeId::of::<Dynamic>();
    let laters = laters();
    let names =
        ["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>", "contains"];
    let mut shapes = BTreeSet::new();
    for name in names {
        for later in laters {
            for other in [any, TypeId::of::<()>(), laters[0], laters[1]] {
                shapes.insert((name.to_owned(), vec![later, other]));
                shapes.insert((name.to_owned(), vec![other, later]));
            }
        }
    }
    for name in ["!", "-", "+"] {
        shapes.extend(laters.iter().map(|later| (name.to_owned(), vec![*later])));
    }
    shapes
}

/// `to_json` looks into a map by itself; everything else asks for the text of each part.
fn refuse_lists(engine: &mut Engine) {
    engine.register_fn("to_json", |map: Map| match evaluation_in(&Dynamic::from(map.clone())) {
        Some((evaluation, what)) => Err(refusal(&evaluation, &what)),
        None => Ok(serde_json::to_string(&map).unwrap_or_default()),
    });
}

/// Names and types of the functions of a namespace.
fn signatures(engine: &Engine, namespace: &str) -> Vec<Shape> {
    let shape = |info: rhai::FuncInfo| {
        // Sums are registered one by one; getters and closures are no functions that a script names.
        let is_sum = matches!(info.metadata.name.as_str(), "+" | "+=");
        let named = info.namespace == namespace
            && !is_sum
            && !info.metadata.name.contains('$')
            && !info.metadata.name.starts_with("anon");
        named.then(|| (info.metadata.name.to_string(), info.metadata.param_types.to_vec()))
    };
    engine.collect_fn_metadata(None, shape, true)
}

/// The places of a function that keep a value as it is.
fn keeps(name: &str, types: &[TypeId]) -> &'static [usize] {
    let first = types.first();
    match name {
        "push" | "unshift" if first == Some(&TypeId::of::<Array>()) => &[1],
        "insert" | "pad" if first == Some(&TypeId::of::<Array>()) => &[2],
        "table" => &[2],
        "set" if first == Some(&TypeId::of::<Array>()) || first == Some(&TypeId::of::<Map>()) => &[2],
        _ => &[],
    }
}

/// The evaluation of the first Later in a value, and what it is called.
pub fn evaluation_in(value: &Dynamic) -> Option<(Arc<Evaluation>, String)> {
    if let Some(later) = value.read_lock::<LaterPart>() {
        return Some((later.evaluation.clone(), format!("`{}`", later.path)));
    }
    if let Some(later) = value.read_lock::<LaterText>() {
        return Some((later.evaluation.clone(), "a text that holds it".to_owned()));
    }
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().find_map(evaluation_in);
    }
    value.read_lock::<Map>().and_then(|map| map.values().find_map(evaluation_in))
}

/// Records that something was decided by a Later.
pub fn refusal(evaluation: &Evaluation, what: &str) -> Box<EvalAltResult> {
    let what = format!("{what} is not known while the plan is made, so nothing can be decided by it");
    evaluation.refuse(CODE, what, NEXT)
}

/// Lists that a function looks into by itself must hold none.
pub fn none_in(list: &[Dynamic]) -> Looked<()> {
    match list.iter().find_map(evaluation_in) {
        Some((evaluation, what)) => Err(refusal(&evaluation, &what)),
        None => Ok(()),
    }
}

fn decided(later: &Dynamic) -> Looked<Dynamic> {
    Err(evaluation_in(later).map_or_else(stop, |(evaluation, what)| refusal(&evaluation, &what)))
}

/// Going through one, as `for` does, is deciding by it.
macro_rules! refuse_to_iterate {
    ($($kind:ty),*) => {$(
        impl IntoIterator for $kind {
            type Item = Looked<Dynamic>;
            type IntoIter = std::iter::Once<Self::Item>;

            fn into_iter(self) -> Self::IntoIter {
                std::iter::once(decided(&Dynamic::from(self)))
            }
        }
    )*};
}

refuse_to_iterate!(LaterPart, LaterText);
