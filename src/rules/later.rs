//! What a rule makes in this run may be passed on, not decided by: it is known only after apply.

use crate::problem::Problem;
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::judge::lines;
use crate::rules::{ChoiceRow, FieldRow, FieldValue, Template, TextPiece, codes, losses};
use crate::script::Expression;

/// Whether an expression looks at something that is made in this run.
pub fn uses(expression: &Expression, scope: &Scope) -> bool {
    root(expression, scope).is_some()
}

fn root(expression: &Expression, scope: &Scope) -> Option<String> {
    let roots = expression.uses().iter().filter_map(|path| path.steps().next());
    roots.into_iter().find(|root| scope.laters.iter().any(|later| later.as_str() == *root)).map(str::to_owned)
}

/// A Problem when an expression looks at it at all.
pub fn check(compiling: &mut Compiling, expression: &Expression, scope: &Scope, what: &str) {
    if let Some(root) = root(expression, scope) {
        let text = format!("`{root}` is not known while the plan is made, so {what} cannot look at it");
        let problem = Problem::new(codes::DECIDES_BY_LATER, expression.at(), text);
        compiling.problem(problem.next("move the step to `after:`, where it is"));
    }
}

/// A Problem when an argument does more with it than pass it on.
pub fn check_template(compiling: &mut Compiling, template: &Template, scope: &Scope) {
    match template {
        Template::Expression(expression) => check_passed_on(compiling, expression, scope),
        Template::Text { pieces, .. } => {
            for piece in pieces {
                if let TextPiece::Expression(expression) = piece {
                    check_passed_on(compiling, expression, scope);
                }
            }
        }
        Template::Map(entries) => entries.iter().for_each(|(_, entry)| check_template(compiling, entry, scope)),
        Template::List(items) => items.iter().for_each(|item| check_template(compiling, item, scope)),
        Template::Fields(rows) => rows.iter().for_each(|row| check_row(compiling, row, scope)),
        Template::Plain(_) => {}
    }
}

/// A field may get it; what chooses among values decides.
fn check_row(compiling: &mut Compiling, row: &FieldRow, scope: &Scope) {
    losses::templates(&row.value).for_each(|template| check_template(compiling, template, scope));
    let rows = if let FieldValue::Choose(rows) = &row.value { rows.as_slice() } else { &[] };
    for row in rows {
        match row {
            ChoiceRow::When(when, _) => {
                lines(when).into_iter().for_each(|line| check(compiling, &line.expression, scope, "a line"));
            }
            ChoiceRow::Table { by, .. } => check_template(compiling, by, scope),
            ChoiceRow::Otherwise(_) => {}
        }
    }
}

/// A path alone is passed on; anything more works with the value.
fn check_passed_on(compiling: &mut Compiling, expression: &Expression, scope: &Scope) {
    if !expression.uses().iter().any(|path| path.as_str() == expression.text().trim()) {
        check(compiling, expression, scope, "an argument");
    }
}
