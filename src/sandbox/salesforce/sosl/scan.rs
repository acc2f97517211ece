//! Cuts a SOSL statement into the text between FIND's braces, words, and what stands in parentheses.

/// What is left of a statement.
pub struct Scanner<'s> {
    rest: &'s str,
}

impl<'s> Scanner<'s> {
    pub fn new(statement: &'s str) -> Scanner<'s> {
        Scanner { rest: statement.trim_start() }
    }

    pub fn rest(&self) -> &'s str {
        self.rest
    }

    /// Takes a word if it comes next, in any case.
    pub fn takes(&mut self, word: &str) -> bool {
        let next = self.rest.get(..word.len()).is_some_and(|next| next.eq_ignore_ascii_case(word));
        let ends = self.rest.get(word.len()..).is_some_and(|rest| !rest.starts_with(is_name));
        if next && ends {
            self.skip(word.len());
        }
        next && ends
    }

    pub fn takes_sign(&mut self, sign: char) -> bool {
        let there = self.rest.starts_with(sign);
        if there {
            self.skip(sign.len_utf8());
        }
        there
    }

    /// A name or a number.
    pub fn word(&mut self) -> Option<&'s str> {
        let end = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        self.skip(end);
        Some(word).filter(|word| !word.is_empty())
    }

    /// The text up to the brace that is not escaped.
    pub fn braced(&mut self) -> Option<&'s str> {
        let inner = self.rest.strip_prefix('{')?;
        let mut escaped = false;
        for (place, c) in inner.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '}' => {
                    self.skip(1 + place + 1);
                    return Some(&inner[..place]);
                }
                _ => {}
            }
        }
        None
    }

    /// The text up to the closing parenthesis; those in strings do not count.
    pub fn parenthesised(&mut self) -> Option<&'s str> {
        let inner = self.rest.strip_prefix('(')?;
        let (mut depth, mut escaped, mut quoted) = (1, false, false);
        for (place, c) in inner.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '\'' => quoted = !quoted,
                _ if quoted => {}
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.skip(1 + place + 1);
                return Some(&inner[..place]);
            }
        }
        None
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest[bytes..].trim_start();
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
