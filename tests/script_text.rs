//! The module `text`: what is asked of texts and made of them.

use casebridge::plan::Arg;
use casebridge::script::Evaluated;
use casebridge::value::Value;

use crate::script_world::*;

fn gives(text: &str, wanted: impl Into<Value>) {
    assert_eq!(value(text, &full()), Evaluated::Is(Arg::Known(wanted.into())), "{text}");
}

/// A text of Rhai that may hold anything.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t"))
}

#[test]
fn html_becomes_readable_text() {
    let plain = |html: &str, wanted: &str| gives(&format!("text::plain({})", quoted(html)), wanted);
    plain("<p>Hello <b>you</b></p><p>Bye</p>", "Hello you\n\nBye");
    plain("<script>alert(1)</script><style>p{}</style>Hi", "Hi");
    plain("See <a href=\"https://a.example/x\">this</a>.", "See this <https://a.example/x>.");
    plain("<ul><li>one</li><li>two</li></ul>", "- one\n- two");
    plain("<ol><li>one</li><li>two</li></ol>", "1. one\n2. two");
    plain("<blockquote>said<br>before</blockquote>", "> said\n> before");
    plain("<pre>let a = 1;\n  b</pre>", "let a = 1;\n  b");
    plain("Run <code>ls</code> &amp; go &#128640;", "Run `ls` & go \u{1F680}");
    plain("שלום <i>e\u{301}</i>", "שלום e\u{301}");
    gives("text::plain(())", Value::Nothing);
}

#[test]
fn cuts_fall_on_grapheme_borders_with_the_mark_inside() {
    gives("text::cut(\"abcdef\", 6)", "abcdef");
    gives("text::cut(\"abcdef\", 4)", "abc…");
    gives("text::cut(\"e\u{301}e\u{301}e\u{301}\", 4)", "e\u{301}…");
    gives("text::cut(\"\u{1F680}\u{1F680}\", 3)", "\u{1F680}…");
    gives("text::cut_bytes(\"\u{1F680}\u{1F680}\", 7)", "\u{1F680}…");
    gives("text::cut(\"abc\", 0)", "");
    gives("text::cut(\"abc\", -5)", "");
    gives("text::characters(\"a\u{1F680}\")", 3);
    gives("text::bytes(\"a\u{1F680}\")", 5);
}

#[test]
fn texts_are_compared_in_any_case() {
    gives("text::contains(\"Straße ÄB\", \"äb\")", true);
    gives("text::contains_any(\"VPN drops\", [\"wifi\", \"vpn\"])", true);
    gives("text::contains_any(\"VPN drops\", [])", false);
    gives("text::same(\"Ana@Example.com\", \"ana@example.COM\")", true);
    gives("text::join([\"a\", 1, (), true, hours(2)], \", \")", "a, 1, true, 2 h");
}

#[test]
fn text_becomes_html_that_holds_no_other_markup() {
    gives("text::html(\"a <b> & \\\"c\\\"\\nd\")", "a &lt;b&gt; &amp; &quot;c&quot;<br>d");
    gives("text::quote(\"<x>\")", "<blockquote>&lt;x&gt;</blockquote>");
    gives("text::link(\"https://a/?x=1&y=\\\"2\", \"a<b\")", "<a href=\"https://a/?x=1&amp;y=&quot;2\">a&lt;b</a>");
    gives("text::link(\"javascript:alert(1)\", \"a\")", "a");
}

#[test]
fn what_nobody_should_have_posted_is_masked() {
    for (text, wanted) in [
        ("write to ana.b@example.com, please", "write to ***, please"),
        ("call +49 30 901820-0 now", "call *** now"),
        ("(555) 123-4567", "***"),
        ("order 12345 of 3 days", "order 12345 of 3 days"),
        ("key ghp_16C7e42F292c6912E7710c838347Ae178B4a!", "key ***!"),
        ("sk-abcdefghij1234567890KLM", "***"),
        ("internationalization of supercalifragilistic", "internationalization of supercalifragilistic"),
        ("a\n  b\tc", "a\n  b\tc"),
    ] {
        gives(&format!("text::mask({})", quoted(text)), wanted);
    }
}
