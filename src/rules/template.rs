//! Fills in values as written: plain, `= …`, `${…}`, fields of a mapping.
//!
//! What is not known yet stays a piece of the text; what a value does when it does not fit is `fit.rs`.

use jiff::tz::TimeZone;

use crate::calendar;
use crate::plan::{Arg, Piece};
use crate::rules::judge::{Judged, judge};
use crate::rules::{ChoiceRow, FieldRow, FieldValue, Template, TextPiece, fit, picklist};
use crate::script::{Evaluated, View};
use crate::value::Value;

/// Works out a value.
pub fn fill(template: &Template, view: &View) -> Evaluated {
    match template {
        Template::Plain(value) => known(value.clone()),
        Template::Expression(expression) => expression.value(view),
        Template::Text { pieces, html } => text(pieces, *html, view),
        Template::Map(entries) => {
            let values = together(entries.iter().map(|(_, value)| fill(value, view)));
            values.map_or_else(
                |not| not,
                |args| Evaluated::Is(Arg::Map(entries.iter().map(|(name, _)| name.clone()).zip(args).collect())),
            )
        }
        Template::List(items) => together(items.iter().map(|item| fill(item, view)))
            .map_or_else(|not| not, |args| Evaluated::Is(Arg::List(args))),
        Template::Fields(rows) => fields(rows, view),
    }
}

fn known(value: Value) -> Evaluated {
    Evaluated::Is(Arg::Known(value))
}

/// All of some values; the needs of all of them come together.
pub fn together(parts: impl Iterator<Item = Evaluated>) -> Result<Vec<Arg>, Evaluated> {
    let (mut args, mut needs, mut broken) = (vec![], vec![], None);
    for part in parts {
        match part {
            Evaluated::Is(arg) => args.push(arg),
            Evaluated::Needs(reads) => needs.extend(reads),
            other => broken = broken.or(Some(other)),
        }
    }
    match (needs.is_empty(), broken) {
        (false, _) => Err(Evaluated::Needs(needs)),
        (true, Some(broken)) => Err(broken),
        (true, None) => Ok(args),
    }
}

/// A text with `${…}`: one text when all of it is known, pieces otherwise.
fn text(pieces: &[TextPiece], html: bool, view: &View) -> Evaluated {
    let parts = together(pieces.iter().map(|piece| match piece {
        TextPiece::Text(text) => known(Value::text(text.as_str())),
        TextPiece::Expression(expression) => expression.value(view),
    }));
    let parts = match parts {
        Ok(parts) => parts,
        Err(not) => return not,
    };
    let mut joined: Vec<Piece> = Vec::new();
    for (piece, part) in pieces.iter().zip(parts) {
        let escape = html && matches!(piece, TextPiece::Expression(_));
        match part {
            Arg::Later { action, path } => joined.push(Piece::Later { action, path }),
            Arg::LaterText(inner) => joined.extend(inner),
            other => push_text(&mut joined, &plain(&other.known().unwrap_or_default()), escape),
        }
    }
    match joined.as_slice() {
        [] => known(Value::text("")),
        [Piece::Text(text)] => known(Value::text(text.as_str())),
        _ => Evaluated::Is(Arg::LaterText(joined)),
    }
}

fn push_text(joined: &mut Vec<Piece>, text: &str, escape: bool) {
    let text = if escape { ammonia::clean_text(text) } else { text.to_owned() };
    match joined.last_mut() {
        Some(Piece::Text(last)) => last.push_str(&text),
        _ => joined.push(Piece::Text(text)),
    }
}

/// A value inside a text: absent is nothing, a moment is ISO 8601 in UTC, a list is its items with commas.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Nothing => String::new(),
        Value::Text(text) => text.to_string(),
        Value::Moment(moment) => moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Value::List(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The fields of a mapping; what is absent is left out, cleared, refused or replaced as its row says.
fn fields(rows: &[FieldRow], view: &View) -> Evaluated {
    let filled = match together(rows.iter().map(|row| field_value(row, view))) {
        Ok(filled) => filled,
        Err(not) => return not,
    };
    let mut fields = Vec::with_capacity(rows.len());
    let mut needs = Vec::new();
    for (row, arg) in rows.iter().zip(filled) {
        if matches!(&row.value, FieldValue::LookUp(look_up) if look_up.leaves_out(view)) {
            continue;
        }
        match fit::fit(row, day_of(row, arg, view)) {
            Ok(Some(Arg::Known(value))) => match picklist::offered(row, value, view) {
                Ok(value) => fields.extend(value.map(|value| (row.field.clone(), Arg::Known(value)))),
                Err(Evaluated::Needs(reads)) => needs.extend(reads),
                Err(obstacle) => return obstacle,
            },
            Ok(Some(arg)) => fields.push((row.field.clone(), arg)),
            Ok(None) => {}
            Err(refusal) => return Evaluated::Refused(refusal),
        }
    }
    if needs.is_empty() { Evaluated::Is(Arg::Map(fields)) } else { Evaluated::Needs(needs) }
}

/// A field that holds a day gets the day of a moment, as it is in the zone of the bridge.
fn day_of(row: &FieldRow, arg: Arg, view: &View) -> Arg {
    match arg {
        Arg::Known(Value::Moment(moment)) if row.fit.is_date => {
            let zone = view.settings.get("zone").as_str().and_then(|name| calendar::zone(name).ok());
            let day = zone.unwrap_or(TimeZone::UTC).to_datetime(moment).date();
            Arg::Known(Value::text(day.to_string()))
        }
        arg => arg,
    }
}

fn field_value(row: &FieldRow, view: &View) -> Evaluated {
    let rows = match &row.value {
        FieldValue::LookUp(look_up) => return look_up.value(&row.field, view),
        FieldValue::Template(template) => return fill(template, view),
        FieldValue::Choose(rows) => rows,
    };
    for row in rows {
        match choice(row, view) {
            Some(chosen) => return chosen,
            None => continue,
        }
    }
    known(Value::Nothing)
}

/// The value of a row that holds; none when it does not. A row that cannot be judged yet ends the search.
fn choice(row: &ChoiceRow, view: &View) -> Option<Evaluated> {
    match row {
        ChoiceRow::Otherwise(template) => Some(fill(template, view)),
        ChoiceRow::When(criteria, template) => match judge(criteria, view) {
            Judged::Met => Some(fill(template, view)),
            Judged::Unmet(..) => None,
            Judged::Unknown(reads) => Some(Evaluated::Needs(reads)),
            Judged::Broken(broken) => Some(broken.into()),
        },
        ChoiceRow::Table { table, by } => match fill(by, view) {
            Evaluated::Is(Arg::Known(key)) => in_table(view, table.as_str(), &key).map(known),
            other => Some(other),
        },
    }
}

/// The first row from the top whose key is the value, or which the list contains.
fn in_table(view: &View, table: &str, key: &Value) -> Option<Value> {
    let rows = view.tables.get(table)?;
    let is = |name: &str, value: &Value| plain(value) == name;
    let holds = |name: &str| match key {
        Value::List(items) => items.iter().any(|item| is(name, item)),
        Value::Nothing => false,
        other => is(name, other),
    };
    rows.iter().find(|(name, _)| holds(name.as_str())).map(|(_, value)| value.clone())
}
