//! Conditions and their literals, from tokens (sheets 4.1, 4.2).

use super::super::moment;
use super::cursor::{Cursor, Parsed};
use super::dates;
use super::error::QueryError;
use super::lexer::{Kind, Token};
use super::parser;
use super::query::{Condition, Expr, Literal, Name, Query, Sign, Written};

/// `AND` and `OR` side by side need parentheses (sheet 4.1).
pub fn condition(cursor: &mut Cursor<'_>) -> Parsed<Condition> {
    let joins = cursor.joins;
    let first = unit(cursor)?;
    for (word, other) in [("AND", "OR"), ("OR", "AND")] {
        if !cursor.is_word(word) {
            continue;
        }
        let mut parts = vec![first];
        while cursor.is_word(word) {
            if word == "OR" && cursor.joins > joins {
                return Err(join_under_or(cursor.peek().at));
            }
            cursor.take();
            let outer = cursor.inside_or;
            cursor.inside_or = outer || word == "OR";
            parts.push(unit(cursor)?);
            cursor.inside_or = outer;
        }
        if cursor.is_word(other) {
            return Err(cursor.unexpected());
        }
        return Ok(if word == "AND" { Condition::All(parts) } else { Condition::Any(parts) });
    }
    Ok(first)
}

fn unit(cursor: &mut Cursor<'_>) -> Parsed<Condition> {
    cursor.depth += 1;
    if cursor.depth > 100 {
        return Err(QueryError::new("QUERY_TOO_COMPLICATED", "The query is too complicated."));
    }
    let unit = if cursor.take_word("NOT") {
        Condition::Not(Box::new(unit(cursor)?))
    } else if cursor.take_sign("(") {
        let inner = condition(cursor)?;
        cursor.sign(")")?;
        inner
    } else {
        comparison(cursor)?
    };
    cursor.depth -= 1;
    Ok(unit)
}

fn comparison(cursor: &mut Cursor<'_>) -> Parsed<Condition> {
    let left = cursor.expr()?;
    let not = cursor.take_word("NOT");
    if not || cursor.is_word("IN") {
        cursor.keyword("IN")?;
        return listed(cursor, left, not);
    }
    if let (true, Expr::Field(field)) = (cursor.is_word("INCLUDES") || cursor.is_word("EXCLUDES"), &left) {
        let not = cursor.one_of(&["INCLUDES", "EXCLUDES"])? == "EXCLUDES";
        cursor.sign("(")?;
        return Ok(Condition::Includes { field: field.clone(), not, literals: literals(cursor)? });
    }
    let sign = sign(cursor)?;
    Ok(Condition::Compare { left, sign, literal: literal(cursor)? })
}

fn sign(cursor: &mut Cursor<'_>) -> Parsed<Sign> {
    let Token { kind, text, .. } = cursor.peek();
    let sign = match (kind, text) {
        (Kind::Sign, "=") => Sign::Equal,
        (Kind::Sign, "!=" | "<>") => Sign::NotEqual,
        (Kind::Sign, "<") => Sign::Less,
        (Kind::Sign, "<=") => Sign::LessOrEqual,
        (Kind::Sign, ">") => Sign::Greater,
        (Kind::Sign, ">=") => Sign::GreaterOrEqual,
        (Kind::Word, word) if word.eq_ignore_ascii_case("LIKE") => Sign::Like,
        _ => return Err(cursor.unexpected()),
    };
    cursor.take();
    Ok(sign)
}

fn listed(cursor: &mut Cursor<'_>, left: Expr, not: bool) -> Parsed<Condition> {
    cursor.sign("(")?;
    match left {
        Expr::Field(field) if cursor.is_word("SELECT") => {
            let query = join(cursor, &field)?;
            Ok(Condition::InQuery { field, not, query })
        }
        left => Ok(Condition::In { left, not, literals: literals(cursor)? }),
    }
}

/// `'a', 'b')`
fn literals(cursor: &mut Cursor<'_>) -> Parsed<Vec<Literal>> {
    let mut literals = vec![literal(cursor)?];
    while cursor.take_sign(",") {
        literals.push(literal(cursor)?);
    }
    cursor.sign(")")?;
    Ok(literals)
}

/// At most two in a statement, none inside another, none under OR (sheet 4.1).
fn join(cursor: &mut Cursor<'_>, field: &Name) -> Parsed<Box<Query>> {
    cursor.joins += 1;
    if cursor.inside_or {
        return Err(join_under_or(field.at));
    }
    if cursor.inside_join || cursor.joins > 2 {
        let message = "Maximum 2 semi join sub-selects are allowed, not nested.";
        return Err(QueryError::malformed(cursor.peek().at, message));
    }
    cursor.inside_join = true;
    let query = Box::new(parser::query(cursor, 1)?);
    cursor.inside_join = false;
    cursor.sign(")")?;
    Ok(query)
}

fn join_under_or(at: usize) -> QueryError {
    QueryError::malformed(at, "Semi join sub-selects are only allowed at the top level WHERE expressions")
}

fn literal(cursor: &mut Cursor<'_>) -> Parsed<Literal> {
    let Token { kind, text, at } = cursor.peek();
    let value = match kind {
        Kind::Text => Written::Text(text.into()),
        Kind::Number => number(text).ok_or_else(|| cursor.unexpected())?,
        Kind::Word => word_literal(cursor, text)?,
        Kind::Sign | Kind::End => return Err(cursor.unexpected()),
    };
    cursor.take();
    Ok(Literal { at, value })
}

fn word_literal(cursor: &mut Cursor<'_>, text: &str) -> Parsed<Written> {
    let word = text.to_uppercase();
    Ok(match word.as_str() {
        "NULL" => Written::Null,
        "TRUE" => Written::Bool(true),
        "FALSE" => Written::Bool(false),
        _ if dates::is_plain(&word) => Written::Span(word, None),
        _ if dates::is_counted(&word) => {
            cursor.take();
            cursor.sign(":")?;
            let count = cursor.peek().text.parse().ok().filter(|count: &i64| *count >= 0);
            Written::Span(word, Some(count.ok_or_else(|| cursor.unexpected())?))
        }
        _ => return Err(cursor.unexpected()),
    })
}

fn number(text: &str) -> Option<Written> {
    // Rust also reads `inf` and `nan`, which start with a letter and so are words here.
    if let Ok(number) = text.parse::<f64>() {
        return Some(Written::Number(number));
    }
    moment::read_day(text).map(Written::Day).or_else(|| moment::read(text).map(Written::Moment))
}
