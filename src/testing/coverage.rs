//! What the tests of a pack never looked at: lines that were never the reason of a `nothing`, rules that never acted.

use std::collections::BTreeSet;

use crate::rules::RuleSet;
use crate::testing::came_of::CameOf;
use crate::testing::expect::Expect;
use crate::testing::lines::own_lines;

/// Lines and rules, and which of them a test saw at work.
#[derive(Debug, Default)]
pub struct Coverage {
    lines: BTreeSet<String>,
    rules: BTreeSet<String>,
    stopped: BTreeSet<String>,
    acted: BTreeSet<String>,
}

impl Coverage {
    /// The rules that a test is played on.
    pub fn know(&mut self, rules: &RuleSet) {
        for rule in rules.rules.iter().filter(|rule| !rule.is_of_its_section(&rules.rules)) {
            self.rules.insert(rule.address.to_string());
            self.lines.extend(own_lines(rule));
        }
    }

    /// What came of a step, and what it was meant to show.
    pub fn add(&mut self, came: &CameOf, expected: Option<&Expect>) {
        self.acted.extend(came.acted.iter().map(ToString::to_string));
        if let Some(Expect::Nothing { line, .. }) = expected {
            self.stopped.insert(line.clone());
        }
    }

    /// Lines of `when:` that were never the reason of a `nothing`.
    pub fn never_stopped(&self) -> Vec<&str> {
        self.lines.difference(&self.stopped).map(String::as_str).collect()
    }

    /// Rules that never acted.
    pub fn never_acted(&self) -> Vec<&str> {
        self.rules.difference(&self.acted).map(String::as_str).collect()
    }
}
