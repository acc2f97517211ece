//! `collect:` of a postback: one post for several comments.
//!
//! Each comment is judged by itself when its time has come. The comments behind it come into the same post, as far as the
//! rule would post them in the same way by then; the first that somebody else wrote ends it, so that everybody speaks for
//! himself and the order is kept. What is posted already when its own time comes is left alone.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::catalog::Seen;
use crate::event::Event;
use crate::facts::Read;
use crate::names::{ActionKey, EventKind};
use crate::plan::key::action_key;
use crate::plan::{Arg, Wait};
use crate::problem::Problem;
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::delay::{Delay, Until};
use crate::rules::judge::{Judged, judge};
use crate::rules::mapping::as_lines;
use crate::rules::steps::{Args, kind, step_wanted};
use crate::rules::template::fill;
use crate::rules::yaml::Node;
use crate::rules::{Rule, Step, Template, codes, rule_hours, schedule, written};
use crate::script::{Evaluated, View};
use crate::value::Value;

/// What stands under `collect`.
pub const KEYS: &[&str] = &["for", "until", "opening", "between"];
/// What stands between two comments unless the rule says something else.
const BETWEEN: &str = "<hr>";
/// No post has more comments; the next one begins another.
const MOST: usize = 100;
const COMMENTS: &str = "salesforce.find_published_comments";
const DAY: i64 = 24 * 3600;
/// What is said, and what of.
const BODY: &str = "body";
const SOURCE: &str = "source";
const COMMENT: &str = "comment";

/// What a step does about the comments behind the one that the event is about.
#[derive(Default)]
pub enum Collects {
    #[default]
    Nothing,
    /// They come into its text.
    Together(Texts),
    /// It is done for each that came into the text of another step.
    Each,
}

/// What stands around collected comments.
pub struct Texts {
    opening: Option<Template>,
    between: String,
}

/// `collect:` as written.
pub struct Collecting {
    pub delay: Delay,
    pub texts: Texts,
}

/// Reads it; `at_once` are the events that wait for nothing.
pub fn collecting(compiling: &mut Compiling, node: &Node, on: &str, at_once: &str) -> Option<Collecting> {
    let collect = node.get("collect")?;
    let entries = compiling.keep(written::map(collect, "`collect`").map(<[_]>::to_vec))?;
    for (key, _) in entries.iter().filter(|(key, _)| !KEYS.contains(&key.name.as_str())) {
        compiling.problem(written::unknown_key(key, KEYS, "`collect`"));
    }
    check_rest(compiling, node, collect, on);
    let until = until(compiling, collect)?;
    let scope = Scope::of_facts(vec![EventKind::from(on)]);
    let opening = collect.get("opening").and_then(|node| compiling.value(node, &scope, true));
    let between = collect.get("between").and_then(|node| compiling.keep(written::text(node).map(str::to_owned)));
    let texts = Texts { opening, between: between.unwrap_or_else(|| BETWEEN.to_owned()) };
    Some(Collecting { delay: Delay { until, but: vec![at_once.into()] }, texts })
}

/// What does not go with it.
fn check_rest(compiling: &mut Compiling, node: &Node, collect: &Node, on: &str) {
    let of_one = "a post of several comments cannot follow one of them";
    let clashes = [
        ("edited", "update", of_one, "`edited: add` posts a correction behind it"),
        ("deleted", "remove", of_one, "leave `deleted` out, or post each comment by itself"),
    ];
    for (name, word, what, next) in clashes {
        if let Some(node) = node.get(name).filter(|node| node.text() == Some(word)) {
            compiling.problem(Problem::new(codes::SHAPE, &node.at, what).also(&collect.at).next(next));
        }
    }
    if let Some((key, _)) = node.entries().iter().find(|(key, _)| key.name == "wait") {
        let problem = Problem::new(codes::SHAPE, &key.at, "`wait` and `collect` both say when a comment is posted");
        compiling.problem(problem.also(&collect.at).next("leave `wait` out"));
    }
    let kinds = node.get("on").map(as_lines);
    if !kinds.iter().flat_map(|kinds| kinds.items()).any(|kind| kind.text() == Some(on)) {
        let problem = Problem::new(codes::SHAPE, &collect.at, "only comments that are told of can be collected");
        compiling.problem(problem.next(format!("`on: {on}`")));
    }
}

/// `for: 2 hours`, or `until: day at 17:00` by the clock of the bridge.
fn until(compiling: &mut Compiling, collect: &Node) -> Option<Until> {
    match (collect.get("for"), collect.get("until")) {
        (Some(span), None) => {
            let span = compiling.keep(written::duration(span))?;
            Some(Until::Over(Wait { span, calendar: None }))
        }
        (None, Some(until)) => {
            let schedule = compiling.keep(written::text(until).map(str::to_owned))?;
            compiling.keep(schedule::check(&schedule, &until.at))?;
            Some(Until::Next { schedule, zone: rule_hours::zone(compiling, None) })
        }
        (span, _) => {
            let what =
                if span.is_some() { "`collect` has `for` or `until`, not both" } else { "`collect` needs a time" };
            let problem = Problem::new(codes::MISSING_KEY, &collect.at, what);
            compiling.problem(problem.next("`for: 2 hours`, or `until: day at 17:00`"));
            None
        }
    }
}

/// A step's arguments, with what came into its text.
pub struct Collected {
    pub args: Args,
    /// The keys of what else is said with it.
    pub also: Vec<ActionKey>,
    /// The comments that came into it, each as its own event would see it.
    pub views: Vec<View>,
}

/// Takes the comments behind into the text of a step that collects them.
pub fn collect(rule: &Rule, step: &Step, view: &View, args: Args) -> Result<Collected, Evaluated> {
    let mut collected = Collected { args, also: vec![], views: vec![] };
    let Collects::Together(texts) = &step.collects else { return Ok(collected) };
    let Some(mut text) = text_of(&collected.args) else { return Ok(collected) };
    let mut needs = Vec::new();
    for behind in behind(view)? {
        match wanted(rule, step, &behind) {
            Ok(Some(args)) if is_like(&collected.args, &args) => {
                text = [text.as_str(), &texts.between, &text_of(&args).unwrap_or_default()].concat();
                collected.also.push(key(step, view, &args));
                collected.views.push(behind);
            }
            // The rule leaves it out.
            Ok(None) => {}
            Err(Evaluated::Needs(reads)) => needs.extend(reads),
            // Somebody else speaks, or its own event tells what is wrong with it.
            Ok(Some(_)) | Err(_) => break,
        }
    }
    if !needs.is_empty() {
        return Err(Evaluated::Needs(needs));
    }
    if let Some(opening) = &texts.opening {
        text = format!("{}{text}", opening_of(opening, view)?);
    }
    collected.args.iter_mut().filter(|(name, _)| name.as_str() == BODY).for_each(|(_, arg)| *arg = known(&text));
    Ok(collected)
}

/// What the rule would post of one of them, if it would.
fn wanted(rule: &Rule, step: &Step, view: &View) -> Result<Option<Args>, Evaluated> {
    for lines in [&rule.candidates, &rule.when] {
        match judge(lines, view) {
            Judged::Met => {}
            Judged::Unmet(..) => return Ok(None),
            Judged::Unknown(reads) => return Err(Evaluated::Needs(reads)),
            Judged::Broken(broken) => return Err(broken.into()),
        }
    }
    step_wanted(step, view)
}

/// The comments behind the one that the event is about, each as its own event would see it.
fn behind(view: &View) -> Result<Vec<View>, Evaluated> {
    let this = view.facts.event.hint.get(COMMENT).clone();
    let Some(read) = comments(view)? else { return Ok(vec![]) };
    let Value::List(rows) = view.answer(read)? else { return Ok(vec![]) };
    let ids = rows.iter().map(|row| row.get("id").clone());
    Ok(ids.skip_while(|id| *id != this).skip(1).take(MOST).map(|id| about(view, id)).collect())
}

/// Since the day of this one, so that many cases are asked about in one call.
fn comments(view: &View) -> Result<Option<Read>, Evaluated> {
    let written = match view.see(&"comment.at".into()) {
        Seen::Is(Value::Moment(written)) => written,
        Seen::Needs(reads) => return Err(Evaluated::Needs(reads)),
        Seen::Failed(error) => return Err(Evaluated::Failed(error)),
        Seen::Is(_) | Seen::More | Seen::Unknown => return Ok(None),
    };
    let since = written - SignedDuration::from_secs(written.as_second().rem_euclid(DAY));
    let case = Value::text(view.facts.event.subject.id());
    Ok(view.catalog.read(&COMMENTS.into(), [("case".into(), case), ("since".into(), Value::Moment(since))]))
}

/// What is seen of another comment on the same case.
fn about(view: &View, comment: Value) -> View {
    let mut facts = (*view.facts).clone();
    let Value::Map(mut hint) = facts.event.hint.clone() else { return view.clone() };
    hint.insert(COMMENT.into(), comment);
    facts.event = Arc::new(Event { hint: Value::Map(hint), ..(*facts.event).clone() });
    View { facts: Arc::new(facts), looked_at: Arc::default(), ..view.clone() }
}

/// Whether two posts differ only in what they say.
fn is_like(one: &Args, other: &Args) -> bool {
    let rest = |args: &Args| -> Args {
        args.iter().filter(|(name, _)| ![BODY, SOURCE].contains(&name.as_str())).cloned().collect()
    };
    text_of(other).is_some() && rest(one) == rest(other)
}

fn key(step: &Step, view: &View, args: &Args) -> ActionKey {
    let event = &view.facts.event;
    action_key(&event.bridge, &event.id, &kind(&view.catalog, &step.function), &step.function, args, &[])
}

fn text_of(args: &Args) -> Option<String> {
    let (_, body) = args.iter().find(|(name, _)| name.as_str() == BODY)?;
    body.known().and_then(|text| text.as_str().map(str::to_owned))
}

fn known(text: &str) -> Arg {
    Arg::Known(Value::text(text))
}

/// What stands above the comments: a paragraph, unless it is HTML as written.
fn opening_of(opening: &Template, view: &View) -> Result<String, Evaluated> {
    let text = match fill(opening, view) {
        Evaluated::Is(arg) => arg.known().as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
        obstacle => return Err(obstacle),
    };
    Ok(if text.trim_start().starts_with('<') || text.is_empty() { text } else { format!("<p>{text}</p>") })
}
