//! Expected against got, one above the other.

use crate::names::Path;
use crate::plan::preview::quoted;
use crate::rules::yaml::{Node, Shape};
use crate::testing::amounts::is_same;
use crate::testing::came_of::{CameOf, Did, Reason};
use crate::testing::expect::{Expect, Wanted};
use crate::testing::faults::SPEAKERS;
use crate::value::Value;

/// The link that an escalation makes goes without saying.
const LINK: &str = "notebook.link";

/// How a step came out: lines of what was expected and of what was got; those that differ are marked.
#[derive(Debug, Default, PartialEq)]
pub struct Compared {
    pub passed: bool,
    pub expected: Vec<String>,
    pub got: Vec<String>,
}

/// Compares what came of a step with what was expected.
pub fn compare(expect: &Expect, came: &CameOf) -> Compared {
    let mut compared = match expect {
        Expect::Nothing { line, .. } => nothing(line, came),
        Expect::Actions { wanted, only: true, .. } => exactly(wanted, came),
        Expect::Actions { wanted, outcome, .. } => some(wanted, *outcome, came),
    };
    for problem in &came.problems {
        compared.passed &= matches!(expect, Expect::Actions { outcome: Some("parked"), .. });
        compared.got.push(format!("parked: {} ({})", problem.what, problem.at));
    }
    // A read without an answer is told by its name.
    for error in came.undecided.iter().filter(|_| came.unanswered.is_empty()) {
        compared.passed = false;
        compared.got.push(format!("nothing could be decided: {}: {error}", error.call));
    }
    for read in &came.unanswered {
        compared.passed = false;
        let args: Vec<_> = read.args.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        compared.got.push(format!("a read without an answer: {} {{ {} }}", read.function, args.join(", ")));
        compared
            .got
            .push(format!("  next: give one under `reads:`, such as `{}: [ … ]`; `[]` finds nothing", read.function));
    }
    compared
}

fn nothing(line: &str, came: &CameOf) -> Compared {
    let stopped = came.reasons.iter().any(|reason| reason.line == line);
    let acted: Vec<&Did> = said(came, &[]).collect();
    let got = if acted.is_empty() { reasons(came, line) } else { acted.iter().flat_map(|did| in_full(did)).collect() };
    Compared { passed: stopped && acted.is_empty(), expected: vec![format!("nothing: because {line}")], got }
}

/// Why nothing happened, a line and what it saw each. A rule that was not woken is named when the test speaks of it,
/// or when there is nothing else to say.
fn reasons(came: &CameOf, expected: &str) -> Vec<String> {
    let rule = |line: &str| line.split('.').take(2).map(str::to_owned).collect::<Vec<_>>();
    let is_telling = |reason: &&Reason| reason.judged || rule(&reason.line) == rule(expected);
    let telling: Vec<&Reason> = came.reasons.iter().filter(is_telling).collect();
    let is_told = !came.problems.is_empty() || !came.undecided.is_empty();
    let is_bare = telling.is_empty() && !is_told;
    let told = if is_bare { came.reasons.iter().collect() } else { telling };
    let mut lines = Vec::new();
    for reason in told {
        let at = reason.at.as_ref().map(|at| format!("  {}:{}", at.file, at.line)).unwrap_or_default();
        lines.push(format!("nothing: because {}{at}", reason.line));
        lines.push(format!("  {}", reason.saw));
    }
    if lines.is_empty() && !is_told {
        lines.push("nothing: no rule was judged".into());
    }
    lines
}

/// The actions that a test must name.
fn said<'a>(came: &'a CameOf, wanted: &'a [Wanted]) -> impl Iterator<Item = &'a Did> {
    let named = wanted.iter().any(|wanted| wanted.function.as_str() == LINK);
    came.actions.iter().filter(move |did| named || did.function != LINK)
}

fn exactly(wanted: &[Wanted], came: &CameOf) -> Compared {
    let did: Vec<&Did> = said(came, wanted).collect();
    let mut compared = Compared { passed: wanted.len() == did.len(), ..Compared::default() };
    for (n, wanted) in wanted.iter().enumerate() {
        compared.expected.push(wanted.function.to_string());
        compared.expected.extend(as_written(wanted));
        if let Some(did) = did.get(n) {
            let (matches, lines) = beside(wanted, did);
            compared.passed &= matches && is_fine(did);
            compared.got.extend(lines);
            compared.got.extend(not_fine(did));
        }
    }
    compared.got.extend(did.iter().skip(wanted.len()).flat_map(|did| not_expected(did)));
    if did.is_empty() {
        compared.got = reasons(came, "");
    }
    compared
}

/// Whether an action is on its way or there. Any other end is something that a test says with `outcome:`.
fn is_fine(did: &Did) -> bool {
    matches!(did.ended, "done" | "already_done" | "waiting")
}

fn not_fine(did: &Did) -> Option<String> {
    (!is_fine(did)).then(|| format!("{}   ← not expected; `{{ some: […], outcome: {} }}`", ending(did), did.ended))
}

fn ending(did: &Did) -> String {
    let why = if did.why.is_empty() { String::new() } else { format!(", {}", did.why) };
    format!("  outcome: {}{why}", did.ended)
}

fn not_expected(did: &Did) -> Vec<String> {
    let mut lines = in_full(did);
    lines[0].push_str("   ← not expected");
    lines
}

fn some(wanted: &[Wanted], outcome: Option<&str>, came: &CameOf) -> Compared {
    let mut compared = Compared { passed: true, ..Compared::default() };
    let mut rest = came.actions.as_slice();
    let mut found: Vec<&Did> = Vec::new();
    for wanted in wanted {
        compared.expected.push(wanted.function.to_string());
        compared.expected.extend(as_written(wanted));
        match rest.iter().position(|did| beside(wanted, did).0) {
            Some(at) => {
                found.push(&rest[at]);
                rest = &rest[at + 1..];
            }
            None => compared.passed = false,
        }
    }
    if let Some(outcome) = outcome {
        compared.expected.push(format!("outcome: {outcome}"));
        // Without names all actions are meant.
        let meant: Vec<&Did> = if wanted.is_empty() { said(came, wanted).collect() } else { found };
        let ended =
            if meant.is_empty() { came.ended == Some(outcome) } else { meant.iter().all(|did| did.ended == outcome) };
        compared.passed &= ended;
    } else {
        compared.passed &= found.into_iter().all(is_fine);
    }
    compared.got = said(came, wanted).flat_map(|did| with_outcome(did, outcome.is_some())).collect();
    if came.actions.is_empty() {
        compared.got = reasons(came, "");
    }
    compared
}

fn with_outcome(did: &Did, is_asked: bool) -> Vec<String> {
    let mut lines = in_full(did);
    match is_asked {
        true => lines.push(ending(did)),
        false => lines.extend(not_fine(did)),
    }
    lines
}

/// The expected keys of an action, a line each.
fn as_written(wanted: &Wanted) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(args) = &wanted.args {
        leaves(args, &"".into(), &mut lines);
    }
    lines.into_iter().map(|(path, node)| format!("  {path}: {}", written(node))).collect()
}

/// The same keys of what was got.
fn beside(wanted: &Wanted, did: &Did) -> (bool, Vec<String>) {
    if wanted.function.as_str() != did.function {
        let mut lines = in_full(did);
        lines[0].push_str("   ← differs");
        return (false, lines);
    }
    let mut lines = vec![did.function.clone()];
    let mut keys = Vec::new();
    if let Some(args) = &wanted.args {
        leaves(args, &"".into(), &mut keys);
    }
    let mut all = true;
    for (path, node) in keys {
        let got = got(did, &path, node);
        let same = is_as_written(node, got);
        all &= same;
        lines.push(format!("  {path}: {}{}", value(got), if same { "" } else { "   ← differs" }));
    }
    (all, lines)
}

/// One login under `as` is the one who spoke; a list, all who may.
fn got<'d>(did: &'d Did, path: &Path, node: &Node) -> &'d Value {
    let is_one = path.as_str() == SPEAKERS && matches!(node.shape, Shape::Scalar { .. });
    if is_one && !did.by.is_nothing() { &did.by } else { did.args.at(path) }
}

fn leaves<'a>(node: &'a Node, path: &Path, found: &mut Vec<(Path, &'a Node)>) {
    match &node.shape {
        Shape::Map(entries) => entries.iter().for_each(|(key, node)| leaves(node, &path.then(&key.name), found)),
        _ => found.push((path.clone(), node)),
    }
}

fn is_as_written(node: &Node, got: &Value) -> bool {
    match (&node.shape, got) {
        (Shape::Scalar { text, quoted }, got) => is_same(text, *quoted, got),
        (Shape::List(items), Value::List(values)) => {
            items.len() == values.len() && items.iter().zip(values).all(|(node, value)| is_as_written(node, value))
        }
        _ => false,
    }
}

fn written(node: &Node) -> String {
    match &node.shape {
        Shape::Scalar { text, .. } => plain(text),
        Shape::List(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Shape::Map(_) => node.kind().into(),
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => plain(text),
        Value::List(items) => format!("[{}]", items.iter().map(self::value).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A short word as it is, anything else in quotes on one line.
fn plain(text: &str) -> String {
    let is_word =
        !text.is_empty() && text.len() <= 60 && text.chars().all(|c| c.is_alphanumeric() || "-_.:/()".contains(c));
    if is_word { text.to_owned() } else { quoted(text) }
}

/// An action with all that it was given.
fn in_full(did: &Did) -> Vec<String> {
    let mut lines = vec![did.function.clone()];
    let Value::Map(args) = &did.args else { return lines };
    for (name, arg) in args {
        match arg {
            Value::Map(fields) => {
                lines.extend(
                    fields.iter().map(|(field, field_value)| format!("  {name}.{field}: {}", value(field_value))),
                );
            }
            arg => lines.push(format!("  {name}: {}", value(arg))),
        }
    }
    lines
}

/// A step that expects nothing in particular: only what went wrong fails it.
pub fn unexpected(came: &CameOf) -> Compared {
    compare(&Expect::Actions { wanted: vec![], only: false, outcome: None }, came)
}
