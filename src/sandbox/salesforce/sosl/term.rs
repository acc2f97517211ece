//! What is searched for: words, phrases and wildcards, joined by AND, OR and AND NOT (sheet 5.1).

use super::super::soql::{Piece, fits};

/// Longer terms find nothing.
const MOST: usize = 10_000;

/// In longer ones the operators are words like others.
const MOST_WITH_OPERATORS: usize = 4_000;

/// A term that is ready to be looked for; words in lower case.
#[derive(Debug, PartialEq)]
pub enum Term {
    All(Vec<Term>),
    Any(Vec<Term>),
    Not(Box<Term>),
    /// Words that stand side by side.
    Phrase(Vec<Vec<Piece>>),
    Nothing,
}

impl Term {
    /// Reads the text between the braces of FIND.
    pub fn read(text: &str) -> Result<Term, String> {
        check_length(text)?;
        let length = text.chars().count();
        if length > MOST {
            return Ok(Term::Nothing);
        }
        if length > MOST_WITH_OPERATORS {
            return Ok(Term::plain(text));
        }
        let mut reader = Reader { tokens: tokens(text)?, next: 0, depth: 0 };
        let term = reader.any()?;
        if reader.next < reader.tokens.len() {
            Err("unbalanced parentheses in the search term".into())
        } else {
            Ok(term)
        }
    }

    /// Reads text that people typed: nothing but words, all of which must be there.
    pub fn typed(text: &str) -> Result<Term, String> {
        check_length(text)?;
        Ok(if text.chars().count() > MOST { Term::Nothing } else { Term::plain(text) })
    }

    fn plain(text: &str) -> Term {
        let words = text.split_whitespace().map(|word| words(&word.chars().map(Sign::of).collect::<Vec<_>>()));
        Term::All(words.filter(|words| !words.is_empty()).map(Term::Phrase).collect())
    }

    /// Whether a record has it; each text is the words of one field.
    pub fn is_in(&self, texts: &[Vec<Vec<char>>]) -> bool {
        match self {
            Term::All(parts) => !parts.is_empty() && parts.iter().all(|part| part.is_in(texts)),
            Term::Any(parts) => parts.iter().any(|part| part.is_in(texts)),
            Term::Not(part) => !part.is_in(texts),
            Term::Phrase(words) if words.is_empty() => false,
            Term::Phrase(words) => texts.iter().any(|text| {
                text.windows(words.len()).any(|run| run.iter().zip(words).all(|(word, wanted)| fits(word, wanted)))
            }),
            Term::Nothing => false,
        }
    }
}

/// A text as words in lower case.
pub fn words_of(text: &str) -> Vec<Vec<char>> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.to_lowercase().chars().collect()).collect()
}

/// Wildcards are no characters that one could look for.
fn check_length(text: &str) -> Result<(), String> {
    let characters = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '*' | '?' | '"' | '(' | ')'));
    if characters.count() >= 2 {
        return Ok(());
    }
    Err(format!("search term must be longer than one character: {}", text.trim()))
}

/// A character, or a wildcard that was not escaped.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sign {
    Char(char),
    One,
    Run,
}

impl Sign {
    fn of(c: char) -> Sign {
        match c {
            '*' => Sign::Run,
            '?' => Sign::One,
            c => Sign::Char(c),
        }
    }
}

#[derive(Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Word(Vec<Sign>),
    Quoted(Vec<Sign>),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut word = Vec::new();
    let mut quoted: Option<Vec<Sign>> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let sign = match c {
            '\\' => Sign::Char(chars.next().ok_or("the search term ends with a backslash")?),
            '"' => {
                end_word(&mut word, &mut tokens);
                quoted = match quoted.take() {
                    None => Some(Vec::new()),
                    Some(signs) => {
                        tokens.push(Token::Quoted(signs));
                        None
                    }
                };
                continue;
            }
            '(' | ')' | ' ' | '\n' | '\t' | '\r' if quoted.is_none() => {
                end_word(&mut word, &mut tokens);
                tokens.extend(match c {
                    '(' => Some(Token::Open),
                    ')' => Some(Token::Close),
                    _ => None,
                });
                continue;
            }
            c => Sign::of(c),
        };
        quoted.as_mut().unwrap_or(&mut word).push(sign);
    }
    end_word(&mut word, &mut tokens);
    if quoted.is_some() { Err("unbalanced quotes in the search term".into()) } else { Ok(tokens) }
}

fn end_word(word: &mut Vec<Sign>, tokens: &mut Vec<Token>) {
    if !word.is_empty() {
        tokens.push(Token::Word(std::mem::take(word)));
    }
}

/// What is not a letter or a digit parts words, also inside one: `e-mail` is a phrase of two.
fn words(signs: &[Sign]) -> Vec<Vec<Piece>> {
    let parts = signs.split(|sign| matches!(sign, Sign::Char(c) if !c.is_alphanumeric()));
    let piece = |sign: &Sign| match sign {
        Sign::Char(c) => c.to_lowercase().map(Piece::Char).collect(),
        Sign::One => vec![Piece::One],
        Sign::Run => vec![Piece::Run],
    };
    parts.filter(|part| !part.is_empty()).map(|part| part.iter().flat_map(piece).collect()).collect()
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Reader {
    fn any(&mut self) -> Result<Term, String> {
        let mut parts = vec![self.all()?];
        while self.takes("OR") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Term::Any(parts) })
    }

    /// Words without an operator between them must all be there.
    fn all(&mut self) -> Result<Term, String> {
        let mut parts = vec![self.one()?];
        loop {
            if self.takes("AND") {
                let not = self.takes("NOT");
                let part = self.one()?;
                parts.push(if not { Term::Not(Box::new(part)) } else { part });
            } else if self.is("OR") || matches!(self.tokens.get(self.next), None | Some(Token::Close)) {
                return Ok(if parts.len() == 1 { parts.remove(0) } else { Term::All(parts) });
            } else {
                parts.push(self.one()?);
            }
        }
    }

    fn one(&mut self) -> Result<Term, String> {
        let token = self.tokens.get(self.next).ok_or("the search term ends too early")?;
        self.next += 1;
        match token {
            Token::Word(signs) | Token::Quoted(signs) => Ok(Term::Phrase(words(signs))),
            Token::Close => Err("unbalanced parentheses in the search term".into()),
            Token::Open => {
                self.depth += 1;
                if self.depth > 100 {
                    return Err("the search term is too complicated".into());
                }
                let inner = self.any()?;
                self.depth -= 1;
                self.next += 1;
                let closed = self.tokens.get(self.next - 1) == Some(&Token::Close);
                closed.then_some(inner).ok_or_else(|| "unbalanced parentheses in the search term".into())
            }
        }
    }

    fn is(&self, word: &str) -> bool {
        let signs: Vec<_> = word.chars().map(Sign::Char).collect();
        let upper = |sign: &Sign| if let Sign::Char(c) = sign { Sign::Char(c.to_ascii_uppercase()) } else { *sign };
        matches!(self.tokens.get(self.next), Some(Token::Word(own)) if own.iter().map(upper).collect::<Vec<_>>() == signs)
    }

    fn takes(&mut self, word: &str) -> bool {
        let there = self.is(word);
        self.next += usize::from(there);
        there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(term: &str, texts: &[&str]) -> bool {
        let texts: Vec<_> = texts.iter().map(|text| words_of(text)).collect();
        Term::read(term).unwrap().is_in(&texts)
    }

    #[test]
    fn terms_find_what_the_sheet_says() {
        let vpn = &["VPN drops every hour", "Firmware 4.2"];
        for (term, wanted) in [
            ("vpn", true),
            ("vp", false),
            ("vp*", true),
            ("dr?ps", true),
            ("vpn firmware", true),
            ("\"every hour\"", true),
            ("\"hour every\"", false),
            ("\"hour firmware\"", false),
            ("mail OR (vpn AND hour)", true),
            ("vpn AND NOT hour", false),
            ("vpn and not mail", true),
            ("mail", false),
        ] {
            assert_eq!(found(term, vpn), wanted, "{term}");
        }
    }

    /// Sheet 16: `{1+1}:2` escaped.
    #[test]
    fn escaped_signs_are_text() {
        assert!(found(r"\{1\+1\}\:2", &["is {1+1}:2 right?"]));
        assert!(!found(r"\{1\+1\}\:2", &["1 2 1"]));
        assert!(found(r#"say\*"#, &["say* it"]));
    }

    #[test]
    fn wrong_terms_are_told() {
        for term in ["a", "*", "\"open", "(open", "close)", "ends\\", "vpn AND"] {
            assert!(Term::read(term).is_err(), "{term}");
        }
    }

    #[test]
    fn long_terms_lose_their_operators_and_then_everything() {
        let filler = "x ".repeat(2_100);
        let text = format!("or not {filler}");
        assert!(found(&format!("or not {filler}"), &[&text]));
        assert!(!found(&"vpn ".repeat(3_000), &["vpn"]));
    }
}
