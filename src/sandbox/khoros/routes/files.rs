//! Gives the bytes of a file on a message, at the `url` that it has (sheet 5.4).
//!
//! Who opens it, the sheet does not say. Inferred: whoever may read the message, without a session where everybody may;
//! with a session key or token as in the API.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Call;
use crate::sandbox::khoros::answer::page;
use crate::sandbox::khoros::attachment::Attachment;
use crate::sandbox::khoros::desk::Desk;
use crate::sandbox::khoros::host::Khoros;

/// `GET /t5/attachments/{message}_{position}/{filename}`.
pub async fn download(
    State(khoros): State<Arc<Khoros>>,
    Path((id, _)): Path<(String, String)>,
    call: Call,
) -> Response {
    let now = khoros.now();
    let mut state = khoros.state();
    let caller = match state.caller(&call, now) {
        Ok(caller) => caller,
        Err(refusal) => return refusal.response(state.switches.error_http, false),
    };
    match find(&Desk { state: &mut state, caller, now, base: &call.base }, &id) {
        Ok(file) => ([(header::CONTENT_TYPE, file.content_type.clone())], file.bytes()).into_response(),
        Err(StatusCode::FORBIDDEN) => page(StatusCode::FORBIDDEN, "Forbidden"),
        Err(status) => page(status, "Not Found"),
    }
}

fn find(desk: &Desk<'_>, id: &str) -> Result<Attachment, StatusCode> {
    let reader = desk.reader(false);
    let (message, position) = id.split_once('_').ok_or(StatusCode::NOT_FOUND)?;
    let message = message.parse().ok().and_then(|id| reader.view.message(id)).ok_or(StatusCode::NOT_FOUND)?;
    let position: usize = position.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    if !reader.may_read(message) {
        return Err(StatusCode::FORBIDDEN);
    }
    let file = position.checked_sub(1).and_then(|at| message.rare.attachments.get(at));
    file.cloned().ok_or(StatusCode::NOT_FOUND)
}
