//! What `import` finds: `std/NAME` (native modules and `stdlib/*.rhai`) and `scripts/NAME` of the pack; nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::module_resolvers::ModuleResolver;
use rhai::{AST, Engine, EvalAltResult, Module, Position, Scope, Shared};

use crate::script::{cases, files, opening_hours, text};

/// The modules of `stdlib/`, by name.
pub const STANDARD: [(&str, &str); 2] =
    [("people", include_str!("../../stdlib/people.rhai")), ("threads", include_str!("../../stdlib/threads.rhai"))];

/// The modules that are written in Rust.
pub fn native_modules() -> Vec<(&'static str, Shared<Module>)> {
    vec![
        ("cases", cases::module().into()),
        ("files", files::module().into()),
        ("text", text::module().into()),
        ("time", opening_hours::module().into()),
    ]
}

/// The names after `std/`.
pub fn standard_names() -> Vec<&'static str> {
    STANDARD.iter().map(|(name, _)| *name).chain(["cases", "files", "text", "time"]).collect()
}

/// All scripted modules by their path, compiled.
#[derive(Clone, Default)]
pub struct Library {
    scripted: BTreeMap<String, Arc<AST>>,
}

impl Library {
    /// The library with the modules of `stdlib/` in it.
    pub fn standard(reader: &Engine) -> Self {
        let compiled = |(name, text): &(&str, &str)| {
            let ast = reader.compile(text).expect("the modules of stdlib/ compile: a test runs each");
            (format!("std/{name}"), Arc::new(ast))
        };
        Library { scripted: STANDARD.iter().map(compiled).collect() }
    }

    /// Adds a module.
    pub fn add(&mut self, path: &str, ast: AST) {
        self.scripted.insert(path.to_owned(), Arc::new(ast));
    }

    /// The syntax tree of a scripted module.
    pub fn ast(&self, path: &str) -> Option<&AST> {
        self.scripted.get(path).map(Arc::as_ref)
    }

    /// Everything that can be imported.
    pub fn paths(&self) -> Vec<String> {
        let native = native_modules().into_iter().map(|(name, _)| format!("std/{name}"));
        self.scripted.keys().cloned().chain(native).collect()
    }

    /// Answers `import`.
    pub fn resolver(&self) -> Resolver {
        let native = native_modules().into_iter().map(|(name, module)| (format!("std/{name}"), module));
        Resolver { library: self.clone(), loaded: Mutex::new(native.collect()), loading: Mutex::default() }
    }

    /// The scripted modules by their last name; those that do not load were Problems when they were checked.
    pub fn modules(&self, engine: &Engine) -> Vec<(String, Shared<Module>)> {
        let resolver = self.resolver();
        let load = |path: &String| {
            let module = resolver.resolve(engine, None, path, Position::NONE).ok()?;
            Some((path.rsplit('/').next()?.to_owned(), module))
        };
        self.scripted.keys().filter_map(load).collect()
    }
}

/// Finds modules in the library alone.
pub struct Resolver {
    library: Library,
    loaded: Mutex<BTreeMap<String, Shared<Module>>>,
    loading: Mutex<Vec<String>>,
}

impl ModuleResolver for Resolver {
    fn resolve(
        &self,
        engine: &Engine,
        _source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        if let Some(module) = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Ok(module.clone());
        }
        let missing = || EvalAltResult::ErrorModuleNotFound(path.to_owned(), position);
        let ast = self.library.ast(path).ok_or_else(missing)?;
        let enter = |loading: &mut Vec<String>| {
            let new = !loading.iter().any(|name| name == path);
            new.then(|| loading.push(path.to_owned())).is_some()
        };
        if !enter(&mut self.loading.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Err(format!("`{path}` imports itself").into());
        }
        let module = Module::eval_ast_as_new(Scope::new(), ast, engine);
        self.loading.lock().unwrap_or_else(PoisonError::into_inner).retain(|name| name != path);
        let module: Shared<Module> = module?.into();
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), module.clone());
        Ok(module)
    }
}
