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
    let body: Body<T> = serde_json::from_slice(body).map_err(|error| Refusal::invalid(&error.to_string()))?;
    Ok(body.data)
}

/// A mention of another object, such as `{"id": "101"}`.
#[derive(Deserialize)]
pub struct Mention {
    id: Value,
}

impl Mention {
    /// The id, which may be written as a number.
    pub fn id(&self) -> String {
        self.id.as_str().map_or_else(|| self.id.to_string(), str::to_owned)
    }
}

/// A label or a tag.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    pub text: String,
}

/// A message to create. What is documented but means nothing here is taken and forgotten.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    pub board: Option<Mention>,
    pub parent: Option<Mention>,
    pub subject: Option<String>,
    pub body: Option<String>,
    #[serde(default)]
    pub labels: Vec<MarkData>,
    #[serde(default)]
    pub tags: Vec<MarkData>,
    #[serde(default)]
    pub read_only: bool,
    pub context_id: Option<String>,
    pub context_url: Option<String>,
    #[serde(default, rename = "teaser")]
    _teaser: IgnoredAny,
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

/// A message to edit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageEdit {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    pub subject: Option<String>,
    pub body: Option<String>,
    pub read_only: Option<bool>,
    pub moderation_status: Option<String>,
}

/// A reply to accept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SolutionData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    pub message_id: Value,
}
