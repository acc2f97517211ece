//! Text literals: the escapes of sheet 4.3, and the patterns of LIKE.

use super::error::{self, QueryError};

/// One piece of a LIKE pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Piece {
    Char(char),
    /// `_`
    One,
    /// `%`
    Run,
}

/// The text that a literal means.
pub fn unescaped(raw: &str, at: usize) -> Result<String, QueryError> {
    let pieces = pieces(raw, at, false)?;
    Ok(pieces.into_iter().filter_map(|piece| if let Piece::Char(c) = piece { Some(c) } else { None }).collect())
}

/// The pattern that a literal means after LIKE, in lower case.
pub fn pattern(raw: &str, at: usize) -> Result<Vec<Piece>, QueryError> {
    let lower = |piece| match piece {
        Piece::Char(c) => c.to_lowercase().map(Piece::Char).collect(),
        wild => vec![wild],
    };
    Ok(pieces(raw, at, true)?.into_iter().flat_map(lower).collect())
}

fn pieces(raw: &str, at: usize, like: bool) -> Result<Vec<Piece>, QueryError> {
    let mut pieces = Vec::new();
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '\\' => Piece::Char(escaped(&mut chars, like).ok_or_else(|| illegal(raw, at))?),
            '%' if like => Piece::Run,
            '_' if like => Piece::One,
            c => Piece::Char(c),
        });
    }
    Ok(pieces)
}

fn escaped(chars: &mut std::str::Chars<'_>, like: bool) -> Option<char> {
    match chars.next()? {
        c @ ('\'' | '"' | '\\') => Some(c),
        'n' | 'N' => Some('\n'),
        'r' | 'R' => Some('\r'),
        't' | 'T' => Some('\t'),
        'b' | 'B' => Some('\u{7}'),
        'f' | 'F' => Some('\u{c}'),
        'u' | 'U' => {
            let digits: String = chars.by_ref().take(4).collect();
            u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).filter(|_| digits.len() == 4)
        }
        c @ ('_' | '%') if like => Some(c),
        _ => None,
    }
}

fn illegal(raw: &str, at: usize) -> QueryError {
    QueryError::malformed(
        at,
        format!("Invalid string literal '{}'. Illegal character sequence in string literal.", error::shortened(raw)),
    )
}

/// Whether a text, in lower case, fits a pattern.
pub fn fits(text: &[char], pattern: &[Piece]) -> bool {
    // Greedy with one way back to the last `%`: linear enough for 32,000 characters, where recursion is not.
    let (mut t, mut p) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Piece::Run) => {
                back = Some((p, t));
                p += 1;
                continue;
            }
            Some(Piece::One) => (t, p) = (t + 1, p + 1),
            Some(Piece::Char(c)) if *c == text[t] => (t, p) = (t + 1, p + 1),
            _ => match back {
                Some((run, from)) => {
                    back = Some((run, from + 1));
                    (t, p) = (from + 1, run + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|piece| *piece == Piece::Run)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(text: &str, raw: &str) -> bool {
        fits(&text.chars().collect::<Vec<_>>(), &pattern(raw, 0).unwrap())
    }

    #[test]
    fn escapes_mean_what_the_sheet_says() {
        assert_eq!(unescaped(r#"O\'Neil\\ \"x\"\n\u00e9"#, 0).unwrap(), "O'Neil\\ \"x\"\né");
        assert!(unescaped(r"\x", 0).is_err());
        assert!(unescaped(r"\_", 0).is_err());
    }

    #[test]
    fn patterns_fit_as_like_says() {
        assert!(like("vpn drops every hour", "%DROPS%"));
        assert!(like("50%_a", r"50\%\_a"));
        assert!(!like("50x_a", r"50\%\_a"));
        assert!(like("abcbc", "a%bc"));
        assert!(like("abc", "a_c%"));
        assert!(!like("abc", "bc"));
    }
}
