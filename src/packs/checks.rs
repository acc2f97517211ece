//! `checks:` of `pack.yaml`: what must hold of the settings, and what the customer is told where it does not.

use crate::names::Path;
use crate::packs::codes;
use crate::problem::{Place, Problem};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::yaml::Node;
use crate::rules::{codes as rule_codes, written};
use crate::script::{Expression, constant};
use crate::settings::Declared;
use crate::value::Value;

/// The keys of a check.
pub const KEYS: &[&str] = &["must", "say"];

/// One check as written.
#[derive(Clone, Debug)]
pub struct Check {
    must: Node,
    say: String,
}

/// Reads the list; what is wrong is kept in `problems`.
pub fn checks(node: &Node, problems: &mut Vec<Problem>) -> Vec<Check> {
    let mut checks = Vec::new();
    for item in written::list(node, "`checks`").unwrap_or_else(|problem| {
        problems.push(problem);
        &[]
    }) {
        for (key, _) in item.entries().iter().filter(|(key, _)| !KEYS.contains(&key.name.as_str())) {
            problems.push(written::unknown_key(key, KEYS, "a check"));
        }
        match (item.get("must"), item.get("say").map(written::text)) {
            (Some(must), Some(Ok(say))) => checks.push(Check { must: must.clone(), say: say.to_owned() }),
            (_, Some(Err(problem))) => problems.push(problem),
            (must, _) => {
                let lacks = if must.is_none() { "must" } else { "say" };
                let problem = Problem::new(rule_codes::MISSING_KEY, &item.at, format!("a check needs `{lacks}`"));
                problems.push(problem.next(
                    "`must:` a line over settings, and `say:` on the next line what the customer reads where it does not hold",
                ));
            }
        }
    }
    checks
}

/// Holds the values of a bridge against the checks of a pack; `given` is what the customer wrote.
pub fn hold(compiling: &mut Compiling, checks: &[Check], declared: &[Declared], given: Option<&Node>) {
    for check in checks {
        let Some(line) = compiling.line(&check.must, &Scope::default()) else { continue };
        let settings: Vec<&str> = line.uses().iter().filter_map(setting).collect();
        // A required setting that is absent is a Problem of its own, and a pack alone has no customer to ask.
        let waits = |name: &&str| {
            declared.iter().any(|setting| setting.name.as_str() == *name && setting.required)
                && compiling.settings.get(name).is_nothing()
        };
        if !settings.iter().any(waits) && constant(&line, compiling.settings) != Some(Value::Bool(true)) {
            let problem = broken(check, &line, &settings, compiling.settings, given);
            compiling.problem(problem);
        }
    }
}

/// At what the customer wrote, where they wrote one of the settings; else at the check.
fn broken(check: &Check, line: &Expression, names: &[&str], values: &Value, given: Option<&Node>) -> Problem {
    let wrote = |name: &&str| {
        let entries = given.map(Node::entries).unwrap_or_default();
        entries.iter().find(|(key, _)| key.name == **name).map(|(key, _)| &key.at)
    };
    let at: &Place = names.iter().find_map(wrote).unwrap_or(line.at());
    let shown = |name: &&str| match values.get(name) {
        Value::Nothing => format!("`{name}` has no value"),
        value => format!("`{name}` is {value}"),
    };
    let seen = names.iter().map(shown).collect::<Vec<_>>().join(", ");
    let problem = Problem::new(codes::CHECK, at, check.say.clone()).because(seen);
    let problem = problem.next(format!("`{}` must hold", line.text()));
    if at == line.at() { problem } else { problem.also(line.at()) }
}

fn setting(path: &Path) -> Option<&str> {
    path.as_str().strip_prefix("settings.")?.split('.').next()
}
