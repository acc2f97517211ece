//! Walks over the tokens of a statement: what comes next, and how it is told when it should not be there.

use super::error::{self, QueryError};
use super::lexer::{self, Kind, Token};
use super::query::{Expr, Name};

pub type Parsed<T> = Result<T, QueryError>;

const RESERVED: &[&str] = &[
    "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST", "LIKE", "LIMIT",
    "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE", "WITH", "ORDER", "OFFSET", "FOR", "UPDATE",
];

/// A place in a statement, and what the statement has used up of what it may.
pub struct Cursor<'s> {
    tokens: Vec<Token<'s>>,
    next: usize,
    /// How deep conditions and child queries stand in each other just now.
    pub depth: usize,
    pub level: usize,
    pub joins: usize,
    pub inside_join: bool,
    pub inside_or: bool,
}

impl<'s> Cursor<'s> {
    pub fn new(statement: &'s str) -> Parsed<Cursor<'s>> {
        let tokens = lexer::tokens(statement)?;
        Ok(Cursor { tokens, next: 0, depth: 0, level: 0, joins: 0, inside_join: false, inside_or: false })
    }

    /// `Contact.Email`
    pub fn name(&mut self) -> Parsed<Name> {
        let token = self.peek();
        // `Group` is an object all the same.
        let object = token.text.eq_ignore_ascii_case("Group");
        if token.kind != Kind::Word || (is_reserved(token.text) && !object) {
            return Err(self.unexpected());
        }
        let token = self.take();
        Ok(Name { text: token.text.into(), at: token.at })
    }

    /// `Status` or `COUNT(Id)`
    pub fn expr(&mut self) -> Parsed<Expr> {
        let name = self.name()?;
        if !self.take_sign("(") {
            return Ok(Expr::Field(name));
        }
        let argument = if self.is_sign(")") { None } else { Some(self.name()?) };
        self.sign(")")?;
        Ok(Expr::Call(name, argument))
    }

    pub fn alias(&mut self) -> Option<String> {
        let token = self.peek();
        let alias = token.kind == Kind::Word && !is_reserved(token.text);
        alias.then(|| self.take().text.to_owned())
    }

    /// A word between a column and what follows it; a word elsewhere is a mistake, and told as one.
    pub fn column_alias(&mut self) -> Option<String> {
        let after = self.tokens.get(self.next + 1)?;
        let ends = (after.kind == Kind::Sign && after.text == ",") || after.text.eq_ignore_ascii_case("FROM");
        if ends { self.alias() } else { None }
    }

    pub fn count(&mut self) -> Parsed<usize> {
        let count = self.peek().text.parse().map_err(|_| self.unexpected())?;
        self.take();
        Ok(count)
    }

    pub fn peek(&self) -> Token<'s> {
        self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    pub fn take(&mut self) -> Token<'s> {
        let token = self.peek();
        self.next += 1;
        token
    }

    pub fn at_end(&self) -> bool {
        self.peek().kind == Kind::End
    }

    pub fn is_word(&self, word: &str) -> bool {
        self.peek().kind == Kind::Word && self.peek().text.eq_ignore_ascii_case(word)
    }

    pub fn take_word(&mut self, word: &str) -> bool {
        let there = self.is_word(word);
        self.next += usize::from(there);
        there
    }

    pub fn keyword(&mut self, word: &str) -> Parsed<()> {
        if self.take_word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// One of some words, in capitals.
    pub fn one_of(&mut self, words: &[&'static str]) -> Parsed<&'static str> {
        let found = words.iter().find(|word| self.is_word(word)).copied();
        self.next += usize::from(found.is_some());
        found.ok_or_else(|| self.unexpected())
    }

    pub fn is_sign(&self, sign: &str) -> bool {
        self.peek().kind == Kind::Sign && self.peek().text == sign
    }

    pub fn take_sign(&mut self, sign: &str) -> bool {
        let there = self.is_sign(sign);
        self.next += usize::from(there);
        there
    }

    pub fn sign(&mut self, sign: &str) -> Parsed<()> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub fn unexpected(&self) -> QueryError {
        let token = self.peek();
        QueryError::malformed(token.at, format!("unexpected token: '{}'", error::shortened(token.text)))
    }
}

fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
}
