//! The members, and how to find one among a million.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::index::{Places, extend, key, under};
use super::member::Member;

/// All members, deleted ones included.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    all: OrdMap<u64, Arc<Member>>,
    /// By the last visit, in milliseconds.
    pub visited: Places,
    /// By login, address and SSO id in lower case, hashed.
    names: Places,
    /// By role, hashed.
    roles: Places,
    /// Every role that anybody has or had.
    role_names: OrdSet<String>,
    /// Custom fields that a member has or had.
    customs: OrdSet<String>,
}

impl Roster {
    pub fn get(&self, id: u64) -> Option<&Member> {
        self.all.get(&id).map(|member| &**member)
    }

    pub fn values(&self) -> impl Iterator<Item = &Member> {
        self.all.values().map(|member| &**member)
    }

    /// All ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = u64> {
        self.all.keys().copied()
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Members with ids between these, both included.
    pub fn between(&self, first: u64, last: u64) -> impl DoubleEndedIterator<Item = &Member> {
        let all = self.all.range(first..=last.max(first)).filter(move |_| first <= last);
        all.map(|(_, member)| &**member)
    }

    /// Adds or replaces a member.
    pub fn put(&mut self, member: Member) {
        if let Some(old) = self.all.get(&member.id).cloned() {
            self.forget(&old);
        }
        self.visited.insert((member.last_visit.as_millisecond(), member.id));
        for name in names(&member) {
            self.names.insert((name, member.id));
        }
        for role in &member.roles {
            self.roles.insert((key(role), member.id));
            self.role_names.insert(role.clone());
        }
        member.custom.keys().for_each(|name| drop(self.customs.insert(name.clone())));
        self.all.insert(member.id, Arc::new(member));
    }

    /// Adds new members without roles.
    pub fn put_all(&mut self, members: impl Iterator<Item = Member>) {
        let (mut visited, mut named) = (Vec::new(), Vec::new());
        for member in members {
            visited.push((member.last_visit.as_millisecond(), member.id));
            named.extend(names(&member).map(|name| (name, member.id)));
            self.all.insert(member.id, Arc::new(member));
        }
        extend(&mut self.visited, visited);
        extend(&mut self.names, named);
    }

    fn forget(&mut self, old: &Member) {
        self.visited.remove(&(old.last_visit.as_millisecond(), old.id));
        for name in names(old) {
            self.names.remove(&(name, old.id));
        }
        for role in &old.roles {
            self.roles.remove(&(key(role), old.id));
        }
    }

    /// The member with this login, in any case.
    pub fn by_login(&self, login: &str) -> Option<&Member> {
        self.named(login).find(|member| same(&member.login, login))
    }

    /// All members with this address, in any case.
    pub fn by_email(&self, email: &str) -> impl Iterator<Item = &Member> {
        self.named(email).filter(move |member| same(&member.email, email))
    }

    /// The member with this SSO id, in any case.
    pub fn by_sso_id(&self, sso_id: &str) -> Option<&Member> {
        self.named(sso_id).find(|member| same(&member.sso_id, sso_id))
    }

    /// All members with this role, by id.
    pub fn with_role(&self, role: &str) -> impl Iterator<Item = &Member> {
        let found = under(&self.roles, key(role)).filter_map(|id| self.get(id));
        found.filter(move |member| member.roles.contains(role))
    }

    /// The names of all roles that somebody has.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        let held = |role: &&String| self.with_role(role).next().is_some();
        self.role_names.iter().filter(held).map(|role| &**role)
    }

    /// Whether any member has or had this custom field.
    pub fn has_custom(&self, name: &str) -> bool {
        self.customs.contains(name)
    }

    /// Those who have this login, address or SSO id, and perhaps others.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Member> {
        under(&self.names, key(&name.to_lowercase())).filter_map(|id| self.get(id))
    }
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn names(member: &Member) -> impl Iterator<Item = i64> {
    let texts = [&member.login, &member.email, &member.sso_id].into_iter();
    texts.filter(|text| !text.is_empty()).map(|text| key(&text.to_lowercase()))
}
