//! What members write is HTML of anybody's: what is passed on holds nothing that acts, and addresses in it are whole.

use std::borrow::Cow;

use ammonia::{Builder, Url, UrlRelative};

use crate::marker;
use crate::value::Value;

/// Of the classes of a post, those that say what a picture or a block is.
const TELLING: [&str; 3] = ["emoji", "emoticon", "spoiler"];

/// HTML without scripts, styles and forms, and without a marker: what quotes a post of ours is not ours. Mentions stay.
pub fn safe_html(html: &Value) -> Value {
    let safe = |html: &str| marker::without(&cleaner(None).clean(html).to_string());
    html.as_str().map_or(Value::Nothing, |html| Value::text(safe(html)))
}

/// The same as it is read from a page: links and pictures have whole addresses.
pub fn of_page(html: &str, page: &str) -> String {
    cleaner(Url::parse(page).ok()).clean(html).to_string()
}

fn cleaner(page: Option<Url>) -> Builder<'static> {
    let mut cleaner = Builder::default();
    // The community's own elements (Khoros sheet 7.9), and those that mark what they hold.
    cleaner
        .link_rel(None)
        .add_tags(["li-user", "li-message", "li-spoiler", "li-code"])
        .add_tag_attributes("li-user", ["uid", "login"])
        .add_tag_attributes("li-message", ["title", "uid", "url"])
        .add_generic_attributes(["class"]);
    if let Some(page) = page.clone() {
        cleaner.url_relative(UrlRelative::RewriteWithBase(page));
    }
    cleaner.attribute_filter(move |element, attribute, value| match (element, attribute) {
        ("li-message", "url") => whole(page.as_ref(), value).map(Cow::Owned),
        (_, "class") => is_telling(value).then_some(Cow::Borrowed(value)),
        _ => Some(Cow::Borrowed(value)),
    });
    cleaner
}

/// The address of a message; none where it is no web address.
fn whole(page: Option<&Url>, url: &str) -> Option<String> {
    let whole = match page {
        Some(page) => page.join(url).ok()?,
        None => Url::parse(url).ok()?,
    };
    matches!(whole.scheme(), "http" | "https").then(|| whole.to_string())
}

fn is_telling(class: &str) -> bool {
    let class = class.to_lowercase();
    TELLING.iter().any(|word| class.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://c.example/t5/Help/Printer/td-p/101";

    #[test]
    fn links_and_pictures_get_whole_addresses_x_6() {
        let read = |html: &str| of_page(html, PAGE);
        assert_eq!(read("<a href=\"/t5/x\">y</a>"), "<a href=\"https://c.example/t5/x\">y</a>");
        assert_eq!(read("<img src=\"//cdn.example/1.png\">"), "<img src=\"https://cdn.example/1.png\">");
        assert_eq!(read("<a href=\"https://o.example/?a=1\">y</a>"), "<a href=\"https://o.example/?a=1\">y</a>");
        assert_eq!(read("<a href=\"javascript:alert(1)\">y</a>"), "<a>y</a>");
        let message = read("<li-message title=\"A\" uid=\"7\" url=\"/t5/7\"></li-message>");
        assert!(message.contains("url=\"https://c.example/t5/7\""), "{message}");
    }

    #[test]
    fn mentions_survive_and_what_acts_does_not() {
        let safe = |html: &str| safe_html(&html.into()).as_str().map(str::to_owned).unwrap_or_default();
        let mention = "<li-user uid=\"42\" login=\"@ana\"></li-user>";
        assert_eq!(safe(mention), mention);
        assert_eq!(
            safe("<li-user uid=\"1\" onclick=\"x()\"></li-user><script>x()</script>"),
            "<li-user uid=\"1\"></li-user>"
        );
        assert_eq!(
            safe("<p class=\"big\">a<img class=\"lia-emoji\" alt=\"b\"></p>"),
            "<p>a<img class=\"lia-emoji\" alt=\"b\"></p>"
        );
    }
}
