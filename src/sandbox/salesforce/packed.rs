//! The values of a record in one run of bytes, so that a world of a million records fits into memory.
//!
//! An entry is the field's position (2 bytes), a tag, and what the tag says; absent fields take nothing.

use serde_json::Value;

const FALSE: u8 = 0;
const TRUE: u8 = 1;
const NUMBER: u8 = 2;
const TEXT: u8 = 3;
const HEAD: usize = 3;

/// A value as it lies in a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Held<'a> {
    Null,
    Bool(bool),
    Number(f64),
    Text(&'a str),
}

impl<'a> Held<'a> {
    pub fn is_null(self) -> bool {
        self == Held::Null
    }

    pub fn text(self) -> Option<&'a str> {
        match self {
            Held::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'a> From<&'a Value> for Held<'a> {
    fn from(value: &'a Value) -> Held<'a> {
        match value {
            Value::Bool(value) => Held::Bool(*value),
            Value::Number(number) => number.as_f64().map_or(Held::Null, Held::Number),
            Value::String(text) => Held::Text(text),
            Value::Null | Value::Array(_) | Value::Object(_) => Held::Null,
        }
    }
}

/// Values by the position of their field.
#[derive(Debug, Clone, Default)]
pub struct Packed(Box<[u8]>);

impl Packed {
    pub fn get(&self, position: u16) -> Held<'_> {
        self.find(position).map_or(Held::Null, |at| held(&self.0[at..]))
    }

    /// All values that are there, with their positions, in one pass.
    pub fn all(&self) -> impl Iterator<Item = (u16, Held<'_>)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let entry = self.0.get(at..).filter(|rest| !rest.is_empty())?;
            at += length(entry);
            Some((u16::from_le_bytes([entry[0], entry[1]]), held(entry)))
        })
    }

    /// Null takes the entry out.
    pub fn set(&mut self, position: u16, value: &Value) {
        let entry = entry(position, Held::from(value));
        let (from, to) = match self.find(position) {
            Some(at) => (at, at + length(&self.0[at..])),
            None => (self.0.len(), self.0.len()),
        };
        self.0 = [&self.0[..from], &entry, &self.0[to..]].concat().into_boxed_slice();
    }

    fn find(&self, position: u16) -> Option<usize> {
        let wanted = position.to_le_bytes();
        let mut at = 0;
        while at < self.0.len() {
            if self.0[at..at + 2] == wanted {
                return Some(at);
            }
            at += length(&self.0[at..]);
        }
        None
    }
}

fn entry(position: u16, value: Held<'_>) -> Vec<u8> {
    let mut entry = position.to_le_bytes().to_vec();
    match value {
        Held::Null => entry.clear(),
        Held::Bool(value) => entry.push(if value { TRUE } else { FALSE }),
        Held::Number(number) => {
            entry.push(NUMBER);
            entry.extend(number.to_le_bytes());
        }
        Held::Text(text) => {
            entry.push(TEXT);
            entry.extend((text.len() as u32).to_le_bytes());
            entry.extend(text.as_bytes());
        }
    }
    entry
}

/// How long the entry at the start of these bytes is.
fn length(bytes: &[u8]) -> usize {
    match bytes[2] {
        NUMBER => HEAD + 8,
        TEXT => HEAD + 4 + text_length(bytes),
        _ => HEAD,
    }
}

fn text_length(bytes: &[u8]) -> usize {
    u32::from_le_bytes([bytes[HEAD], bytes[HEAD + 1], bytes[HEAD + 2], bytes[HEAD + 3]]) as usize
}

fn held(bytes: &[u8]) -> Held<'_> {
    match bytes[2] {
        FALSE => Held::Bool(false),
        TRUE => Held::Bool(true),
        NUMBER => {
            let mut number = [0; 8];
            number.copy_from_slice(&bytes[HEAD..HEAD + 8]);
            Held::Number(f64::from_le_bytes(number))
        }
        _ => {
            let start = HEAD + 4;
            Held::Text(std::str::from_utf8(&bytes[start..start + text_length(bytes)]).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_kept_replaced_and_taken_out() {
        let long = "x\0\"😱".repeat(200_000);
        let mut packed = Packed::default();
        for (position, value) in [(7, json!(true)), (300, json!(long)), (2, json!(4.5)), (9, json!(""))] {
            packed.set(position, &value);
        }
        packed.set(7, &json!(false));
        packed.set(2, &json!("short"));
        assert_eq!(packed.get(7), Held::Bool(false));
        assert_eq!(packed.get(300), Held::Text(&long));
        assert_eq!(packed.get(2), Held::Text("short"));
        assert_eq!(packed.get(9), Held::Text(""));
        assert_eq!(packed.all().map(|(position, _)| position).collect::<Vec<_>>(), [7, 300, 2, 9]);
        assert!(packed.all().all(|(position, value)| packed.get(position) == value));
        packed.set(300, &Value::Null);
        assert_eq!((packed.get(300), packed.get(1), packed.0.len()), (Held::Null, Held::Null, 3 + 12 + 7));
    }
}
