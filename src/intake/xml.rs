//! Reads XML that strangers send: no document types, no entities but the five, no depth without end.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::Unreadable;

/// Deeper than this is no message of a host.
const DEPTH: usize = 64;

/// One step through a text.
pub enum Step {
    /// An element begins: its name without a prefix, and its attributes' names without prefixes and values.
    Begins(String, Vec<(String, String)>),
    /// The text within the innermost element, up to the next step; only where there is any.
    Text(String),
    /// An element ends.
    Ends,
}

/// Takes every step in order.
pub fn walk(text: &str, take: impl FnMut(Step)) -> Result<(), Unreadable> {
    let mut reader = Reader::from_str(text);
    let mut walking = Walking { take, depth: 0, roots: 0, text: String::new() };
    loop {
        match reader.read_event().map_err(|_| Unreadable("the XML is not well-formed"))? {
            Event::Start(start) => walking.begins(&start)?,
            Event::Empty(start) => {
                walking.begins(&start)?;
                walking.ends();
            }
            Event::End(_) => walking.ends(),
            Event::Text(text) => walking.text.push_str(&text.xml10_content()),
            Event::CData(data) => walking.text.push_str(&data.xml10_content()),
            Event::GeneralRef(entity) => walking.text.push(character(&entity)?),
            Event::DocType(_) => return Err(Unreadable("a document type is not accepted")),
            Event::Eof if walking.depth > 0 => return Err(Unreadable("the XML ends too early")),
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// Where in the text it is, and the pieces of text since the last step.
struct Walking<F> {
    take: F,
    depth: usize,
    roots: usize,
    text: String,
}

impl<F: FnMut(Step)> Walking<F> {
    fn begins(&mut self, start: &BytesStart<'_>) -> Result<(), Unreadable> {
        self.said();
        self.roots += usize::from(self.depth == 0);
        self.depth += 1;
        if self.roots > 1 {
            return Err(Unreadable("the XML has more than one outermost element"));
        }
        if self.depth > DEPTH {
            return Err(Unreadable("the XML is nested too deeply"));
        }
        (self.take)(begins(start)?);
        Ok(())
    }

    fn ends(&mut self) {
        self.said();
        self.depth = self.depth.saturating_sub(1);
        (self.take)(Step::Ends);
    }

    fn said(&mut self) {
        let text = std::mem::take(&mut self.text);
        if self.depth > 0 && !text.trim().is_empty() {
            (self.take)(Step::Text(text.trim().to_owned()));
        }
    }
}

/// The character that an entity stands for: one by number, or one of the five that XML knows.
fn character(entity: &BytesRef<'_>) -> Result<char, Unreadable> {
    let unknown = Unreadable("the XML names an entity that nobody knows");
    if let Some(character) = entity.resolve_char_ref().map_err(|_| unknown.clone())? {
        return Ok(character);
    }
    let text = resolve_predefined_entity(&entity.xml10_content()).ok_or(unknown.clone())?;
    text.chars().next().ok_or(unknown)
}

fn begins(start: &BytesStart<'_>) -> Result<Step, Unreadable> {
    let bad = |_| Unreadable("an attribute of the XML cannot be read");
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Unreadable("an attribute of the XML cannot be read"))?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(bad)?;
        attributes.push((local(attribute.key.as_ref()), value.into_owned()));
    }
    Ok(Step::Begins(local(start.name().as_ref()), attributes))
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_owned()
}
