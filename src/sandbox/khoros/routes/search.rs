//! Reads: LiQL queries, which see the index, and single objects, which are as they are.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use super::Call;
use crate::sandbox::khoros::answer::Refusal;
use crate::sandbox::khoros::host::Khoros;
use crate::sandbox::khoros::liql::{Fault, run};
use crate::sandbox::khoros::show::{Row, object};

/// `GET /api/2.0/search?q=…`
pub async fn search(State(khoros): State<Arc<Khoros>>, call: Call) -> Response {
    khoros.v2(&call, |desk| {
        let query = call.params.get("q").ok_or_else(|| Refusal::invalid("the parameter `q` is missing"))?;
        run(query, &desk.reader(true)).map_err(|fault| match fault {
            Fault::Syntax(why) => Refusal::syntax(why),
            Fault::BadGateway => Refusal::bad_gateway(),
        })
    })
}

/// `GET /api/2.0/messages/{id}`
pub async fn get_message(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call) -> Response {
    khoros.v2(&call, |desk| {
        let reader = desk.reader(false);
        let message = id.parse().ok().and_then(|number| reader.view.message(number));
        let message = message.ok_or_else(|| Refusal::not_found("message", &id))?;
        Ok(object(Row::Message(message), &reader))
    })
}

/// `GET /api/2.0/users/{id}`; `self` is the caller. Anonymous callers may not.
pub async fn get_user(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call) -> Response {
    khoros.v2(&call, |desk| {
        let caller = desk.member()?.id;
        let number = if id == "self" { Some(caller) } else { id.parse().ok() };
        let member = number.and_then(|number| desk.state.community.members.get(number));
        let member = member.ok_or_else(|| Refusal::not_found("user", &id))?;
        Ok(object(Row::User(member), &desk.reader(false)))
    })
}
