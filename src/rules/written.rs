//! Words and amounts as people write them: `48 hours`, `255 characters`, `20%`, `true`.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::calendar;
use crate::problem::{Problem, closest};
use crate::rules::Measure;
use crate::rules::codes;
use crate::rules::yaml::{Key, Node, Shape};
use crate::span;

/// `15 minutes`, `48 hours`, `7 days`, `2 weeks`.
pub fn duration(node: &Node) -> Result<SignedDuration, Problem> {
    let text = node.text().unwrap_or_default().trim();
    let (count, unit) = text.split_once(' ').unwrap_or((text, ""));
    let unknown = || {
        let problem = Problem::new(codes::DURATION, &node.at, format!("`{text}` is not a duration"));
        let next = if count.parse::<u32>().is_ok() { format!("`{count} hours`") } else { "`48 hours`".into() };
        problem
            .because("a duration needs its unit")
            .next(format!("{next}; `minutes`, `hours`, `days` and `weeks` are known"))
    };
    let count: i64 = count.parse().map_err(|_| unknown())?;
    let duration = span::of(count, unit.trim()).ok_or_else(unknown)?;
    if count <= 0 || duration == span::LONGEST {
        let what = format!("`{text}` is not a time that anybody waits");
        return Err(Problem::new(codes::DURATION, &node.at, what).next("it is above zero and at most 100 years"));
    }
    Ok(duration)
}

/// A name that stands in addresses only: `unanswered-support`.
pub fn kebab(key: &Key) -> Result<(), Problem> {
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if key.name.starts_with(|first: char| first.is_ascii_lowercase()) && key.name.chars().all(is_letter) {
        return Ok(());
    }
    let wanted: String = key.name.to_lowercase().chars().map(|c| if is_letter(c) { c } else { '-' }).collect();
    let problem = Problem::new(codes::BAD_NAME, &key.at, format!("`{}` is not a name for this", key.name));
    let problem = problem.because("small letters, digits and `-`, beginning with a letter");
    let wanted = wanted.trim_matches(|c: char| !c.is_ascii_lowercase());
    Err(if wanted.is_empty() { problem.next("such as `not-solved`") } else { problem.next(format!("`{wanted}`")) })
}

/// `255 characters`, `4000 bytes`, or `Text(80)`.
pub fn measure(node: &Node) -> Result<Measure, Problem> {
    let text = node.text().unwrap_or_default().trim();
    let unknown = || {
        Problem::new(codes::MEASURE, &node.at, format!("`{text}` is not a length"))
            .next("`255 characters` or `4000 bytes`")
    };
    let (count, unit) = text.split_once(' ').ok_or_else(unknown)?;
    let count: usize = count.parse().map_err(|_| unknown())?;
    match unit.trim() {
        "characters" | "character" => Ok(Measure::Characters(count)),
        "bytes" | "byte" => Ok(Measure::Bytes(count)),
        _ => Err(unknown()),
    }
}

/// A whole number.
pub fn whole(node: &Node) -> Result<u64, Problem> {
    let text = node.text().unwrap_or(node.kind()).trim();
    text.parse().map_err(|_| {
        Problem::new(codes::NUMBER, &node.at, format!("`{text}` is not a whole number"))
            .next("write digits only, such as `50`")
    })
}

/// A share: `20%`.
pub fn percent(node: &Node) -> Result<u64, Problem> {
    let text = node.text().unwrap_or(node.kind()).trim();
    let share = text.strip_suffix('%').and_then(|digits| digits.trim().parse().ok());
    share.filter(|share| *share <= 100).ok_or_else(|| {
        let example = text.parse::<u8>().unwrap_or(20);
        Problem::new(codes::NUMBER, &node.at, format!("`{text}` is not a share"))
            .next(format!("`{example}%`; 100% is the most"))
    })
}

/// A zone by its name: `America/Chicago`.
pub fn zone(node: &Node) -> Result<TimeZone, Problem> {
    let name = text(node)?;
    calendar::zone(name).map_err(|near| {
        let problem = Problem::new(codes::ZONE, &node.at, format!("`{name}` is not a time zone"));
        match near {
            Some(near) => problem.next(format!("did you mean `{near}`?")),
            None => problem.next("a name such as `Europe/Berlin`, `America/Chicago` or `UTC`"),
        }
    })
}

/// `true` or `false`, and nothing that looks like it.
pub fn yes_no(node: &Node) -> Result<bool, Problem> {
    match node.text() {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        other => {
            let text = other.unwrap_or(node.kind());
            let next = match text.to_lowercase().as_str() {
                "yes" | "on" | "y" => "write `true`",
                "no" | "off" | "n" => "write `false`",
                _ => "write `true` or `false`",
            };
            Err(Problem::new(codes::YES_NO, &node.at, format!("`{text}` is neither true nor false")).next(next))
        }
    }
}

/// One of some words.
pub fn word<T: Clone>(node: &Node, words: &[(&str, T)]) -> Result<T, Problem> {
    let text = node.text().unwrap_or(node.kind());
    let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
    words.iter().find(|(name, _)| *name == text).map(|(_, value)| value.clone()).ok_or_else(|| {
        let problem = Problem::new(codes::WORD, &node.at, format!("`{text}` is not a word for this"));
        let problem = problem.because(format!("one of: {}", names.join(", ")));
        match closest(text, &names) {
            Some(near) => problem.next(format!("did you mean `{near}`?")),
            None => problem,
        }
    })
}

/// Words that expressions and scripts keep for themselves.
const RESERVED: &[&str] =
    &["with", "new", "is", "default", "match", "use", "null", "if", "else", "let", "in", "true", "false", "this"];

/// A name that expressions use: `snake_case`, and none of the words that mean something there.
pub fn identifier(key: &Key) -> Result<(), Problem> {
    let name = key.name.as_str();
    let snake = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let taken = crate::script::NOUNS.contains(&name) || matches!(name, "settings" | "now");
    let problem = Problem::new(codes::BAD_NAME, &key.at, format!("`{name}` is not a name for expressions"));
    match (snake, taken || RESERVED.contains(&name)) {
        (true, false) => Ok(()),
        (true, true) => Err(problem.because("the word has a meaning there").next("take another name")),
        (false, _) => Err(problem.next("small letters, digits and `_`, such as `open_cases`")),
    }
}

/// Plain text.
pub fn text(node: &Node) -> Result<&str, Problem> {
    node.text().ok_or_else(|| {
        Problem::new(codes::SHAPE, &node.at, format!("a {} stands here, and a text is meant", node.kind()))
            .next("write one text; one that begins with a bracket or brace goes in quotes")
    })
}

/// The entries of a map.
pub fn map<'a>(node: &'a Node, what: &str) -> Result<&'a [(Key, Node)], Problem> {
    match &node.shape {
        Shape::Map(entries) => Ok(entries),
        _ => Err(Problem::new(
            codes::SHAPE,
            &node.at,
            format!("a {} stands here, and {what} is a map of named things", node.kind()),
        )
        .next("`name:` on a line of its own, and what belongs to it below, two spaces further in")),
    }
}

/// The items of a list.
pub fn list<'a>(node: &'a Node, what: &str) -> Result<&'a [Node], Problem> {
    match &node.shape {
        Shape::List(items) => Ok(items),
        _ => Err(Problem::new(codes::SHAPE, &node.at, format!("a {} stands here, and {what} is a list", node.kind()))
            .next(match node.text() {
                Some(text) => format!("`[ {text} ]`, or a line a piece, each beginning with `- `"),
                None => "a line a piece, each beginning with `- `".into(),
            })),
    }
}

/// A key that nobody knows here.
pub fn unknown_key(key: &Key, known: &[&str], of: &str) -> Problem {
    let problem = Problem::new(codes::UNKNOWN_KEY, &key.at, format!("unknown key `{}` in {of}", key.name));
    let listed = known.iter().take(14).copied().collect::<Vec<_>>().join(", ");
    let problem = problem.because(format!("known: {listed}{}", if known.len() > 14 { ", …" } else { "" }));
    match closest(&key.name, known) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem,
    }
}

/// A key that is part of the language and not of this version.
pub fn not_yet(key: &Key) -> Problem {
    Problem::new(codes::NOT_YET, &key.at, format!("not yet: `{}` comes in a later version", key.name))
        .next("leave it out for now")
}
