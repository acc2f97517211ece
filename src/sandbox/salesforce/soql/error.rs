//! A refused query: the statement, a caret under the place, the words (sheet 4.4).

use super::super::refusal::Refusal;

/// So many characters of a statement stand on either side of the caret; a statement may be long.
const AROUND: usize = 200;

/// What is wrong, and where in the statement when that is known.
#[derive(Debug)]
pub struct QueryError {
    code: &'static str,
    at: Option<usize>,
    message: String,
}

impl QueryError {
    pub fn at(at: usize, code: &'static str, message: impl Into<String>) -> QueryError {
        QueryError { code, at: Some(at), message: message.into() }
    }

    pub fn new(code: &'static str, message: impl Into<String>) -> QueryError {
        QueryError { code, at: None, message: message.into() }
    }

    pub fn malformed(at: usize, message: impl Into<String>) -> QueryError {
        QueryError::at(at, "MALFORMED_QUERY", message)
    }

    pub fn unknown_field(at: usize, field: &str, entity: &str) -> QueryError {
        let field = shortened(field);
        let message = format!(
            "No such column '{field}' on entity '{entity}'. If you are attempting to use a custom field, be sure to append \
             the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names."
        );
        QueryError::at(at, "INVALID_FIELD", message)
    }

    pub fn unknown_object(at: usize, name: &str) -> QueryError {
        let name = shortened(name);
        let message = format!(
            "sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the \
             '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
        );
        QueryError::at(at, "INVALID_TYPE", message)
    }

    /// The error as the org answers it.
    pub fn refusal(self, statement: &str) -> Refusal {
        let Some(at) = self.at else { return Refusal::new(self.code, self.message) };
        let before = &statement[..at.min(statement.len())];
        let row = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[start..].chars().count() + 1;
        let hidden = (column - 1).saturating_sub(AROUND);
        let shown = column - 1 - hidden + AROUND;
        let line: String =
            statement[start..].chars().take_while(|c| *c != '\n').skip(hidden).take(shown).map(visible).collect();
        let caret = " ".repeat(column - 1 - hidden);
        let message = format!("\n{line}\n{caret}^\nERROR at Row:{row}:Column:{column}\n{}", self.message);
        Refusal::new(self.code, message)
    }
}

/// A control character would move the caret away from its place.
fn visible(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// What a client wrote, as far as an error repeats it.
pub fn shortened(text: &str) -> String {
    text.chars().take(AROUND).map(visible).collect()
}
