//! `requires:` of `pack.yaml`, held against this program, the other packs of the bridge, and what the pack's own rules
//! do. What the org must have is asked online (`online/`).
//!
//! What is missing is a Problem; what the list does not say, or says in vain, is a warning: a customer's overlay may have
//! added a step, and the pack must load all the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use semver::{Version, VersionReq};

use crate::catalog::{Call, Catalog, NOTEBOOK};
use crate::packs::codes;
use crate::packs::manifest::Manifest;
use crate::problem::{Problem, closest};
use crate::rules::contact::{CREATE_CONTACT, LINK_CONTACT};
use crate::rules::yaml::{Key, Node};
use crate::rules::{Rule, Step, Template, Then, codes as rule_codes, written};
use crate::script::ScriptRule;

/// The version of this program.
const ENGINE: &str = env!("CARGO_PKG_VERSION");
/// Rights in a community.
const COMMUNITY: &[&str] = &["read_email", "post_as_others"];
/// What may be done with the records of an object.
const RECORDS: &[&str] = &["create", "read", "edit", "delete"];

/// All that is wrong with what the packs of a bridge need.
pub fn check(packs: &[&Manifest], catalog: &Catalog, rules: &[Arc<Rule>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for pack in packs {
        let Some(needs) = &pack.needs else { continue };
        let name = format!("{} {}", pack.pack, pack.version);
        let own: Vec<&Rule> = rules.iter().filter(|rule| *rule.pack == *name).map(AsRef::as_ref).collect();
        for (key, node) in needs.entries() {
            let found = match key.name.as_str() {
                "engine" => engine(node).into_iter().collect(),
                "packs" => other_packs(node, packs),
                "functions" => functions(key, node, catalog, &own),
                "rights" => rights(key, node, &own),
                _ => vec![],
            };
            problems.extend(found);
        }
    }
    problems
}

/// A range of versions, and whether a version is in it.
fn fits(node: &Node, version: &str) -> Result<bool, Problem> {
    let text = written::text(node)?;
    let range = VersionReq::parse(text).map_err(|_| {
        Problem::new(codes::VERSION, &node.at, format!("`{text}` is not a range of versions"))
            .next("`^1.4`, or in quotes `\">=1.2, <2\"`")
    })?;
    // A version that is none was said already.
    Ok(Version::parse(version).is_ok_and(|version| range.matches(&version)))
}

fn engine(node: &Node) -> Option<Problem> {
    match fits(node, ENGINE) {
        Ok(true) => None,
        Ok(false) => {
            let what = format!("this pack needs casebridge {}, and this is {ENGINE}", node.text().unwrap_or_default());
            let problem = Problem::new(codes::OTHER_ENGINE, &node.at, what);
            Some(problem.next("take a version of the pack that is made for this one, or install another casebridge"))
        }
        Err(problem) => Some(problem),
    }
}

fn other_packs(node: &Node, packs: &[&Manifest]) -> Vec<Problem> {
    let entries = match written::map(node, "`packs`") {
        Ok(entries) => entries,
        Err(problem) => return vec![problem],
    };
    entries.iter().filter_map(|(key, range)| other_pack(key, range, packs)).collect()
}

fn other_pack(key: &Key, range: &Node, packs: &[&Manifest]) -> Option<Problem> {
    let found = packs.iter().find(|pack| pack.pack == key.name);
    match fits(range, found.map_or("", |pack| &pack.version)) {
        Ok(true) => None,
        Err(problem) => Some(problem),
        Ok(false) => match found {
            Some(pack) => {
                let range = range.text().unwrap_or_default();
                let what = format!("this pack needs `{}` {range}, and the bridge has {}", key.name, pack.version);
                Some(Problem::new(codes::REQUIRED_PACK, &key.at, what).next("install the version that fits"))
            }
            None => {
                let problem = Problem::new(codes::REQUIRED_PACK, &key.at, format!("there is no pack `{}`", key.name));
                let problem = problem.next("add it under `packs:` of the bridge");
                // A pack is checked and tested by itself as well.
                Some(if packs.len() > 1 { problem } else { problem.warning() })
            }
        },
    }
}

fn functions(key: &Key, node: &Node, catalog: &Catalog, rules: &[&Rule]) -> Vec<Problem> {
    let listed = match texts(node, "`functions`") {
        Ok(listed) => listed,
        Err(problem) => return vec![problem],
    };
    let (used, may_use) = (writes(rules, catalog), may_write(rules));
    let mut problems = Vec::new();
    for (name, item) in &listed {
        match catalog.get(name).map(|function| &function.call) {
            None => problems.push(unknown(name, item, catalog)),
            Some(Call::Write(_)) if !used.contains(name) && !may_use.contains(name) => {
                let what = format!("`{name}` is required, and no rule of the pack calls it");
                problems.push(Problem::new(codes::HAS_NO_EFFECT, &item.at, what).next("leave it out").warning());
            }
            Some(_) => {}
        }
    }
    for name in used.iter().filter(|name| !listed.iter().any(|(listed, _)| listed == *name)) {
        let what = format!("rules of this pack also call `{name}`, and `requires.functions` has it not");
        problems.push(Problem::new(codes::NOT_REQUIRED, &key.at, what).next("add it to the list").warning());
    }
    problems
}

fn unknown(name: &str, item: &Node, catalog: &Catalog) -> Problem {
    let names: Vec<&str> = catalog.functions().map(|function| function.name.as_str()).collect();
    let problem = Problem::new(rule_codes::UNKNOWN_FUNCTION, &item.at, format!("there is no host function `{name}`"));
    match closest(name, &names) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem.next("`functions` lists what there is; a newer casebridge may have it"),
    }
}

/// The writes at hosts that the steps of rules name and their scripts call; our notebook needs nobody's leave.
fn writes(rules: &[&Rule], catalog: &Catalog) -> BTreeSet<String> {
    let called = steps(rules).map(|step| &step.function).chain(scripts(rules).flat_map(ScriptRule::calls));
    let named = called.filter(|function| function.host() != NOTEBOOK);
    named.map(ToString::to_string).filter(|name| catalog.write_call(name).is_some()).collect()
}

/// What `contact:` may do besides.
fn may_write(rules: &[&Rule]) -> Vec<String> {
    let has_contact = steps(rules).any(|step| step.contact.is_some());
    if has_contact { vec![CREATE_CONTACT.to_owned(), LINK_CONTACT.to_owned()] } else { vec![] }
}

fn scripts<'r>(rules: &'r [&'r Rule]) -> impl Iterator<Item = &'r ScriptRule> {
    rules.iter().filter_map(|rule| if let Then::Script(script) = &rule.then { Some(script) } else { None })
}

fn steps<'r>(rules: &'r [&'r Rule]) -> impl Iterator<Item = &'r Step> {
    rules.iter().flat_map(|rule| if let Then::Steps(steps) = &rule.then { steps.as_slice() } else { &[] })
}

/// `{ khoros: [read_email], salesforce: [Case.create] }`.
fn rights(key: &Key, node: &Node, rules: &[&Rule]) -> Vec<Problem> {
    let entries = match written::map(node, "`rights`") {
        Ok(entries) => entries,
        Err(problem) => return vec![problem],
    };
    let mut problems = Vec::new();
    let mut listed = BTreeSet::new();
    for (host, node) in entries {
        if !["khoros", "salesforce"].contains(&host.name.as_str()) {
            problems.push(written::unknown_key(host, &["khoros", "salesforce"], "`rights`"));
            continue;
        }
        match texts(node, "the rights at a host") {
            Ok(rights) => {
                problems.extend(rights.iter().filter_map(|(right, item)| unknown_right(&host.name, right, item)));
                listed.extend(rights.into_iter().map(|(right, _)| right));
            }
            Err(problem) => problems.push(problem),
        }
    }
    let of_steps = steps(rules).flat_map(|step| {
        let object = step.args.iter().find(|(name, ..)| name.as_str() == "object");
        let object =
            object.and_then(|(.., value)| if let Template::Plain(value) = value { value.as_str() } else { None });
        let contact = step.contact.as_ref().filter(|contact| contact.creates()).map(|_| CREATE_CONTACT);
        right_for(step.function.as_str(), object).into_iter().chain(contact.and_then(|name| right_for(name, None)))
    });
    let of_scripts = scripts(rules).flat_map(ScriptRule::calls).filter_map(|name| right_for(name.as_str(), None));
    for right in of_steps.chain(of_scripts).collect::<BTreeSet<_>>() {
        if !listed.contains(&right) {
            let what = format!("rules of this pack also need the right `{right}`, and `requires.rights` has it not");
            let next = format!("add it: `salesforce: [ {right} ]`");
            problems.push(Problem::new(codes::NOT_REQUIRED, &key.at, what).next(next).warning());
        }
    }
    problems
}

fn unknown_right(host: &str, right: &str, item: &Node) -> Option<Problem> {
    let is_known = match (host, right.split_once('.')) {
        ("khoros", _) => COMMUNITY.contains(&right),
        (_, Some((_, does))) => RECORDS.contains(&does),
        (_, None) => false,
    };
    let known = match host {
        "khoros" => format!("known: {}", COMMUNITY.join(", ")),
        _ => format!("an object and one of: {}", RECORDS.join(", ")),
    };
    let problem = || Problem::new(rule_codes::WORD, &item.at, format!("`{right}` is not a right at {host}"));
    (!is_known)
        .then(|| problem().because(known).next("such as `khoros: [ read_email ]`, `salesforce: [ Case.create ]`"))
}

/// The right that a write needs in the org; `object` is the one that it names, where it does.
fn right_for(function: &str, object: Option<&str>) -> Option<String> {
    Some(match function {
        "salesforce.create_case" => "Case.create".into(),
        "salesforce.update_case" => "Case.edit".into(),
        "salesforce.comment_on_case" => "CaseComment.create".into(),
        "salesforce.attach_file" => "ContentVersion.create".into(),
        "salesforce.create_record" => format!("{}.create", object?),
        "salesforce.update_record" => format!("{}.edit", object?),
        CREATE_CONTACT => "Contact.create".into(),
        _ => return None,
    })
}

/// The texts of a list, each with where it stands.
fn texts<'n>(node: &'n Node, what: &str) -> Result<Vec<(String, &'n Node)>, Problem> {
    written::list(node, what)?.iter().map(|item| Ok((written::text(item)?.to_owned(), item))).collect()
}
