//! The fields of boards, categories and the community (sheet 5.3).

use super::{COUNT, Fields, REFERENCE, Shape};

pub static BOARD: Fields = Fields {
    kind: "board",
    values: "id href view_href title short_title description conversation_style node_type depth hidden \
             language allowed_labels",
    ones: &[("parent_category", Shape::Category), ("root_category", Shape::Category)],
    many: &[("messages", COUNT), ("topics", COUNT)],
    not_in_star: "",
    brief: REFERENCE,
};

pub static CATEGORY: Fields = Fields {
    kind: "category",
    values: "id href view_href title short_title description node_type depth hidden language",
    ones: &[],
    many: &[("boards", COUNT)],
    not_in_star: "",
    brief: REFERENCE,
};

/// Boards, categories and the community, with typed ids such as `board:support` (sheet 1.3).
pub static NODE: Fields = Fields {
    kind: "node",
    values: "id href view_href title short_title node_type depth hidden",
    ones: &[("parent", Shape::Node)],
    many: &[],
    not_in_star: "",
    brief: REFERENCE,
};

pub static COMMUNITY: Fields = Fields {
    kind: "community",
    values: "id title short_title description node_type language view_href",
    ones: &[],
    many: &[],
    not_in_star: "",
    brief: "id",
};
