//! Nodes: boards, categories and the community in one collection, with typed ids (sheet 1.3, 5.3).

use super::plain::Plain;
use super::reader::Reader;
use super::row::Row;
use crate::sandbox::khoros::board::Board;
use crate::sandbox::khoros::host::TENANT;

/// A place in the tree of the community.
#[derive(Clone, Copy)]
pub enum Node<'a> {
    Board(&'a Board),
    Category(&'a str),
    Community,
}

impl<'a> Node<'a> {
    /// All that a reader sees.
    pub fn all(reader: &Reader<'a>) -> impl Iterator<Item = Node<'a>> {
        let community = reader.view.community;
        let boards: Vec<_> = community.boards.values().filter(|board| reader.sees(board)).map(Node::Board).collect();
        let categories = community.category_ids().into_iter().map(Node::Category);
        std::iter::once(Node::Community).chain(categories).chain(boards)
    }

    /// The place that it stands in.
    pub fn parent(&self, reader: &Reader<'a>) -> Option<Node<'a>> {
        match self {
            Node::Board(board) => Some(Node::Category(&board.category)),
            Node::Category(id) => {
                let above = reader.view.community.categories.get(*id).and_then(|category| category.parent.as_deref());
                Some(above.map_or(Node::Community, Node::Category))
            }
            Node::Community => None,
        }
    }

    /// The typed id.
    pub fn id(&self) -> String {
        match self {
            Node::Board(board) => format!("board:{}", board.id),
            Node::Category(id) => format!("category:{id}"),
            Node::Community => format!("community:{TENANT}"),
        }
    }

    /// The typed ids of everything above it; a tree that is a circle by mistake ends all the same.
    pub fn ancestors(&self, reader: &Reader<'a>) -> Vec<String> {
        let above = std::iter::successors(self.parent(reader), |node| node.parent(reader)).take(32);
        above.map(|node| node.id()).collect()
    }

    /// A plain field; all but the id are those of the board, category or community.
    pub fn value(&self, reader: &Reader<'a>, field: &str) -> Plain<'a> {
        match (self, field) {
            (node, "id") => node.id().into(),
            (Node::Board(board), field) => Row::Board(board).value(reader, field),
            (Node::Category(id), field) => Row::Category(id).value(reader, field),
            (Node::Community, field) => Row::Community.value(reader, field),
        }
    }
}
