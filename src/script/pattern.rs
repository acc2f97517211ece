//! Patterns of `text::matches`: regular expressions whose time grows with the text and nothing else, of bounded size.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};

/// The most that a compiled pattern may take, in bytes.
const LARGEST: usize = 256 * 1024;
/// The most letters of a pattern.
const LONGEST: usize = 1_000;
/// So many patterns are kept compiled; rules hold few.
const KEPT: usize = 200;

/// Whether a text has a match of a pattern anywhere; in words, what is wrong with the pattern.
pub fn matches(text: &str, pattern: &str) -> Result<bool, String> {
    Ok(compiled(pattern)?.is_match(text))
}

/// The pattern, compiled once.
pub fn compiled(pattern: &str) -> Result<Arc<Regex>, String> {
    static PATTERNS: Mutex<Option<HashMap<String, Arc<Regex>>>> = Mutex::new(None);
    let mut patterns = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    let patterns = patterns.get_or_insert_default();
    if let Some(known) = patterns.get(pattern) {
        return Ok(known.clone());
    }
    let regex = Arc::new(compile(pattern)?);
    if patterns.len() >= KEPT {
        patterns.clear();
    }
    patterns.insert(pattern.to_owned(), regex.clone());
    Ok(regex)
}

fn compile(pattern: &str) -> Result<Regex, String> {
    if pattern.chars().count() > LONGEST {
        return Err(format!("it is longer than {LONGEST} characters"));
    }
    RegexBuilder::new(pattern).size_limit(LARGEST).dfa_size_limit(LARGEST).nest_limit(50).build().map_err(|error| {
        match error {
            regex::Error::CompiledTooBig(_) => "it becomes too large; repeat less in it".to_owned(),
            // The last line says what is wrong; those before it draw the pattern.
            other => {
                let told = other.to_string();
                told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_found_anywhere_and_in_any_case_where_it_says_so() {
        assert_eq!(matches("Error 0x80070005 again", r"0x[0-9a-f]{8}"), Ok(true));
        assert_eq!((matches("ERROR", "error"), matches("ERROR", "(?i)error")), (Ok(false), Ok(true)));
        assert_eq!(matches("x", "^$"), Ok(false));
    }

    #[test]
    fn a_pattern_that_would_take_too_much_is_refused_in_words() {
        assert_eq!(matches("a", r"(\w{500}){500}").map_err(|why| why.contains("too large")), Err(true));
        assert_eq!(matches("a", &"a".repeat(1_001)).map_err(|why| why.contains("longer")), Err(true));
        assert_eq!(matches("a", "(a").map_err(|why| why.contains("unclosed group")), Err(true));
        let slow = "a".repeat(50_000);
        assert_eq!(matches(&slow, "(a+)+b"), Ok(false), "it ends");
    }
}
