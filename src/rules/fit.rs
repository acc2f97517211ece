//! Makes a value fit its field, or refuses it: lengths in the unit that the target counts, numbers, absent values.

use unicode_segmentation::UnicodeSegmentation;

use crate::plan::Arg;
use crate::rules::template::plain;
use crate::rules::{FieldRow, Fit, Measure, Missing, TooBig, TooLong};
use crate::script::Refusal;
use crate::value::Value;

const ELLIPSIS: &str = "…";

/// The value to write; none when the field is left out. A value that is not known yet is measured when it is.
pub fn fit(row: &FieldRow, arg: Arg) -> Result<Option<Arg>, Refusal> {
    let Some(value) = arg.known() else { return Ok(Some(arg)) };
    let value = match value {
        Value::Nothing => return missing(row),
        Value::List(items) => return fit_list(row, &items),
        Value::Moment(_) | Value::Span(_) => Value::text(plain(&value)),
        other => other,
    };
    match &value {
        Value::Text(text) if text.is_empty() => missing(row),
        Value::Text(text) => fit_text(row, text),
        Value::Int(_) | Value::Float(_) => fit_number(row, &value),
        _ => Ok(Some(Arg::Known(value))),
    }
}

fn missing(row: &FieldRow) -> Result<Option<Arg>, Refusal> {
    match &row.fit.missing {
        Missing::Omit => Ok(None),
        Missing::Clear => Ok(Some(Arg::Known(Value::Nothing))),
        Missing::Use(value) => Ok(Some(Arg::Known(value.clone()))),
        Missing::Refuse => Err(refusal(row, "has no value")),
    }
}

fn fit_text(row: &FieldRow, text: &str) -> Result<Option<Arg>, Refusal> {
    let Some(max) = row.fit.max.filter(|max| !max.holds(text)) else {
        return Ok(Some(Arg::Known(Value::text(text))));
    };
    match row.fit.too_long {
        Some(TooLong::Cut | TooLong::DropItems) => Ok(Some(Arg::Known(Value::text(cut(text, max))))),
        Some(TooLong::CutAtWord) => Ok(Some(Arg::Known(Value::text(cut_at_word(text, max))))),
        Some(TooLong::Omit) => Ok(None),
        Some(TooLong::Refuse) | None => Err(refusal(row, &format!("is longer than {max}"))),
    }
}

fn fit_list(row: &FieldRow, items: &[Value]) -> Result<Option<Arg>, Refusal> {
    if items.is_empty() {
        return missing(row);
    }
    let join = row.fit.join.as_deref().unwrap_or("; ");
    let texts: Vec<String> = items.iter().map(plain).collect();
    let whole = texts.join(join);
    match row.fit {
        Fit { max: Some(max), too_long: Some(TooLong::DropItems), .. } if !max.holds(&whole) => {
            Ok(Some(Arg::Known(Value::text(drop_items(&texts, join, max)))))
        }
        _ => fit_text(row, &whole),
    }
}

/// Whole entries, and `+n` for those that did not fit.
fn drop_items(texts: &[String], join: &str, max: Measure) -> String {
    for kept in (0..texts.len()).rev() {
        let mut parts = texts[..kept].to_vec();
        parts.push(format!("+{}", texts.len() - kept));
        let text = parts.join(join);
        if max.holds(&text) {
            return text;
        }
    }
    String::new()
}

fn fit_number(row: &FieldRow, value: &Value) -> Result<Option<Arg>, Refusal> {
    let Some((whole, scale)) = row.fit.digits else { return Ok(Some(Arg::Known(value.clone()))) };
    let number = match value {
        Value::Int(number) => *number as f64,
        Value::Float(number) => *number,
        _ => 0.0,
    };
    let most = 10f64.powi(i32::from(whole)) - 10f64.powi(-i32::from(scale));
    if number.abs() <= most {
        return Ok(Some(Arg::Known(value.clone())));
    }
    match row.fit.too_big {
        Some(TooBig::Cap) if scale == 0 => Ok(Some(Arg::Known(Value::Int(most.copysign(number) as i64)))),
        Some(TooBig::Cap) => Ok(Some(Arg::Known(Value::Float(most.copysign(number))))),
        Some(TooBig::Omit) => Ok(None),
        Some(TooBig::Refuse) | None => Err(refusal(row, &format!("is {value}, more than the field holds"))),
    }
}

fn refusal(row: &FieldRow, what: &str) -> Refusal {
    Refusal {
        code: "does-not-fit",
        at: row.at.clone(),
        what: format!("the value for `{}` {what}", row.field),
        next: "say under the field what happens then, or mend the value".into(),
    }
}

impl Measure {
    /// Whether a text is no longer than this. Salesforce counts UTF-16 units.
    pub fn holds(self, text: &str) -> bool {
        self.of(text) <= self.most()
    }

    /// How much of it a text is.
    pub fn of(self, text: &str) -> usize {
        match self {
            Measure::Characters(_) => text.encode_utf16().count(),
            Measure::Graphemes(_) => text.graphemes(true).count(),
            Measure::Bytes(_) => text.len(),
        }
    }

    /// The most that it takes.
    pub fn most(self) -> usize {
        match self {
            Measure::Characters(most) | Measure::Graphemes(most) | Measure::Bytes(most) => most,
        }
    }
}

impl Measure {
    /// How long a text is, in words.
    pub fn counted(self, text: &str) -> String {
        match self {
            Measure::Characters(_) | Measure::Graphemes(_) => format!("{} characters", self.of(text)),
            Measure::Bytes(_) => format!("{} bytes", self.of(text)),
        }
    }
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Measure::Characters(most) | Measure::Graphemes(most) => write!(f, "{most} characters"),
            Measure::Bytes(most) => write!(f, "{most} bytes"),
        }
    }
}

/// Cuts on a grapheme border, with "…" inside the limit.
pub fn cut(text: &str, max: Measure) -> String {
    if max.holds(text) {
        return text.to_owned();
    }
    let room = max.most().saturating_sub(max.of(ELLIPSIS));
    let mut used = 0;
    let mut end = 0;
    for (start, grapheme) in text.grapheme_indices(true) {
        used += max.of(grapheme);
        if used > room {
            break;
        }
        end = start + grapheme.len();
    }
    if max.most() < max.of(ELLIPSIS) { String::new() } else { format!("{}{ELLIPSIS}", &text[..end]) }
}

/// Cuts where a word ends, when one ends in the second half.
pub fn cut_at_word(text: &str, max: Measure) -> String {
    let short = cut(text, max);
    if short == text {
        return short;
    }
    let kept = short.trim_end_matches(ELLIPSIS);
    match kept.rfind(char::is_whitespace) {
        Some(end) if end > kept.len() / 2 => format!("{}{ELLIPSIS}", kept[..end].trim_end()),
        _ => short,
    }
}
