//! Compiles lines and scripts, and finds everything wrong with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{Dynamic, Engine, OptimizationLevel, Scope, Token};

use crate::catalog::Catalog;
use crate::names::Path;
use crate::problem::{Place, Problem};
use crate::script::check::{self, Named};
use crate::script::expression::NOUNS;
use crate::script::{Expression, Known, ScriptRule, functions, limits, noun, problems, time};

/// The compiler of one rule set. It holds the pack's own script modules.
pub struct Scripts {
    catalog: Arc<Catalog>,
    lines: Arc<Engine>,
    modules: BTreeMap<String, (Arc<str>, Arc<str>)>,
}

impl Scripts {
    /// A compiler that knows the functions and facts of a bridge.
    pub fn new(catalog: Arc<Catalog>) -> Self {
        Scripts { catalog, lines: Arc::new(lines()), modules: BTreeMap::new() }
    }

    /// Adds `scripts/NAME.rhai` of a pack; all its Problems at once.
    pub fn add_module(&mut self, name: &str, file: &str, text: &str) -> Vec<Problem> {
        self.modules.insert(name.to_owned(), (file.into(), text.into()));
        let at = Place { file: file.into(), line: 1, column: 1, width: 1 };
        self.lines.compile(text).err().map(|error| problems::syntax(text, &at, &error)).into_iter().collect()
    }

    /// Compiles one expression. `at` is the place of its first character.
    pub fn expression(&self, text: &str, at: &Place, known: &Known) -> Result<Expression, Vec<Problem>> {
        let scope = scope(known);
        let ast =
            self.lines.compile_expression_with_scope(&scope, text).map_err(|e| vec![problems::syntax(text, at, &e)])?;
        let names = check::names(&ast);
        let found = check::check(&names, at, known, &self.catalog);
        if !found.is_empty() {
            return Err(found);
        }
        let uses = uses(&names);
        Ok(Expression { text: text.into(), at: at.clone(), uses, ast, engine: self.lines.clone() })
    }

    /// Compiles a `.rhai` rule file.
    pub fn script_rule(&self, file: &str, _text: &str, _known: &Known) -> Result<ScriptRule, Vec<Problem>> {
        let at = Place::file(file);
        Err(vec![Problem::new("not-yet", &at, "rule files in Rhai come in a later version")])
    }
}

/// The facts that are named, each once.
fn uses(names: &[Named]) -> Vec<Path> {
    let mut uses: Vec<Path> = Vec::new();
    for path in names.iter().map(Named::path) {
        if !uses.contains(&path) {
            uses.push(path);
        }
    }
    uses
}

fn scope(known: &Known) -> Scope<'static> {
    let mut scope = Scope::new();
    for name in NOUNS.iter().copied().chain(["settings", "now"]) {
        scope.push_constant_dynamic(name, Dynamic::UNIT);
    }
    for name in &known.names {
        scope.push_constant_dynamic(name.to_string(), Dynamic::UNIT);
    }
    scope
}

/// The engine of lines: facts, time, functions, limits; nothing of the outside world.
fn lines() -> Engine {
    let mut engine = Engine::new();
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_module_resolver(rhai::module_resolvers::DummyModuleResolver::new());
    for symbol in ["eval", "import", "export", "print", "debug", "sleep", "timestamp"] {
        engine.disable_symbol(symbol);
    }
    free_words(&mut engine);
    limits::set(&mut engine);
    noun::register(&mut engine);
    time::register(&mut engine);
    functions::register(&mut engine);
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
