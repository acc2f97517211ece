//! The module `text`: what is asked of texts and made of them. Lengths count what the targets count: UTF-16 units for
//! characters, UTF-8 for bytes.

use rhai::{Array, Dynamic, FuncRegistration, ImmutableString, Map, Module, NativeCallContext};
use unicode_segmentation::UnicodeSegmentation;

use crate::script::evaluation::Looked;
use crate::script::noun::Noun;
use crate::script::plain_text::plain;
use crate::script::{later, mask, pattern};

/// The module.
pub fn module() -> Module {
    let mut module = Module::new();
    questions(&mut module);
    cuts(&mut module);
    let markup = &mut module;
    FuncRegistration::new("plain").set_into_module(markup, |html: &str| plain(html));
    FuncRegistration::new("html").set_into_module(markup, |text: &str| html(text));
    FuncRegistration::new("quote")
        .set_into_module(markup, |text: &str| format!("<blockquote>{}</blockquote>", html(text)));
    FuncRegistration::new("link").set_into_module(markup, |url: &str, label: &str| link(url, label));
    FuncRegistration::new("mask").set_into_module(markup, |text: &str| mask::mask(text));
    FuncRegistration::new("mention").set_into_module(markup, |person: Noun| -> Looked<Dynamic> {
        let part = |name: &str| person.evaluation.look(person.path.then(name));
        Ok(mention(&part("id")?, &part("login")?))
    });
    FuncRegistration::new("mention").set_into_module(markup, |person: Map| -> Looked<Dynamic> {
        later::none_in(&person.values().cloned().collect::<Array>())?;
        let part = |name: &str| person.get(name).cloned().unwrap_or_default();
        Ok(mention(&part("id"), &part("login")))
    });
    FuncRegistration::new("join").set_into_module(markup, join);
    FuncRegistration::new("files").set_into_module(markup, files);
    // Absent texts stay absent, as absent things have absent parts.
    for name in ["plain", "html", "quote", "mask", "mention", "files"] {
        FuncRegistration::new(name).set_into_module(markup, |_: ()| ());
    }
    later::guard(module, "text")
}

fn questions(module: &mut Module) {
    let yes = |text: &str, word: &str| text.to_lowercase().contains(&word.to_lowercase());
    FuncRegistration::new("contains").set_into_module(module, move |text: &str, word: &str| yes(text, word));
    FuncRegistration::new("contains_any").set_into_module(module, move |text: &str, words: Array| {
        later::none_in(&words)?;
        Looked::Ok(words.iter().filter_map(|word| word.as_immutable_string_ref().ok()).any(|word| yes(text, &word)))
    });
    FuncRegistration::new("matches").set_into_module(module, |text: &str, wanted: &str| -> Looked<bool> {
        pattern::matches(text, wanted).map_err(|why| format!("`{wanted}` is no pattern: {why}").into())
    });
    FuncRegistration::new("same").set_into_module(module, |a: &str, b: &str| a.to_lowercase() == b.to_lowercase());
    FuncRegistration::new("characters").set_into_module(module, |text: &str| characters(text) as i64);
    FuncRegistration::new("bytes").set_into_module(module, |text: &str| text.len() as i64);
}

fn cuts(module: &mut Module) {
    let most = |most: i64| usize::try_from(most).unwrap_or(0);
    FuncRegistration::new("cut").set_into_module(module, move |text: &str, max: i64| cut(text, most(max), characters));
    FuncRegistration::new("cut_bytes")
        .set_into_module(module, move |text: &str, max: i64| cut(text, most(max), str::len));
    for name in ["cut", "cut_bytes"] {
        FuncRegistration::new(name).set_into_module(module, |_: (), _: i64| ());
    }
}

fn characters(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Cuts on a grapheme border, with "…" inside the limit.
fn cut(text: &str, most: usize, length: fn(&str) -> usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let Some(room) = most.checked_sub(length("…")) else { return String::new() };
    let mut used = 0;
    let mut end = 0;
    for (start, grapheme) in text.grapheme_indices(true) {
        used += length(grapheme);
        if used > room {
            break;
        }
        end = start + grapheme.len();
    }
    format!("{}…", &text[..end])
}

/// Texts of a list, one behind the other.
fn join(context: NativeCallContext, list: Array, between: &str) -> Looked<ImmutableString> {
    let text = |item: Dynamic| context.call_native_fn::<ImmutableString>("to_string", (item,));
    let texts = list.into_iter().filter(|item| !item.is_unit()).map(text).collect::<Result<Vec<_>, _>>()?;
    Ok(texts.iter().map(ImmutableString::as_str).collect::<Vec<_>>().join(between).into())
}

/// Files by name and address, a line each below a text; nothing where there are none.
fn files(list: Array) -> Looked<String> {
    later::none_in(&list)?;
    let part = |file: &Map, name: &str| file.get(name).map(ToString::to_string).unwrap_or_default();
    let lines = list
        .iter()
        .filter_map(|file| file.read_lock::<Map>())
        .map(|file| format!("\n{}: {}", part(&file, "name"), part(&file, "url")));
    let lines: String = lines.collect();
    Ok(if lines.is_empty() { lines } else { format!("\n{lines}") })
}

/// A text as HTML: nothing in it is mark-up, lines stay lines, and blanks that HTML would let fall together stay blanks.
/// `plain` gives it back; a tab is four blanks then, and blanks at the end of a line and lines around the text are gone.
pub fn html(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ").replace('\u{A0}', " ");
    let lines: Vec<String> = text.split('\n').map(line).collect();
    lines.join("<br>")
}

/// One line, escaped once; the first blank between two words may break it.
fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars().filter(|c| !c.is_control()) {
        if (before, c) == (' ', ' ') {
            line.push_str("&nbsp;")
        } else {
            push_escaped(&mut line, c)
        }
        before = c;
    }
    line
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    text.chars().for_each(|c| push_escaped(&mut escaped, c));
    escaped
}

fn push_escaped(escaped: &mut String, c: char) {
    match c {
        '&' => escaped.push_str("&amp;"),
        '<' => escaped.push_str("&lt;"),
        '>' => escaped.push_str("&gt;"),
        '"' => escaped.push_str("&quot;"),
        '\'' => escaped.push_str("&#39;"),
        c => escaped.push(c),
    }
}

/// A mention as the community writes it (Khoros sheet 7.9); absent where nobody is named.
fn mention(id: &Dynamic, login: &Dynamic) -> Dynamic {
    match (id.as_immutable_string_ref(), login.as_immutable_string_ref()) {
        (Ok(id), Ok(login)) => {
            format!("<li-user uid=\"{}\" login=\"@{}\"></li-user>", escape(&id), escape(&login)).into()
        }
        _ => Dynamic::UNIT,
    }
}

/// A link as HTML; an address that is no web address stays text.
fn link(url: &str, label: &str) -> String {
    if url.starts_with("https://") || url.starts_with("http://") {
        format!("<a href=\"{}\">{}</a>", escape(url), escape(label))
    } else {
        escape(label)
    }
}
