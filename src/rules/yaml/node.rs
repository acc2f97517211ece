//! The tree of a file: what stands there and where, in file order.

use serde::{Deserialize, Serialize};

use crate::problem::Place;

/// One value of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub at: Place,
    pub shape: Shape,
}

/// What kind of value it is. Scalars stay text; whoever asks says what it means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    /// `quoted` for "…" and '…' and blocks: such a text is never a number.
    Scalar {
        text: String,
        quoted: bool,
    },
    Map(Vec<(Key, Node)>),
    List(Vec<Node>),
}

/// A key of a map, with its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Key {
    pub name: String,
    pub at: Place,
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.shape {
            Shape::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.shape {
            Shape::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entries().iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// The word a person uses for this kind of value.
    pub fn kind(&self) -> &'static str {
        match self.shape {
            Shape::Scalar { .. } => "text",
            Shape::Map(_) => "map",
            Shape::List(_) => "list",
        }
    }
}
