//! Compiles lines and scripts, and finds everything wrong with them.

use std::sync::{Arc, OnceLock};

use rhai::{AST, Dynamic, Engine, Expr, Scope, Stmt};

use crate::catalog::Catalog;
use crate::names::{Name, Path};
use crate::plan::Arg;
use crate::problem::{Place, Problem, closest};
use crate::script::check::{self, Named};
use crate::script::check_calls::{self, Callable};
use crate::script::codes;
use crate::script::convert::to_arg;
use crate::script::engines::{Engines, reader};
use crate::script::expression::{Compiled, NOUNS, broken};
use crate::script::kinds::{Kind, Kinds};
use crate::script::mentions::Mention;
use crate::script::modules::{Library, standard_names};
use crate::script::problems::{self, Sources};
use crate::script::written::Written;
use crate::script::{
    Expression, Known, ScriptRule, called, check_filled, check_kinds, check_patterns, check_script, check_tables,
    check_time, limits, mentions,
};
use crate::value::Value;

/// The compiler of one rule set. It holds the pack's own script modules.
pub struct Scripts {
    catalog: Arc<Catalog>,
    reader: Engine,
    library: Library,
    sources: Sources,
    /// Those that a text may name.
    calendars: Vec<Name>,
    /// What the modules name in the org.
    mentions: Vec<Mention>,
    /// Made when the first text is compiled, with the modules that are there by then.
    engines: OnceLock<(Engines, Callable, Callable)>,
}

impl Scripts {
    /// A compiler that knows the functions and facts of a bridge and the modules of `stdlib/`.
    pub fn new(catalog: Arc<Catalog>) -> Self {
        let reader = reader();
        let library = Library::standard(&reader);
        let (sources, calendars, mentions) = Default::default();
        Scripts { catalog, reader, library, sources, calendars, mentions, engines: OnceLock::new() }
    }

    /// The calendars that texts may name; they come before the texts.
    pub fn with_calendars(mut self, names: Vec<Name>) -> Self {
        self.calendars = names;
        self
    }

    /// What the modules that were added name in the org.
    pub fn mentions(&self) -> &[Mention] {
        &self.mentions
    }

    /// Adds `scripts/NAME.rhai` of a pack; all its Problems at once. Modules come before the texts that use them.
    pub fn add_module(&mut self, name: &str, file: &str, text: &str) -> Vec<Problem> {
        let written = Written::at(&Place::file(file), text);
        if standard_names().contains(&name) {
            let what = format!("`{name}` is the name of a standard module");
            return vec![Problem::new(codes::MODULE_NAME, &written.at, what).next("give the file another name")];
        }
        let mut ast = match self.reader.compile(&written.text) {
            Ok(ast) => ast,
            Err(error) => return vec![problems::syntax(&written, &error)],
        };
        ast.set_source(file);
        let mut found = check_script::top_level(&ast, &written);
        found.extend(check_script::names(&ast, &written, &Known::default(), &self.catalog));
        found.extend(check_calls::writes(&ast, &written, &self.catalog));
        let callable = self.callable(&ast);
        found.extend(check_calls::check(&ast, &written, &callable, &self.catalog, &self.library.paths()));
        found.extend(self.check_names(&ast, &written, &Known::default()));
        self.mentions.extend(mentions::of(&ast, &written));
        self.sources = self.sources.with(file, written);
        self.library.add(&format!("scripts/{name}"), ast);
        self.engines = OnceLock::new();
        found
    }

    /// What a text names or writes out that can be held against what there is.
    fn check_names(&self, ast: &AST, written: &Written, known: &Known) -> Vec<Problem> {
        let mut found = check_time::check(ast, written, &self.calendars);
        found.extend(check_tables::check(ast, written, known));
        found.extend(check_patterns::check(ast, written));
        found.extend(check_filled::check(ast, written));
        found
    }

    fn kinds<'a>(&'a self, known: &'a Known) -> Kinds<'a> {
        Kinds { known, catalog: &self.catalog, imports: vec![] }
    }

    /// Of what kind an expression is, in the words of a person, where that can be told before it is run.
    pub fn kind(&self, expression: &Expression, known: &Known) -> Option<Kind> {
        self.kinds(known).of_text(&expression.compiled.ast)
    }

    fn engines(&self) -> &(Engines, Callable, Callable) {
        self.engines.get_or_init(|| {
            let engines = Engines::new(&self.catalog, &self.library);
            let mut lines = Callable::of(&engines.lines);
            for path in self.library.paths() {
                let name = path.rsplit('/').next().unwrap_or_default();
                self.library.ast(&path).into_iter().for_each(|ast| lines.add_ast(name, ast));
            }
            let scripts = Callable::of(&engines.scripts);
            (engines, lines, scripts)
        })
    }

    /// Compiles one expression. `at` is the place of its first character.
    pub fn expression(&self, text: &str, at: &Place, known: &Known) -> Result<Expression, Vec<Problem>> {
        let (engines, callable, _) = self.engines();
        let written = Written::at(at, text);
        let scope = scope(known);
        let ast = engines.lines.compile_expression_with_scope(&scope, &written.text);
        let ast = ast.map_err(|error| vec![problems::syntax(&written, &error)])?;
        let names = check::names(&ast);
        let mut found = check::check(&names, &written, known, &self.catalog);
        found.extend(check_calls::check(&ast, &written, callable, &self.catalog, &[]));
        found.extend(check_kinds::check(&ast, &written, &self.kinds(known)));
        found.extend(self.check_names(&ast, &written, known));
        let (branches, unclear) = check_script::branches(&ast, &written);
        found.extend(unclear);
        if !found.is_empty() {
            return Err(found);
        }
        let compiled = Compiled { written, branches, roots: check::roots(&ast), ast, engine: engines.lines.clone() };
        Ok(Expression { text: text.into(), uses: uses(&names), compiled: Box::new(compiled) })
    }

    /// Compiles a `.rhai` rule file. `known.kinds` are what its `rule()` names: see [`Scripts::given`].
    pub fn script_rule(&self, file: &str, text: &str, known: &Known) -> Result<ScriptRule, Vec<Problem>> {
        let (written, ast) = self.read(file, text)?;
        let mut found = check_script::names(&ast, &written, known, &self.catalog);
        found.extend(check_calls::check(&ast, &written, &self.callable(&ast), &self.catalog, &self.library.paths()));
        found.extend(self.check_names(&ast, &written, known));
        let then = ast.iter_functions().find(|function| function.name == "then").map_or(0, |then| then.params.len());
        let then = check_script::function(&ast, "then", then);
        // What a script declares itself hides a noun of the same name.
        let own = check_script::declared(&then).into_iter().map(Name::from);
        let known = Known { names: known.names.iter().cloned().chain(own).collect(), ..known.clone() };
        let kinds = Kinds { imports: check_time::imports(&ast), ..self.kinds(&known) };
        found.extend(check_kinds::check(&then, &written, &kinds));
        let params = ast.iter_functions().find(|function| function.name == "then").map(|then| then.params.clone());
        let params: Vec<String> = params.into_iter().flatten().map(str::to_owned).collect();
        found.extend(check_params(&params, &written));
        if found.is_empty() { Ok(self.finished(file, text, written, &ast, params)) } else { Err(found) }
    }

    /// What `rule()` of a rule file returns, before its names are checked: it says which events they are checked for.
    pub fn given(&self, file: &str, text: &str) -> Result<Value, Vec<Problem>> {
        let (written, ast) = self.read(file, text)?;
        self.evaluate_rule(&ast, &written).map_err(|problem| vec![problem])
    }

    /// Reads a rule file and looks at its shape.
    fn read(&self, file: &str, text: &str) -> Result<(Written, AST), Vec<Problem>> {
        let written = Written::at(&Place::file(file), text);
        let mut ast = self.reader.compile(&written.text).map_err(|error| vec![problems::syntax(&written, &error)])?;
        ast.set_source(file);
        let mut found = check_script::top_level(&ast, &written);
        found.extend(self.check_imports(&ast, &written));
        let has = |name: &str| ast.iter_functions().any(|function| function.name == name);
        for (name, shape) in [("rule", "fn rule() { #{ on: [\"…\"] } }"), ("then", "fn then(thread) { … }")] {
            if !has(name) {
                let what = format!("a rule file has a function `{name}`");
                found.push(Problem::new(codes::MISSING_FUNCTION, &written.at, what).next(format!("add `{shape}`")));
            }
        }
        if found.is_empty() { Ok((written, ast)) } else { Err(found) }
    }

    fn check_imports(&self, ast: &AST, written: &Written) -> Vec<Problem> {
        let paths = self.library.paths();
        let mut found = Vec::new();
        for statement in ast.statements() {
            let Stmt::Import(import, at) = statement else { continue };
            let path = match &import.0 {
                Expr::StringConstant(path, _) => path.as_str(),
                _ => "",
            };
            if !paths.iter().any(|known| known == path) {
                let names: Vec<&str> = paths.iter().map(String::as_str).collect();
                let problem =
                    Problem::new(codes::UNKNOWN_MODULE, &written.place(*at, 6), format!("there is no `{path}`"));
                let near = closest(path, &names).map(|near| format!("did you mean `{near}`?"));
                found.push(problem.next(near.unwrap_or_else(|| format!("there is {}", names.join(", ")))));
            }
        }
        found
    }

    /// What a rule file may call: bare functions, its own, its imports, host functions.
    fn callable(&self, ast: &AST) -> Callable {
        let (_, lines, scripts) = self.engines();
        let mut callable = scripts.clone();
        callable.add_ast("", ast);
        for statement in ast.statements() {
            let Stmt::Import(import, _) = statement else { continue };
            let Expr::StringConstant(path, _) = &import.0 else { continue };
            let name = path.rsplit('/').next().unwrap_or_default();
            match lines.module(name) {
                Some(functions) => callable.add_module(&import.1.name, functions),
                None => callable.add_open(&import.1.name),
            }
        }
        callable
    }

    fn evaluate_rule(&self, ast: &AST, written: &Written) -> Result<Value, Problem> {
        let engine = &self.engines().0.scripts;
        let body = body(ast, "rule", 0);
        let result = limits::within(|| engine.eval_ast_with_scope::<Dynamic>(&mut Scope::new(), &body));
        let sources = self.sources.with(&written.at.file, written.clone());
        let value = result.map_err(|error| {
            let refusal = broken("`rule()`", sources.blame(&written.at, &error), &error);
            Problem::new(refusal.code, &refusal.at, refusal.what).next(refusal.next)
        })?;
        match to_arg(value) {
            Ok(Arg::Known(map @ Value::Map(_))) => Ok(map),
            _ => Err(Problem::new(codes::RULE_IS_NO_MAP, &written.at, "`rule()` gives no map")
                .next("it gives the keys of a rule: `#{ on: [\"khoros.reply_posted\"] }`")),
        }
    }

    fn finished(&self, file: &str, text: &str, written: Written, ast: &AST, params: Vec<String>) -> ScriptRule {
        let at = written.at.clone();
        ScriptRule {
            about: about(file, text),
            body: body(ast, "then", params.len()),
            params,
            mentions: mentions::of(ast, &written),
            calls: called::host_functions(ast, &self.catalog),
            at,
            sources: Arc::new(self.sources.with(file, written)),
            engine: self.engines().0.scripts.clone(),
        }
    }
}

/// The imports of a file and the body of one of its functions, with all its functions at hand.
fn body(ast: &AST, name: &str, params: usize) -> AST {
    let imports = ast.statements().iter().cloned();
    let body = check_script::statements(&check_script::function(ast, name, params));
    let mut whole = AST::new(imports.chain(body), ast.shared_lib().clone());
    whole.set_source(ast.source().unwrap_or_default());
    whole
}

/// The first `//!` line, without the file's name.
fn about(file: &str, text: &str) -> String {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix("//!")).unwrap_or_default().trim();
    let name = file.rsplit('/').next().unwrap_or_default();
    line.strip_prefix(name).and_then(|rest| rest.strip_prefix(':')).unwrap_or(line).trim().to_owned()
}

/// The parameters of `then` are facts by name.
fn check_params(params: &[String], written: &Written) -> Vec<Problem> {
    let names: Vec<&str> = NOUNS.iter().copied().chain(["settings", "now"]).collect();
    let unknown = params.iter().filter(|param| !names.contains(&param.as_str()));
    let problem = |param: &String| {
        let what = format!("`then` takes `{param}`, and there is no such fact");
        check::misspelt(codes::UNKNOWN_NAME, &written.at, &what, param, &names, "it may take")
    };
    unknown.map(problem).collect()
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
