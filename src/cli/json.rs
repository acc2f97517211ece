//! What the engine did as JSON objects, one a line: `docs/output.md` is the page for it.
//!
//! The words are written out here, so that a name in the program may change without anybody's script noticing.

use serde_json::{Map, Value as Json, json};

use crate::catalog::Catalog;
use crate::cli::report::Report;
use crate::cli::sums::{cost, held};
use crate::engine::parked::Parked;
use crate::engine::report::Admitted;
use crate::engine::{Happened, Summary};
use crate::failure::HostError;
use crate::names::{BridgeId, LineName, RuleAddress};
use crate::plan::{Action, Arg, Explained, FirstUnmet, Flag, LineExplained, Piece, RuleExplained, Verdict};
use crate::problem::{Place, Problem};
use crate::run::{Compared, Found, Outcome, Scan, Why};
use crate::value::Value;

/// One thing that happened; none for what the line about a rule's schedule says at the end.
pub fn happened(bridge: &BridgeId, happened: &Happened) -> Option<Json> {
    Some(match happened {
        Happened::Silent(silent) => json!({
            "nothing": silent.subject, "bridge": bridge, "title": silent.title, "unmet": list(&silent.unmet, unmet),
        }),
        Happened::Differs(differs) => json!({
            "differs": differs.subject, "bridge": bridge, "title": differs.title, "rule": differs.rule,
            "only": differs.only, "unmet": differs.unmet.as_ref().map(unmet),
        }),
        Happened::Looked(scans) => json!({ "looked": list(scans, scan), "bridge": bridge }),
        Happened::Missed(_) => return None,
        Happened::Planned(planned) => {
            let (word, why) = admitted(&planned.admitted);
            json!({
                "planned": planned.subject, "bridge": bridge, "title": planned.title, "admitted": word,
                "why": why.map(self::why), "held_back": list(&planned.held_back, held_back), "fired": list(&planned.plan.fired, fired),
                "unmet": list(&planned.plan.unmet, unmet), "problems": list(&planned.plan.problems, Problem::to_json),
                "flags": list(&planned.plan.flags, flag), "actions": list(&planned.plan.actions, action),
            })
        }
        Happened::Settled(finished) => {
            let found = match &finished.outcome {
                Outcome::AlreadyDone { found, .. } => Some(found_word(*found)),
                _ => None,
            };
            let result = match &finished.outcome {
                Outcome::Done { result } | Outcome::AlreadyDone { result, .. } => plain(result),
                _ => Json::Null,
            };
            json!({
                "settled": finished.subject, "bridge": bridge, "function": finished.action.function,
                "key": finished.action.key, "outcome": finished.outcome.word().replace(' ', "_"), "found": found,
                "why": finished.outcome.why().map(self::why), "result": result,
            })
        }
        Happened::Retries { host, error, until } => {
            json!({ "retries": host, "bridge": bridge, "error": failed(error), "until": until })
        }
        Happened::Waits { subject, function, why } => {
            json!({ "waits": subject, "bridge": bridge, "function": function, "why": self::why(why) })
        }
    })
}

/// The last line of a bridge. The catalog is given for a preview, which says what a run would cost.
pub fn summary(bridge: &BridgeId, report: &Report, summary: &Summary, catalog: Option<&Catalog>) -> Json {
    let is_preview = catalog.is_some();
    let words = ["goes", "stays_due", "closed", "held", "dropped", "in_flight", "parked", "shadow"];
    let plans = |word: &str| report.admitted(|answer| admitted(answer).0 == word);
    let ended = |word: &str| report.settled.iter().filter(|finished| finished.outcome.word() == word).count();
    let outcomes = ["done", "already done", "superseded", "refused", "skipped", "parked"];
    let costs = catalog.map(|catalog| {
        let cost = |(host, cost): (String, crate::plan::preview::Cost)| {
            (host, json!({ "writes": cost.writes, "reads_at_most": cost.reads }))
        };
        self::cost(report, summary, catalog).into_iter().map(cost).collect::<Map<_, _>>()
    });
    let waiting = summary
        .waiting
        .iter()
        .map(|(subject, function, what)| json!({ "subject": subject, "function": function, "for": what }));
    let undecided =
        summary.undecided.iter().map(|(subject, error)| json!({ "subject": subject, "error": failed(error) }));
    let halted = summary.halted.iter().map(|(host, error)| (host.clone(), failed(error)));
    let unknown = summary.unknown.iter().map(|(host, what)| json!({ "host": host, "field": what }));
    let refused = summary.refused.iter().map(|(host, what)| json!({ "host": host, "what": what }));
    json!({
        "summary": bridge, "preview": is_preview,
        "cases": if is_preview { plans("goes") } else { report.opened() },
        "rules": list(&summary.scans, scan), "nothing": summary.silent,
        "plans": words.iter().map(|word| ((*word).to_owned(), json!(plans(word)))).collect::<Map<_, _>>(),
        "outcomes": outcomes.iter().map(|word| (word.replace(' ', "_"), json!(ended(word)))).collect::<Map<_, _>>(),
        "waiting": waiting.collect::<Vec<_>>(), "held": held(report, summary, is_preview),
        "later": { "count": summary.ahead.0, "first": summary.ahead.1 },
        "undecided": undecided.collect::<Vec<_>>(), "refused_searches": refused.collect::<Vec<_>>(),
        "unknown_fields": unknown.collect::<Vec<_>>(),
        "failed": summary.failed.as_ref().map(failed), "halted": halted.collect::<Map<_, _>>(), "cost": costs,
        "exit_code": report.exit_code(summary),
    })
}

/// A bridge of which nothing came: the Problems of its files, or one sentence.
pub fn not_run(bridge: &BridgeId, code: u8, said: &str) -> Json {
    // Problems are JSON already.
    let problems = serde_json::from_str(said).ok().filter(Json::is_array);
    let error = problems.is_none().then_some(said);
    json!({ "not_run": bridge, "exit_code": code, "problems": problems.unwrap_or_else(|| json!([])), "error": error })
}

/// Why a subject is acted on, or why not.
pub fn explained(bridge: &BridgeId, explained: &Explained) -> Json {
    json!({
        "explained": explained.subject, "bridge": bridge, "title": explained.title, "in_flight": explained.in_flight,
        "orphan": explained.orphan,
        "rules": list(&explained.rules, rule), "fired": list(&explained.plan.fired, fired),
        "unmet": list(&explained.plan.unmet, unmet), "problems": list(&explained.plan.problems, Problem::to_json),
        "flags": list(&explained.plan.flags, flag),
        "actions": list(&explained.plan.actions, action),
        "reads": explained.reads.iter().map(|(function, at)| json!({ "function": function, "at": at })).collect::<Vec<_>>(),
    })
}

fn rule(rule: &RuleExplained) -> Json {
    json!({
        "rule": rule.rule, "pack": rule.pack, "at": place(&rule.at), "about": rule.about,
        "may_widen": rule.may_widen,
        "acted": rule.acted.as_ref().map(|acted| json!({ "at": acted.at, "parked": acted.parked })),
        "closed": rule.closed,
        "lines": list(&rule.lines, line),
    })
}

fn line(line: &LineExplained) -> Json {
    json!({
        "line": line.line, "text": line.text, "holds": line.holds, "saw": line.saw, "searched": line.searched,
        "at": origin(&line.line, &line.at),
    })
}

fn fired(verdict: &Verdict) -> Json {
    let lines = verdict.lines.iter().map(|line| {
        json!({ "line": line.line, "text": line.text.to_string(), "saw": line.saw.to_string(), "at": origin(&line.line, &line.at) })
    });
    json!({
        "rule": verdict.rule, "at": place(&verdict.at), "shadowed_by": verdict.shadowed_by, "shadow": verdict.shadow,
        "lines": lines.collect::<Vec<_>>(),
    })
}

fn unmet(unmet: &FirstUnmet) -> Json {
    json!({
        "rule": unmet.rule, "line": unmet.line, "text": unmet.text.to_string(), "saw": unmet.saw.to_string(),
        "at": origin(&unmet.line, &unmet.at),
    })
}

fn flag(flag: &Flag) -> Json {
    json!({ "rule": flag.rule, "code": flag.code, "text": flag.text, "at": place(&flag.at) })
}

fn action(action: &Action) -> Json {
    let args = action.args.iter().map(|(name, arg)| (name.to_string(), argument(arg)));
    json!({
        "id": action.id, "function": action.function, "key": action.key, "args": args.collect::<Map<_, _>>(),
        "after": action.after, "rule": action.rule,
    })
}

/// An argument: its value, or what is known of it before it is applied.
fn argument(arg: &Arg) -> Json {
    match arg {
        Arg::Known(value) => plain(value),
        Arg::Text(digest) => json!({ "text": digest }),
        Arg::Later { path, .. } => json!({ "known_after_apply": format!("({path})") }),
        Arg::LaterText(pieces) => {
            let piece = |piece: &Piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Later { path, .. } => format!("({path})"),
            };
            json!({ "known_after_apply": pieces.iter().map(piece).collect::<String>() })
        }
        Arg::Map(entries) => entries.iter().map(|(name, arg)| (name.to_string(), argument(arg))).collect(),
        Arg::List(items) => items.iter().map(argument).collect(),
    }
}

/// A value as people write it: moments in UTC, durations in seconds.
fn plain(value: &Value) -> Json {
    match value {
        Value::Moment(moment) => json!(moment.to_string()),
        Value::Span(span) => json!(span.as_secs_f64()),
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Map(entries) => entries.iter().map(|(name, value)| (name.to_string(), plain(value))).collect(),
        other => other.to_json(),
    }
}

fn scan(scan: &Scan) -> Json {
    json!({
        "rule": scan.rule, "tick": scan.tick, "found": scan.found, "due": scan.met, "nearly_due": scan.near,
        "older": scan.older, "held_from_before": scan.before, "over_a_cap": scan.waiting, "closed": scan.closed, "in_flight": scan.in_flight, "shadow": scan.shadow,
        "compared": scan.compared.as_ref().map(compared),
    })
}

fn compared(compared: &Compared) -> Json {
    json!({
        "with": compared.with, "both": compared.both, "only_this": compared.only_this, "only_that": compared.only_that,
    })
}

fn admitted(admitted: &Admitted) -> (&'static str, Option<&Why>) {
    match admitted {
        Admitted::Goes => ("goes", None),
        Admitted::Waits(why) => ("stays_due", Some(why)),
        Admitted::Closed(why) => ("closed", Some(why)),
        Admitted::Held(why) => ("held", Some(why)),
        Admitted::Dropped(why) => ("dropped", Some(why)),
        Admitted::InFlight => ("in_flight", None),
        Admitted::Parked => ("parked", None),
        Admitted::Shadow => ("shadow", None),
    }
}

fn held_back((rule, answer): &(RuleAddress, Admitted)) -> Json {
    let (word, why) = admitted(answer);
    json!({ "rule": rule, "admitted": word, "why": why.map(self::why) })
}

fn found_word(found: Found) -> &'static str {
    match found {
        Found::Duplicate => "there_already",
        Found::AnswerLost => "answer_lost",
        Found::PresentValue => "so_already",
    }
}

fn why(why: &Why) -> Json {
    json!({ "code": why.code, "text": why.text })
}

fn failed(error: &HostError) -> Json {
    json!({ "call": error.call, "code": error.code, "said": error.said })
}

fn place(at: &Place) -> Json {
    json!({ "file": at.file, "line": at.line })
}

/// Nobody wrote a built-in line, so it stands nowhere.
fn origin(line: &LineName, at: &Place) -> Json {
    if line.is_built_in() { Json::Null } else { place(at) }
}

fn list<T>(items: &[T], one: impl Fn(&T) -> Json) -> Json {
    items.iter().map(one).collect()
}

/// Something that waits for a person.
pub fn parked(parked: &Parked) -> Json {
    json!({
        "parked": parked.run, "bridge": parked.bridge, "subject": parked.subject, "since": parked.at,
        "rule": parked.rule, "function": parked.function, "held": parked.held, "code": parked.why.code,
        "why": parked.why.text, "behind": parked.behind,
    })
}
