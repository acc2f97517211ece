//! Accepts a reply as the solution of its thread (sheet 7.4).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use super::Call;
use super::body::{SolutionData, data};
use super::messages::get;
use crate::sandbox::khoros::answer::Refusal;
use crate::sandbox::khoros::events::Kind;
use crate::sandbox::khoros::host::Khoros;
use crate::sandbox::khoros::show::message::can_accept;
use crate::sandbox::khoros::switches::SecondSolution;

/// `POST /api/2.0/solutions_data`
pub async fn accept(State(khoros): State<Arc<Khoros>>, call: Call, body: Bytes) -> Response {
    khoros.v2(&call, |desk| {
        let by = i64::try_from(desk.member()?.id).unwrap_or(-1);
        let wanted = data::<SolutionData>(&body)?.message_id;
        let reply = get(desk, &wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned))?;
        let solved = desk.state.community.solution_of(reply.topic).is_some();
        if solved && desk.state.switches.second_solution == SecondSolution::Refuse {
            return Err(Refusal::solved_already());
        }
        if !can_accept(&reply, &desk.reader(false)) {
            return Err(Refusal::not_authorized());
        }
        desk.state.community.accept(reply.id, by, desk.now);
        desk.wrote("accept solution", Kind::MessageUpdate, reply.id);
        Ok(json!({ "type": "solution_data", "message_id": reply.id.to_string() }))
    })
}
