//! Writes SOQL, the org's query language. Every value goes through here: nothing is pasted into a query.

use std::fmt::{self, Write as _};

use crate::names::is_api_name;

/// A text in a query, in quotes. Ids are texts, also those that look like a number or a date (F-060).
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

/// The backslash is escaped before anything else, so that a text that ends in one cannot leave its quotes
/// (Salesforce sheet 4.3; F-042).
impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('\'')?;
        for letter in self.0.chars() {
            match letter {
                '\\' => f.write_str("\\\\")?,
                '\'' => f.write_str("\\'")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\u{8}' => f.write_str("\\b")?,
                '\u{c}' => f.write_str("\\f")?,
                letter if letter.is_control() => write!(f, "\\u{:04X}", u32::from(letter))?,
                letter => f.write_char(letter)?,
            }
        }
        f.write_char('\'')
    }
}

/// Rows of an object whose field is one of some texts.
pub fn select_where_in<'a>(
    fields: &[&str],
    object: &str,
    field: &str,
    values: impl IntoIterator<Item = &'a str>,
) -> String {
    let values: Vec<_> = values.into_iter().map(|value| Quoted(value).to_string()).collect();
    format!("SELECT {} FROM {object} WHERE {field} IN ({})", fields.join(","), values.join(","))
}

/// A moment in a query: bare and in UTC (Salesforce sheet 4.2).
pub fn datetime(moment: jiff::Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Whether a text can be the name of an object, or of a field here or in a record that this one refers to.
pub fn is_name(text: &str) -> bool {
    text.split('.').count() <= 6 && text.split('.').all(is_api_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_quotes() {
        assert_eq!(Quoted("O'Neil\\ \"x\"\n").to_string(), r#"'O\'Neil\\ \"x\"\n'"#);
        assert_eq!(Quoted("pat.o'hara@acme.test").to_string(), r"'pat.o\'hara@acme.test'");
        assert_eq!(Quoted(r"Lind\").to_string(), r"'Lind\\'");
        assert_eq!(Quoted("a\u{1}b").to_string(), r"'a\u0001b'");
    }

    #[test]
    fn ids_are_quoted_and_moments_are_not() {
        assert_eq!(
            select_where_in(&["Id", "Email"], "Contact", "Id", ["0031N0000288GeTQAU", "20261125"]),
            "SELECT Id,Email FROM Contact WHERE Id IN ('0031N0000288GeTQAU','20261125')"
        );
        assert_eq!(datetime("2026-01-31T10:00:00.5+01:00".parse().expect("a moment")), "2026-01-31T09:00:00Z");
    }

    #[test]
    fn names_are_checked() {
        assert!(is_name("Community_Thread_Key__c") && is_name("Owner.Name"));
        assert!(!is_name("Id FROM User--") && !is_name("") && !is_name("1a") && !is_name("a..b"));
    }
}
