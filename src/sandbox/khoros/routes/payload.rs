//! The body of a v2 write: JSON, or a form with the JSON in one part and files in others (sheet 7.6).

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use axum::response::Response;

use crate::sandbox::khoros::answer::Refusal;
use crate::sandbox::khoros::switches::ErrorHttp;

/// A body in its parts.
#[derive(Default)]
pub struct Payload {
    pub json: Bytes,
    pub files: Vec<Part>,
}

/// A file.
pub struct Part {
    /// The name that the JSON knows it by.
    pub field: String,
    pub filename: String,
    pub content_type: String,
    pub bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Payload {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let refused = |why: &str| Refusal::invalid(why).response(ErrorHttp::Mapped, false);
        if kind.starts_with("multipart/form-data") {
            let form = Multipart::from_request(request, state).await.map_err(|error| refused(&error.body_text()))?;
            return parts(form).await.map_err(|why| refused(&why));
        }
        let json = Bytes::from_request(request, state).await.map_err(|error| refused(&error.body_text()))?;
        Ok(Self { json, files: Vec::new() })
    }
}

async fn parts(mut form: Multipart) -> Result<Payload, String> {
    let mut payload = Payload::default();
    while let Some(part) = form.next_field().await.map_err(|error| error.body_text())? {
        let field = part.name().unwrap_or_default().to_owned();
        let filename = part.file_name().map(str::to_owned);
        let content_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
        let bytes = part.bytes().await.map_err(|error| error.body_text())?;
        match (&*field, filename) {
            ("api.request", _) => payload.json = bytes,
            // An update brings the message itself, without `data` around it.
            ("data", None) => payload.json = [br#"{"data":"#, &bytes[..], b"}"].concat().into(),
            (_, filename) => {
                let filename = filename.unwrap_or_else(|| field.clone());
                payload.files.push(Part { field, filename, content_type, bytes });
            }
        }
    }
    Ok(payload)
}
