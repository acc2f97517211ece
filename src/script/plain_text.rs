//! HTML as plain text (X-6): scripts and styles are gone; quotes, lists, code and links stay readable.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use html2text::render::TextDecorator;
use regex::{Captures, Regex};

/// Lines are never wrapped; wide tables would be cut at this width.
const WIDTH: usize = 10_000;

/// HTML of a post as plain text.
pub fn plain(html: &str) -> String {
    // A spoiler is an element of its own, of which only the text stays.
    let clean = ammonia::clean(&named(html));
    let config = html2text::config::with_decorator(Plain::default()).raw_mode(true);
    config.string_from_read(clean.as_bytes(), WIDTH).map_or(clean, |text| {
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        lines.join("\n").trim().to_owned()
    })
}

/// Mentions of people and messages, which are empty elements (Khoros sheet 7.9), as their names; never an e-mail.
fn named(html: &str) -> String {
    static MENTION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"<li-(user|message)\b([^>]*)>\s*(?:</li-(?:user|message)>)?"#).expect("the pattern is right")
    });
    static PART: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"\b(login|title|url)\s*=\s*"([^"]*)""#).expect("the pattern is right"));
    let name = |caught: &Captures| {
        let parts: BTreeMap<&str, &str> = PART
            .captures_iter(caught.get(2).map_or("", |part| part.as_str()))
            .map(|part| part.extract())
            .map(|(_, [name, value])| (name, value))
            .collect();
        match (parts.get("login"), parts.get("title"), parts.get("url")) {
            (Some(login), ..) => format!("@{}", login.trim_start_matches('@')),
            (None, Some(title), Some(url)) => format!("<a href=\"{url}\">{title}</a>"),
            (None, title, url) => (*title.or(url).unwrap_or(&"")).to_owned(),
        }
    };
    MENTION.replace_all(html, name).into_owned()
}

/// Links keep their address, pictures their description.
#[derive(Clone, Default)]
struct Plain {
    url: String,
}

impl TextDecorator for Plain {
    type Annotation = ();

    fn decorate_link_start(&mut self, url: &str) -> (String, ()) {
        self.url = url.to_owned();
        (String::new(), ())
    }

    fn decorate_link_end(&mut self) -> String {
        match std::mem::take(&mut self.url) {
            url if url.is_empty() || url.starts_with('#') => String::new(),
            url => format!(" <{url}>"),
        }
    }

    fn decorate_em_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }

    fn decorate_code_start(&self) -> (String, ()) {
        ("`".to_owned(), ())
    }

    fn decorate_code_end(&self) -> String {
        "`".to_owned()
    }

    fn decorate_preformat_first(&self) {}

    fn decorate_preformat_cont(&self) {}

    fn decorate_image(&mut self, _src: &str, title: &str) -> (String, ()) {
        (title.to_owned(), ())
    }

    fn header_prefix(&self, _level: usize) -> String {
        String::new()
    }

    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }

    fn unordered_item_prefix(&self) -> String {
        "- ".to_owned()
    }

    fn ordered_item_prefix(&self, number: i64) -> String {
        format!("{number}. ")
    }

    fn make_subblock_decorator(&self) -> Self {
        Plain::default()
    }
}
