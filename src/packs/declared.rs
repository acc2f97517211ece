//! One entry of `settings:` in `pack.yaml`: the type of a setting, its default and its bounds.

use std::cmp::Ordering;

use crate::names::Name;
use crate::packs::codes as pack_codes;
use crate::packs::setting_types::{is_type, value, within};
use crate::predicate::compare;
use crate::problem::Problem;
use crate::rules::yaml::{Key, Node};
use crate::rules::{codes, written};
use crate::settings::Declared;
use crate::value::Value;

/// The keys of a declared setting.
pub const KEYS: &[&str] =
    &["type", "required", "default", "min", "max", "help", "group", "needs", "one_of", "min_items", "max_items"];

/// Reads one, with everything that is wrong with it. It is declared all the same, so that what names it is not wrong too.
pub fn declared(key: &Key, node: &Node) -> (Declared, Vec<Problem>) {
    let mut reading = Reading { node, problems: vec![] };
    reading.check_keys(key);
    let takes = reading.takes(key);
    if node.get("help").is_none() {
        let problem = Problem::new(codes::MISSING_KEY, &key.at, format!("`settings.{}` needs `help`", key.name));
        reading.problems.push(problem.next("say in a few words what it does; `check` and forms show it"));
    }
    let bound = if takes == "text" { "number" } else { &takes };
    let mut declared = Declared {
        name: key.name.as_str().into(),
        required: reading.part("required", written::yes_no).unwrap_or(false),
        default: Value::Nothing,
        min: reading.part("min", |node| value(bound, node)).unwrap_or_default(),
        max: reading.part("max", |node| value(bound, node)).unwrap_or_default(),
        one_of: reading.part("one_of", names).unwrap_or_default(),
        items: (reading.part("min_items", written::whole), reading.part("max_items", written::whole)),
        needs: reading.part("needs", written::text).map(Name::from),
        help: reading.part("help", written::text).unwrap_or_default().to_owned(),
        at: key.at.clone(),
        takes,
    };
    if declared.takes == "choice" && declared.one_of.is_empty() {
        let problem = Problem::new(codes::MISSING_KEY, &key.at, format!("`settings.{}` needs `one_of`", key.name));
        reading.problems.push(problem.next("`one_of: [a, b]`: the words that may be chosen"));
    }
    reading.check_bounds(&declared);
    let default = |node: &Node| value(&declared.takes, node).and_then(|value| within(&declared, value, node));
    declared.default = reading.part("default", default).unwrap_or_default();
    (declared, reading.problems)
}

/// Collects Problems while an entry is read.
struct Reading<'a> {
    node: &'a Node,
    problems: Vec<Problem>,
}

impl<'a> Reading<'a> {
    fn part<T>(&mut self, name: &str, read: impl FnOnce(&'a Node) -> Result<T, Problem>) -> Option<T> {
        read(self.node.get(name)?).map_err(|problem| self.problems.push(problem)).ok()
    }

    fn check_keys(&mut self, key: &Key) {
        if let Err(problem) = written::map(self.node, &format!("`settings.{}`", key.name)) {
            self.problems.push(problem);
        }
        if let Err(problem) = written::identifier(key) {
            self.problems.push(problem);
        }
        for (key, _) in self.node.entries().iter().filter(|(key, _)| !KEYS.contains(&key.name.as_str())) {
            self.problems.push(written::unknown_key(key, KEYS, "a setting"));
        }
    }

    /// Bounds that nothing keeps to.
    fn check_bounds(&mut self, declared: &Declared) {
        let (fewest, most) = declared.items;
        let is_above =
            |least: Option<u64>, most: Option<u64>| least.zip(most).is_some_and(|(least, most)| least > most);
        let wrong = [
            ("min", "max", compare(&declared.min, &declared.max) == Some(Ordering::Greater)),
            ("min_items", "max_items", is_above(fewest, most)),
        ];
        for (least, most, _) in wrong.into_iter().filter(|(.., is_wrong)| *is_wrong) {
            let Some(node) = self.node.get(least) else { continue };
            let what = format!("`{least}` of `settings.{}` is above its `{most}`, so no value fits", declared.name);
            self.problems.push(Problem::new(pack_codes::OUT_OF_RANGE, &node.at, what).next("turn the two round"));
        }
    }

    fn takes(&mut self, key: &Key) -> String {
        let takes = self.node.get("type").and_then(Node::text).unwrap_or_default();
        if !is_type(takes) {
            let at = self.node.get("type").map_or(&key.at, |node| &node.at);
            let what = match takes {
                "" => format!("`settings.{}` needs `type`", key.name),
                takes => format!("`{takes}` is not a type"),
            };
            let next = "text, number, yes or no, duration, list of …, table of … to …, board, username, …";
            self.problems.push(Problem::new(pack_codes::SETTING_TYPE, at, what).next(next));
        }
        takes.to_owned()
    }
}

fn names(node: &Node) -> Result<Vec<Name>, Problem> {
    written::list(node, "`one_of`")?.iter().map(|item| written::text(item).map(Name::from)).collect()
}
