//! The two engines: *lines* and *scripts*. Neither reaches the outside world.

use std::sync::Arc;

use rhai::packages::{
    BasicArrayPackage, BasicBlobPackage, BasicMapPackage, BasicMathPackage, BitFieldPackage, CorePackage, LogicPackage,
    MoreStringPackage, Package,
};
use rhai::{Engine, Module, OptimizationLevel, Shared, Token};

use crate::catalog::Catalog;
use crate::script::evaluation::Looked;
use crate::script::modules::{Library, native_modules};
use crate::script::{functions, host_calls, later, limits, noun, time};

/// Both, with the modules that they share.
pub struct Engines {
    pub lines: Arc<Engine>,
    pub scripts: Arc<Engine>,
}

impl Engines {
    /// Lines have every module at hand; scripts import what they use, and have the host functions.
    pub fn new(catalog: &Catalog, library: &Library) -> Self {
        let mut scripts = bounded();
        functions::register_for_scripts(&mut scripts);
        host_calls::register(&mut scripts, catalog);
        scripts.set_module_resolver(library.resolver());
        later::register(&mut scripts);

        let mut lines = bounded();
        for (name, module) in native_modules() {
            lines.register_static_module(name, module);
        }
        for (name, module) in library.modules(&scripts) {
            lines.register_static_module(name, module);
        }
        lines.disable_symbol("import");
        later::register(&mut lines);
        Engines { lines: Arc::new(lines), scripts: Arc::new(scripts) }
    }
}

/// Facts, time, bare functions and limits.
fn bounded() -> Engine {
    let mut engine = reader();
    noun::register(&mut engine);
    time::register(&mut engine);
    functions::register(&mut engine);
    engine
}

/// An engine that only reads the syntax of a file: our words, our limits, nothing that reaches out.
pub fn reader() -> Engine {
    let mut engine = Engine::new_raw();
    engine.register_global_module(CorePackage::new().as_shared_module());
    for package in packages() {
        engine.register_global_module(package);
    }
    engine.set_optimization_level(OptimizationLevel::None);
    for symbol in ["eval", "export", "print", "debug"] {
        engine.disable_symbol(symbol);
    }
    // `sleep` is part of the language's core.
    engine.register_fn("sleep", |_: i64| Looked::<()>::Err("there is no `sleep`".into()));
    engine.register_fn("sleep", |_: f64| Looked::<()>::Err("there is no `sleep`".into()));
    engine.set_module_resolver(rhai::module_resolvers::DummyModuleResolver::new());
    free_words(&mut engine);
    limits::set(&mut engine);
    engine
}

/// What comes with the language, without clocks: time is a fact.
fn packages() -> Vec<Shared<Module>> {
    vec![
        BitFieldPackage::new().as_shared_module(),
        LogicPackage::new().as_shared_module(),
        BasicMathPackage::new().as_shared_module(),
        BasicArrayPackage::new().as_shared_module(),
        BasicBlobPackage::new().as_shared_module(),
        BasicMapPackage::new().as_shared_module(),
        MoreStringPackage::new().as_shared_module(),
    ]
}

/// `case` and `thread` are reserved words of Rhai; here they are nouns.
#[allow(deprecated)]
fn free_words(engine: &mut Engine) {
    engine.on_parse_token(|token, _, _| match token {
        Token::Reserved(word) if matches!(word.as_str(), "case" | "thread") => Token::Identifier(word),
        other => other,
    });
}
