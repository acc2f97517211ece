//! Patterns that a text writes out: one that is wrong is found before the text is run.

use rhai::{AST, ASTNode, Expr, Stmt};

use crate::problem::Problem;
use crate::script::written::Written;
use crate::script::{check_time, codes, pattern};

/// Problems of the patterns that are written out.
pub fn check(ast: &AST, written: &Written) -> Vec<Problem> {
    let module = check_time::imported_as(ast, "text");
    let mut problems = Vec::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) = path.last()
            && call.name == "matches"
            && let [step] = call.namespace.path.as_slice()
            && step.name == module
            && let [_, Expr::StringConstant(text, at)] = call.args.as_slice()
            && let Err(why) = pattern::compiled(text)
        {
            let place = written.place(*at, text.chars().count() + 2);
            let problem = Problem::new(codes::BAD_PATTERN, &place, format!("`{text}` is no pattern: {why}"));
            problems.push(problem.next("a regular expression such as `0x[0-9a-f]+`; write `\\\\` for one backslash"));
        }
        true
    });
    problems
}
