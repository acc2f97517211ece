//! One thing wrong in a file that a person wrote: place, cause and next step, in the reader's words.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::names::Name;

/// Where something stands in a file; line and column count from 1, columns and width in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    pub file: Arc<str>,
    pub line: usize,
    pub column: usize,
    /// How many characters are underlined; 0 underlines to the end of the line.
    pub width: usize,
}

impl Place {
    /// The start of a file, for what is wrong with the whole of it.
    pub fn file(name: &str) -> Self {
        Place { file: name.into(), line: 1, column: 1, width: 1 }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// What is wrong; a warning does not stop the load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A short lasting name: `unknown-fact`.
    pub code: Name,
    pub at: Place,
    /// A second place, such as the first of two equal keys.
    pub also: Option<Place>,
    pub what: String,
    /// Stands under the underlined text; may be empty.
    pub cause: String,
    pub next: String,
    pub warning: bool,
}

impl Problem {
    /// A problem at a place, in words without a full stop at the end.
    pub fn new(code: &str, at: &Place, what: impl Into<String>) -> Self {
        let (cause, next) = Default::default();
        Problem { code: code.into(), at: at.clone(), also: None, what: what.into(), cause, next, warning: false }
    }

    /// What stands under the underlined text.
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = cause.into();
        self
    }

    /// The next step.
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = next.into();
        self
    }

    /// The second place.
    pub fn also(mut self, place: &Place) -> Self {
        self.also = Some(place.clone());
        self
    }

    /// Said, but the load goes on.
    pub fn warning(mut self) -> Self {
        self.warning = true;
        self
    }

    /// As a machine reads it.
    pub fn to_json(&self) -> serde_json::Value {
        let severity = if self.warning { "warning" } else { "error" };
        serde_json::json!({
            "severity": severity, "code": self.code, "file": self.at.file, "line": self.at.line, "column": self.at.column,
            "width": self.at.width, "also": self.also, "what": self.what, "cause": self.cause, "next": self.next,
        })
    }

    /// As a person reads it, with the line of the file and the text underlined where the source is at hand.
    pub fn show(&self, source: Option<&str>) -> String {
        let mut text = format!("{}  {}{}", self.at, if self.warning { "warning: " } else { "" }, self.what);
        if let Some(line) = source.and_then(|source| source.lines().nth(self.at.line - 1)) {
            underline(&mut text, &self.at, line, &self.cause);
        } else if !self.cause.is_empty() {
            let _ = write!(text, "\n   {}", self.cause);
        }
        if let Some(also) = &self.also {
            let _ = write!(text, "\n   also at {also}");
        }
        if !self.next.is_empty() {
            let _ = write!(text, "\n   next: {}", self.next);
        }
        text
    }
}

fn underline(text: &mut String, at: &Place, line: &str, cause: &str) {
    let rest = line.chars().count().saturating_sub(at.column - 1);
    let width = if at.width == 0 { rest } else { at.width.min(rest) }.max(1);
    // Tabs are kept in the margin so that the marks stand under the text whatever a tab is worth.
    let margin: String = line.chars().take(at.column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let _ = write!(text, "\n{:5} | {line}\n      | {margin}{} {cause}", at.line, "^".repeat(width));
    text.truncate(text.trim_end().len());
}

/// The word that was probably meant.
pub fn closest<'a>(word: &str, words: &[&'a str]) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let near = words.iter().map(|known| (strsim::damerau_levenshtein(&lower, &known.to_lowercase()), *known)).min()?;
    let length = word.chars().count();
    (near.0 <= 1 + length / 4 && near.0 < length).then_some(near.1)
}
