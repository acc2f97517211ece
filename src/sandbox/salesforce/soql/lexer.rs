//! Cuts a statement into tokens, each with its place.

use winnow::Parser;
use winnow::ascii::multispace0;
use winnow::combinator::{alt, repeat};
use winnow::token::{any, none_of, one_of, take_while};

use super::error::QueryError;

/// What a token is; the text of a string is still escaped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A keyword or a dotted name.
    Word,
    /// A string without its quotes.
    Text,
    /// A number, a date or a datetime.
    Number,
    Sign,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Token<'s> {
    pub kind: Kind,
    pub text: &'s str,
    pub at: usize,
}

/// All tokens of a statement, an `End` last.
pub fn tokens(statement: &str) -> Result<Vec<Token<'_>>, QueryError> {
    let mut rest = statement;
    let mut tokens = Vec::new();
    loop {
        let _: winnow::Result<&str> = multispace0.parse_next(&mut rest);
        let at = statement.len() - rest.len();
        if rest.is_empty() {
            tokens.push(Token { kind: Kind::End, text: "<EOF>", at });
            return Ok(tokens);
        }
        let Ok((kind, text)) = token(&mut rest) else {
            let sign: String = statement[at..].chars().take(1).collect();
            return Err(QueryError::malformed(at, format!("unexpected token: '{sign}'")));
        };
        tokens.push(Token { kind, text, at });
    }
}

fn token<'s>(input: &mut &'s str) -> winnow::Result<(Kind, &'s str)> {
    alt((
        word.map(|text| (Kind::Word, text)),
        string.map(|text: &str| (Kind::Text, &text[1..text.len() - 1])),
        number.map(|text| (Kind::Number, text)),
        alt(("!=", "<>", "<=", ">=", "<", ">", "=")).map(|text| (Kind::Sign, text)),
        one_of(['(', ')', ',', ':']).take().map(|text| (Kind::Sign, text)),
    ))
    .parse_next(input)
}

fn word<'s>(input: &mut &'s str) -> winnow::Result<&'s str> {
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    (one_of(|c: char| c.is_ascii_alphabetic()), take_while(0.., name)).take().parse_next(input)
}

fn string<'s>(input: &mut &'s str) -> winnow::Result<&'s str> {
    let piece = alt((('\\', any).void(), none_of(['\'', '\\']).void()));
    ('\'', repeat::<_, _, (), _, _>(0.., piece), '\'').take().parse_next(input)
}

/// Also takes what only looks like a number; the value is read where its type is known.
fn number<'s>(input: &mut &'s str) -> winnow::Result<&'s str> {
    let first = one_of(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    let more = take_while(0.., |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.' | ':'));
    (first, more).take().parse_next(input)
}
