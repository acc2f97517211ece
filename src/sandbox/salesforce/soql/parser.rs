//! Tokens to query. Written by hand over winnow's tokens: the org's errors name the exact token it tripped over.

use super::cursor::{Cursor, Parsed};
use super::error::QueryError;
use super::filter;
use super::query::{Group, Grouping, Item, Order, Query};

/// Child queries in one query (sheet 4.1).
const MOST_CHILDREN: usize = 20;

/// Reads a whole statement; `levels` is how deep child queries may stand in each other.
pub fn parse(statement: &str, levels: usize) -> Parsed<Query> {
    if statement.chars().count() > 100_000 {
        return Err(QueryError::new("MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters."));
    }
    let mut cursor = Cursor::new(statement)?;
    let query = query(&mut cursor, levels)?;
    if cursor.at_end() { Ok(query) } else { Err(cursor.unexpected()) }
}

/// Reads one SELECT, with what stands inside it.
pub fn query(cursor: &mut Cursor<'_>, levels: usize) -> Parsed<Query> {
    cursor.keyword("SELECT")?;
    let items = items(cursor, levels)?;
    cursor.keyword("FROM")?;
    let object = cursor.name()?;
    let alias = cursor.alias();
    let mut paths = Vec::new();
    while cursor.take_sign(",") {
        let path = cursor.name()?;
        let alias = cursor.alias().ok_or_else(|| cursor.unexpected())?;
        paths.push((path, alias));
    }
    let mut query = Query {
        items,
        object,
        alias,
        paths,
        scope: None,
        filter: None,
        group: None,
        having: None,
        order: Vec::new(),
        limit: None,
        offset: 0,
    };
    clauses(cursor, &mut query)?;
    Ok(query)
}

fn items(cursor: &mut Cursor<'_>, levels: usize) -> Parsed<Vec<Item>> {
    let mut items = vec![item(cursor, levels)?];
    while cursor.take_sign(",") {
        items.push(item(cursor, levels)?);
    }
    if items.iter().filter(|item| matches!(item, Item::Children(_))).count() > MOST_CHILDREN {
        let message = format!("The number of child sub-selects must not exceed {MOST_CHILDREN}");
        return Err(QueryError::new("MALFORMED_QUERY", message));
    }
    Ok(items)
}

fn item(cursor: &mut Cursor<'_>, levels: usize) -> Parsed<Item> {
    let at = cursor.peek();
    if cursor.take_sign("(") {
        if cursor.level + 1 >= levels || cursor.inside_join {
            return Err(QueryError::malformed(at.at, "unexpected token: '('"));
        }
        cursor.level += 1;
        let query = query(cursor, levels)?;
        cursor.level -= 1;
        cursor.sign(")")?;
        return Ok(Item::Children(Box::new(query)));
    }
    match cursor.expr()? {
        super::query::Expr::Call(function, Some(argument)) if function.text.eq_ignore_ascii_case("FIELDS") => {
            Ok(Item::Fields(argument))
        }
        expr => {
            let alias = cursor.column_alias();
            Ok(Item::Expr(expr, alias))
        }
    }
}

fn clauses(cursor: &mut Cursor<'_>, query: &mut Query) -> Parsed<()> {
    if cursor.take_word("USING") {
        cursor.keyword("SCOPE")?;
        query.scope = Some(cursor.name()?);
    }
    if cursor.take_word("WHERE") {
        query.filter = Some(filter::condition(cursor)?);
    }
    if cursor.take_word("WITH") {
        // What one may see is not narrowed here: the connector's user sees everything.
        cursor.one_of(&["SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"])?;
    }
    if cursor.take_word("GROUP") {
        cursor.keyword("BY")?;
        query.group = Some(group(cursor)?);
        if cursor.take_word("HAVING") {
            query.having = Some(filter::condition(cursor)?);
        }
    }
    query.order = order(cursor)?;
    if cursor.take_word("LIMIT") {
        query.limit = Some(cursor.count()?);
    }
    if cursor.take_word("OFFSET") {
        let at = cursor.peek().at;
        query.offset = cursor.count()?;
        if query.offset > 2_000 {
            let message = "Maximum SOQL offset allowed is 2000";
            return Err(QueryError::at(at, "NUMBER_OUTSIDE_VALID_RANGE", message));
        }
    }
    endings(cursor, !query.order.is_empty())
}

/// `FOR VIEW`, `UPDATE TRACKING`: they change nothing that a query shows.
fn endings(cursor: &mut Cursor<'_>, ordered: bool) -> Parsed<()> {
    while cursor.is_word("FOR") || cursor.is_word("UPDATE") {
        if cursor.take_word("UPDATE") {
            cursor.one_of(&["TRACKING", "VIEWSTAT"])?;
            continue;
        }
        cursor.keyword("FOR")?;
        if ordered && cursor.is_word("UPDATE") {
            return Err(cursor.unexpected());
        }
        cursor.one_of(&["VIEW", "REFERENCE", "UPDATE"])?;
    }
    Ok(())
}

fn group(cursor: &mut Cursor<'_>) -> Parsed<Group> {
    let grouping = if cursor.is_word("ROLLUP") {
        Grouping::Rollup
    } else if cursor.is_word("CUBE") {
        Grouping::Cube
    } else {
        Grouping::Plain
    };
    let wrapped = grouping != Grouping::Plain;
    if wrapped {
        cursor.take();
        cursor.sign("(")?;
    }
    let mut fields = vec![cursor.name()?];
    while cursor.take_sign(",") {
        fields.push(cursor.name()?);
    }
    if wrapped {
        cursor.sign(")")?;
        if fields.len() > 3 {
            return Err(QueryError::malformed(fields[3].at, "at most 3 fields can stand in ROLLUP and CUBE"));
        }
    }
    Ok(Group { grouping, fields })
}

fn order(cursor: &mut Cursor<'_>) -> Parsed<Vec<Order>> {
    let mut order = Vec::new();
    if !cursor.take_word("ORDER") {
        return Ok(order);
    }
    cursor.keyword("BY")?;
    loop {
        let by = cursor.expr()?;
        let descending = cursor.take_word("DESC");
        if !descending {
            cursor.take_word("ASC");
        }
        let nulls_last = cursor.take_word("NULLS") && cursor.one_of(&["FIRST", "LAST"])? == "LAST";
        order.push(Order { by, descending, nulls_last });
        if !cursor.take_sign(",") {
            return Ok(order);
        }
    }
}
