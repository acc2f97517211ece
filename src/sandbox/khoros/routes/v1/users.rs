//! Members by v1 (sheet 6.5, 7.8, 9).

use super::objects::user;
use super::{Element, Found, V1, count, value};
use crate::sandbox::khoros::answer_v1::V1Refusal;
use crate::sandbox::khoros::events::Kind;
use crate::sandbox::khoros::member::Member;

/// Whose session it is (sheet 2.2).
pub fn current(call: &V1<'_, '_>, hops: &[&str]) -> Found {
    let reader = call.reader();
    let caller = reader.caller.ok_or(V1Refusal::InvalidKey)?;
    match hops {
        ["id"] => value(Element::text(call.call.key.clone().unwrap_or_default())),
        ["user"] => Ok(("user", user(caller, true))),
        _ => Err(V1Refusal::UnknownPath),
    }
}

/// `search/users?q=email:…`. Who may not see addresses finds nobody.
pub fn search(call: &V1<'_, '_>) -> Found {
    let email = call.param("q").and_then(|query| query.strip_prefix("email:")).ok_or(V1Refusal::UnknownPath)?;
    let roster = &call.desk.state.community.members;
    let found: Vec<Element> = match call.sees_emails() {
        true => {
            roster.by_email(email.trim()).filter(|member| !member.deleted).map(|member| user(member, true)).collect()
        }
        false => Vec::new(),
    };
    Ok(("users", Element::List("user", found)))
}

/// Everything under `users`.
pub fn users(call: V1<'_, '_>, hops: &[&str]) -> Found {
    match hops {
        [] => Ok(("users", list(&call))),
        ["registered", "count"] => count(call.desk.state.community.members.len()),
        ["online", rest @ ..] => online(&call, rest),
        ["self", rest @ ..] => {
            let id = call.reader().caller.ok_or(V1Refusal::InvalidKey)?.id;
            member(call, id, rest)
        }
        [by, text, rest @ ..] => {
            let id = by_name(&call, by, text)?.id;
            member(call, id, rest)
        }
        _ => Err(V1Refusal::UnknownPath),
    }
}

fn list(call: &V1<'_, '_>) -> Element {
    let sees = call.sees_emails();
    let ids: Vec<u64> = call.desk.state.community.members.ids().collect();
    let members = call.page(ids).into_iter().filter_map(|id| call.desk.state.community.members.get(id));
    // Anonymous readers get no members, as in v2 (inferred).
    let shown = members.filter(|_| call.desk.caller.is_some()).map(|member| user(member, sees)).collect();
    Element::List("user", shown)
}

fn online(call: &V1<'_, '_>, hops: &[&str]) -> Found {
    let members = call.reader().online().len();
    match hops {
        ["count"] | ["registered", "count"] => count(members),
        // Anonymous visitors leave no trace here.
        ["anonymous", "count"] => count(0),
        _ => Err(V1Refusal::UnknownPath),
    }
}

/// The member that two hops name, such as `id/42`.
pub fn by_name<'c>(call: &'c V1<'_, '_>, by: &str, text: &str) -> Result<&'c Member, V1Refusal> {
    let roster = &call.desk.state.community.members;
    let found = match by {
        "id" => text.parse().ok().and_then(|id| roster.get(id)),
        "login" => roster.by_login(text),
        "email" if call.sees_emails() => roster.by_email(text).next(),
        "sso_id" => roster.by_sso_id(text),
        "email" => None,
        _ => return Err(V1Refusal::UnknownPath),
    };
    found.ok_or(V1Refusal::NoSuch("user"))
}

fn member(mut call: V1<'_, '_>, id: u64, hops: &[&str]) -> Found {
    let own = call.desk.caller == Some(id);
    let sees = own || call.sees_emails();
    let member = call.desk.state.community.members.get(id).ok_or(V1Refusal::NoSuch("user"))?;
    match hops {
        [] => Ok(("user", user(member, sees))),
        ["login"] => value(Element::text(&*member.login)),
        ["email"] => value(Element::text(if sees { &*member.email } else { "" })),
        ["sso_id"] => value(Element::text(&*member.sso_id)),
        ["roles"] => Ok(("roles", Element::List("role", member.roles.iter().map(|name| role(name)).collect()))),
        ["ranking"] => Ok(("ranking", rank(member))),
        ["mailbox", "notes", "inbox", "unread", "count"] if own || call.is_admin() => {
            let notes = &call.desk.state.community.notes;
            count(notes.iter().filter(|note| note.recipient == id && !note.read).count())
        }
        ["mailbox", ..] => Err(V1Refusal::NotAllowed),
        ["email", "set"] => {
            let member = member.clone();
            set_email(&mut call, member)
        }
        ["profiles" | "settings", "name", name] => {
            value(Element::text(member.custom.get(*name).cloned().unwrap_or_default()))
        }
        _ => Err(V1Refusal::UnknownPath),
    }
}

fn set_email(call: &mut V1<'_, '_>, mut member: Member) -> Found {
    call.need_post()?;
    call.need_admin()?;
    member.email = call.param("value").ok_or(V1Refusal::Unexpected)?.to_owned();
    let id = member.id;
    call.desk.state.community.members.put(member);
    call.desk.wrote("edit user", Kind::UserUpdate, id);
    value(Element::text("success"))
}

fn role(name: &str) -> Element {
    Element::Object { kind: "role", href: format!("/roles/name/{name}"), fields: vec![("name", Element::text(name))] }
}

fn rank(member: &Member) -> Element {
    let fields = vec![("id", Element::int(member.rank_position())), ("name", Element::text(&*member.rank))];
    Element::Object { kind: "ranking", href: format!("/rankings/id/{}", member.rank_position()), fields }
}
