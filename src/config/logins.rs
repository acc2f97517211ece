//! What the logins of both hosts have in common: one kind of those there are, and secrets.

use crate::config::{Reading, Secret};
use crate::problem::Problem;
use crate::rules::codes as rule_codes;
use crate::rules::written;
use crate::rules::yaml::{Key, Node};

impl Reading {
    /// The one kind of login that is written, with what belongs to it.
    pub(super) fn login(
        &mut self,
        key: &Key,
        node: &Node,
        kinds: &[(&'static str, &[&str])],
        later: &[&str],
    ) -> Option<(&'static str, Node)> {
        // An empty one and a bare text name no kind either.
        let Some(login) = node.get("login").filter(|login| !login.entries().is_empty()) else {
            return self.missing(key, "login", &format!("`login: {{ {}: {{ … }} }}`", kinds[0].0));
        };
        let names: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
        let is_kind = |entry: &&(Key, Node)| names.contains(&entry.0.name.as_str());
        for (key, _) in login.entries().iter().filter(|entry| !is_kind(entry)) {
            self.problems.push(match later.contains(&key.name.as_str()) {
                true => written::not_yet(key),
                false => written::unknown_key(key, &names, "`login`"),
            });
        }
        let mut written = login.entries().iter().filter(is_kind);
        let (first, login) = written.next()?;
        if let Some((second, _)) = written.next() {
            let what = format!("`{}` is a second kind of login", second.name);
            let problem = Problem::new(rule_codes::SHAPE, &second.at, what).also(&first.at);
            self.problems.push(problem.next("leave one of them"));
        }
        let (kind, keys) = kinds.iter().find(|(name, _)| *name == first.name)?;
        self.known_keys(login, keys, &format!("`{kind}`"));
        Some((kind, login.clone()))
    }

    pub(super) fn secret(&mut self, key: &Key, node: &Node, name: &str) -> Option<Secret> {
        match node.get(name) {
            Some(node) => self.keep(Secret::parse(node)),
            None => self.missing(key, name, &format!("`{name}: {{ env: NAME }}` or `{name}: {{ file: PATH }}`")),
        }
    }

    pub(super) fn optional_secret(&mut self, node: &Node, name: &str) -> Option<Secret> {
        self.keep(Secret::parse(node.get(name)?))
    }
}
