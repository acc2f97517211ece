//! Makes one line for a person of whatever a host answered: maintenance pages in HTML, long texts, empty bodies.

/// Characters of one line at most.
const LONGEST: usize = 200;

/// One line without mark-up; empty when nothing is left.
pub fn one_line(body: &str) -> String {
    let text = if looks_like_html(body) { without_tags(body) } else { body.to_owned() };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    format!("{}…", line.chars().take(LONGEST - 1).collect::<String>())
}

/// Whether a body is a page for people instead of data.
pub fn looks_like_html(body: &str) -> bool {
    let start: String = body.trim_start_matches('\u{feff}').trim_start().chars().take(100).collect();
    let start = start.to_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html") || (start.starts_with('<') && body.contains("</"))
}

/// The text between tags; what stands inside `head`, `script` and `style` is not for people.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        text.push(' ');
        rest = &rest[open + 1..];
        let hidden = ["head", "script", "style"].into_iter().find(|name| begins_tag(rest, name));
        let end = match hidden {
            Some(name) => end_of(rest, name),
            None => rest.find('>').map(|close| close + 1),
        };
        rest = &rest[end.unwrap_or(rest.len())..];
    }
    text.push_str(rest);
    let named = [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    named.iter().fold(text, |text, (entity, is)| text.replace(entity, is))
}

fn begins_tag(rest: &str, name: &str) -> bool {
    let start = rest.get(..name.len()).unwrap_or_default();
    start.eq_ignore_ascii_case(name) && !rest[name.len()..].starts_with(|c: char| c.is_alphanumeric())
}

fn end_of(rest: &str, name: &str) -> Option<usize> {
    let end = format!("</{name}>");
    rest.to_ascii_lowercase().find(&end).map(|at| at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_one_line_without_tags() {
        let page = "<!DOCTYPE html>\n<html><head><title>x</title><style>b{}</style></head>\n<body><h1>Down</h1><p>Back&nbsp;at \
                    8 &amp; later<br>Bye</p><script>var a = '<b>';</script></body></html>";
        assert_eq!(one_line(page), "Down Back at 8 & later Bye");
        assert_eq!(one_line("  two\n lines "), "two lines");
        assert_eq!(one_line(&"ä".repeat(300)).chars().count(), LONGEST);
        assert_eq!(one_line("<html><body>cut <b"), "cut");
    }

    #[test]
    fn data_is_not_taken_for_a_page() {
        assert!(!looks_like_html(r#"{"a":"<html>"}"#));
        assert!(looks_like_html("\n <HTML>"));
        assert_eq!(one_line("a < b"), "a < b");
    }
}
