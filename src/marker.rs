//! How what we wrote is known again (PB-10, X-9): an invisible marker in its text, made of the digest of its key.
//!
//! Sixteen characters without width, two bits each, between two more that frame them. They survive where HTML comments and
//! attributes are taken out, count like any characters, and say nothing to a reader.

use crate::facts::Args;
use crate::names::Digest;
use crate::value::Value;

const ZERO: [char; 4] = ['\u{200B}', '\u{200C}', '\u{200D}', '\u{2060}'];
/// Frames a marker: word joiner, then a separator that nobody types.
const FRAME: char = '\u{2063}';
const LENGTH: usize = 16;
/// Of a marker that is seen.
const DIGITS: usize = 8;

/// How many bytes a marker has in UTF-8, and how many characters.
pub const BYTES: usize = (LENGTH + 2) * 3;
pub const CHARACTERS: usize = LENGTH + 2;

/// The marker of a key.
pub fn of(key: &str) -> String {
    let digest = Digest::of(key);
    let bits = u32::from_str_radix(&digest.as_str()[..DIGITS], 16).unwrap_or_default();
    let letter = |n: usize| ZERO[(bits >> (2 * n) & 3) as usize];
    std::iter::once(FRAME).chain((0..LENGTH).map(letter)).chain([FRAME]).collect()
}

/// The marker that a reader sees too: `[#k3f9a2c1]`.
pub fn visible(key: &str) -> String {
    format!("[#{}]", &Digest::of(key).as_str()[..DIGITS])
}

/// Whether a write leaves a marker; without one nobody can tell whether it came through.
pub fn is_left(args: &Args) -> bool {
    args.get("marker").and_then(Value::as_str) != Some("none")
}

/// What a host may put behind the end of a text.
const BEHIND: [&str; 7] = ["</p>", "</div>", "</span>", "<br>", "<br/>", "<br />", "&nbsp;"];

/// Whether a text is ours: a marker stands where we put it, at the end. Others quote us: then the marker stands inside the
/// quote, or words of theirs behind it.
pub fn is_ours(text: &str) -> bool {
    let end = without_behind(text);
    let is_quoted = end.lines().last().is_some_and(|line| line.trim_start().starts_with(['>', '|']));
    (ends_hidden(end) || ends_visible(end)) && !is_quoted
}

/// Whether a text holds the marker of a key, hidden or visible.
pub fn is_of(text: &str, key: &str) -> bool {
    text.contains(&of(key)) || text.contains(&visible(key))
}

/// All markers of a text, one behind the other, as they stand there.
pub fn all(text: &str) -> String {
    let hidden = text.match_indices(FRAME).filter_map(|(at, _)| Some(&text[at..at + framed(&text[at..])?]));
    let seen = text.match_indices("[#").filter(|(at, _)| begins_visible(&text[*at..]));
    hidden.chain(seen.map(|(at, _)| &text[at..at + "[#]".len() + DIGITS])).collect()
}

/// The text without hidden markers.
pub fn without(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(FRAME) {
        kept.push_str(&rest[..start]);
        match framed(&rest[start..]) {
            Some(length) => rest = &rest[start + length..],
            None => {
                kept.push(FRAME);
                rest = &rest[start + FRAME.len_utf8()..];
            }
        }
    }
    kept.push_str(rest);
    kept
}

fn without_behind(text: &str) -> &str {
    let text = text.trim_end();
    match BEHIND.iter().find_map(|behind| text.strip_suffix(behind)) {
        Some(text) => without_behind(text),
        None => text,
    }
}

fn ends_hidden(text: &str) -> bool {
    at_end(text).is_some()
}

/// The hidden marker that a text ends in.
pub fn at_end(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let (start, _) = text.char_indices().rev().nth(CHARACTERS - 1)?;
    (framed(&text[start..]) == Some(text.len() - start)).then(|| &text[start..])
}

/// The length of a marker that a text begins with.
fn framed(text: &str) -> Option<usize> {
    let mut letters = text.char_indices();
    letters.next().filter(|(_, letter)| *letter == FRAME)?;
    for _ in 0..LENGTH {
        letters.next().filter(|(_, letter)| ZERO.contains(letter))?;
    }
    let (at, letter) = letters.next()?;
    (letter == FRAME).then_some(at + letter.len_utf8())
}

fn ends_visible(text: &str) -> bool {
    text.rfind("[#").is_some_and(|at| at + "[#]".len() + DIGITS == text.len() && begins_visible(&text[at..]))
}

fn begins_visible(text: &str) -> bool {
    let rest = text.as_bytes().get("[#".len()..).unwrap_or_default();
    rest.get(DIGITS) == Some(&b']') && rest[..DIGITS].iter().all(is_digit)
}

fn is_digit(byte: &u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_found_again_and_taken_out() {
        let text = format!("Please reboot{} and wait", of("says:a:1"));
        assert!(is_of(&text, "says:a:1") && !is_of(&text, "says:a:2"));
        assert_eq!(without(&text), "Please reboot and wait");
        assert_eq!((of("k").len(), of("k").chars().count()), (BYTES, CHARACTERS));
        let shown = format!("Please reboot {}", visible("says:a:1"));
        assert!(is_ours(&shown) && is_of(&shown, "says:a:1"));
    }

    #[test]
    fn what_ends_in_a_marker_is_ours_and_what_quotes_us_is_not() {
        for marker in [of("k"), visible("k")] {
            for ours in [format!("ok{marker}"), format!("<p>ok</p><p>{marker}</p>\n<br />")] {
                assert!(is_ours(&ours), "{ours:?}");
            }
            let quotes = [
                format!("<blockquote><p>ok{marker}</p></blockquote><p>No</p>"),
                format!("<p>No</p><blockquote>ok{marker}</blockquote>"),
                format!("ok{marker} and no"),
                format!("No\n> ok{marker}"),
            ];
            for quote in quotes {
                assert!(!is_ours(&quote), "{quote:?}");
            }
        }
    }

    #[test]
    fn all_markers_of_a_text_can_be_kept_when_its_words_change() {
        let text = format!("<p>a{}</p><p>{}</p> [#12]", of("one"), visible("two"));
        assert_eq!(all(&text), format!("{}{}", of("one"), visible("two")));
    }

    #[test]
    fn what_people_write_is_no_marker() {
        for text in
            ["", "a family 👨\u{200D}👩\u{200D}👧", "see [#12] and [#abc]", "\u{2063}\u{200B}\u{2063}", "\u{2063}"]
        {
            assert!(!is_ours(text), "{text:?}");
            assert_eq!(without(text), text);
        }
    }
}
