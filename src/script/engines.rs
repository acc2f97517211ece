//! The two engines: *lines* and *scripts*. Neither reaches the outside world.

use std::sync::Arc;

use rhai::{Engine, OptimizationLevel, Token};

use crate::catalog::Catalog;
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
        lines.set_module_resolver(rhai::module_resolvers::DummyModuleResolver::new());
        lines.disable_symbol("import");
        later::register(&mut lines);
        Engines { lines: Arc::new(lines), scripts: Arc::new(scripts) }
    }
}

/// Facts, time, bare functions and limits.
fn bounded() -> Engine {
    let mut engine = Engine::new();
    engine.set_optimization_level(OptimizationLevel::None);
    for symbol in ["eval", "export", "print", "debug", "sleep", "timestamp"] {
        engine.disable_symbol(symbol);
    }
    engine.on_print(|_| {}).on_debug(|_, _, _| {});
    free_words(&mut engine);
    limits::set(&mut engine);
    noun::register(&mut engine);
    time::register(&mut engine);
    functions::register(&mut engine);
    engine
}

/// An engine that only reads the syntax of a file.
pub fn reader() -> Engine {
    let mut engine = Engine::new();
    engine.set_optimization_level(OptimizationLevel::None);
    free_words(&mut engine);
    limits::set(&mut engine);
    engine
}

/// `case` and `thread` are reserved words of Rhai; here they are nouns.
#[allow(deprecated)]
fn free_words(engine: &mut Engine) {
    engine.on_parse_token(|token, _, _| match token {
        Token::Reserved(word) if matches!(word.as_str(), "case" | "thread") => Token::Identifier(word),
        other => other,
    });
}
