//! `calendars:` as written: a zone, a week of opening hours, holidays and days with hours of their own.
//!
//! What a calendar is asked is `calendar.rs` of the words; its days and spans are `opening_hours.rs`'s.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::calendar::{Calendar, Hours};
use crate::problem::{Place, Problem};
use crate::rules::yaml::{Key, Node, Shape};
use crate::rules::{codes, opening_hours, written};

const KEYS: &[&str] = &["zone", "open", "holidays", "special"];

/// The files of the pack in which a calendar stands: the whole path and the text, by the path within the pack.
pub type Files<'a> = &'a dyn Fn(&str) -> Option<(&'a str, &'a str)>;

/// One calendar; everything that is wrong with it is kept, and none is given then.
pub fn calendar(key: &Key, node: &Node, files: Files, problems: &mut Vec<Problem>) -> Option<Calendar> {
    let before = problems.len();
    let mut reading = Reading { files, problems };
    let entries = reading.keep(written::map(node, "a calendar"))?;
    if let Some((theirs, _)) = entries.iter().find(|(key, _)| key.name == "salesforce") {
        let what = "not yet: a calendar that is read from Salesforce comes in a later version";
        reading.problems.push(
            Problem::new(codes::NOT_YET, &theirs.at, what).next("write its `zone`, `open` and `holidays` here for now"),
        );
        return None;
    }
    for (key, _) in entries.iter().filter(|(key, _)| !KEYS.contains(&key.name.as_str())) {
        reading.problems.push(written::unknown_key(key, KEYS, "a calendar"));
    }
    let zone = reading.required(key, node, "zone", "`zone: America/Chicago`").and_then(|node| reading.zone(node));
    let open = reading.required(key, node, "open", "`open: { mon-fri: 08:00-18:00 }`");
    let week = open.map(|node| reading.week(node)).unwrap_or_default();
    let mut days: BTreeMap<Date, Vec<Hours>> = BTreeMap::new();
    for day in node.get("holidays").map(|node| reading.holidays(node)).unwrap_or_default() {
        days.insert(day, vec![]);
    }
    days.extend(node.get("special").map(|node| reading.special(node)).unwrap_or_default());
    let calendar = Calendar { name: key.name.as_str().into(), zone: zone.unwrap_or(TimeZone::UTC), week, days };
    if problems.len() == before && !calendar.ever_opens() {
        let what = format!("the calendar `{}` is never open", key.name);
        problems.push(Problem::new(codes::NEVER_OPEN, &key.at, what).next("`open: { mon-fri: 08:00-18:00 }`"));
    }
    (problems.len() == before).then_some(calendar)
}

/// Collects Problems while a calendar is read.
struct Reading<'a, 'p> {
    files: Files<'a>,
    problems: &'p mut Vec<Problem>,
}

impl Reading<'_, '_> {
    fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.problems.push(problem)).ok()
    }

    fn required<'n>(&mut self, key: &Key, node: &'n Node, name: &str, next: &str) -> Option<&'n Node> {
        let found = node.get(name);
        if found.is_none() {
            let what = format!("the calendar `{}` needs `{name}`", key.name);
            self.problems.push(Problem::new(codes::MISSING_KEY, &key.at, what).next(next));
        }
        found
    }

    fn zone(&mut self, node: &Node) -> Option<TimeZone> {
        self.keep(written::zone(node))
    }

    fn week(&mut self, node: &Node) -> [Vec<Hours>; 7] {
        let mut week: [Vec<Hours>; 7] = Default::default();
        let mut named: [Option<&Place>; 7] = Default::default();
        for (key, value) in self.keep(written::map(node, "`open`")).unwrap_or_default() {
            let days = self.keep(opening_hours::days(&key.name, &key.at)).unwrap_or_default();
            let spans = self.spans(value);
            for day in days {
                if let Some(first) = named[day].replace(&key.at) {
                    let what = format!("`{}` has opening hours twice", opening_hours::day_name(day));
                    let problem = Problem::new(codes::NAMED_TWICE, &key.at, what).also(first);
                    self.problems.push(problem.next("name each day once; spans of one day stand in one text"));
                }
                week[day] = spans.clone();
            }
        }
        week
    }

    fn spans(&mut self, node: &Node) -> Vec<Hours> {
        let spans = written::text(node).and_then(|text| opening_hours::spans(text, &node.at));
        self.keep(spans).unwrap_or_default()
    }

    /// A list of dates, or `{ file: holidays/us.csv }`.
    fn holidays(&mut self, node: &Node) -> Vec<Date> {
        if let Shape::Map(entries) = &node.shape {
            for (key, _) in entries.iter().filter(|(key, _)| key.name != "file") {
                self.problems.push(written::unknown_key(key, &["file"], "`holidays`"));
            }
            return node.get("file").map(|file| self.holidays_of_file(file)).unwrap_or_default();
        }
        let items = self.keep(written::list(node, "`holidays`")).unwrap_or_default();
        let date = |item: &Node| written::text(item).and_then(|text| opening_hours::date(text, &item.at));
        items.iter().filter_map(|item| self.keep(date(item))).collect()
    }

    fn holidays_of_file(&mut self, node: &Node) -> Vec<Date> {
        let Some(name) = self.keep(written::text(node)) else { return vec![] };
        let Some((path, text)) = (self.files)(name).filter(|_| name.ends_with(".csv")) else {
            let problem = Problem::new(codes::NO_FILE, &node.at, format!("the pack has no file `{name}`"));
            let next = "a file that ends in `.csv`, in the pack's folder or in a folder there: `holidays/us.csv`";
            self.problems.push(problem.next(next));
            return vec![];
        };
        let dates = csv_dates(path, text);
        dates.into_iter().filter_map(|date| self.keep(date)).collect()
    }

    /// Other hours on one day, or `closed`.
    fn special(&mut self, node: &Node) -> BTreeMap<Date, Vec<Hours>> {
        let mut days = BTreeMap::new();
        for (key, value) in self.keep(written::map(node, "`special`")).unwrap_or_default() {
            let hours = if value.text() == Some("closed") { vec![] } else { self.spans(value) };
            if let Some(date) = self.keep(opening_hours::date(&key.name, &key.at)) {
                days.insert(date, hours);
            }
        }
        days
    }
}

/// The first column of a CSV file; a first line that begins with a letter is a heading.
fn csv_dates(path: &str, text: &str) -> Vec<Result<Date, Problem>> {
    let mut dates = Vec::new();
    for (n, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let cell = line.split([',', ';', '\t']).next().unwrap_or_default();
        let date = cell.trim().trim_matches('"').trim();
        let is_heading = n == 0 && date.starts_with(char::is_alphabetic);
        if line.trim().is_empty() || line.trim_start().starts_with('#') || is_heading {
            continue;
        }
        let width = cell.chars().count().max(1);
        dates.push(opening_hours::date(date, &Place { file: path.into(), line: n + 1, column: 1, width }));
    }
    dates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_file_has_a_date_a_line_with_or_without_a_heading() {
        let dates = |text: &str| csv_dates("us.csv", text).into_iter().filter_map(Result::ok).count();
        assert_eq!(dates("date,name\n2026-12-25,Christmas\n\n# next year\n\"2027-01-01\";New Year\r\n"), 2);
        assert_eq!(dates("\u{feff}2026-12-25\n2027-01-01\n"), 2);
        let wrong =
            csv_dates("us.csv", "2026-12-25\nChristmas,2026-12-26\n").pop().expect("a line").expect_err("no date");
        assert_eq!((wrong.at.line, wrong.at.column, wrong.at.width), (2, 1, 9));
    }
}
