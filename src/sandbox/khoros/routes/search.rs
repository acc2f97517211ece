//! Reads: LiQL queries, which see the index, and single objects, which are as they are.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;

use super::Call;
use crate::sandbox::khoros::answer::{Data, Refusal};
use crate::sandbox::khoros::host::{Khoros, TENANT};
use crate::sandbox::khoros::liql::{Fault, run, run_structured};
use crate::sandbox::khoros::member::RANKS;
use crate::sandbox::khoros::show::{Item, Row};

/// `GET /api/2.0/search?q=…`
pub async fn search(State(khoros): State<Arc<Khoros>>, call: Call) -> Response {
    khoros.v2(&call, |desk| {
        let query = call.params.get("q").ok_or_else(|| Refusal::invalid("the parameter `q` is missing"))?;
        run(query, &desk.reader(true)).map_err(refusal)
    })
}

/// `POST /api/2.0/search` with the JSON form of a query (sheet 4.9).
pub async fn search_structured(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| run_structured(&body, &desk.reader(true)).map_err(refusal))
}

fn refusal(fault: Fault) -> Refusal {
    match fault {
        Fault::Syntax(why) => Refusal::syntax(why.chars().take(200).collect()),
        Fault::BadGateway => Refusal::bad_gateway(),
    }
}

/// `GET /api/2.0/{collection}/{id}` of the smaller collections (sheet 4.1).
pub async fn get_other(
    State(khoros): State<Arc<Khoros>>,
    Path((collection, id)): Path<(String, String)>,
    call: Call,
) -> Response {
    khoros.v2(&call, |desk| {
        let reader = desk.reader(false);
        let community = reader.view.community;
        let row = match collection.as_str() {
            "boards" => community.boards.get(&id).filter(|board| reader.sees(board)).map(Row::Board),
            "categories" => community.category_ids().into_iter().find(|known| *known == id).map(Row::Category),
            "communities" => (id == TENANT).then_some(Row::Community),
            "ranks" => id.parse().ok().and_then(|at: usize| RANKS.get(at.checked_sub(1)?)).map(|name| Row::Rank(name)),
            "roles" => community.members.roles().find(|name| id.strip_prefix("t:") == Some(*name)).map(Row::Role),
            _ => return Err(Refusal::invalid("there is no such call")),
        };
        Ok(Data::of(&Item::whole(row.ok_or_else(|| Refusal::not_found(&collection, &id))?, &reader)))
    })
}

/// Whatever else is asked of v2: a wrong URL has the envelope of v2 too (sheet 3.2).
pub async fn no_such_call(State(khoros): State<Arc<Khoros>>, call: Call) -> Response {
    khoros.v2(&call, |_| Err::<Data, _>(Refusal::invalid("there is no such call")))
}

/// `GET /api/2.0/messages/{id}`
pub async fn get_message(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call) -> Response {
    khoros.v2(&call, |desk| {
        let reader = desk.reader(false);
        let message = id.parse().ok().and_then(|number| reader.message(number));
        let message = message.ok_or_else(|| Refusal::not_found("message", &id))?;
        Ok(Data::of(&Item::whole(Row::Message(message), &reader)))
    })
}

/// `GET /api/2.0/users/{id}`; `self` is the caller. Anonymous callers may not.
pub async fn get_user(State(khoros): State<Arc<Khoros>>, Path(id): Path<String>, call: Call) -> Response {
    khoros.v2(&call, |desk| {
        let caller = desk.member()?.id;
        let number = if id == "self" { Some(caller) } else { id.parse().ok() };
        let member = number.and_then(|number| desk.state.community.members.get(number));
        let member = member.ok_or_else(|| Refusal::not_found("user", &id))?;
        Ok(Data::of(&Item::whole(Row::User(member), &desk.reader(false))))
    })
}
