//! `pack.yaml`: what a pack is called, its version, and the settings that it declares.

use crate::names::Path;
use crate::packs::checks::{self, Check};
use crate::packs::renamed::{self, Renamed};
use crate::packs::{codes as pack_codes, declared};
use crate::problem::{Place, Problem};
use crate::rules::field_type::{field_type, kind};
use crate::rules::yaml::{Key, Node, read};
use crate::rules::{codes, written};
use crate::script::{Mention, Named, Requires, noun};
use crate::settings::Declared;

/// The keys of `pack.yaml`.
pub const KEYS: &[&str] = &["pack", "version", "about", "settings", "checks", "requires", "renamed"];
const LATER: &[&str] = &["widens_portal", "may_write"];
/// What a pack needs.
pub const REQUIRES: &[&str] = &["engine", "packs", "functions", "fields", "rights"];

/// What is said of a required field.
pub const FIELD_KEYS: &[&str] = &["type", "unique", "external_id"];

/// A pack as its manifest describes it.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    pub pack: String,
    pub version: String,
    pub about: String,
    pub settings: Vec<Declared>,
    pub checks: Vec<Check>,
    /// Settings that had another name.
    pub renamed: Vec<Renamed>,
    /// The fields that the org must have.
    pub requires: Vec<Mention>,
    /// Whether the file could be read.
    pub is_read: bool,
    /// The rest of what it needs, as written; `needs.rs` holds it against what there is.
    pub needs: Option<Node>,
}

impl Manifest {
    /// Of what kind the fields are that it requires of the records that rules look at.
    pub fn field_kinds(&self) -> impl Iterator<Item = (Path, &'static str)> + '_ {
        self.requires.iter().filter_map(|mention| {
            let Named::Requires(Requires { object, field, takes: Some(takes), .. }) = &mention.named else {
                return None;
            };
            Some((Path::from(noun(object.as_str())?).then(field.as_str()), kind(takes.as_str())?))
        })
    }
}

/// Reads a manifest; what is wrong is kept in `problems`.
pub fn manifest(file: &str, text: &str, problems: &mut Vec<Problem>) -> Manifest {
    let node = match read(file, text) {
        Ok(node) => node,
        Err(found) => {
            problems.extend(found);
            return Manifest::default();
        }
    };
    for (key, _) in node.entries() {
        match key.name.as_str() {
            name if KEYS.contains(&name) => {}
            name if LATER.contains(&name) => problems.push(written::not_yet(key)),
            _ => problems.push(written::unknown_key(key, KEYS, "`pack.yaml`")),
        }
    }
    for (key, _) in node.get("requires").map(Node::entries).unwrap_or_default() {
        if !REQUIRES.contains(&key.name.as_str()) {
            problems.push(written::unknown_key(key, REQUIRES, "`requires`"));
        }
    }
    let mut required = |name: &str| match node.get(name).and_then(Node::text) {
        Some(text) => text.to_owned(),
        None => {
            problems.push(
                Problem::new(codes::MISSING_KEY, &Place::file(file), format!("`pack.yaml` needs `{name}`"))
                    .next(next(name)),
            );
            String::new()
        }
    };
    let (pack, version, about) = (required("pack"), required("version"), required("about"));
    if let Some(node) = node.get("version").filter(|_| self::version(&version).is_none()) {
        let problem = Problem::new(pack_codes::VERSION, &node.at, format!("`{version}` is not a version"));
        problems.push(problem.next("three numbers, such as `1.4.0`"));
    }
    let settings = node.get("settings").map(|node| settings(node, problems)).unwrap_or_default();
    let checks = node.get("checks").map(|node| checks::checks(node, problems)).unwrap_or_default();
    let renamed = node.get("renamed").map(|node| renamed::renamed(node, problems)).unwrap_or_default();
    let fields = node.get("requires").and_then(|requires| requires.get("fields"));
    let requires = fields.map(|fields| required_fields(fields, problems)).unwrap_or_default();
    let needs = node.get("requires").cloned();
    Manifest { pack, version, about, settings, checks, renamed, requires, is_read: true, needs }
}

fn settings(node: &Node, problems: &mut Vec<Problem>) -> Vec<Declared> {
    let entries = written::map(node, "`settings`").unwrap_or_else(|problem| {
        problems.push(problem);
        &[]
    });
    let mut settings = Vec::new();
    for (key, value) in entries {
        let (setting, found) = declared::declared(key, value);
        settings.push(setting);
        problems.extend(found);
    }
    settings
}

/// `Case.Key__c: { type: Text(80), unique: true, external_id: true }`.
fn required_fields(node: &Node, problems: &mut Vec<Problem>) -> Vec<Mention> {
    let entries = written::map(node, "`fields`").unwrap_or_else(|problem| {
        problems.push(problem);
        &[]
    });
    entries.iter().filter_map(|(key, value)| required_field(key, value, problems)).collect()
}

fn required_field(key: &Key, value: &Node, problems: &mut Vec<Problem>) -> Option<Mention> {
    for (part, _) in value.entries().iter().filter(|(part, _)| !FIELD_KEYS.contains(&part.name.as_str())) {
        problems.push(written::unknown_key(part, FIELD_KEYS, "a field of `requires`"));
    }
    let mut yes = |name: &str| match value.get(name).map(written::yes_no) {
        Some(Err(problem)) => {
            problems.push(problem);
            false
        }
        said => said.is_some_and(|said| said == Ok(true)),
    };
    let (unique, external_id) = (yes("unique"), yes("external_id"));
    let kind = value.get("type");
    if let Some(Err(problem)) = kind.map(field_type) {
        problems.push(problem);
    }
    let takes = kind.and_then(Node::text).map(Into::into);
    let Some((object, field)) = key.name.split_once('.') else {
        let problem = Problem::new(codes::SHAPE, &key.at, format!("`{}` names no object and field", key.name));
        problems.push(problem.next("`Case.Community_Thread_Key__c: { type: Text(80) }`"));
        return None;
    };
    let (object, field) = (object.into(), field.into());
    let named = Named::Requires(Requires { object, field, takes, unique, external_id });
    Some(Mention { named, at: key.at.clone() })
}

fn next(key: &str) -> &'static str {
    match key {
        "pack" => "`pack: acme/support-bridge`",
        "version" => "`version: 1.0.0`",
        _ => "`about: One sentence that says what the pack does`",
    }
}

/// The three numbers of a version.
pub fn version(text: &str) -> Option<[u32; 3]> {
    let parts: Option<Vec<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
    parts?.try_into().ok()
}
