//! Texts in `"…"` that hold `${…}`: in an expression these are not filled in, and Rhai says so to nobody.

use rhai::{AST, ASTNode, Expr};

use crate::problem::Problem;
use crate::script::codes;
use crate::script::written::Written;

/// Problems of texts that look as if they were filled in.
pub fn check(ast: &AST, written: &Written) -> Vec<Problem> {
    let mut problems = Vec::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::StringConstant(text, at))) = path.last()
            && text.contains("${")
        {
            let place = written.place(*at, text.chars().count() + 2);
            let problem = Problem::new(codes::NOT_FILLED_IN, &place, "in an expression `\"…\"` is not filled in");
            problems.push(problem.next("a text between backticks is; so is a value in YAML without its `=`"));
        }
        true
    });
    problems
}
