//! Boards and the categories that they stand in.

use std::collections::BTreeMap;

/// A board.
#[derive(Clone, Debug)]
pub struct Board {
    /// A slug, case-sensitive.
    pub id: String,
    pub title: String,
    /// `forum`, `qanda`, `blog`, `idea`, `tkb`, …
    pub style: String,
    pub category: String,
    pub description: String,
    /// The only labels that may be set; none given means any.
    pub allowed_labels: Option<Vec<String>>,
    /// Only members who are signed in see it and what is in it.
    pub members_only: bool,
    /// Posts of those who do not administrate are held until somebody approves them.
    pub moderated: bool,
    /// What v1 has set by name.
    pub settings: BTreeMap<String, String>,
}

/// A category, which may stand in another one.
#[derive(Clone, Debug)]
pub struct Category {
    pub id: String,
    pub title: String,
    pub parent: Option<String>,
}

impl Board {
    /// The code in a topic's page address (sheet 1.3).
    pub fn topic_code(&self) -> &'static str {
        match self.style.as_str() {
            "blog" => "ba-p",
            "qanda" => "qaq-p",
            "idea" => "idi-p",
            "tkb" => "ta-p",
            "contest" => "cns-p",
            _ => "td-p",
        }
    }

    /// The code in the board's own page address (sheet 1.3).
    pub fn code(&self) -> &'static str {
        match self.style.as_str() {
            "blog" => "bg-p",
            "qanda" => "qa-p",
            "idea" => "idb-p",
            "tkb" => "tkb-p",
            "contest" => "con-p",
            _ => "bd-p",
        }
    }

    /// Only forums and Q&A boards have accepted solutions (sheet 5.3, inferred).
    pub fn has_solutions(&self) -> bool {
        matches!(self.style.as_str(), "forum" | "qanda")
    }
}
