//! Which functions a text calls: unknown ones, wrong numbers of arguments, modules that are not imported. Rhai finds
//! these only when the line is run.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{AST, ASTNode, Engine, Expr, FnCallExpr, Position, Stmt};

use crate::catalog::{Call, Catalog, Param};
use crate::names::is_field;
use crate::problem::{Problem, closest};
use crate::script::check::misspelt;
use crate::script::codes;
use crate::script::host_calls::is_callable;
use crate::script::written::Written;

/// Functions by name, with the numbers of arguments that they take.
pub type Functions = BTreeMap<String, BTreeSet<usize>>;

/// Functions of the language that rules do not have: no time passes in a rule, and it ends with `return`.
const WITHOUT: [&str; 2] = ["sleep", "exit"];

/// Words of Rhai that look like functions.
const WORDS: [&str; 8] = ["Fn", "call", "curry", "is_def_var", "is_def_fn", "is_shared", "type_of", "is_anonymous"];

/// What a text may call, by module; the empty module holds bare functions and methods.
#[derive(Clone, Default)]
pub struct Callable {
    modules: BTreeMap<String, Functions>,
    /// Modules that are still to be read: nothing is said about them.
    open: BTreeSet<String>,
}

impl Callable {
    /// What an engine knows by itself.
    pub fn of(engine: &Engine) -> Self {
        let mut all = Callable::default();
        let found = engine.collect_fn_metadata(
            None,
            |info| Some((info.namespace.to_string(), info.metadata.name.to_string(), info.metadata.num_params)),
            true,
        );
        for (module, name, arguments) in found.into_iter().filter(|(_, name, _)| !WITHOUT.contains(&name.as_str())) {
            all.add(&module, &name, arguments);
        }
        all
    }

    /// With one more function.
    pub fn add(&mut self, module: &str, name: &str, arguments: usize) {
        self.modules.entry(module.to_owned()).or_default().entry(name.to_owned()).or_default().insert(arguments);
    }

    /// With the functions of a syntax tree: bare ones in its own file, else those of a module.
    pub fn add_ast(&mut self, module: &str, ast: &AST) {
        for function in ast.iter_functions() {
            self.add(module, function.name, function.params.len());
            if module.is_empty() {
                // Called as a method, its first argument is `this`.
                self.add(module, function.name, function.params.len() + 1);
            }
        }
    }

    /// With a module under another name.
    pub fn add_module(&mut self, name: &str, functions: &Functions) {
        self.modules.insert(name.to_owned(), functions.clone());
    }

    /// With a module of which nothing is known yet.
    pub fn add_open(&mut self, name: &str) {
        self.open.insert(name.to_owned());
    }

    /// The functions of a module.
    pub fn module(&self, name: &str) -> Option<&Functions> {
        self.modules.get(name)
    }
}

/// A call as it stands in a text.
struct Called<'a> {
    call: &'a FnCallExpr,
    arguments: usize,
    at: Position,
}

/// Problems of the calls of a text.
pub fn check(
    ast: &AST,
    written: &Written,
    callable: &Callable,
    catalog: &Catalog,
    importable: &[String],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    ast.walk(&mut |path| {
        let called = match path.last() {
            Some(ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at))) => {
                Called { call, arguments: call.args.len(), at: *at }
            }
            Some(ASTNode::Expr(Expr::MethodCall(call, at))) => Called { call, arguments: call.args.len() + 1, at: *at },
            _ => return true,
        };
        problems.extend(check_call(&called, written, callable, importable));
        problems.extend(check_arguments(&called, written, catalog));
        true
    });
    problems
}

fn check_call(called: &Called, written: &Written, callable: &Callable, importable: &[String]) -> Option<Problem> {
    let name = called.call.name.as_str();
    let is_word = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !is_word || WORDS.contains(&name) {
        return None;
    }
    let module = module(called.call);
    if callable.open.contains(&module) {
        return None;
    }
    let Some(functions) = callable.module(&module) else {
        return Some(unknown_module(called, written, &module, callable, importable));
    };
    let place = written.place(called.at, name.chars().count());
    let whole = if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
    match functions.get(name) {
        Some(arguments) if arguments.contains(&called.arguments) => None,
        Some(arguments) => {
            let takes: Vec<String> = arguments.iter().map(usize::to_string).collect();
            let takes = takes.join(" or ");
            let what = format!("`{whole}` takes {takes} arguments, not {}", called.arguments);
            Some(Problem::new(codes::WRONG_ARGUMENTS, &place, what).next(format!("give it {takes}")))
        }
        None => {
            let names: Vec<&str> = functions.keys().map(String::as_str).filter(|name| !name.contains('$')).collect();
            let near: Vec<&str> = closest(name, &names).into_iter().collect();
            let listed = if module.is_empty() { near } else { names };
            let what = format!("unknown function `{whole}`");
            Some(misspelt(codes::UNKNOWN_FUNCTION, &place, &what, name, &listed, "there is"))
        }
    }
}

fn module(call: &FnCallExpr) -> String {
    call.namespace.path.iter().map(|step| step.name.as_str()).collect::<Vec<_>>().join("::")
}

fn unknown_module(
    called: &Called,
    written: &Written,
    module: &str,
    callable: &Callable,
    importable: &[String],
) -> Problem {
    let place = written.place(called.call.namespace.position(), module.chars().count());
    let problem = Problem::new(codes::UNKNOWN_MODULE, &place, format!("there is no module `{module}` here"));
    let path = importable.iter().find(|path| path.rsplit('/').next() == Some(module));
    if let Some(path) = path {
        return problem.next(format!("write `import \"{path}\" as {module};` at the top of the file"));
    }
    let names: Vec<&str> = callable.modules.keys().map(String::as_str).filter(|name| !name.is_empty()).collect();
    match closest(module, &names) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem.because(format!("modules here are: {}", names.join(", "))),
    }
}

/// The parameters of a host function, where they are written out.
fn check_arguments(called: &Called, written: &Written, catalog: &Catalog) -> Vec<Problem> {
    let name = format!("{}.{}", module(called.call), called.call.name);
    let (Some(function), [Expr::Map(entries, at)]) = (catalog.get(&name), called.call.args.as_slice()) else {
        return vec![];
    };
    let names: Vec<&str> = function.params.iter().map(|param| param.name.as_str()).collect();
    let by_field = function.by_field();
    let is_of_field = |name: &str| by_field.is_some() && is_field(name);
    let mut problems = Vec::new();
    let is_known = |name: &str| names.contains(&name) || is_of_field(name);
    for (key, _) in entries.0.iter().filter(|(key, _)| !is_known(&key.name)) {
        let place = written.place(key.pos, key.name.chars().count());
        let what = format!("`{name}` takes no `{}`", key.name);
        problems.push(misspelt(codes::UNKNOWN_PARAMETER, &place, &what, &key.name, &names, "it takes"));
    }
    let is_given = |param: &Param| {
        let is_by_field = by_field.is_some_and(|by| by.name == param.name);
        entries.0.iter().any(|(key, _)| key.name == param.name.as_str() || is_by_field && is_field(&key.name))
    };
    for param in function.params.iter().filter(|param| param.required && !is_given(param)) {
        let what = format!("`{name}` needs `{}`", param.name);
        let problem = Problem::new(codes::MISSING_PARAMETER, &written.place(*at, 2), what);
        problems.push(problem.next(format!("`{}`: {}", param.name, param.about)));
    }
    problems
}

/// The writes that a text calls: modules may read, not write.
pub fn writes(ast: &AST, written: &Written, catalog: &Catalog) -> Vec<Problem> {
    let mut problems = Vec::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at))) = path.last() {
            let name = format!("{}.{}", module(call), call.name);
            let function = catalog.get(&name).filter(|function| is_callable(function));
            if function.is_some_and(|function| !matches!(function.call, Call::Read(_))) {
                let place = written.place(*at, call.name.chars().count());
                let what = format!("`{name}` writes, and functions for everybody may read only");
                problems.push(Problem::new(codes::WRITES_HERE, &place, what).next("call it in `then` of a rule file"));
            }
        }
        true
    });
    problems
}
