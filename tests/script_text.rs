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
    plain("See <a href=\"https://a.example/x\">https://a.example/x</a>.", "See https://a.example/x.");
    plain("<ol><li>one</li><li>two<ul><li>in</li></ul></li></ol><p>x", "1. one\n2. two\n   - in\n\nx");
    plain("<blockquote>said<br>before</blockquote>", "> said\n> before");
    plain("a<blockquote>b<blockquote>c</blockquote>d</blockquote>e", "a\n\n> b\n>\n> > c\n>\n> d\n\ne");
    plain("x<pre><code>  a &lt; b\n\n\tc</code></pre>y", "x\n\n  a < b\n\n\tc\n\ny");
    plain("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a | b\nc");
    plain("a<li-spoiler>b</li-spoiler>c", "a\n\n(spoiler) b\n\nc");
    plain("<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb");
    plain("<pre>let a = 1;\n  b</pre>", "let a = 1;\n  b");
    plain("Run <code>ls</code> &amp; go &#128640;", "Run `ls` & go \u{1F680}");
    plain("שלום <i>e\u{301}</i>", "שלום e\u{301}");
    gives("text::plain(())", Value::Nothing);
}

#[test]
fn mentions_are_names_and_pictures_are_what_they_show_x_6() {
    let plain = |html: &str, wanted: &str| gives(&format!("text::plain({})", quoted(html)), wanted);
    plain("<li-user uid=\"42\" login=\"@ana\"></li-user>, hi", "@ana, hi");
    plain("Ask <li-user uid=\"42\" login=\"@ana@x.example\"></li-user>.", "Ask @ana.");
    plain("<li-message title=\"A &amp; B\" uid=\"1\" url=\"https://c/x\"></li-message>", "A & B <https://c/x>");
    plain("<img class=\"emoji\" alt=\"\u{1F600}\" src=\"https://c/e.png\">", "\u{1F600}");
    plain("<img src=\"https://c/1.png\" alt=\":smile:\"> ok", ":smile: ok");
    plain("<img src=\"https://c/s.png\" alt=\"the screen\">", "the screen <https://c/s.png>");
    plain("<a href=\"https://c/p\"><img src=\"https://c/q.png\"></a>", "<https://c/p>");
}

#[test]
fn a_text_that_becomes_html_reads_back_as_it_was_f_075() {
    gives(
        "text::html(\"09:50 <kai> try a < b && \\\"c\\\"\")",
        "09:50 &lt;kai&gt; try a &lt; b &amp;&amp; &quot;c&quot;",
    );
    gives("text::html(\"  a   b\")", "&nbsp;&nbsp;a &nbsp;&nbsp;b");
    let same = |text: &str| gives(&format!("text::plain(text::html({}))", quoted(text)), text);
    same("09:50 <kai> try a < b && \"c\"");
    same("&lt;p&gt; is &amp;lt;p&amp;gt;");
    same("  fn a() {\n      b  c\n\n\n  }");
    same("שלום e\u{301} \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}");
}

proptest::proptest! {
    /// For any text, but for what `text::html` says of blanks and control characters.
    #[test]
    fn html_and_back_is_the_same_text(text in proptest::string::string_regex("(\\PC|[ \n<>&;\"'`]|&lt;|<br>){0,60}").expect("a pattern")) {
        let kept: Vec<_> = text.split('\n').map(|line| line.replace('\u{A0}', " ").trim_end_matches(' ').to_owned()).collect();
        let kept = kept.join("\n");
        let kept = kept.trim_matches('\n');
        proptest::prop_assert_eq!(casebridge::script::plain(&casebridge::script::html(&text)), kept);
    }
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
fn files_stand_below_a_text_a_line_each() {
    let file = |name: &str| format!("#{{ name: \"{name}\", url: \"https://c/{name}\" }}");
    let lines = "\n\na.png: https://c/a.png\nb: https://c/b";
    gives(&format!("text::files([{}, {}])", file("a.png"), file("b")), lines);
    gives("text::files([])", "");
    gives("text::files(())", Value::Nothing);
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
