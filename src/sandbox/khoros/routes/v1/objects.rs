//! Members, messages and boards as v1 shows them (sheet 9, 10.3); events carry the same.

use super::element::Element;
use crate::sandbox::khoros::board::Board;
use crate::sandbox::khoros::community::{Community, written};
use crate::sandbox::khoros::member::Member;
use crate::sandbox::khoros::message::Message;

/// A member; who may not see the address gets it empty.
pub fn user(member: &Member, sees_email: bool) -> Element {
    let email = if sees_email { &*member.email } else { "" };
    let fields = vec![
        ("id", Element::int(member.id)),
        ("login", Element::text(&*member.login)),
        ("email", Element::text(email)),
        ("sso_id", Element::text(&*member.sso_id)),
        ("anonymous", Element::bool(false)),
        ("registered", Element::bool(true)),
        ("deleted", Element::bool(member.deleted)),
        ("registration_time", Element::time(written(member.registered))),
        ("last_visit_time", Element::time(written(member.last_visit))),
    ];
    Element::Object { kind: "user", href: user_href(member.id), fields }
}

fn user_href(id: impl std::fmt::Display) -> String {
    format!("/users/id/{id}")
}

fn message_href(id: u64) -> String {
    format!("/messages/id/{id}")
}

/// A message. The parent of a root has no `href` (sheet 10.3).
pub fn message(community: &Community, message: &Message) -> Element {
    let parent = message.parent.map(message_href).unwrap_or_default();
    let mut author = vec![("login", Element::text(community.author(message.author).map_or("Deleted", |m| &*m.login)))];
    author.insert(0, ("id", Element::int(message.author)));
    let solved = community.messages.live(message.topic).is_some_and(|root| root.conversation.solved);
    let fields = vec![
        ("id", Element::int(message.id)),
        ("subject", Element::text(&*message.subject)),
        ("body", Element::text(&*message.body)),
        ("teaser", Element::text(&*message.rare.teaser)),
        ("board", Element::mention("board", format!("/boards/id/{}", message.board))),
        ("root", Element::mention("message", message_href(message.topic))),
        ("parent", Element::mention("message", parent)),
        ("thread", Element::mention("thread", format!("/threads/id/{}", message.topic))),
        ("author", Element::Object { kind: "user", href: user_href(message.author), fields: author }),
        ("post_time", Element::time(written(message.post_time))),
        ("last_edit_time", Element::time(written(message.edited))),
        ("read_only", Element::bool(message.read_only)),
        ("deleted", Element::bool(message.deleted)),
        ("solved", Element::bool(solved)),
        (
            "kudos",
            Element::Object {
                kind: "kudos",
                href: String::new(),
                fields: vec![("count", Element::int(message.kudos.len()))],
            },
        ),
        (
            "views",
            Element::Object {
                kind: "views",
                href: String::new(),
                fields: vec![("count", Element::int(message.views))],
            },
        ),
    ];
    Element::Object { kind: "message", href: message_href(message.id), fields }
}

/// A board.
pub fn board(board: &Board) -> Element {
    let fields = vec![
        ("id", Element::text(&*board.id)),
        ("title", Element::text(&*board.title)),
        ("short_title", Element::text(&*board.title)),
        ("interaction_style", Element::text(&*board.style)),
    ];
    Element::Object { kind: "board", href: format!("/boards/id/{}", board.id), fields }
}
