//! What v1 answers with, written as JSON and as XML from one description (sheet 3.3, 9).

use serde_json::{Value, json};

use crate::sandbox::khoros::answer_v1::escaped;

/// A v1 value, object or list.
pub enum Element {
    /// A wrapped value: `{"type": "int", "$": 7}`.
    Value(&'static str, String),
    /// An object or a mention of one.
    Object { kind: &'static str, href: String, fields: Vec<(&'static str, Element)> },
    /// A list, whose items have one name.
    List(&'static str, Vec<Element>),
}

impl Element {
    pub fn int(number: impl ToString) -> Self {
        Self::Value("int", number.to_string())
    }

    pub fn text(text: impl Into<String>) -> Self {
        Self::Value("string", text.into())
    }

    pub fn bool(truth: bool) -> Self {
        Self::Value("boolean", truth.to_string())
    }

    pub fn time(written: String) -> Self {
        Self::Value("date_time", written)
    }

    /// A mention of an object.
    pub fn mention(kind: &'static str, href: String) -> Self {
        Self::Object { kind, href, fields: Vec::new() }
    }

    pub fn json(&self) -> Value {
        match self {
            Self::Value("int", text) => json!({ "type": "int", "$": text.parse::<i64>().unwrap_or(0) }),
            Self::Value("boolean", text) => json!({ "type": "boolean", "$": text == "true" }),
            Self::Value(kind, text) => json!({ "type": kind, "$": text }),
            Self::Object { kind, href, fields } => {
                let mut object = json!({ "type": kind });
                if !href.is_empty() {
                    object["href"] = json!(href);
                }
                fields.iter().for_each(|(name, field)| object[*name] = field.json());
                object
            }
            // An empty list still names its items: a client takes the first key there (sandbox clients 3.3).
            Self::List(item, items) => json!({ *item: items.iter().map(Self::json).collect::<Vec<_>>() }),
        }
    }

    pub fn xml(&self, name: &str) -> String {
        match self {
            Self::Value(kind, text) => format!(r#"<{name} type="{kind}">{}</{name}>"#, escaped(text)),
            Self::Object { kind, href, fields } => {
                let href = if href.is_empty() { String::new() } else { format!(r#" href="{}""#, escaped(href)) };
                let inside: String = fields.iter().map(|(name, field)| field.xml(name)).collect();
                match inside.is_empty() {
                    true => format!(r#"<{name} type="{kind}"{href}/>"#),
                    false => format!(r#"<{name} type="{kind}"{href}>{inside}</{name}>"#),
                }
            }
            Self::List(_, items) if items.is_empty() => format!("<{name}/>"),
            Self::List(item, items) => {
                let inside: String = items.iter().map(|one| one.xml(item)).collect();
                format!("<{name}>{inside}</{name}>")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_description_gives_both_formats() {
        let id = ("id", Element::int(7));
        let user = Element::Object { kind: "user", href: "/users/id/7".into(), fields: vec![id] };
        assert_eq!(user.json(), json!({ "type": "user", "href": "/users/id/7", "id": { "type": "int", "$": 7 } }));
        assert_eq!(user.xml("user"), r#"<user type="user" href="/users/id/7"><id type="int">7</id></user>"#);
        assert_eq!(Element::List("user", Vec::new()).xml("users"), "<users/>");
        assert_eq!(Element::text("a<b").xml("value"), r#"<value type="string">a&lt;b</value>"#);
    }
}
