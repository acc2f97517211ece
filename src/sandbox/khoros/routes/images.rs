//! Uploads images (sheet 7.5). They are counted and not kept: what is known of one is told once.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::Call;
use super::body::data;
use super::payload::Payload;
use crate::sandbox::khoros::answer::Refusal;
use crate::sandbox::khoros::host::Khoros;

/// The part of the form that the image is in.
const CONTENT: &str = "image.content";

#[derive(Deserialize)]
struct ImageData {
    #[serde(rename = "type", default)]
    _kind: IgnoredAny,
    title: Option<String>,
    #[serde(default)]
    description: String,
}

/// `POST /api/2.0/images`: a form with the JSON in `api.request` and the image in `image.content`.
pub async fn upload(State(khoros): State<Arc<Khoros>>, call: Call, payload: Payload) -> Response {
    khoros.v2(&call, |desk| {
        let owner = desk.member()?.id;
        let wanted: ImageData = data(&payload.json)?;
        let image = payload.files.iter().find(|part| part.field == CONTENT);
        let image = image.ok_or_else(|| Refusal::invalid("the part `image.content` is missing"))?;
        if !image.content_type.starts_with("image/") {
            return Err(Refusal::bad_extension());
        }
        desk.count("upload image");
        desk.state.images += 1;
        let id = desk.state.images.to_string();
        Ok(json!({
            "type": "image", "id": id, "href": format!("/images/{id}"),
            "title": wanted.title.as_ref().unwrap_or(&image.filename), "description": wanted.description,
            "owner": { "type": "user", "id": owner.to_string(), "href": format!("/users/{owner}") },
        }))
    })
}
