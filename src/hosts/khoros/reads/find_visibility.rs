//! `khoros.find_visibility`: who can read a board.
//!
//! The API names no such field (Khoros sheet 5.3), so the community is asked twice, as the connector and as somebody
//! without an account: what only the connector sees is not public. Whoever cannot be told is taken for the narrower
//! audience.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::{FailureClass, HostError};
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, PAGE};
use crate::value::Value;

use super::texts;

/// Who can read a board: one row with the text `visibility`; no row where the community does not answer strangers.
pub fn find_visibility(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_visibility",
        Call::Read(ReadCall {
            key: "board".into(),
            up_to: PAGE as usize,
            row: "board".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: true,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("Who can read a board: everybody (`public`), some members (`restricted`), a closed group (`private`).")
    .needs("board", Type::Id, "id of the board")
    .example("khoros::find_visibility(#{ board: thread.board })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let seen = client.search_all(&Liql::select(&["id", "parent.id"], "nodes")).await?;
    let by_strangers = match client.search_anonymously(&Liql::select(&["id"], "nodes")).await {
        Ok(rows) => rows,
        // A community that wants everybody to sign in says so with a refusal, and tells nothing of single boards.
        Err(error) if matches!(error.class, FailureClass::Refused | FailureClass::SignedOut) => {
            return Ok(Rows::default());
        }
        Err(error) => return Err(error),
    };
    let public: Vec<&str> = by_strangers.iter().filter_map(|row| row["id"].as_str()).collect();
    let parents: BTreeMap<&str, &str> = seen
        .iter()
        .filter_map(|row| Some((row["id"].as_str()?, row["parent"]["id"].as_str().unwrap_or_default())))
        .collect();
    let row = |board: &str| {
        let node = format!("board:{board}");
        let word = match parents.get(node.as_str()) {
            _ if public.contains(&node.as_str()) => "public",
            Some(parent) if parent.starts_with("grouphub:") => "private",
            _ => "restricted",
        };
        Value::map([("board", Value::text(board)), ("visibility", word.into())])
    };
    Ok(Rows { rows: texts(&asked.keys).map(row).collect(), newest: None })
}
