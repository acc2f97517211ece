//! Cuts texts into words, and terms into words, phrases and parentheses.

use super::super::soql::Piece;

/// A text as words in lower case.
pub fn words_of(text: &str) -> Vec<Vec<char>> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.to_lowercase().chars().collect()).collect()
}

/// A character, or a wildcard that was not escaped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sign {
    Char(char),
    One,
    Run,
}

impl Sign {
    pub fn of(c: char) -> Sign {
        match c {
            '*' => Sign::Run,
            '?' => Sign::One,
            c => Sign::Char(c),
        }
    }
}

/// A piece of a term.
#[derive(Debug, PartialEq)]
pub enum Token {
    Open,
    Close,
    Word(Vec<Sign>),
    Quoted(Vec<Sign>),
}

/// The signs, words and phrases of a term.
pub fn tokens(text: &str) -> Result<Vec<Token>, String> {
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
pub fn words(signs: &[Sign]) -> Vec<Vec<Piece>> {
    let parts = signs.split(|sign| matches!(sign, Sign::Char(c) if !c.is_alphanumeric()));
    let piece = |sign: &Sign| match sign {
        Sign::Char(c) => c.to_lowercase().map(Piece::Char).collect(),
        Sign::One => vec![Piece::One],
        Sign::Run => vec![Piece::Run],
    };
    parts.filter(|part| !part.is_empty()).map(|part| part.iter().flat_map(piece).collect()).collect()
}
