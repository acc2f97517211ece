//! `max` and `too_long` of a step: what happens to a text that its host would not take.
//!
//! A text with something in it that is not known yet is measured by the host.

use crate::catalog::{Call, HostFunction, Type, Write};
use crate::names::ParamName;
use crate::plan::Arg;
use crate::problem::{Place, Problem};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::yaml::Node;
use crate::rules::{Measure, Template, codes, fit, parts, written};
use crate::script::{self, Refusal};
use crate::value::Value;

/// How many bytes one character may have.
const LONGEST_CHARACTER: usize = 4;

/// The keys beside a text.
pub const KEYS: [&str; 2] = ["max", "too_long"];

/// The words of `too_long` beside a text.
pub const TOO_LONG: &[(&str, TooLong)] = &[
    ("cut", TooLong::Cut),
    ("cut_at_word", TooLong::CutAtWord),
    ("omit", TooLong::Omit),
    ("refuse", TooLong::Refuse),
    ("split", TooLong::Split),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLong {
    Cut,
    CutAtWord,
    Omit,
    Refuse,
    Split,
}

/// How long one text of a step may be, and what happens when it is longer.
#[derive(Clone, Debug)]
pub struct TextFit {
    pub param: ParamName,
    pub html: bool,
    /// A write without it would say nothing: it is left out with its text.
    pub required: bool,
    pub max: Measure,
    pub too_long: TooLong,
    pub at: Place,
}

/// What became of the arguments.
pub enum Fitted {
    /// One write; more where a text was split.
    Writes(Vec<Vec<(ParamName, Arg)>>),
    Refused(Refusal),
}

/// What stands beside the texts of a step. Where nothing does, the function's own limits hold, and what is said is split.
pub fn read(compiling: &mut Compiling, function: &HostFunction, params: &Node, at: &Place) -> Vec<TextFit> {
    let is_text = |takes: Type| matches!(takes, Type::Text | Type::Html);
    let texts = function.params.iter().filter(|param| is_text(param.takes));
    let main = texts.clone().find(|param| param.name.as_str() == "body");
    let mut fits = Vec::new();
    for param in texts {
        let own = params.get(param.name.as_str()).filter(|node| node.get("value").is_some());
        let is_main = main.is_some_and(|main| main.name == param.name);
        let beside = |key: &str| own.and_then(|own| own.get(key)).or(params.get(key).filter(|_| is_main));
        let word = beside("too_long").map(|node| (node.clone(), compiling.keep(written::word(node, TOO_LONG))));
        let max = beside("max").and_then(|node| measure(compiling, node)).map(|max| within(max, param.limit));
        // What is no main text and has no word beside it is measured by its host alone.
        let max = max.or(param.limit.filter(|_| is_main || word.is_some()));
        let Some(max) = max else { continue };
        let says = says(function);
        if let Some((node, Some(TooLong::Split))) = &word
            && !says
        {
            let what = format!("`{}` writes one text, which cannot be split", function.name);
            compiling
                .problem(Problem::new(codes::SHAPE, &node.at, what).next("`cut`, `cut_at_word`, `omit` or `refuse`"));
        }
        let otherwise = if says { TooLong::Split } else { TooLong::Refuse };
        let too_long = word.and_then(|(_, word)| word).unwrap_or(otherwise);
        fits.push(TextFit {
            param: param.name.clone(),
            html: param.takes == Type::Html,
            required: param.required,
            max,
            too_long,
            at: at.clone(),
        });
    }
    fits
}

fn says(function: &HostFunction) -> bool {
    matches!(&function.call, Call::Write(call) if matches!(call.kind, Write::Says { .. }))
}

/// `255 characters`, `4000 bytes`, or a number of characters from the settings.
fn measure(compiling: &mut Compiling, node: &Node) -> Option<Measure> {
    if !node.text().is_some_and(|text| text.starts_with('=')) {
        return compiling.keep(written::measure(node));
    }
    let Some(Template::Expression(expression)) = compiling.value(node, &Scope::default(), false) else { return None };
    match script::constant(&expression, compiling.settings)? {
        Value::Int(most) => usize::try_from(most).ok().map(Measure::Characters),
        // A setting that is left blank sets no limit of its own.
        _ => None,
    }
}

/// What a person writes narrows what the function takes, never widens it: what the function adds needs its room. It is
/// counted as the host counts; of bytes there are at least as many as characters.
fn within(max: Measure, limit: Option<Measure>) -> Measure {
    let (Measure::Characters(most) | Measure::Graphemes(most) | Measure::Bytes(most)) = max;
    match (max, limit) {
        (_, None) => max,
        (Measure::Characters(_), Some(Measure::Bytes(bytes))) if most * LONGEST_CHARACTER <= bytes => max,
        (_, Some(Measure::Bytes(bytes))) => Measure::Bytes(most.min(bytes)),
        (_, Some(Measure::Characters(characters))) => Measure::Characters(most.min(characters)),
        (_, Some(Measure::Graphemes(graphemes))) => Measure::Graphemes(most.min(graphemes)),
    }
}

/// The value under `value:` where a text has keys of its own.
pub fn value(node: &Node) -> &Node {
    node.get("value").unwrap_or(node)
}

/// Brings the texts of a write to their lengths.
pub fn fit(fits: &[TextFit], args: Vec<(ParamName, Arg)>) -> Fitted {
    let mut writes = vec![args];
    for text_fit in fits {
        let mut next = Vec::with_capacity(writes.len());
        for args in writes {
            match one(text_fit, args) {
                Fitted::Writes(fitted) => next.extend(fitted),
                refused => return refused,
            }
        }
        writes = next;
    }
    Fitted::Writes(writes)
}

fn one(text_fit: &TextFit, mut args: Vec<(ParamName, Arg)>) -> Fitted {
    let known = args.iter().find(|(name, _)| *name == text_fit.param);
    let text = known.and_then(|(_, arg)| arg.known()).and_then(|value| value.as_str().map(str::to_owned));
    let Some(text) = text.filter(|text| !text_fit.max.holds(text)) else { return Fitted::Writes(vec![args]) };
    let with = |args: &[(ParamName, Arg)], text: String| {
        let put = |(name, arg): &(ParamName, Arg)| {
            let arg = if *name == text_fit.param { Arg::Known(Value::text(text.as_str())) } else { arg.clone() };
            (name.clone(), arg)
        };
        args.iter().map(put).collect::<Vec<_>>()
    };
    match text_fit.too_long {
        TooLong::Cut => Fitted::Writes(vec![with(&args, fit::cut(&text, text_fit.max))]),
        TooLong::CutAtWord => Fitted::Writes(vec![with(&args, fit::cut_at_word(&text, text_fit.max))]),
        TooLong::Omit if text_fit.required => Fitted::Writes(vec![]),
        TooLong::Omit => {
            args.retain(|(name, _)| *name != text_fit.param);
            Fitted::Writes(vec![args])
        }
        TooLong::Split => {
            let parts = if text_fit.html { parts::of_html } else { parts::of_text };
            match parts(&text, text_fit.max) {
                Some(parts) => Fitted::Writes(parts.into_iter().map(|part| with(&args, part)).collect()),
                None => does_not_fit(text_fit, &text),
            }
        }
        TooLong::Refuse => does_not_fit(text_fit, &text),
    }
}

fn does_not_fit(text_fit: &TextFit, text: &str) -> Fitted {
    Fitted::Refused(Refusal {
        code: "does-not-fit",
        at: text_fit.at.clone(),
        what: format!("`{}` has {} and may have {}", text_fit.param, text_fit.max.counted(text), text_fit.max),
        next: "shorten it, or say with `too_long` what happens then".into(),
    })
}
