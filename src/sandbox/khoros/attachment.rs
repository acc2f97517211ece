//! Files on messages, as the community holds them.

use std::borrow::Cow;

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A file on a message. What it says of its size need not be so.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    pub filename: String,
    pub content_type: String,
    pub filesize: u64,
    /// What is in it; one of a scene that says nothing holds its own name, over and over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
}

/// Bytes, in base64 where they are written.
#[derive(Clone, Debug, PartialEq)]
pub struct Content(pub Bytes);

impl Attachment {
    /// The bytes of it.
    pub fn bytes(&self) -> Bytes {
        let made_up = || self.filename.bytes().cycle().take(self.filesize as usize).collect();
        self.content.as_ref().map_or_else(made_up, |content| content.0.clone())
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        STANDARD.decode(&*text).map(|bytes| Content(bytes.into())).map_err(D::Error::custom)
    }
}
