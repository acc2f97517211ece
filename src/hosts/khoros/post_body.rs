//! What stands in a post: the clean text, a line under it that says for whom it was written, and the marker (PB-9, X-6).

use crate::catalog::Item;
use crate::hosts::khoros::safe_html;
use crate::marker;
use crate::value::Value;

/// The HTML of a post by one author.
pub fn of(item: &Item, login: &str) -> String {
    let marker = match item.args.get("marker").and_then(Value::as_str) {
        Some("none") => String::new(),
        Some("visible") => format!("<p>{}</p>", marker::visible(item.key.as_str())),
        _ => marker::of(item.key.as_str()),
    };
    format!("{}{marker}", signed(item, login))
}

/// The text with the line under it.
pub fn signed(item: &Item, login: &str) -> String {
    let sign = sign(item, login).map(|sign| format!("<p>{sign}</p>")).unwrap_or_default();
    format!("{}{sign}", written(item))
}

/// Whether it is one of several that a long text was split into: it begins with its number, `(2/3)`.
pub fn is_part(html: &str) -> bool {
    let words = html.trim_start().trim_start_matches("<p>");
    let number =
        words.strip_prefix('(').and_then(|rest| rest.split_once(')')).and_then(|(number, _)| number.split_once('/'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    number.is_some_and(|(part, of)| is_number(part) && is_number(of))
}

/// The text without scripts and forms, and without markers of others: what somebody quotes is not ours.
pub fn written(item: &Item) -> String {
    let clean = item.args.get("body").map(safe_html).unwrap_or_default();
    marker::without(clean.as_str().unwrap_or_default())
}

/// Whether a reader would see nothing: no words and no picture (F-064).
pub fn is_empty(item: &Item) -> bool {
    let html = written(item);
    let words = ammonia::Builder::empty().clean(&html).to_string();
    !html.contains("<img") && words.replace("&nbsp;", " ").trim().is_empty()
}

/// The line for the agent under the agent's own account, or for whoever speaks instead; never with an e-mail.
fn sign(item: &Item, login: &str) -> Option<String> {
    let sign = item.args.get("sign")?;
    let is_agent = sign.get("speaker").as_str().is_some_and(|agent| agent.eq_ignore_ascii_case(login));
    let line = sign.get(if is_agent { "agent" } else { "fallback" }).as_str()?;
    let words: Vec<&str> = line.split_whitespace().filter(|word| !is_address(word)).collect();
    (!words.is_empty()).then(|| escaped(&words.join(" ")))
}

fn is_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(args: &[(&str, Value)]) -> Item {
        let args = args.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
        Item { key: "says:a:khoros.post_reply:c:0".into(), args }
    }

    fn signed(login: &str, sign: &[(&'static str, &str)]) -> String {
        let sign = Value::map(sign.iter().map(|(name, text)| (*name, Value::text(*text))));
        of(&item(&[("body", "On it".into()), ("marker", "none".into()), ("sign", sign)]), login)
    }

    #[test]
    fn the_agent_and_all_others_sign_differently_and_never_with_an_e_mail_pb_9() {
        let both = [("speaker", "Zoe"), ("agent", "Zoe & team"), ("fallback", "for zoe@acme.test <Support>")];
        assert_eq!(signed("zoe", &both), "On it<p>Zoe &amp; team</p>");
        assert_eq!(signed("support-team", &both), "On it<p>for &lt;Support&gt;</p>");
        let without = [("agent", "Zoe"), ("fallback", "Support")];
        assert_eq!(signed("support-team", &without), "On it<p>Support</p>", "no account speaks for the agent");
        assert_eq!(signed("support-team", &[("agent", "Zoe")]), "On it");
    }

    #[test]
    fn a_post_bears_its_own_marker_alone() {
        let key = "says:a:khoros.post_reply:c:0";
        let quoted = format!("<script>x</script>as you wrote: ok{}", marker::of("another"));
        let hidden = of(&item(&[("body", Value::text(quoted))]), "zoe");
        assert_eq!(hidden, format!("as you wrote: ok{}", marker::of(key)));
        let seen = of(&item(&[("body", "ok".into()), ("marker", "visible".into())]), "zoe");
        assert_eq!(seen, format!("ok<p>{}</p>", marker::visible(key)));
    }

    #[test]
    fn nothing_but_mark_up_is_nothing_to_post_f_064() {
        let is_empty = |body: &str| is_empty(&item(&[("body", Value::text(body))]));
        assert!(["", "<p> &nbsp;</p>", "<script>x</script>", &marker::of("k")].into_iter().all(is_empty));
        assert!(!is_empty("<p>a</p>") && !is_empty("<img src=\"https://x.test/a.png\">"));
    }
}
