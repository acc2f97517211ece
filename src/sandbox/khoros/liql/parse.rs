//! Reads LiQL text, by the grammar of sheet 4.2.

use winnow::ascii::{Caseless, digit1, multispace0, multispace1};
use winnow::combinator::{alt, cut_err, delimited, eof, not, opt, preceded, repeat, separated, terminated};
use winnow::error::{ContextError, ErrMode};
use winnow::prelude::*;
use winnow::token::{any, none_of, one_of, take_while};

use super::ast::{Cond, Fields, Literal, Op, Query, Sort, Test};

type Read<T> = winnow::ModalResult<T, ContextError>;

/// A query, or nothing if the text is none.
pub fn parse(text: &str) -> Option<Query> {
    if depth(text) > DEEPEST {
        return None;
    }
    query.parse(text).ok()
}

/// So deep parentheses may stand in each other (inferred); reading them takes stack.
const DEEPEST: usize = 50;

fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// A path in its one spelling.
pub fn function_path(text: &str) -> Option<String> {
    path.parse(text).ok()
}

/// A key of ORDER BY with its direction.
pub fn parse_sort(text: &str) -> Option<Sort> {
    sort.parse(text).ok()
}

fn query(input: &mut &str) -> Read<Query> {
    multispace0.parse_next(input)?;
    let fields = preceded(word("select"), fields).parse_next(input)?;
    let from = preceded(word("from"), ident).parse_next(input)?.to_owned();
    let filter = opt(preceded(word("where"), cut_err(cond))).parse_next(input)?;
    let order = opt(preceded((word("order"), word("by")), cut_err(sorts))).parse_next(input)?;
    let limit = opt(preceded(word("limit"), cut_err(number))).parse_next(input)?;
    let offset = opt(preceded(word("offset"), cut_err(number))).parse_next(input)?;
    let cursor = opt(preceded(word("cursor"), cut_err(alt((quoted, bare))))).parse_next(input)?;
    eof.parse_next(input)?;
    Ok(Query { fields, from, filter, order: order.unwrap_or_default(), limit, offset, cursor })
}

fn fields(input: &mut &str) -> Read<Fields> {
    let some = separated(1.., path, sign(",")).map(Fields::Some);
    let count = (Caseless("count"), sign("("), sign("*"), sign(")")).value(Fields::Count);
    // `count(*)` beside other fields is no valid query; it is left over here and fails after.
    alt((sign("*").value(Fields::All), count, some)).parse_next(input)
}

fn cond(input: &mut &str) -> Read<Cond> {
    let all: Vec<Cond> = separated(1.., both, word("or")).parse_next(input)?;
    Ok(one_or(all, Cond::Any))
}

fn both(input: &mut &str) -> Read<Cond> {
    let all: Vec<Cond> = separated(1.., pred, word("and")).parse_next(input)?;
    Ok(one_or(all, Cond::All))
}

fn one_or(mut conds: Vec<Cond>, group: fn(Vec<Cond>) -> Cond) -> Cond {
    match conds.len() {
        1 => conds.remove(0),
        _ => group(conds),
    }
}

fn pred(input: &mut &str) -> Read<Cond> {
    alt((delimited(sign("("), cond, sign(")")), test.map(Cond::Test))).parse_next(input)
}

fn test(input: &mut &str) -> Read<Test> {
    let path = path.parse_next(input)?;
    let (op, literals) = alt((
        preceded(word("in"), delimited(sign("("), separated(1.., literal, sign(",")), sign(")")))
            .map(|all| (Op::In, all)),
        preceded(word("matches"), separated(1.., literal, sign(","))).map(|all| (Op::Matches, all)),
        (op, literal).map(|(op, one)| (op, vec![one])),
    ))
    .parse_next(input)?;
    Ok(Test { path, op, literals })
}

fn op(input: &mut &str) -> Read<Op> {
    alt((
        sign("!=").value(Op::Ne),
        sign("<=").value(Op::Le),
        sign(">=").value(Op::Ge),
        sign("=").value(Op::Eq),
        sign("<").value(Op::Lt),
        sign(">").value(Op::Gt),
    ))
    .parse_next(input)
}

fn sorts(input: &mut &str) -> Read<Vec<Sort>> {
    separated(1.., sort, sign(",")).parse_next(input)
}

fn sort(input: &mut &str) -> Read<Sort> {
    let way = opt(alt((word("asc").value(false), word("desc").value(true))));
    (path, way).map(|(path, way)| Sort { path, descending: way.unwrap_or(false) }).parse_next(input)
}

/// A path in its one spelling: names joined by dots, a function without spaces at the end.
fn path(input: &mut &str) -> Read<String> {
    let function = (ident_tight, sign_tight("("), alt((ident_tight, "*")), sign_tight(")"))
        .map(|(name, _, of, _): (&str, _, &str, _)| format!("{}({of})", name.to_ascii_lowercase()));
    let part = alt((function, ident_tight.map(str::to_owned)));
    let parts: Vec<String> = terminated(separated(1.., part, "."), multispace0).parse_next(input)?;
    Ok(parts.join("."))
}

fn ident<'a>(input: &mut &'a str) -> Read<&'a str> {
    terminated(ident_tight, multispace0).parse_next(input)
}

fn ident_tight<'a>(input: &mut &'a str) -> Read<&'a str> {
    let start = one_of(|c: char| c.is_ascii_alphabetic() || c == '_');
    (start, take_while(0.., is_inside)).take().parse_next(input)
}

fn is_inside(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn literal(input: &mut &str) -> Read<Literal> {
    alt((
        quoted.map(Literal::Text),
        word("true").value(Literal::Bool(true)),
        word("false").value(Literal::Bool(false)),
        int.map(Literal::Int),
    ))
    .parse_next(input)
}

fn int(input: &mut &str) -> Read<i64> {
    terminated((opt('-'), digit1).take(), (not(one_of(is_inside)), multispace0)).parse_to().parse_next(input)
}

fn number(input: &mut &str) -> Read<u64> {
    terminated(digit1, (not(one_of(is_inside)), multispace0)).parse_to().parse_next(input)
}

/// Text in single or double quotes; a backslash takes the next character as it is (sheet 4.2: `\'`, reported).
fn quoted(input: &mut &str) -> Read<String> {
    let inside = |quote: char| repeat(0.., alt((preceded('\\', any), none_of([quote, '\\']))));
    let text = alt((delimited('\'', inside('\''), '\''), delimited('"', inside('"'), '"')));
    terminated(text, multispace0).parse_next(input)
}

/// A cursor without quotes; some clients send it so.
fn bare(input: &mut &str) -> Read<String> {
    let text = take_while(1.., |c: char| c.is_ascii_alphanumeric() || "+/=_-.".contains(c));
    terminated(text, multispace0).map(str::to_owned).parse_next(input)
}

/// A keyword in any case, with the space after it.
fn word<'a>(keyword: &'static str) -> impl Parser<&'a str, (), ErrMode<ContextError>> {
    let end = alt((multispace1.void(), not(one_of(is_inside)).void()));
    (Caseless(keyword), end).void()
}

fn sign<'a>(sign: &'static str) -> impl Parser<&'a str, (), ErrMode<ContextError>> {
    (sign, multispace0).void()
}

fn sign_tight<'a>(sign: &'static str) -> impl Parser<&'a str, (), ErrMode<ContextError>> {
    (multispace0, sign, multispace0).void()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_come_in_any_case_and_spaces_are_optional() {
        let one = parse("select id,replies.count( * ) from messages where depth=0 AND board.id in('a',\"b\") limit 5");
        let two = parse("SELECT id, replies.count(*) FROM messages WHERE depth = 0 and board.id IN ('a', 'b') LIMIT 5");
        assert!(one.is_some());
        assert_eq!(one, two);
    }

    #[test]
    fn clauses_have_one_order_and_nothing_may_follow() {
        assert!(parse("SELECT id FROM messages LIMIT 5 ORDER BY id").is_none());
        assert!(parse("SELECT id FROM messages;").is_none());
        assert!(parse("SELECT id, count(*) FROM messages").is_some_and(|query| query.fields != Fields::Count));
        assert!(parse("SELECT id FROM messages WHERE depth = 0x").is_none());
        assert!(parse("SELECT id FROM messages WHERE subject = 'it's'").is_none());
    }

    #[test]
    fn quotes_can_be_escaped_and_cursors_need_none() {
        let query = parse(r"SELECT id FROM messages WHERE subject = 'it\'s' LIMIT 1 CURSOR abc=").expect("a query");
        assert_eq!(query.tests()[0].literals, [Literal::Text("it's".into())]);
        assert_eq!(query.cursor.as_deref(), Some("abc="));
    }
}
