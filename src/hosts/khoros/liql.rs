//! Writes LiQL, the community's query language. Every value goes through here: nothing is pasted into a query.

use std::fmt::{self, Write as _};

/// Rows of a page at most; without a LIMIT the host gives 25 without a word (Khoros sheet 4.3).
pub const PAGE: u32 = 1000;

/// A value in a query. Ids are texts, also those that look like a number or a date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal<'a> {
    Text(&'a str),
    Number(i64),
    YesNo(bool),
}

/// One query, built in the order in which it reads.
#[derive(Clone, Debug)]
pub struct Liql {
    text: String,
    has_where: bool,
    order: Option<&'static str>,
    limit: u32,
    cursor: Option<String>,
}

impl Liql {
    /// Some fields of a collection.
    pub fn select(fields: &[&str], from: &str) -> Self {
        let text = format!("SELECT {} FROM {from}", fields.join(","));
        Liql { text, has_where: false, order: None, limit: PAGE, cursor: None }
    }

    /// Rows whose field compares so; all constraints must hold.
    pub fn test(self, field: &str, operator: &str, value: Literal) -> Self {
        self.also(&format!("{field} {operator} {value}"))
    }

    /// Rows whose field is one of some texts.
    pub fn is_one_of<'a>(self, field: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        let values: Vec<_> = values.into_iter().map(|value| Literal::Text(value).to_string()).collect();
        self.also(&format!("{field} IN ({})", values.join(",")))
    }

    /// A constraint that is written already.
    pub fn also(mut self, constraint: &str) -> Self {
        let word = if self.has_where { "AND" } else { "WHERE" };
        // Writing to a String cannot fail.
        let _ = write!(self.text, " {word} {constraint}");
        self.has_where = true;
        self
    }

    /// In this order.
    pub fn order(mut self, order: &'static str) -> Self {
        self.order = Some(order);
        self
    }

    /// So many rows at most.
    pub fn limit(mut self, rows: u32) -> Self {
        self.limit = rows;
        self
    }

    /// The page behind a cursor; the rest of the query must be the same as before.
    pub fn from_cursor(mut self, cursor: Option<String>) -> Self {
        self.cursor = cursor;
        self
    }
}

impl fmt::Display for Liql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if let Some(order) = self.order {
            write!(f, " ORDER BY {order}")?;
        }
        write!(f, " LIMIT {}", self.limit)?;
        match &self.cursor {
            Some(cursor) => write!(f, " CURSOR {}", Literal::Text(cursor)),
            None => Ok(()),
        }
    }
}

/// A backslash is doubled first, so that it cannot undo the one before a quote (Khoros sheet 4.2; F-042).
impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Number(number) => write!(f, "{number}"),
            Literal::YesNo(yes) => write!(f, "{yes}"),
            Literal::Text(text) => {
                f.write_char('\'')?;
                for letter in text.chars() {
                    match letter {
                        '\\' => f.write_str("\\\\")?,
                        '\'' => f.write_str("\\'")?,
                        letter if letter.is_control() => f.write_char(' ')?,
                        letter => f.write_char(letter)?,
                    }
                }
                f.write_char('\'')
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_quotes() {
        let written = |text| Literal::Text(text).to_string();
        assert_eq!(written("pat.o'hara"), r"'pat.o\'hara'");
        assert_eq!(written(r"Lind\"), r"'Lind\\'");
        assert_eq!(written(r"\' OR id != '"), r"'\\\' OR id != \''");
        assert_eq!(written("a\nb"), "'a b'");
    }

    #[test]
    fn ids_that_look_like_dates_are_quoted() {
        let query = Liql::select(&["id", "subject"], "messages")
            .is_one_of("id", ["20261125"])
            .test("board.id", "=", Literal::Text("2026-11-25"))
            .test("depth", "=", Literal::Number(0))
            .test("conversation.solved", "=", Literal::YesNo(false))
            .order("post_time ASC")
            .from_cursor(Some("b2Zm=".into()));
        assert_eq!(
            query.to_string(),
            "SELECT id,subject FROM messages WHERE id IN ('20261125') AND board.id = '2026-11-25' AND depth = 0 AND \
             conversation.solved = false ORDER BY post_time ASC LIMIT 1000 CURSOR 'b2Zm='"
        );
    }
}
