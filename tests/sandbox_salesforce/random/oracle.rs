//! What a query must find, worked out slowly and plainly from the Salesforce sheet (section 4).
//!
//! It shares nothing with the sandbox: it walks all records for every question and knows no index.

use std::cmp::Ordering;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde_json::{Map, Value, json};

use super::query::{Cond, Kind, Lit, Measure, Op, Path, Piece, Query, Shape, Type};

/// A record that was made, with its values under their dotted names.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub kind: Kind,
    pub deleted: bool,
    pub values: Map<String, Value>,
    /// The contact of a case, the case of a postback comment.
    pub points_at: Option<String>,
}

pub struct Oracle<'w> {
    pub rows: &'w [Row],
    /// The day of the user who asks.
    pub today: Date,
}

/// What a query's answer must be.
#[derive(Debug, PartialEq)]
pub enum Answer {
    Total(usize),
    /// Rows in this order.
    Rows(Vec<Value>),
    /// Rows in any order.
    Groups(Vec<Value>),
}

impl Oracle<'_> {
    pub fn answer(&self, query: &Query) -> Answer {
        let mut found: Vec<&Row> = self.rows.iter().filter(|row| self.matches(query, row)).collect();
        match &query.shape {
            Shape::Total => Answer::Total(found.len()),
            Shape::Rows { order, limit, offset, children } => {
                found.sort_by(|a, b| self.order(a, b, order));
                let rows = found.into_iter().skip(*offset).take(limit.unwrap_or(usize::MAX));
                Answer::Rows(rows.map(|row| self.shown(row, query.kind, children.as_ref())).collect())
            }
            Shape::Groups { keys, sums, having } => Answer::Groups(groups(&found, keys, sums, *having)),
        }
    }

    fn matches(&self, query: &Query, row: &Row) -> bool {
        row.kind == query.kind
            && (query.all || !row.deleted)
            && query.filter.as_ref().is_none_or(|filter| self.holds(filter, row))
            && query.among.as_ref().is_none_or(|(not, inner)| self.is_among(row, inner.as_ref()) != *not)
    }

    fn is_among(&self, row: &Row, inner: Option<&Cond>) -> bool {
        self.rows.iter().filter(|other| !other.deleted).any(|other| {
            let linked = match row.kind {
                Kind::Case => other.kind == Kind::Contact && row.points_at.as_ref() == Some(&other.id),
                Kind::Contact => other.kind == Kind::Case && other.points_at.as_ref() == Some(&row.id),
                Kind::Postback => other.kind == Kind::Case && row.points_at.as_ref() == Some(&other.id),
            };
            linked && inner.is_none_or(|cond| self.holds(cond, other))
        })
    }

    fn holds(&self, cond: &Cond, row: &Row) -> bool {
        match cond {
            Cond::All(parts) => parts.iter().all(|part| self.holds(part, row)),
            Cond::Any(parts) => parts.iter().any(|part| self.holds(part, row)),
            Cond::Not(part) => !self.holds(part, row),
            Cond::Compare(path, op, lit) => self.compares(value(row, path), *path, *op, lit),
            Cond::In(path, not, lits) => {
                lits.iter().any(|lit| self.compares(value(row, path), *path, Op::Eq, lit)) != *not
            }
            Cond::Like(path, pattern) => value(row, path).as_str().is_some_and(|text| {
                let text: Vec<char> = text.to_lowercase().chars().collect();
                fits(&text, pattern)
            }),
            Cond::Includes(path, not, sets) => {
                let chosen: Vec<&str> = value(row, path).as_str().unwrap_or_default().split(';').collect();
                sets.iter().any(|set| set.iter().all(|one| chosen.contains(one))) != *not
            }
        }
    }

    /// Nothing is only equal to null, unequal to all else, and neither less nor greater.
    fn compares(&self, value: &Value, path: Path, op: Op, lit: &Lit) -> bool {
        let same_case = |text: &str| if path.1 == Type::Exact { text.to_owned() } else { text.to_lowercase() };
        let order = match (value, lit) {
            (Value::Null, Lit::Null) => Some(Ordering::Equal),
            (Value::Null, Lit::Text(text)) if text.is_empty() => Some(Ordering::Equal),
            (Value::Bool(value), Lit::Bool(other)) => Some(value.cmp(other)),
            (Value::Number(value), Lit::Number(other)) => value.as_f64().unwrap().partial_cmp(&(*other as f64)),
            (Value::String(value), Lit::Text(text)) if !text.is_empty() => Some(same_case(value).cmp(&same_case(text))),
            (Value::String(value), Lit::Day(day)) => Some(value.parse::<Date>().unwrap().cmp(day)),
            (Value::String(value), Lit::Span(word, count)) => {
                Some(self.place(value.parse().unwrap(), word, count.unwrap_or(0)))
            }
            _ => None,
        };
        match op {
            Op::Eq => order == Some(Ordering::Equal),
            Op::Ne => order != Some(Ordering::Equal),
            Op::Lt => order == Some(Ordering::Less),
            Op::Le => order.is_some_and(Ordering::is_le),
            Op::Gt => order == Some(Ordering::Greater),
            Op::Ge => order.is_some_and(Ordering::is_ge),
        }
    }

    /// Before, in or after the days that a date literal means: day after day is asked whether it belongs.
    fn place(&self, day: Date, word: &str, count: i64) -> Ordering {
        let near = (-800..800).map(|n: i64| self.today + n.days());
        let meant: Vec<Date> = near.filter(|near| self.belongs(*near, word, count)).collect();
        if meant.contains(&day) {
            return Ordering::Equal;
        }
        if day < meant[0] { Ordering::Less } else { Ordering::Greater }
    }

    fn belongs(&self, day: Date, word: &str, n: i64) -> bool {
        let away = i64::from((day - self.today).get_days());
        let month = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month()) - 1;
        let months = month(day) - month(self.today);
        let week = |day: Date| day - i64::from(day.weekday().since(Weekday::Sunday)).days();
        let weeks = i64::from((week(day) - week(self.today)).get_days()) / 7;
        let years = i64::from(day.year() - self.today.year());
        let quarter = |day: Date| month(day) / 3;
        match word {
            "TODAY" => away == 0,
            "YESTERDAY" => away == -1,
            "TOMORROW" => away == 1,
            "LAST_N_DAYS" => (-n..=0).contains(&away),
            "NEXT_N_DAYS" => (1..=n).contains(&away),
            "N_DAYS_AGO" => away == -n,
            "THIS_WEEK" => weeks == 0,
            "LAST_WEEK" => weeks == -1,
            "LAST_N_WEEKS" => (-n..0).contains(&weeks),
            "NEXT_MONTH" => months == 1,
            "THIS_MONTH" => months == 0,
            "LAST_N_MONTHS" => (-n..0).contains(&months),
            "N_MONTHS_AGO" => months == -n,
            "LAST_QUARTER" => quarter(day) - quarter(self.today) == -1,
            "THIS_YEAR" => years == 0,
            "NEXT_N_YEARS" => (1..=n).contains(&years),
            other => panic!("the oracle does not know {other}"),
        }
    }

    fn order(&self, a: &Row, b: &Row, order: &[(Path, bool, bool)]) -> Ordering {
        for (path, descending, last) in order {
            let (a, b) = (value(a, path), value(b, path));
            // NULLS LAST is not heeded on fields of parents.
            let last = *last && !path.0.contains('.');
            let by = match (a.is_null(), b.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) => {
                    if last {
                        Ordering::Greater
                    } else {
                        Ordering::Less
                    }
                }
                (false, true) => {
                    if last {
                        Ordering::Less
                    } else {
                        Ordering::Greater
                    }
                }
                (false, false) if *descending => rank(b, path.1).partial_cmp(&rank(a, path.1)).unwrap(),
                (false, false) => rank(a, path.1).partial_cmp(&rank(b, path.1)).unwrap(),
            };
            if by != Ordering::Equal {
                return by;
            }
        }
        a.id.cmp(&b.id)
    }

    fn shown(&self, row: &Row, kind: Kind, children: Option<&Cond>) -> Value {
        let mut shown = Map::new();
        shown.insert("Id".into(), row.id.clone().into());
        for path in kind.paths() {
            shown.insert(path.0.into(), value(row, path).clone());
        }
        if let Some(cond) = children {
            let mut cases: Vec<_> = self.rows.iter().filter(|case| case.points_at.as_ref() == Some(&row.id)).collect();
            cases.retain(|case| case.kind == Kind::Case && !case.deleted && self.holds(cond, case));
            cases.sort_by(|a, b| a.id.cmp(&b.id));
            let subjects: Vec<_> = cases.iter().map(|case| value(case, &("Subject", Type::Text)).clone()).collect();
            shown.insert("Cases".into(), if subjects.is_empty() { Value::Null } else { subjects.into() });
        }
        Value::Object(shown)
    }
}

fn groups(found: &[&Row], keys: &[Path], sums: &[(Measure, Path)], having: Option<(usize, Op, i64)>) -> Vec<Value> {
    let key = |row: &Row| keys.iter().map(|path| value(row, path).clone()).collect::<Vec<_>>();
    let mut different: Vec<Vec<Value>> = Vec::new();
    for row in found {
        if !different.contains(&key(row)) {
            different.push(key(row));
        }
    }
    if keys.is_empty() && found.is_empty() {
        different.push(Vec::new());
    }
    let mut answers = Vec::new();
    for wanted in different {
        let members: Vec<&Row> = found.iter().copied().filter(|row| key(row) == wanted).collect();
        let measures: Vec<Value> = sums.iter().map(|(sum, path)| summed(&members, *sum, path)).collect();
        if let Some((place, op, number)) = having.filter(|_| !keys.is_empty()) {
            let order = measures[place].as_f64().and_then(|value| value.partial_cmp(&(number as f64)));
            let holds = match op {
                Op::Eq => order == Some(Ordering::Equal),
                Op::Ne => order != Some(Ordering::Equal),
                Op::Lt => order == Some(Ordering::Less),
                Op::Le => order.is_some_and(Ordering::is_le),
                Op::Gt => order == Some(Ordering::Greater),
                Op::Ge => order.is_some_and(Ordering::is_ge),
            };
            if !holds {
                continue;
            }
        }
        let mut row = Map::new();
        for (place, key) in wanted.into_iter().enumerate() {
            row.insert(format!("k{place}"), key);
        }
        for (place, measure) in measures.into_iter().enumerate() {
            row.insert(format!("expr{place}"), measure);
        }
        answers.push(Value::Object(row));
    }
    answers
}

fn summed(members: &[&Row], sum: Measure, path: &Path) -> Value {
    let mut values: Vec<&Value> = members.iter().map(|row| value(row, path)).filter(|value| !value.is_null()).collect();
    values.sort_by(|a, b| rank(a, path.1).partial_cmp(&rank(b, path.1)).unwrap());
    let total: f64 = values.iter().filter_map(|value| value.as_f64()).sum();
    match sum {
        Measure::Count => json!(values.len()),
        Measure::CountDistinct => {
            let mut different: Vec<&Value> = Vec::new();
            for value in values {
                if !different.contains(&value) {
                    different.push(value);
                }
            }
            json!(different.len())
        }
        _ if values.is_empty() => Value::Null,
        Measure::Min => values[0].clone(),
        Measure::Max => values[values.len() - 1].clone(),
        Measure::Sum => json!(total),
        Measure::Avg => json!(total / values.len() as f64),
    }
}

pub fn value<'r>(row: &'r Row, path: &Path) -> &'r Value {
    row.values.get(path.0).unwrap_or(&Value::Null)
}

/// Something that compares as values of a type do.
fn rank(value: &Value, kind: Type) -> (f64, String) {
    match (value, kind) {
        (Value::String(text), Type::Pick(values)) => {
            (values.iter().position(|known| known == text).unwrap() as f64, String::new())
        }
        (Value::String(text), _) => (0.0, text.to_lowercase()),
        (Value::Number(number), _) => (number.as_f64().unwrap(), String::new()),
        (Value::Bool(value), _) => (f64::from(u8::from(*value)), String::new()),
        _ => (f64::NEG_INFINITY, String::new()),
    }
}

/// `%` is any run, `_` one character; tried in every way there is.
fn fits(text: &[char], pattern: &[Piece]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, _) => text.is_empty(),
        (Some((Piece::Run, rest)), None) => fits(text, rest),
        (Some((Piece::Run, rest)), Some((_, after))) => fits(text, rest) || fits(after, pattern),
        (Some((Piece::One, rest)), Some((_, after))) => fits(after, rest),
        (Some((Piece::Char(c), rest)), Some((first, after))) => {
            c.to_lowercase().collect::<Vec<_>>() == [*first] && fits(after, rest)
        }
        (Some(_), None) => false,
    }
}
