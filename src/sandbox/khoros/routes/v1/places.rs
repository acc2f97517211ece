//! Boards, categories, roles and settings by v1 (sheet 7.8, 9).

use super::objects::board as element;
use super::{Element, Found, V1, count, value};
use crate::sandbox::khoros::answer_v1::V1Refusal;
use crate::sandbox::khoros::board::Category;
use crate::sandbox::khoros::events::Kind;

/// Everything that hangs on a place.
pub fn places(call: V1<'_, '_>, hops: &[&str]) -> Found {
    match hops {
        ["boards"] => {
            let reader = call.reader();
            let boards = reader.view.community.boards.values().filter(|board| reader.sees(board));
            Ok(("boards", Element::List("board", boards.map(element).collect())))
        }
        ["boards", "count"] => count(call.desk.state.community.boards.len()),
        ["boards", "id", id] => known(&call, id).map(|board| ("board", element(board))),
        ["boards", "id", id, "messages" | "topics", "count"] => {
            let board = &*known(&call, id)?.id;
            let roots_only = hops[3] == "topics";
            let all = call.desk.state.community.messages.all();
            count(all.filter(|m| !m.deleted && *m.board == *board && (m.depth == 0 || !roots_only)).count())
        }
        ["boards", "id", id, "settings", "name", name] => {
            let board = known(&call, id)?;
            value(Element::text(board.settings.get(*name).cloned().unwrap_or_default()))
        }
        ["boards", "id", id, "settings", "name", name, "set"] => set(call, id, name),
        ["categories", "add"] | ["categories", "id", _, "categories", "add"] => add_category(call, hops),
        ["roles", "name", role, "users", "add"] | ["boards", "id", _, "roles", "name", role, "users", "add"] => {
            grant(call, role)
        }
        ["roles", "name", role, "users"] => {
            let sees = call.sees_emails();
            let members = call.desk.state.community.members.with_role(role);
            Ok(("users", Element::List("user", members.map(|member| super::objects::user(member, sees)).collect())))
        }
        _ => Err(V1Refusal::UnknownPath),
    }
}

fn known<'c>(call: &'c V1<'_, '_>, id: &str) -> Result<&'c crate::sandbox::khoros::board::Board, V1Refusal> {
    let board = call.desk.state.community.boards.get(id).filter(|board| call.reader().sees(board));
    board.ok_or(V1Refusal::NoSuch("board"))
}

fn set(call: V1<'_, '_>, id: &str, name: &str) -> Found {
    call.need_post()?;
    call.need_admin()?;
    // A read-only `c_` name answers code 100 (sheet 3.2).
    if name.starts_with("c_") {
        return Err(V1Refusal::Unexpected);
    }
    let text = call.param("value").unwrap_or_default().to_owned();
    let board = call.desk.state.community.boards.get_mut(id).ok_or(V1Refusal::NoSuch("board"))?;
    board.settings.insert(name.to_owned(), text);
    call.desk.count("set setting");
    value(Element::text("success"))
}

fn add_category(call: V1<'_, '_>, hops: &[&str]) -> Found {
    call.need_post()?;
    call.need_admin()?;
    let id = call.param("category.id").ok_or(V1Refusal::Unexpected)?.to_owned();
    let title = call.param("category.title").unwrap_or(&id).to_owned();
    if call.desk.state.community.categories.contains_key(&id) {
        return Err(V1Refusal::Exists);
    }
    let parent = hops.get(2).filter(|_| hops.len() == 5).map(|parent| (*parent).to_owned());
    let fields = vec![("id", Element::text(&*id)), ("title", Element::text(&*title))];
    let shown = Element::Object { kind: "category", href: format!("/categories/id/{id}"), fields };
    call.desk.state.community.categories.insert(id.clone(), Category { id, title, parent });
    call.desk.count("create category");
    Ok(("category", shown))
}

/// Gives a role to the member that `role.user` names. All roles hold for the whole community here.
fn grant(call: V1<'_, '_>, role: &str) -> Found {
    call.need_post()?;
    call.need_admin()?;
    let user = call.param("role.user").ok_or(V1Refusal::Unexpected)?;
    let hops: Vec<&str> = user.split('/').filter(|hop| !hop.is_empty() && *hop != "users").collect();
    let [by, text] = hops.as_slice() else { return Err(V1Refusal::NoSuch("user")) };
    let mut member = super::users::by_name(&call, by, text)?.clone();
    member.roles.insert(role.to_owned());
    let id = member.id;
    call.desk.state.community.members.put(member);
    call.desk.wrote("edit user", Kind::UserUpdate, id);
    value(Element::text("success"))
}
