//! Tables that a text names: one that nobody wrote is found before the text is run.

use rhai::{AST, ASTNode, Expr, Stmt};

use crate::names::Name;
use crate::problem::{Problem, closest};
use crate::script::Known;
use crate::script::codes;
use crate::script::written::Written;

/// Problems of the names that are written out, `table("region-queue", …)`.
pub fn check(ast: &AST, written: &Written, known: &Known) -> Vec<Problem> {
    let Some(tables) = &known.tables else { return vec![] };
    let mut problems = Vec::new();
    let is_setting = |name: &str| matches!(known.settings.get(name), Some(Some(kind)) if kind.is == "map");
    let names: Vec<&str> = tables.iter().map(Name::as_str).collect();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) = path.last()
            && let ("table", true, Some(Expr::StringConstant(name, at))) =
                (call.name.as_str(), call.namespace.is_empty(), call.args.first())
            && !names.contains(&name.as_str())
        {
            let place = written.place(*at, name.chars().count() + 2);
            let problem = Problem::new(codes::UNKNOWN_TABLE, &place, format!("there is no table `{name}`"));
            problems.push(match closest(name, &names) {
                _ if is_setting(name) => problem.next(format!("it is a setting: `table(settings.{name}, …)`")),
                Some(near) => problem.next(format!("did you mean `{near}`?")),
                None => problem.next("write it under `tables:`"),
            });
        }
        true
    });
    problems
}
