//! The queries that stand where a sub-collection of a place was not expanded: each is one that the search answers.
//!
//! The sheet has the texts of messages and members only; these are inferred from what WHERE is known to take.

use super::node::Node;
use crate::sandbox::khoros::host::TENANT;

/// Text between single quotes (sheet 4.2).
pub fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

/// Of a board.
pub fn of_board(id: &str, collection: &str) -> String {
    let roots = if collection == "topics" { " AND depth = 0" } else { "" };
    format!("SELECT * FROM messages WHERE board.id = '{}'{roots}", escaped(id))
}

/// Of a category.
pub fn of_category(id: &str, collection: &str) -> String {
    let id = escaped(id);
    match collection {
        "boards" => format!("SELECT * FROM boards WHERE parent_category.id = '{id}'"),
        "topics" => format!("SELECT * FROM messages WHERE category.id = '{id}' AND depth = 0"),
        "child_categories" => format!("SELECT * FROM categories WHERE parent_category.id = '{id}'"),
        "ancestor_categories" => format!("SELECT * FROM categories WHERE descendant_categories.id = '{id}'"),
        "descendant_categories" => format!("SELECT * FROM categories WHERE ancestor_categories.id = '{id}'"),
        _ => format!("SELECT * FROM messages WHERE category.id = '{id}'"),
    }
}

/// Of a node. All members are members of every node, and all roles are the community's.
pub fn of_node(node: &Node<'_>, collection: &str) -> String {
    let typed = escaped(&node.id());
    let id = escaped(match node {
        Node::Board(board) => &board.id,
        Node::Category(id) => id,
        Node::Community => TENANT,
    });
    match collection {
        "ancestors" => format!("SELECT * FROM nodes WHERE descendants.id = '{typed}'"),
        "children" => format!("SELECT * FROM nodes WHERE parent.id = '{typed}'"),
        "descendants" => format!("SELECT * FROM nodes WHERE ancestors.id = '{typed}'"),
        "members" => "SELECT * FROM users".into(),
        "roles" => format!("SELECT * FROM roles WHERE node.id = '{typed}'"),
        "topics" => format!("SELECT * FROM messages WHERE ancestors.id = '{id}' AND depth = 0"),
        _ => format!("SELECT * FROM messages WHERE ancestors.id = '{id}'"),
    }
}
