//! HTML as plain text (X-6): scripts and styles are gone; quotes, lists, code, spoilers, links and mentions stay readable.
//!
//! The HTML is cleaned first, so that every element in it is closed; the lines are laid out in `flow.rs`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::script::flow::Flow;

static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[^\s"=>]+(?:="[^"]*")?)*)\s*/?>"#).expect("the pattern is right")
});
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"([^\s"=]+)="([^"]*)""#).expect("the pattern is right"));

/// What is read of HTML: what `ammonia` lets through, and the community's own elements (Khoros sheet 7.9).
static READ: LazyLock<ammonia::Builder> = LazyLock::new(|| {
    let mut read = ammonia::Builder::default();
    read.link_rel(None)
        .add_tags(["li-user", "li-message", "li-spoiler", "li-code"])
        .add_tag_attributes("li-user", ["uid", "login"])
        .add_tag_attributes("li-message", ["title", "uid", "url"])
        .add_generic_attributes(["class"]);
    read
});

/// The same HTML with every element closed, and nothing in it that acts.
pub fn tidy(html: &str) -> String {
    READ.clean(html).to_string()
}

/// HTML of a post as plain text.
pub fn plain(html: &str) -> String {
    let clean = tidy(html);
    let mut reader = Reader::default();
    let mut at = 0;
    for found in TAG.captures_iter(&clean) {
        let (tag, [slash, name, attributes]) = found.extract();
        let start = found.get(0).map_or(at, |tag| tag.start());
        reader.text(&clean[at..start]);
        at = start + tag.len();
        if slash.is_empty() { reader.open(name, &Attributes::of(attributes)) } else { reader.close(name) }
    }
    reader.text(&clean[at..]);
    reader.flow.finish()
}

/// The attributes of one element.
struct Attributes(BTreeMap<String, String>);

impl Attributes {
    fn of(written: &str) -> Self {
        let part = |(_, [name, value]): (&str, [&str; 2])| (name.to_owned(), unescape(value));
        Attributes(ATTRIBUTE.captures_iter(written).map(|part| part.extract()).map(part).collect())
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    fn class_says(&self, word: &str) -> bool {
        self.get("class").to_lowercase().contains(word)
    }
}

/// What is open at a place in the text.
#[derive(Default)]
struct Reader {
    flow: Flow,
    /// The elements with fronts, marks or an own layout that are open, the innermost last.
    open: Vec<Open>,
}

/// An open element, and what its end means.
struct Open {
    name: String,
    means: Means,
}

enum Means {
    Nothing,
    /// So many lines apart from what follows.
    Block(usize),
    /// A block with something in front of its lines.
    Front(usize),
    /// A list, and the number of its next item; none are counted in others.
    List(Option<i64>),
    Code,
    /// Blanks and lines are kept.
    Kept,
    Link {
        url: String,
        from: usize,
    },
}

impl Reader {
    fn text(&mut self, escaped: &str) {
        let text = unescape(escaped);
        let is_kept = self.open.iter().any(|open| matches!(open.means, Means::Kept));
        if is_kept { self.flow.as_is(&text) } else { self.flow.words(&text) }
    }

    fn open(&mut self, name: &str, attributes: &Attributes) {
        match name {
            "br" => return self.flow.line_end(),
            "hr" => return self.ruler(),
            "img" => return self.image(attributes),
            "wbr" | "col" | "area" => return,
            "li-user" => self.flow.words(&mention(attributes.get("login"))),
            "li-message" => self.message(attributes),
            "td" | "th" if self.flow.is_in_line() => self.flow.words(" | "),
            _ => {}
        }
        let means = self.meaning(name, attributes);
        self.open.push(Open { name: name.to_owned(), means });
    }

    /// What an element means, begun.
    fn meaning(&mut self, name: &str, attributes: &Attributes) -> Means {
        let lines = if self.open.iter().any(|open| open.name == "li") { 1 } else { 2 };
        if attributes.class_says("spoiler") && !self.is_in_spoiler() || matches!(name, "li-spoiler" | "details") {
            return self.front(lines, Some("(spoiler) ".to_owned()), "");
        }
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "dl" | "figure" => self.block(lines),
            "div" | "tr" | "dt" | "dd" | "section" | "article" | "header" | "footer" | "aside" | "nav" | "center"
            | "figcaption" | "summary" | "caption" => self.block(1),
            "ul" | "ol" => {
                self.flow.apart(lines);
                let first = attributes.0.get("start").and_then(|start| start.parse().ok()).unwrap_or(1);
                Means::List((name == "ol").then_some(first))
            }
            "li" => {
                let number = self.number();
                let rest = if number.is_some() { "   " } else { "  " };
                self.front(1, Some(number.map_or("- ".to_owned(), |number| format!("{number}. "))), rest)
            }
            "blockquote" => self.front(lines, None, "> "),
            "pre" | "li-code" => {
                self.flow.apart(lines);
                Means::Kept
            }
            "code" | "kbd" | "samp" if !self.open.iter().any(|open| matches!(open.means, Means::Kept)) => {
                self.flow.words("`");
                Means::Code
            }
            "a" => Means::Link { url: attributes.get("href").to_owned(), from: self.flow.here() },
            _ => Means::Nothing,
        }
    }

    /// The end of an element, and of what was left open in it.
    fn close(&mut self, name: &str) {
        let Some(at) = self.open.iter().rposition(|open| open.name == name) else { return };
        for open in self.open.split_off(at).into_iter().rev() {
            match open.means {
                Means::Nothing => {}
                Means::Block(lines) => self.flow.apart(lines),
                Means::Front(lines) => {
                    self.flow.leave();
                    self.flow.apart(lines);
                }
                Means::List(_) | Means::Kept => {
                    let lines = if self.open.iter().any(|open| open.name == "li") { 1 } else { 2 };
                    self.flow.apart(lines);
                }
                Means::Code => self.flow.words("`"),
                Means::Link { url, from } => self.link(&url, from),
            }
        }
    }

    fn block(&mut self, lines: usize) -> Means {
        self.flow.apart(lines);
        Means::Block(lines)
    }

    fn front(&mut self, lines: usize, first: Option<String>, rest: &'static str) -> Means {
        self.flow.apart(lines);
        self.flow.enter(first, rest);
        Means::Front(lines)
    }

    /// The number of the next item of the innermost list.
    fn number(&mut self) -> Option<i64> {
        let lists = self.open.iter_mut().rev().find_map(|open| match &mut open.means {
            Means::List(next) => Some(next),
            _ => None,
        });
        let next = lists?.as_mut()?;
        *next += 1;
        Some(*next - 1)
    }

    fn is_in_spoiler(&self) -> bool {
        self.open
            .iter()
            .any(|open| matches!(open.means, Means::Front(_)) && !matches!(&*open.name, "li" | "blockquote"))
    }

    fn ruler(&mut self) {
        self.flow.apart(2);
        self.flow.words("---");
        self.flow.apart(2);
    }

    /// An emoji is its sign or name; any other picture its description and address.
    fn image(&mut self, attributes: &Attributes) {
        let described = [attributes.get("alt"), attributes.get("title")].into_iter().find(|text| !text.is_empty());
        let described = described.unwrap_or_default();
        let src = attributes.get("src");
        let is_in_link = self.open.iter().any(|open| matches!(open.means, Means::Link { .. }));
        let is_emoji = attributes.class_says("emoji") || attributes.class_says("emoticon") || is_sign(described);
        self.flow.words(described);
        if is_web(src) && !is_emoji && !is_in_link {
            self.flow.words(&if described.is_empty() { format!("<{src}>") } else { format!(" <{src}>") });
        }
    }

    fn message(&mut self, attributes: &Attributes) {
        let from = self.flow.here();
        self.flow.words(attributes.get("title"));
        self.link(attributes.get("url"), from);
    }

    /// The address behind its words, unless the words are the address.
    fn link(&mut self, url: &str, from: usize) {
        let said = self.flow.since(from);
        if url.is_empty() || url.starts_with('#') || said == url {
            return;
        }
        let is_bare = said.is_empty();
        self.flow.words(&if is_bare { format!("<{url}>") } else { format!(" <{url}>") });
    }
}

/// A login as a name; of one that is a mail address only what nobody can write to (X-6).
fn mention(login: &str) -> String {
    let login = login.trim_start_matches('@');
    match login.split('@').next() {
        None | Some("") => String::new(),
        Some(name) => format!("@{name}"),
    }
}

/// Whether a description is a sign or the name of one, such as `:smile:`.
fn is_sign(described: &str) -> bool {
    let is_named = described.len() > 2 && described.starts_with(':') && described.ends_with(':');
    is_named || !described.is_empty() && !described.chars().any(char::is_alphanumeric)
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// The four signs that a clean text escapes, and the blank that does not break.
fn unescape(text: &str) -> String {
    const SIGNS: [(&str, &str); 5] =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", "\u{A0}"), ("&amp;", "&")];
    SIGNS.iter().fold(text.to_owned(), |text, (written, is)| text.replace(written, is))
}
