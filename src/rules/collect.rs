//! `collect:` of a postback: one post for several comments.
//!
//! Each comment waits, and when the first of a case is due, those that wait behind it come along (`engine/collected.rs`).
//! Each is looked at as its own event would see it, and comes into the post as far as the rule would post it in the same
//! way: the first that is to be posted under another name ends it, so that the order is kept.

use std::sync::Arc;

use crate::event::Event;
use crate::names::{ActionKey, EventKind};
use crate::plan::key::action_key;
use crate::plan::{ActionId, Also, Arg, Wait};
use crate::problem::Problem;
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::delay::{Delay, Until};
use crate::rules::judge::{Judged, judge};
use crate::rules::mapping::as_lines;
use crate::rules::steps::{Args, kind, step_wanted};
use crate::rules::template::fill;
use crate::rules::text_fit::TooLong;
use crate::rules::yaml::Node;
use crate::rules::{Rule, Step, Template, Then, codes, rule_hours, schedule, written};
use crate::script::{Evaluated, View};
use crate::value::Value;

/// What stands under `collect`.
pub const KEYS: &[&str] = &["for", "until", "opening", "between"];
/// What stands between two comments unless the rule says something else.
const BETWEEN: &str = "<hr>";
/// What is said, and what of.
const BODY: &str = "body";
const SOURCE: &str = "source";

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

/// Reads it; `on` is what is collected, `at_once` what waits for nothing.
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
    Some(Collecting { delay: Delay { until, but: vec![at_once.into()], collects: true }, texts })
}

/// What does not go with it.
fn check_rest(compiling: &mut Compiling, node: &Node, collect: &Node, on: &str) {
    let of_one = "a post of several comments cannot follow one of them";
    let clashes = [
        ("edited", "update", "`edited: add` posts a correction behind it"),
        ("deleted", "remove", "leave `deleted` out, or post each comment by itself"),
    ];
    for (name, word, next) in clashes {
        if let Some(node) = node.get(name).filter(|node| node.text() == Some(word)) {
            compiling.problem(Problem::new(codes::SHAPE, &node.at, of_one).also(&collect.at).next(next));
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
    pub also: Vec<Also>,
    /// The comments that came into it, each as its own event would see it.
    pub views: Vec<View>,
}

/// Takes the comments behind into the text of a step that collects them.
pub fn collect(rule: &Rule, step: &Step, view: &View, args: Args) -> Result<Collected, Evaluated> {
    let mut collected = Collected { args, also: vec![], views: vec![] };
    let Collects::Together(texts) = &step.collects else { return Ok(collected) };
    let Some(first) = text_of(&collected.args) else { return Ok(collected) };
    let mut text = opening(texts, view)? + &first;
    let own = key(step, view, &collected.args);
    let mut needs = Vec::new();
    for (record, behind) in behind(view) {
        match wanted(rule, step, &behind) {
            // Told of once more: written, and published later.
            Ok(Some(args)) if has(&collected, &own, &key(step, view, &args)) => {
                collected.also.push(Also { key: key(step, view, &args), record });
            }
            // Its own event tells what is wrong with its record.
            Ok(Some(_)) if !can_be_noted(rule, step, &behind) => break,
            Ok(Some(args)) => {
                let longer = [text.as_str(), &texts.between, &text_of(&args).unwrap_or_default()].concat();
                if !is_like(&collected.args, &args) || !fits(step, &longer) {
                    break;
                }
                text = longer;
                collected.also.push(Also { key: key(step, view, &args), record });
                collected.views.push(behind);
            }
            // The rule leaves it out.
            Ok(None) => {}
            Err(Evaluated::Needs(reads)) => needs.extend(reads),
            // Its own event tells what is wrong with it.
            Err(_) => break,
        }
    }
    if !needs.is_empty() {
        return Err(Evaluated::Needs(needs));
    }
    collected.args.iter_mut().filter(|(name, _)| name.as_str() == BODY).for_each(|(_, arg)| *arg = known(&text));
    Ok(collected)
}

/// Whether nothing stands in the way of what is written down of one of them.
fn can_be_noted(rule: &Rule, post: &Step, view: &View) -> bool {
    let Then::Steps(steps) = &rule.then else { return true };
    let mut view = view.clone();
    view.laters.extend(post.named.clone().map(|name| (name, ActionId::MAX)));
    let mut each = steps.iter().filter(|step| matches!(step.collects, Collects::Each));
    // What is not read yet is asked for when the steps are planned.
    each.all(|step| !matches!(step_wanted(step, &view), Err(Evaluated::Failed(_) | Evaluated::Refused(_))))
}

/// Whether a text has something in it already.
fn has(collected: &Collected, own: &ActionKey, key: &ActionKey) -> bool {
    own == key || collected.also.iter().any(|also| also.key == *key)
}

/// A text that is split may have any length; into every other one comes what it has room for.
fn fits(step: &Step, text: &str) -> bool {
    let of_body = step.fits.iter().find(|fit| fit.param.as_str() == BODY);
    of_body.is_none_or(|fit| fit.too_long == TooLong::Split || fit.max.holds(text))
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

/// The comments that wait behind, each as its own event would see it, with the record of that.
fn behind(view: &View) -> Vec<(String, View)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let behind = view.facts.event.behind().iter();
    behind.filter_map(|one| Some((text(one.get("record"))?, about(view, one.get("hint").clone())))).collect()
}

/// What is seen of another comment on the same case.
fn about(view: &View, hint: Value) -> View {
    let mut facts = (*view.facts).clone();
    facts.event = Arc::new(Event { hint, ..(*facts.event).clone() });
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
fn opening(texts: &Texts, view: &View) -> Result<String, Evaluated> {
    let text = match texts.opening.as_ref().map(|opening| fill(opening, view)) {
        Some(Evaluated::Is(arg)) => arg.known().as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
        Some(obstacle) => return Err(obstacle),
        None => String::new(),
    };
    Ok(if text.trim_start().starts_with('<') || text.is_empty() { text } else { format!("<p>{text}</p>") })
}
