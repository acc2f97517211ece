//! XML as far as SOAP needs it: a small tree of elements to read, escaped text to write.

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::LocalName;
use quick_xml::reader::Reader;

/// No document that a client sends nests deeper.
const DEEPEST: usize = 64;

/// An element: its name without prefix, its text, whether it is nil, what is in it.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Element {
    pub name: String,
    pub text: String,
    pub nil: bool,
    /// The value of `xsi:type`, without prefix.
    pub kind: Option<String>,
    pub children: Vec<Element>,
}

impl Element {
    /// The root of a document, or why it is none.
    pub fn parse(document: &str) -> Result<Element, String> {
        let mut reader = Reader::from_str(document);
        let mut open: Vec<Element> = Vec::new();
        loop {
            match reader.read_event().map_err(|error| error.to_string())? {
                Event::Start(tag) if open.len() < DEEPEST => open.push(element(&tag)?),
                Event::Start(_) => return Err("the document nests too deeply".into()),
                Event::Empty(tag) => {
                    let element = element(&tag)?;
                    if let Some(root) = close(&mut open, element) {
                        return Ok(root);
                    }
                }
                Event::End(_) => {
                    let element = open.pop().ok_or("an end tag without a start")?;
                    if let Some(root) = close(&mut open, element) {
                        return Ok(root);
                    }
                }
                Event::Text(text) => add(&mut open, &text.xml10_content()),
                Event::CData(text) => add(&mut open, &text.xml10_content()),
                Event::GeneralRef(entity) => {
                    let named: &str = &entity;
                    match entity.resolve_char_ref().map_err(|error| error.to_string())? {
                        Some(letter) => add(&mut open, letter.encode_utf8(&mut [0; 4])),
                        None => add(&mut open, resolve_xml_entity(named).ok_or(format!("unknown entity `{named}`"))?),
                    }
                }
                Event::Eof => return Err("the document ends too early".into()),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    /// The first child with this name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the child with this name.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

fn element(tag: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element { name: local(tag.local_name()), ..Element::default() };
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value: &str = &attribute.value;
        match local(attribute.key.local_name()).as_str() {
            "nil" => element.nil = matches!(value, "true" | "1"),
            "type" => element.kind = Some(value.rsplit(':').next().unwrap_or(value).to_owned()),
            _ => {}
        }
    }
    Ok(element)
}

fn local(name: LocalName<'_>) -> String {
    name.into_inner().to_owned()
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// Puts a finished element into its parent; without a parent it is the root.
fn close(open: &mut [Element], element: Element) -> Option<Element> {
    match open.last_mut() {
        Some(parent) => {
            parent.children.push(element);
            None
        }
        None => Some(element),
    }
}

/// Text for between tags; what XML has no letter for is left out.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(letter),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_entities_and_sections_do_not_matter() {
        let text =
            "<?xml version=\"1.0\"?><a:b xmlns:a='x'><c>1 &lt; &#50;<![CDATA[ & 3]]></c><d xsi:nil='true'/></a:b>";
        let root = Element::parse(text).unwrap();
        assert_eq!((root.name.as_str(), root.text_of("c")), ("b", Some("1 < 2 & 3")));
        assert!(root.child("d").unwrap().nil);
    }

    #[test]
    fn what_is_no_document_is_told() {
        for text in ["", "<a>", "<a></b>", "<a>&nope;</a>", "nothing", &"<a>".repeat(100)] {
            assert!(Element::parse(text).is_err(), "{text}");
        }
    }
}
