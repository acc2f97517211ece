//! Tokens to query. Written by hand over winnow's tokens: the org's errors name the exact token it tripped over.

use super::super::moment;
use super::error::QueryError;
use super::lexer::{self, Kind, Token};
use super::query::{Condition, Item, Literal, Name, Order, Query, Sign, Written};

type Parsed<T> = Result<T, QueryError>;

const RESERVED: &[&str] = &[
    "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST", "LIKE", "LIMIT",
    "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE", "WITH", "ORDER", "OFFSET", "FOR", "UPDATE",
];

/// Reads a whole statement.
pub fn parse(statement: &str) -> Parsed<Query> {
    if statement.chars().count() > 100_000 {
        return Err(QueryError::new("MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters."));
    }
    let mut parser = Parser { tokens: lexer::tokens(statement)?, next: 0, depth: 0, joins: 0, inside_join: false };
    let query = parser.query(true)?;
    match parser.peek().kind {
        Kind::End => Ok(query),
        _ => Err(parser.unexpected()),
    }
}

struct Parser<'s> {
    tokens: Vec<Token<'s>>,
    next: usize,
    depth: usize,
    joins: usize,
    inside_join: bool,
}

impl<'s> Parser<'s> {
    fn query(&mut self, outer: bool) -> Parsed<Query> {
        self.keyword("SELECT")?;
        let mut items = vec![self.item(outer)?];
        while self.take_sign(",") {
            items.push(self.item(outer)?);
        }
        self.keyword("FROM")?;
        let object = self.name()?;
        let alias = self.alias();
        let filter = if self.take_word("WHERE") { Some(self.condition()?) } else { None };
        let order = self.order()?;
        let limit = if self.take_word("LIMIT") { Some(self.count()?) } else { None };
        let at = self.peek().at;
        let offset = if self.take_word("OFFSET") { self.count()? } else { 0 };
        if offset > 2_000 {
            let message = "Maximum SOQL offset allowed is 2000";
            return Err(QueryError::at(at, "NUMBER_OUTSIDE_VALID_RANGE", message));
        }
        Ok(Query { items, object, alias, filter, order, limit, offset })
    }

    fn item(&mut self, outer: bool) -> Parsed<Item> {
        if outer && self.take_sign("(") {
            let query = self.query(false)?;
            self.sign(")")?;
            return Ok(Item::Children(query));
        }
        let name = self.name()?;
        if !self.take_sign("(") {
            return Ok(Item::Field(name));
        }
        if !name.text.eq_ignore_ascii_case("COUNT") {
            self.next -= 1;
            return Err(self.unexpected());
        }
        if self.take_sign(")") {
            return Ok(Item::CountAll);
        }
        let field = self.name()?;
        self.sign(")")?;
        Ok(Item::Count(field, self.alias()))
    }

    fn alias(&mut self) -> Option<String> {
        let token = self.peek();
        let alias = token.kind == Kind::Word && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(token.text));
        alias.then(|| self.take().text.to_owned())
    }

    /// `AND` and `OR` side by side need parentheses (sheet 4.1).
    fn condition(&mut self) -> Parsed<Condition> {
        let first = self.unit()?;
        for (word, other, join) in
            [("AND", "OR", Condition::All as fn(Vec<Condition>) -> Condition), ("OR", "AND", Condition::Any)]
        {
            if !self.is_word(word) {
                continue;
            }
            let mut parts = vec![first];
            while self.take_word(word) {
                parts.push(self.unit()?);
            }
            return if self.is_word(other) { Err(self.unexpected()) } else { Ok(join(parts)) };
        }
        Ok(first)
    }

    fn unit(&mut self) -> Parsed<Condition> {
        self.depth += 1;
        if self.depth > 100 {
            return Err(QueryError::new("QUERY_TOO_COMPLICATED", "The query is too complicated."));
        }
        let unit = if self.take_word("NOT") {
            Condition::Not(Box::new(self.unit()?))
        } else if self.take_sign("(") {
            let inner = self.condition()?;
            self.sign(")")?;
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(unit)
    }

    fn comparison(&mut self) -> Parsed<Condition> {
        let field = self.name()?;
        let not = self.take_word("NOT");
        if not || self.is_word("IN") {
            self.keyword("IN")?;
            return self.list(field, not);
        }
        let token = self.peek();
        let sign = match token.text {
            "=" => Sign::Equal,
            "!=" | "<>" => Sign::NotEqual,
            "<" => Sign::Less,
            "<=" => Sign::LessOrEqual,
            ">" => Sign::Greater,
            ">=" => Sign::GreaterOrEqual,
            word if word.eq_ignore_ascii_case("LIKE") => Sign::Like,
            _ => return Err(self.unexpected()),
        };
        self.take();
        Ok(Condition::Compare { field, sign, literal: self.literal()? })
    }

    fn list(&mut self, field: Name, not: bool) -> Parsed<Condition> {
        self.sign("(")?;
        if self.is_word("SELECT") {
            let query = self.join()?;
            return Ok(Condition::InQuery { field, not, query });
        }
        let mut literals = vec![self.literal()?];
        while self.take_sign(",") {
            literals.push(self.literal()?);
        }
        self.sign(")")?;
        Ok(Condition::In { field, not, literals })
    }

    /// At most two in a statement, none inside another (sheet 4.1).
    fn join(&mut self) -> Parsed<Box<Query>> {
        self.joins += 1;
        if self.inside_join || self.joins > 2 {
            let message = "Maximum 2 semi join sub-selects are allowed, not nested.";
            return Err(QueryError::malformed(self.peek().at, message));
        }
        self.inside_join = true;
        let query = Box::new(self.query(false)?);
        self.inside_join = false;
        self.sign(")")?;
        Ok(query)
    }

    fn literal(&mut self) -> Parsed<Literal> {
        let Token { kind, text, at } = self.peek();
        let value = match kind {
            Kind::Text => Written::Text(text.into()),
            Kind::Number => number(text).ok_or_else(|| self.unexpected())?,
            Kind::Word => self.word_literal(text)?,
            Kind::Sign | Kind::End => return Err(self.unexpected()),
        };
        self.take();
        Ok(Literal { at, value })
    }

    fn word_literal(&mut self, text: &str) -> Parsed<Written> {
        let word = text.to_uppercase();
        Ok(match word.as_str() {
            "NULL" => Written::Null,
            "TRUE" => Written::Bool(true),
            "FALSE" => Written::Bool(false),
            _ if super::dates::is_plain(&word) => Written::Span(word, None),
            _ if super::dates::is_counted(&word) => {
                self.take();
                self.sign(":")?;
                let count = self.peek().text.parse().map_err(|_| self.unexpected())?;
                Written::Span(word, Some(count))
            }
            _ => return Err(self.unexpected()),
        })
    }

    fn order(&mut self) -> Parsed<Vec<Order>> {
        let mut order = Vec::new();
        if !self.take_word("ORDER") {
            return Ok(order);
        }
        self.keyword("BY")?;
        loop {
            let field = self.name()?;
            let descending = self.take_word("DESC");
            if !descending {
                self.take_word("ASC");
            }
            let nulls_last = self.take_word("NULLS") && !self.take_word("FIRST");
            if nulls_last {
                self.keyword("LAST")?;
            }
            order.push(Order { field, descending, nulls_last });
            if !self.take_sign(",") {
                return Ok(order);
            }
        }
    }

    fn count(&mut self) -> Parsed<usize> {
        let count = self.peek().text.parse().map_err(|_| self.unexpected())?;
        self.take();
        Ok(count)
    }

    fn name(&mut self) -> Parsed<Name> {
        let token = self.peek();
        // `Group` is an object all the same.
        let object = token.text.eq_ignore_ascii_case("Group");
        let reserved = RESERVED.iter().any(|word| word.eq_ignore_ascii_case(token.text));
        if token.kind != Kind::Word || (reserved && !object) {
            return Err(self.unexpected());
        }
        let token = self.take();
        Ok(Name { text: token.text.into(), at: token.at })
    }

    fn peek(&self) -> Token<'s> {
        self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Token<'s> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn is_word(&self, word: &str) -> bool {
        self.peek().kind == Kind::Word && self.peek().text.eq_ignore_ascii_case(word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let there = self.is_word(word);
        self.next += usize::from(there);
        there
    }

    fn keyword(&mut self, word: &str) -> Parsed<()> {
        if self.take_word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let there = self.peek().kind == Kind::Sign && self.peek().text == sign;
        self.next += usize::from(there);
        there
    }

    fn sign(&mut self, sign: &str) -> Parsed<()> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> QueryError {
        let token = self.peek();
        QueryError::malformed(token.at, format!("unexpected token: '{}'", token.text))
    }
}

fn number(text: &str) -> Option<Written> {
    if let Ok(number) = text.parse::<f64>() {
        return Some(Written::Number(number));
    }
    moment::read_day(text).map(Written::Day).or_else(|| moment::read(text).map(Written::Moment))
}
