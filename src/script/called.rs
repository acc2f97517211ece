//! Which host functions a script calls, as far as its text shows it.

use rhai::{AST, ASTNode, Expr, Stmt};

use crate::catalog::Catalog;
use crate::names::FunctionName;

/// Each host function that is called by its name, once.
pub fn host_functions(ast: &AST, catalog: &Catalog) -> Vec<FunctionName> {
    let mut found: Vec<FunctionName> = Vec::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) = path.last() {
            let module = call.namespace.path.iter().map(|step| step.name.as_str()).collect::<Vec<_>>().join("::");
            let function = catalog.get(&format!("{module}.{}", call.name)).map(|function| function.name.clone());
            found.extend(function.filter(|function| !found.contains(function)));
        }
        true
    });
    found
}
