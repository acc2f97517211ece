//! The JSON bodies of v2 writes: `{"data": {…}}`, whatever the content type says. A misspelt key is refused (sheet 3.2).

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::sandbox::khoros::answer::Refusal;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<T> {
    data: T,
}

/// The data of a body.
pub fn data<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    bare::<Body<T>>(body).map(|body| body.data)
}

/// A body that is not wrapped in `data`.
pub fn bare<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::invalid(&shortened(&error.to_string())))
}

/// The reader's messages quote what they did not understand, which may be long.
fn shortened(why: &str) -> String {
    why.chars().take(200).collect()
}

/// A mention of another object, such as `{"id": "101"}`.
#[derive(Deserialize)]
pub struct Mention {
    #[serde(rename = "type", default)]
    pub kind: String,
    id: Value,
}

impl Mention {
    /// The id, which may be written as a number.
    pub fn id(&self) -> String {
        text_id(&self.id)
    }
}

/// An id that may be written as a number.
pub fn text_id(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// A label or a tag.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    pub text: String,
}

/// Labels or tags: a list, or the text of one.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Marks {
    Many(Vec<MarkData>),
    Listed { items: Vec<MarkData> },
    Text(String),
}

impl Marks {
    pub fn texts(self) -> Vec<String> {
        match self {
            Self::Many(all) | Self::Listed { items: all } => all.into_iter().map(|mark| mark.text).collect(),
            Self::Text(text) => vec![text],
        }
    }
}

/// The files of a message: which part of the form each one is in.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Files {
    Listed { items: Vec<FileData> },
    Many(Vec<FileData>),
}

impl Files {
    pub fn all(self) -> Vec<FileData> {
        match self {
            Self::Listed { items } | Self::Many(items) => items,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    pub field: String,
    pub filename: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusData {
    pub key: String,
}

/// A message to create or to edit. What is documented but means nothing here is taken and forgotten.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    pub board: Option<Mention>,
    pub parent: Option<Mention>,
    pub subject: Option<String>,
    pub body: Option<String>,
    pub teaser: Option<String>,
    pub labels: Option<Marks>,
    pub tags: Option<Marks>,
    pub read_only: Option<bool>,
    pub moderation_status: Option<String>,
    pub status: Option<StatusData>,
    pub context_id: Option<String>,
    pub context_url: Option<String>,
    pub attachments: Option<Files>,
    pub attachments_to_add: Option<Files>,
    #[serde(default, rename = "topic")]
    _topic: IgnoredAny,
    #[serde(default, rename = "is_draft")]
    _is_draft: IgnoredAny,
    #[serde(default, rename = "seo_title")]
    _seo_title: IgnoredAny,
    #[serde(default, rename = "seo_description")]
    _seo_description: IgnoredAny,
    #[serde(default, rename = "canonical_url")]
    _canonical_url: IgnoredAny,
    #[serde(default, rename = "cover_image")]
    _cover_image: IgnoredAny,
    #[serde(default, rename = "images")]
    _images: IgnoredAny,
    #[serde(default, rename = "videos")]
    _videos: IgnoredAny,
    #[serde(default, rename = "product_category")]
    _product_category: IgnoredAny,
    #[serde(default, rename = "products")]
    _products: IgnoredAny,
}

/// A reply to accept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SolutionData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    pub message_id: Value,
}
