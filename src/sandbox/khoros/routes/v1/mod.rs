//! The v1 calls (sheet 9): a path of typed hops, read hop by hop. Errors come at HTTP 200.

mod element;
mod events;
mod login;
mod messages;
mod notes;
mod objects;
mod places;
mod users;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::Response;
use percent_encoding::percent_decode_str;

use super::Call;
use super::call::form;
use crate::sandbox::khoros::answer_v1::V1Refusal;
use crate::sandbox::khoros::desk::Desk;
use crate::sandbox::khoros::host::Khoros;
use crate::sandbox::khoros::member::Member;
use crate::sandbox::khoros::show::Reader;

pub use element::Element;
pub use login::{login, logout};
pub use objects::{message as message_element, user as user_element};

/// The name and the content of an answer, or why there is none.
type Found = Result<(&'static str, Element), V1Refusal>;

/// One v1 call at work.
struct V1<'d, 's> {
    desk: &'d mut Desk<'s>,
    call: &'d Call,
    writes: bool,
}

impl V1<'_, '_> {
    fn param(&self, name: &str) -> Option<&str> {
        self.call.params.get(name).map(String::as_str)
    }

    /// The caller's rights; what v1 shows is as it is, without the index.
    fn reader(&self) -> Reader<'_> {
        self.desk.reader(false)
    }

    fn is_admin(&self) -> bool {
        self.reader().admin
    }

    /// Refuses a call that only administrators may make.
    fn need_admin(&self) -> Result<(), V1Refusal> {
        if self.is_admin() { Ok(()) } else { Err(V1Refusal::NotAllowed) }
    }

    /// Refuses a change that comes as GET (sheet 3.2: the method is not supported on the node).
    fn need_post(&self) -> Result<(), V1Refusal> {
        if self.writes { Ok(()) } else { Err(V1Refusal::Method) }
    }

    /// Members see their own address.
    fn sees_email_of(&self, member: &Member) -> bool {
        self.desk.caller == Some(member.id) || self.sees_emails()
    }

    fn sees_emails(&self) -> bool {
        self.is_admin() && self.desk.state.switches.email_visible
    }

    /// So many of a list, by `page` and `page_size`; past the end the last page repeats (sheet 9).
    fn page<T>(&self, all: Vec<T>) -> Vec<T> {
        let number =
            |name, default| self.param(name).and_then(|text| text.parse::<usize>().ok()).unwrap_or(default).max(1);
        let size = number("page_size", 20);
        let page = number("page", 1).min(all.len().div_ceil(size).max(1));
        all.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect()
    }
}

fn value(element: Element) -> Found {
    Ok(("value", element))
}

fn count(number: usize) -> Found {
    value(Element::int(number))
}

/// Every v1 call but login and logout.
pub async fn any(State(khoros): State<Arc<Khoros>>, method: Method, uri: Uri, mut call: Call, body: Bytes) -> Response {
    // A body that is no form names no parameters.
    call.params.extend(form(&body));
    if let Some(key) = call.params.get("restapi.session_key") {
        call.key.get_or_insert_with(|| key.clone());
    }
    let path = uri.path().trim_start_matches("/restapi/vc/");
    let hops: Vec<String> = path
        .split('/')
        .filter(|hop| !hop.is_empty())
        .map(|hop| percent_decode_str(hop).decode_utf8_lossy().into_owned())
        .collect();
    let hops: Vec<&str> = hops.iter().map(String::as_str).collect();
    let writes = method != Method::GET;
    khoros.v1(&call, |desk| {
        if writes && method != Method::POST {
            return Err(V1Refusal::Method);
        }
        found(V1 { desk, call: &call, writes }, &hops)
    })
}

fn found(call: V1<'_, '_>, hops: &[&str]) -> Found {
    match hops {
        ["authentication", "sessions", "current", rest @ ..] => users::current(&call, rest),
        ["users", rest @ ..] => users::users(call, rest),
        ["search", "users"] => users::search(&call),
        ["search", "messages"] => messages::search(&call, None),
        ["boards", "id", board, "search", "messages"] => messages::search(&call, Some(board)),
        ["messages", "id", id, rest @ ..] => messages::message(call, id, rest),
        ["threads", "id", id, rest @ ..] => messages::thread(&call, id, rest),
        ["boards", "id", board, "messages", "post"] => messages::post(call, board),
        ["postoffice", "notes", "send"] => notes::send(call),
        ["events", rest @ ..] => events::events(call, rest),
        rest => places::places(call, rest),
    }
}
