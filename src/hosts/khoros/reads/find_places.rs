//! `khoros.find_places`: where boards stand in the community, up to its top.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Asked, Call, Fold, Gives, HostFunction, ReadCall, Rows, Type};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, PAGE};
use crate::value::Value;

use super::texts;

/// A board and everything above it, the nearest first: one row with the list `ids`. Used again for an hour.
pub fn find_places(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.find_places",
        Call::Read(ReadCall {
            key: "board".into(),
            // The whole tree is read, whichever boards are asked for.
            up_to: PAGE as usize,
            row: "board".into(),
            gives: Gives::One,
            fold: Fold::Exact,
            fresh: false,
            call: Arc::new(move |asked| Box::pin(find(client.clone(), asked))),
        }),
    )
    .about("A board and all that it stands in: categories, groups and the community, by id.")
    .needs("board", Type::Id, "id of the board")
    .example("khoros::find_places(#{ board: thread.board })")
}

async fn find(client: Arc<Client>, asked: Asked) -> Result<Rows, HostError> {
    let query = Liql::select(&["id", "parent.id"], "nodes");
    let nodes = client.search_all(&query).await?;
    let parent = |row: &serde_json::Value| {
        Some((row["id"].as_str()?.to_owned(), row["parent"]["id"].as_str().unwrap_or_default().to_owned()))
    };
    let parents: BTreeMap<String, String> = nodes.iter().filter_map(parent).collect();
    let row = |board: &str| {
        let ids = above(board, &parents).into_iter().map(Value::text).collect();
        Value::map([("board", Value::text(board)), ("ids", Value::List(ids))])
    };
    Ok(Rows { rows: texts(&asked.keys).map(row).collect(), newest: None })
}

/// The ids on the way up, without their type: `support` for `board:support` (Khoros sheet 1.3).
fn above(board: &str, parents: &BTreeMap<String, String>) -> Vec<String> {
    let bare = |id: &str| id.split_once(':').map_or(id, |(_, bare)| bare).to_owned();
    let mut ids = vec![board.to_owned()];
    let mut node = parents.get(&format!("board:{board}"));
    while let Some(above) = node.filter(|above| !above.is_empty() && ids.len() <= parents.len()) {
        ids.push(bare(above));
        node = parents.get(above);
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_stands_in_all_that_is_above_it_and_a_circle_ends() {
        let tree = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let nodes = [
            ("board:vpn", "category:network"),
            ("category:network", "category:help"),
            ("category:help", "community:acme.prod"),
        ];
        assert_eq!(above("vpn", &tree(&nodes)), ["vpn", "network", "help", "acme.prod"]);
        assert_eq!(above("unknown", &tree(&nodes)), ["unknown"]);
        let circle = [("board:a", "category:b"), ("category:b", "category:b")];
        assert!(above("a", &tree(&circle)).len() <= 4);
    }
}
