//! Reads XML that strangers send: no document types, no entities but the five, no depth without end.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::Unreadable;

/// Deeper than this is no message of a host.
const DEPTH: usize = 64;

/// One step through a text.
pub enum Step {
    /// An element begins: its name without a prefix, and its attributes' names without prefixes and values.
    Begins(String, Vec<(String, String)>),
    /// The text within the innermost element.
    Text(String),
    /// An element ends.
    Ends,
}

/// Takes every step in order.
pub fn walk(text: &str, mut take: impl FnMut(Step)) -> Result<(), Unreadable> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().trim_text(true);
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|_| Unreadable("the XML is not well-formed"))? {
            Event::Start(start) => {
                depth += 1;
                if depth > DEPTH {
                    return Err(Unreadable("the XML is nested too deeply"));
                }
                take(begins(&start)?);
            }
            Event::Empty(start) => {
                take(begins(&start)?);
                take(Step::Ends);
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                take(Step::Ends);
            }
            Event::Text(text) => {
                take(Step::Text(text.xml10_content().into_owned()));
            }
            Event::CData(data) => take(Step::Text(data.xml10_content().into_owned())),
            Event::DocType(_) => return Err(Unreadable("a document type is not accepted")),
            Event::Eof if depth > 0 => return Err(Unreadable("the XML ends too early")),
            Event::Eof => return Ok(()),
            Event::GeneralRef(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
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
