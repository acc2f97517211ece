//! A plan as a person reads it: what will happen, why, and what is not known yet.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::catalog::{Call, Catalog, NOTEBOOK, Write};
use crate::names::{FunctionName, LineName, Subject};
use crate::plan::{Action, Arg, FirstUnmet, Guard, Piece, Plan};
use crate::value::Value;

/// How wide a value is shown.
const WIDTH: usize = 60;

/// A plan with the rules that act, their lines when asked for, the actions, and the rules that do not act.
pub fn show(subject: &Subject, title: &str, plan: &Plan, catalog: &Catalog, verbose: bool) -> String {
    let mut text = format!("{}\n", heading(subject, title));
    for verdict in &plan.fired {
        let rule = verdict.rule.as_str().split_once('.').map_or(verdict.rule.as_str(), |(_, name)| name);
        match &verdict.shadowed_by {
            None if verdict.shadow => row(&mut text, "◌", rule, "in the shadow", &place(&verdict.at)),
            None => row(&mut text, "✓", rule, "", &place(&verdict.at)),
            Some(by) => row(&mut text, "✓", rule, &format!("shadowed by {by}"), &place(&verdict.at)),
        }
        if verbose {
            for line in &verdict.lines {
                row(
                    &mut text,
                    " ",
                    line.text.to_string().as_str(),
                    &line.saw.to_string(),
                    &origin(&line.line, &line.at),
                );
            }
        } else {
            text.push_str(&wrapped("      because ", verdict.lines.iter().map(|line| line.saw.to_string())));
        }
    }
    for action in plan.actions.iter().filter(|action| verbose || !is_note(catalog, &action.function)) {
        action_rows(&mut text, action, catalog, verbose);
    }
    for action in plan.shadow.iter().filter(|action| verbose || !is_note(catalog, &action.function)) {
        row(&mut text, "◌", action.function.as_str(), "", "(never written)");
        text.push_str(&wrapped("      ", arguments(action).into_iter().take(SHOWN)));
    }
    for flag in plan.flags.iter().filter(|flag| verbose || !flag.is_quiet()) {
        row(&mut text, "⚑", flag.code.as_str(), "", &place(&flag.at));
        text.push_str(&format!("      {}\n", flag.text));
    }
    for unmet in plan.unmet.iter() {
        text.push_str(&unmet_row(unmet));
    }
    for problem in &plan.problems {
        let _ = writeln!(text, "  ! {}", problem.show(None).replace('\n', "\n    "));
    }
    text
}

/// `khoros:thread:42 "VPN drops every hour"`; a subject without a title stands alone.
pub fn heading(subject: &Subject, title: &str) -> String {
    if title.is_empty() { subject.to_string() } else { format!("{subject} {}", quoted(title)) }
}

/// The first line of a rule that stopped it, with the value seen.
pub fn unmet_row(unmet: &FirstUnmet) -> String {
    let mut text = String::new();
    let rule = unmet.rule.as_str().split_once('.').map_or(unmet.rule.as_str(), |(_, name)| name);
    row(&mut text, "✗", rule, &unmet_text(unmet), &origin(&unmet.line, &unmet.at));
    text
}

/// What a line saw and what it needs; a script that skips says why.
pub fn unmet_text(unmet: &FirstUnmet) -> String {
    let saw = unmet.saw.to_string();
    if saw.is_empty() { unmet.text.to_string() } else { format!("{saw}, needs {}", unmet.text) }
}

fn row(text: &mut String, sign: &str, what: &str, told: &str, margin: &str) {
    let line = format!("  {sign} {what:<26} {told}");
    let _ =
        if margin.is_empty() { writeln!(text, "{}", line.trim_end()) } else { writeln!(text, "{line:<74}  {margin}") };
}

/// Where a line stands: `rules/escalations.yaml:8`.
pub fn place(at: &crate::problem::Place) -> String {
    format!("{}:{}", at.file, at.line)
}

/// Where a line of a rule stands; what every rule of a section has was written by nobody.
pub fn origin(line: &LineName, at: &crate::problem::Place) -> String {
    if line.is_built_in() { "(built in)".into() } else { place(at) }
}

fn sign(catalog: &Catalog, function: &FunctionName) -> &'static str {
    match catalog.get(function.as_str()).map(|function| &function.call) {
        Some(Call::Write(call)) => match call.kind {
            Write::Makes { .. } => "+",
            Write::Sets { .. } => "~",
            Write::Says { .. } => "→",
        },
        _ => "·",
    }
}

fn is_note(catalog: &Catalog, function: &FunctionName) -> bool {
    matches!(catalog.get(function.as_str()).map(|f| &f.call), Some(Call::Note { .. }))
}

fn waits(action: &Action) -> bool {
    action.args.iter().any(|(_, arg)| !arg.waits_for().is_empty())
}

/// An action with as many of its arguments as fit two lines; all of them, a line each, when more is to be said.
fn action_rows(text: &mut String, action: &Action, catalog: &Catalog, verbose: bool) {
    let known = if waits(action) { "(known after apply)" } else { "" };
    row(text, sign(catalog, &action.function), action.function.as_str(), "", known);
    let arguments = arguments(action);
    if verbose {
        arguments.iter().for_each(|argument| text.push_str(&format!("      {argument}\n")));
        return;
    }
    let shown = arguments.len().min(SHOWN);
    let more = (arguments.len() > shown).then(|| format!("{} more (-v)", arguments.len() - shown));
    text.push_str(&wrapped("      ", arguments.into_iter().take(shown).chain(more)));
}

/// How many arguments a preview shows.
const SHOWN: usize = 5;
/// How wide a line of a preview is.
const LINE: usize = 100;

/// Parts on lines of a readable width, the first behind a start, the others under it.
fn wrapped(start: &str, parts: impl Iterator<Item = String>) -> String {
    let margin = " ".repeat(start.chars().count());
    let mut lines = vec![start.to_owned()];
    let mut width = start.chars().count();
    for part in parts.filter(|part| !part.is_empty()) {
        let is_start = width == margin.len();
        if !is_start && width + part.chars().count() + 2 > LINE {
            lines.push(margin.clone());
            width = margin.len();
        }
        let line = lines.last_mut().expect("there is a line");
        if width > margin.len() {
            line.push_str(", ");
            width += 2;
        }
        line.push_str(&part);
        width += part.chars().count();
    }
    if width == margin.len() { String::new() } else { format!("{}\n", lines.join(",\n")) }
}

fn arguments(action: &Action) -> Vec<String> {
    let parts = action.args.iter().flat_map(|(name, arg)| match arg {
        Arg::Map(fields) => fields.iter().map(|(field, arg)| format!("{field} {}", argument(arg))).collect::<Vec<_>>(),
        Arg::Known(Value::Map(fields)) => {
            fields.iter().map(|(field, value)| format!("{field} {}", known(value))).collect()
        }
        arg => vec![format!("{name} {}", argument(arg))],
    });
    parts.collect()
}

fn argument(arg: &Arg) -> String {
    match arg {
        Arg::Known(value) => known(value),
        Arg::Text(digest) => format!("a text ({digest})"),
        Arg::Later { path, .. } => format!("({path})"),
        Arg::LaterText(pieces) => {
            let piece = |piece: &Piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Later { path, .. } => format!("({path})"),
            };
            quoted(&pieces.iter().map(piece).collect::<String>())
        }
        Arg::Map(_) | Arg::List(_) => arg.known().map_or_else(|| "(known after apply)".into(), |value| known(&value)),
    }
}

fn known(value: &Value) -> String {
    match value {
        Value::Text(text)
            if text.chars().all(|c| c.is_alphanumeric() || "-_.:/".contains(c)) && text.len() <= WIDTH =>
        {
            text.to_string()
        }
        Value::Text(text) => quoted(text),
        other => other.to_string(),
    }
}

/// A text in quotes, on one line, cut for display; what turns the writing direction is shown as a space.
pub fn quoted(text: &str) -> String {
    let shown = |c: char| if c.is_control() || is_direction(c) { ' ' } else { c };
    let line: String = text.chars().map(shown).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= WIDTH {
        return format!("\"{line}\"");
    }
    format!("\"{}…\" ({} characters)", line.chars().take(WIDTH - 1).collect::<String>(), text.chars().count())
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// What plans cost at one host: writes exactly, reads at most (they depend on how waves are cut).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub writes: usize,
    pub reads: usize,
}

/// The cost of writes, by host; `reads` are those that a pass makes before it writes.
pub fn cost<'a>(
    planned: impl Iterator<Item = &'a Action>,
    reads: &BTreeMap<String, usize>,
    catalog: &Catalog,
) -> BTreeMap<String, Cost> {
    let mut actions: BTreeMap<&FunctionName, Vec<&Action>> = BTreeMap::new();
    for action in planned {
        actions.entry(&action.function).or_default().push(action);
    }
    let found = |(host, reads): (&String, &usize)| (host.clone(), Cost { writes: 0, reads: *reads });
    let mut costs: BTreeMap<String, Cost> = reads.iter().map(found).collect();
    for (function, actions) in actions {
        let Some(call) = catalog.write_call(function.as_str()) else { continue };
        let up_to = call.up_to.max(1);
        let calls = actions.len().div_ceil(up_to);
        let own = costs.entry(function.host().to_owned()).or_default();
        own.writes += calls;
        own.reads += calls * call.reads + call.reads_once;
        for wave in actions.chunks(up_to) {
            for (read, keys) in guard_reads(wave) {
                let takes = catalog.read_call(read.as_str()).map_or(1, |call| call.up_to.max(1));
                costs.entry(read.host().to_owned()).or_default().reads += keys.div_ceil(takes);
            }
        }
    }
    // Our own notebook is a host that costs no call.
    costs.remove(NOTEBOOK);
    costs
}

/// The reads that guard a wave, and how many of each.
fn guard_reads(wave: &[&Action]) -> BTreeMap<FunctionName, usize> {
    let mut reads = BTreeMap::new();
    for guard in wave.iter().flat_map(|action| &action.assumes) {
        if let Guard::StillPlanned { reads: planned } = guard {
            for read in planned {
                *reads.entry(read.function.clone()).or_default() += 1;
            }
        }
    }
    reads
}
