//! A text that is too long for one post or comment becomes numbered parts (X-7): `(1/3) …`. Nothing of it is lost.
//!
//! Cut where it hurts least: between paragraphs, lines, sentences, words, and never inside a grapheme. HTML is cut between
//! its blocks; a block that is too long by itself becomes text in paragraphs.

use unicode_segmentation::UnicodeSegmentation;

use crate::rules::Measure;

/// Digits that a number has at most: whoever writes more parts than that attaches the text.
const DIGITS: u32 = 3;

/// Borders, from the best to the worst.
const BORDERS: [&str; 4] = ["\n\n", "\n", ". ", " "];

/// The parts of a plain text; one when it fits, none when so small parts cannot be made.
pub fn of_text(text: &str, max: Measure) -> Option<Vec<String>> {
    if max.holds(text) {
        return Some(vec![text.to_owned()]);
    }
    numbered(|room| chunks(text, room), max, |n, of, part| format!("({n}/{of}) {part}"))
}

/// The parts of HTML; each is whole HTML.
pub fn of_html(html: &str, max: Measure) -> Option<Vec<String>> {
    if max.holds(html) {
        return Some(vec![html.to_owned()]);
    }
    let html = crate::script::tidy(html);
    numbered(|room| gathered(blocks(&html), room), max, |n, of, part| format!("<p>({n}/{of})</p>{part}"))
}

/// Cuts with room for the numbers, which grow with how many parts there are.
fn numbered(
    cut: impl Fn(Measure) -> Vec<String>,
    max: Measure,
    number: impl Fn(usize, usize, &str) -> String,
) -> Option<Vec<String>> {
    let cut = |digits| {
        let widest = 10usize.pow(digits) - 1;
        let parts = cut(max.less(max.of(&number(widest, widest, ""))));
        (parts.len() <= widest).then_some(parts)
    };
    let parts = (1..=DIGITS).find_map(cut)?;
    let of = parts.len();
    let parts: Vec<String> = parts.iter().enumerate().map(|(n, part)| number(n + 1, of, part)).collect();
    // One grapheme can be longer than a small limit.
    parts.iter().all(|part| max.holds(part)).then_some(parts)
}

/// A plain text in pieces that fit; blanks at a border belong to neither side.
fn chunks(text: &str, max: Measure) -> Vec<String> {
    let mut chunks = Vec::new();
    let mut rest = text;
    while !max.holds(rest) {
        let (chunk, behind) = rest.split_at(border(rest, fitting(rest, max)));
        if !chunk.trim_end().is_empty() {
            chunks.push(chunk.trim_end().to_owned());
        }
        // Where lines part, the blanks in front of the next one are its own.
        let is_line = chunk.ends_with('\n') || behind.starts_with('\n');
        rest = behind.trim_start_matches(if is_line { '\n' } else { ' ' });
    }
    if !rest.is_empty() || chunks.is_empty() {
        chunks.push(rest.to_owned());
    }
    chunks
}

/// How many bytes of a text fit, in whole graphemes; at least one.
fn fitting(text: &str, max: Measure) -> usize {
    let (mut used, mut end) = (0, 0);
    for (start, grapheme) in text.grapheme_indices(true) {
        used += max.of(grapheme);
        if used > max.most() && end > 0 {
            break;
        }
        end = start + grapheme.len();
    }
    end
}

/// The best border in the second half of what fits.
fn border(text: &str, end: usize) -> usize {
    let fits = &text[..end];
    let behind = |border: &str| fits.rfind(border).map(|at| at + border.len()).filter(|at| *at > end / 2);
    BORDERS.iter().find_map(|border| behind(border)).unwrap_or(end)
}

/// The outermost blocks of HTML that `ammonia` made: each ends where all that it opened is closed.
fn blocks(html: &str) -> Vec<String> {
    let (mut blocks, mut depth, mut start, mut at) = (Vec::new(), 0usize, 0, 0);
    while let Some(open) = html[at..].find('<').map(|found| at + found) {
        let end = html[open..].find('>').map_or(html.len(), |found| open + found + 1);
        let tag = &html[open..end];
        let is_void = ["<br", "<hr", "<img"].iter().any(|void| tag.starts_with(void)) || tag.ends_with("/>");
        match (tag.starts_with("</"), is_void) {
            (true, _) => depth = depth.saturating_sub(1),
            (false, true) => {}
            (false, false) => depth += 1,
        }
        at = end;
        if depth == 0 {
            blocks.push(html[start..end].to_owned());
            start = end;
        }
    }
    if start < html.len() {
        blocks.push(html[start..].to_owned());
    }
    blocks
}

/// Blocks together as long as they fit; one that never does is cut as text.
fn gathered(blocks: Vec<String>, max: Measure) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for block in blocks.into_iter().flat_map(|block| fitted(block, max)) {
        match parts.last_mut() {
            Some(last) if max.holds(&format!("{last}{block}")) => last.push_str(&block),
            _ => parts.push(block),
        }
    }
    parts
}

fn fitted(block: String, max: Measure) -> Vec<String> {
    if max.holds(&block) {
        return vec![block];
    }
    // Escaped, a text may grow up to six times; it is cut small enough for that.
    let text = crate::script::plain(&block);
    let frame = max.of("<p></p>");
    let mut room = max.less(frame);
    loop {
        let escaped: Vec<String> =
            chunks(&text, room).iter().map(|chunk| format!("<p>{}</p>", crate::script::html(chunk))).collect();
        if escaped.iter().all(|part| max.holds(part)) || room.most() <= 1 {
            return escaped;
        }
        room = room.half();
    }
}

impl Measure {
    fn less(self, by: usize) -> Self {
        match self {
            Measure::Characters(most) => Measure::Characters(most.saturating_sub(by).max(1)),
            Measure::Graphemes(most) => Measure::Graphemes(most.saturating_sub(by).max(1)),
            Measure::Bytes(most) => Measure::Bytes(most.saturating_sub(by).max(1)),
        }
    }

    fn half(self) -> Self {
        match self {
            Measure::Characters(most) => Measure::Characters(most / 2),
            Measure::Graphemes(most) => Measure::Graphemes(most / 2),
            Measure::Bytes(most) => Measure::Bytes(most / 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of all parts without their numbers.
    fn joined(parts: &[String]) -> String {
        let bare = |part: &String| part.split_once(") ").map_or(part.clone(), |(_, rest)| rest.to_owned());
        parts.iter().map(bare).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn four_thousand_bytes_are_one_part_and_one_more_makes_two_f_123() {
        let max = Measure::Bytes(4000);
        assert_eq!(of_text(&"x".repeat(4000), max).expect("parts").len(), 1);
        let two = of_text(&"x".repeat(4001), max).expect("parts");
        assert_eq!(two.len(), 2);
        assert!(two.iter().all(|part| part.len() <= 4000), "{:?}", two.iter().map(String::len).collect::<Vec<_>>());
        assert_eq!(joined(&two).replace(' ', ""), "x".repeat(4001));
    }

    #[test]
    fn forty_thousand_characters_lose_none() {
        let text = (0..8000).map(|n| format!("{n:04}")).collect::<Vec<_>>().join(" ");
        let parts = of_text(&text, Measure::Bytes(3946)).expect("parts");
        assert!(parts.iter().all(|part| part.len() <= 3946));
        assert_eq!(joined(&parts), text);
        assert!(parts[0].starts_with(&format!("(1/{}) 0000", parts.len())));
    }

    #[test]
    fn families_and_combining_characters_are_never_torn() {
        let family = "👨\u{200D}👩\u{200D}👧\u{200D}👦";
        let text = format!("{}e\u{301}", family.repeat(400));
        let parts = of_text(&text, Measure::Bytes(1000)).expect("parts");
        let whole = |part: &String| {
            let bare = part.split_once(") ").map_or(part.as_str(), |(_, rest)| rest);
            bare.graphemes(true).all(|grapheme| grapheme == family || grapheme == "e\u{301}")
        };
        assert!(parts.iter().all(whole) && parts.len() > 9);
    }

    #[test]
    fn paragraphs_stay_together_where_they_can() {
        let paragraph = "right to left: שלום עולם. ".repeat(10);
        let text = [paragraph.trim(); 4].join("\n\n");
        let parts = of_text(&text, Measure::Characters(600)).expect("parts");
        let ends = |part: &String| part.ends_with("עולם.");
        assert!(parts.len() > 1 && parts.iter().all(ends), "{parts:?}");
    }

    #[test]
    fn html_is_cut_between_its_blocks() {
        let html = "<p>one</p><ul><li>two</li><li>three</li></ul><pre><code>a &lt; b</code></pre>".repeat(20);
        let parts = of_html(&html, Measure::Characters(400)).expect("parts");
        assert!(parts.len() > 3);
        for part in &parts {
            assert!(Measure::Characters(400).holds(part));
            assert_eq!(ammonia::clean(part), *part, "every part is whole HTML");
        }
    }

    #[test]
    fn a_block_that_is_too_long_becomes_paragraphs() {
        let html = format!("<blockquote>{}</blockquote>", "a &amp; b ".repeat(300));
        let parts = of_html(&html, Measure::Characters(500)).expect("parts");
        assert!(parts.iter().all(|part| Measure::Characters(500).holds(part)));
        assert_eq!(parts.concat().matches("&amp;").count(), 300);
    }

    #[test]
    fn lines_of_code_keep_the_blanks_in_front_of_them() {
        let code = (0..60).map(|n| format!("    line_{n:02}();")).collect::<Vec<_>>().join("\n");
        let parts = of_text(&code, Measure::Bytes(200)).expect("parts");
        let bare = |part: &String| part.split_once(") ").map(|(_, bare)| bare.to_owned()).unwrap_or_default();
        assert_eq!(parts.iter().map(bare).collect::<Vec<_>>().join("\n"), code);
    }

    #[test]
    fn what_cannot_be_said_in_999_parts_is_not_split() {
        assert_eq!(of_text(&"x ".repeat(20_000), Measure::Bytes(20)), None);
        assert_eq!(of_text(&"👨\u{200D}👩\u{200D}👧".repeat(9), Measure::Bytes(23)), None);
    }

    #[test]
    fn html_that_is_not_closed_and_mentions_are_split_whole() {
        let html = "<p>one <li-user uid=\"42\" login=\"@ana\"></li-user><p>two<br>three".repeat(20);
        let parts = of_html(&html, Measure::Characters(400)).expect("parts");
        assert!(parts.iter().all(|part| part.len() <= 400 && crate::script::tidy(part) == *part), "{parts:?}");
        assert_eq!(parts.concat().matches("uid=\"42\" login=\"@ana\"></li-user>").count(), 20);
    }
}
