//! `attachments:` of a rule: which files of a message travel, as copies or as links below the text.
//!
//! What decides is what the community says of a file when the plan is made; a copy that fails later is parked.

use crate::problem::{Place, Problem};
use crate::rules::compiling::Compiling;
use crate::rules::section::{step, text};
use crate::rules::yaml::{Node, Shape};
use crate::rules::{addresses, codes, written};

pub const KEYS: &[&str] = &["send", "max", "types", "otherwise"];
/// What is sent of files.
pub const SEND: &[(&str, Send)] = &[("copy", Send::Copy), ("link", Send::Link), ("none", Send::Nothing)];
/// What becomes of a file that may not be copied; whether it is a link.
pub const OTHERWISE: &[(&str, bool)] = &[("link", true), ("drop", false)];

/// Where a rule says no size.
const USUAL: i64 = 10_000_000;
/// What an org takes in one call, rounded down (`hosts/salesforce/files.rs`).
const LARGEST: i64 = 37_000_000;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Send {
    Copy,
    Link,
    Nothing,
}

/// What a rule does with the files of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Attachments {
    Nothing,
    Link,
    Copy {
        /// The arguments that say which: the endings and the bytes, as expressions.
        which: String,
        others_are_links: bool,
    },
}

impl Attachments {
    /// `attachments: link`, or in full; nothing where it is wrong.
    pub fn read(compiling: &mut Compiling, node: &Node) -> Option<Self> {
        let send = node.get("send").unwrap_or(node);
        for (key, _) in node.entries().iter().filter(|(key, _)| !KEYS.contains(&key.name.as_str())) {
            compiling.problem(written::unknown_key(key, KEYS, "`attachments`"));
        }
        match compiling.keep(written::word(send, SEND))? {
            Send::Copy => copy(compiling, node),
            other => {
                no_effect(compiling, node, send);
                Some(if other == Send::Link { Attachments::Link } else { Attachments::Nothing })
            }
        }
    }

    /// What stands below a text about the files of this list.
    pub fn below(&self, list: &str) -> String {
        match self {
            Attachments::Link => format!("${{text::files({list})}}"),
            Attachments::Copy { which, others_are_links: true } => {
                format!("${{text::files(files::others({list}, {which}))}}")
            }
            _ => String::new(),
        }
    }

    /// The step that copies files of this list into the case.
    pub fn copied(&self, at: &Place, list: &str) -> Option<Node> {
        let Attachments::Copy { which, .. } = self else { return None };
        let file = text(at, format!("= files::allowed({list}, {which})"));
        let params = vec![("case", Some(text(at, "= case.Id"))), ("file", Some(file))];
        Some(step(at, "salesforce.attach_file", params, vec![]))
    }
}

fn copy(compiling: &mut Compiling, node: &Node) -> Option<Attachments> {
    let Some(types) = node.get("types") else {
        let problem = Problem::new(codes::MISSING_KEY, &node.at, "`send: copy` needs `types`");
        let problem = problem.because("a case takes only files whose kind somebody allowed");
        compiling.problem(problem.next("`attachments: { send: copy, types: [ png, jpg, pdf ] }`"));
        return None;
    };
    let types = endings(compiling, types);
    let bytes = node.get("max").map_or(Some(USUAL.to_string()), |max| compiling.keep(largest(max)));
    let others_are_links =
        node.get("otherwise").map_or(Some(true), |node| compiling.keep(written::word(node, OTHERWISE)));
    let which = format!("{}, {}", types?, bytes?);
    Some(Attachments::Copy { which, others_are_links: others_are_links? })
}

/// Keys that only say more of a copy.
fn no_effect(compiling: &mut Compiling, node: &Node, send: &Node) {
    for (key, _) in node.entries().iter().filter(|(key, _)| KEYS[1..].contains(&key.name.as_str())) {
        let what = format!("`{}` has no effect with `send: {}`", key.name, send.text().unwrap_or_default());
        compiling.problem(Problem::new(codes::NO_EFFECT, &key.at, what).next("leave it out, or `send: copy`"));
    }
}

/// The endings as an expression: those that are written, or a setting.
fn endings(compiling: &mut Compiling, node: &Node) -> Option<String> {
    if let Some(setting) = expression(node) {
        return Some(setting);
    }
    let listed = compiling.keep(written::list(node, "`types`"))?;
    let endings: Vec<_> = listed.iter().map(|item| compiling.keep(ending(item))).collect();
    let quoted: Option<Vec<_>> = endings.into_iter().map(|ending| Some(format!("\"{}\"", ending?))).collect();
    Some(format!("[{}]", quoted?.join(", ")))
}

fn ending(node: &Node) -> Result<&str, Problem> {
    let text = written::text(node)?;
    let ending = text.trim_start_matches('.');
    let is_one = !ending.is_empty() && ending.chars().all(|letter| letter.is_ascii_alphanumeric());
    is_one.then_some(ending).ok_or_else(|| {
        let problem = Problem::new(codes::WORD, &node.at, format!("`{text}` is not a type of files"));
        let problem = problem.because("a type is the end of a file's name");
        problem.next(match text.rsplit_once('/') {
            Some((_, kind)) if kind.chars().all(|letter| letter.is_ascii_alphanumeric()) => format!("such as `{kind}`"),
            _ => "such as `pdf`".to_owned(),
        })
    })
}

/// The bytes as an expression.
fn largest(node: &Node) -> Result<String, Problem> {
    if let Some(setting) = expression(node) {
        return Ok(setting);
    }
    let bytes = addresses::size(node)?;
    if bytes > LARGEST {
        let text = node.text().unwrap_or_default();
        let problem = Problem::new(codes::SIZE, &node.at, format!("`{text}` is more than an org takes in one call"));
        return Err(problem.next(format!("`{} MB` at most; larger files become links", LARGEST / 1_000_000)));
    }
    Ok(bytes.to_string())
}

fn expression(node: &Node) -> Option<String> {
    let Shape::Scalar { quoted: false, .. } = node.shape else { return None };
    node.text()?.strip_prefix('=').map(|setting| setting.trim().to_owned())
}

/// A comment on a case has no files of its own (Salesforce sheet 10.2), and a record that asks for a post has none either.
pub fn none_here(compiling: &mut Compiling, node: &Node) {
    let send = node.get("send").unwrap_or(node);
    let Some(word) = compiling.keep(written::word(send, SEND)).filter(|word| *word != Send::Nothing) else { return };
    let (does, named) = if word == Send::Copy { ("copy", "copy") } else { ("link to", "link") };
    let problem = Problem::new(codes::NO_FILES, &send.at, format!("`attachments: {named}` has nothing to {does} here"));
    let problem =
        problem.because("a comment on a case has no files of its own; those of the case belong to no comment");
    compiling.problem(problem.next("leave `attachments` out, and put an address into the comment"));
}
