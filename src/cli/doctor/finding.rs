//! One thing that was looked at, and how it stands.

use serde_json::json;

use crate::cli::output::line;
use crate::cli::report::Format;

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Well,
    /// It works, and somebody should look after it.
    Warning,
    Wrong,
}

/// What was found, and what to do about it.
#[derive(Debug)]
pub struct Finding {
    pub level: Level,
    pub about: String,
    pub said: String,
    pub next: Option<String>,
}

impl Finding {
    pub fn new(level: Level, about: impl Into<String>, said: impl Into<String>) -> Self {
        Finding { level, about: about.into(), said: said.into(), next: None }
    }

    /// With what to do about it.
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Prints it.
    pub fn show(&self, format: Format) {
        let (sign, word) = match self.level {
            Level::Well => ("✓", "well"),
            Level::Warning => ("!", "warning"),
            Level::Wrong => ("✗", "wrong"),
        };
        if format == Format::Json {
            line(json!({ "about": self.about, "level": word, "said": self.said, "next": self.next }));
            return;
        }
        line(format!("{sign} {}: {}", self.about, self.said));
        self.next.iter().for_each(|next| line(format!("   next: {next}")));
    }
}
