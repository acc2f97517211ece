//! What a Salesforce field holds: by its `type:`, written as the setup pages write it, or as the standard field it is.

use crate::problem::{Problem, closest};
use crate::rules::yaml::Node;
use crate::rules::{Measure, codes};
use crate::script::YES_NO;

/// How much fits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Holds {
    pub max: Option<Measure>,
    /// Digits before and behind the point.
    pub digits: Option<(u8, u8)>,
    /// A day without a time.
    pub is_date: bool,
}

/// Standard text fields of cases and contacts and their lengths in characters (Salesforce object reference).
const STANDARD: &[(&str, usize)] = &[
    ("Subject", 255),
    ("Description", 32_000),
    ("SuppliedName", 80),
    ("SuppliedEmail", 80),
    ("SuppliedPhone", 40),
    ("SuppliedCompany", 80),
    ("LastName", 80),
    ("FirstName", 40),
    ("Email", 80),
    ("Phone", 40),
    ("MobilePhone", 40),
    ("Title", 128),
];

/// Types of the setup pages: with a length, with digits, or with neither; where there is none, the length that is built in.
const TEXTS: &[(&str, Option<usize>)] = &[
    ("Text", None),
    ("Long Text Area", None),
    ("Rich Text Area", None),
    ("Text Area", Some(255)),
    ("URL", Some(255)),
    ("Email", Some(80)),
    ("Phone", Some(40)),
];
const NUMBERS: &[&str] = &["Number", "Currency", "Percent"];
const OTHERS: &[&str] =
    &["Checkbox", "Date", "Date/Time", "Time", "Picklist", "Multi-Select Picklist", "Lookup", "Auto Number", "Formula"];

/// What a standard field holds; nothing is known of others.
pub fn standard(field: &str) -> Holds {
    let length = STANDARD.iter().find(|(name, _)| *name == field).map(|(_, length)| *length);
    length.map_or_else(Holds::default, characters)
}

/// Of what kind the values of a type are, in the words of a person.
pub fn kind(written: &str) -> Option<&'static str> {
    match written.split('(').next().unwrap_or_default().trim() {
        "Checkbox" => Some(YES_NO),
        "Date" => Some("date"),
        "Date/Time" => Some("moment"),
        "Picklist" | "Lookup" => Some("text"),
        name if NUMBERS.contains(&name) => Some("number"),
        name => TEXTS.iter().any(|(known, _)| *known == name).then_some("text"),
    }
}

/// `Text(80)`, `Number(5,0)`, `Checkbox`.
pub fn field_type(node: &Node) -> Result<Holds, Problem> {
    let text = node.text().unwrap_or(node.kind()).trim();
    let (name, inside) = match text.split_once('(') {
        Some((name, rest)) => (name.trim(), rest.strip_suffix(')').map(str::trim)),
        None => (text, Some("")),
    };
    let Some(inside) = inside else { return Err(not_a_type(node, text)) };
    let numbers: Option<Vec<usize>> =
        inside.split(',').filter(|part| !part.trim().is_empty()).map(|part| part.trim().parse().ok()).collect();
    let known = TEXTS.iter().find(|(known, _)| *known == name);
    match (known, numbers.as_deref()) {
        (Some(_), Some([length])) => Ok(characters(*length)),
        (Some((_, Some(length))), Some([])) => Ok(characters(*length)),
        (None, Some([digits, scale])) if NUMBERS.contains(&name) && digits + scale <= 18 => {
            Ok(Holds { digits: Some((*digits as u8, *scale as u8)), ..Holds::default() })
        }
        (None, _) if OTHERS.contains(&name) => Ok(Holds { is_date: name == "Date", ..Holds::default() }),
        _ => Err(not_a_type(node, text)),
    }
}

fn characters(length: usize) -> Holds {
    Holds { max: Some(Measure::Characters(length)), ..Holds::default() }
}

fn not_a_type(node: &Node, text: &str) -> Problem {
    let names: Vec<&str> = TEXTS.iter().map(|(name, _)| *name).chain(NUMBERS.iter().chain(OTHERS).copied()).collect();
    let problem = Problem::new(codes::FIELD_TYPE, &node.at, format!("`{text}` is not a type of field"));
    let name = text.split('(').next().unwrap_or_default().trim();
    let form = |name: &str| match name {
        "Text" | "Long Text Area" | "Rich Text Area" => format!("`{name}(80)`"),
        "Number" | "Currency" | "Percent" => format!("`\"{name}(5,0)\"`"),
        name => format!("`{name}`"),
    };
    let problem = problem.because("write it as Salesforce's setup pages do");
    match closest(name, &names) {
        Some(near) if near == name => problem.next(form(near)),
        Some(near) => problem.next(format!("did you mean {}?", form(near))),
        None => problem.next("`Text(80)`, `\"Number(5,0)\"`, `Checkbox`, `Date`, `Picklist` …"),
    }
}
