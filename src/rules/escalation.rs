//! `escalations:`: a thread becomes a case.
//!
//! The shorthand compiles to one rule: the section's own candidates, the rule's lines, then the case, its link and
//! the further steps, which follow only a case that exists.

use crate::catalog::Type;
use crate::event::ESCALATION_REQUESTED;
use crate::problem::{Place, Problem};
use crate::rules::compiling::{Compiling, Scope};
use crate::rules::look_at::Looks;
use crate::rules::mapping::fields;
use crate::rules::yaml::{Key, Node};
use crate::rules::{Criteria, Rule, Step, Template, Then, codes, contact, rule_keys, stages, then, trigger, written};
use crate::value::Value;

/// What an escalation has beside the keys of every rule.
pub const KEYS: &[&str] = &["look_back", "include", "open", "with", "set", "contact"];
/// What is left out unless `include` names it.
pub const INCLUDES: &[&str] = &[
    "staff_authors",
    "bot_authors",
    "banned_authors",
    "deleted_authors",
    "archived_threads",
    "blogs",
    "articles",
    "ideas",
    "contests",
];

/// The words for styles, and their lines where they are not named.
const STYLES: [(&str, &str); 4] = [
    ("blogs", "thread.style != \"blog\""),
    ("articles", "thread.style != \"tkb\""),
    ("ideas", "thread.style != \"idea\""),
    ("contests", "thread.style != \"contest\""),
];
/// The other words; what costs no read comes first.
const OTHERS: [(&str, &str); 5] = [
    ("archived_threads", "thread.archived != true"),
    ("bot_authors", "thread.author.bot != true"),
    ("staff_authors", "thread.author.staff == false"),
    ("deleted_authors", "thread.author.deleted != true"),
    ("banned_authors", "thread.author.banned != true"),
];

/// One rule of the section with its stages; none when it is disabled or wrong.
pub fn escalation(compiling: &mut Compiling, key: &Key, node: &Node) -> Vec<Rule> {
    let Some(entries) = compiling.keep(written::map(node, "a rule").map(<[_]>::to_vec)) else { return vec![] };
    rule_keys::check(compiling, &entries, KEYS, "an escalation");
    let trigger = trigger::trigger(compiling, key, node, Looks::AtThreads);
    let kinds = trigger::kinds(trigger.as_ref());
    let mut scope = Scope::of_facts(kinds.clone());
    let candidates = Criteria::All(candidates(compiling, node, &key.at, &scope));
    let head = rule_keys::head(compiling, node, &mut scope);
    let lets = scope.names.clone();
    let steps = steps(compiling, key, node, &mut scope);
    let address = format!("escalations.{}", key.name);
    let stages = stages::stages(compiling, &address, node, &kinds, lets, steps.as_deref().unwrap_or_default());
    let (Some(trigger), Some(steps)) = (trigger, steps) else { return vec![] };
    let rule = Rule::new(&compiling.pack, &address, &key.at, head, trigger, Then::Steps(steps));
    stages::with(rule.map(|rule| Rule { candidates, ..rule }), stages)
}

/// What is never a candidate unless the rule names it under `include`.
fn candidates(compiling: &mut Compiling, node: &Node, at: &Place, scope: &Scope) -> Vec<Criteria> {
    let included = included(compiling, node);
    let has = |word: &str| included.iter().any(|name| name == word);
    let left_out = |words: &[(&str, &str)]| -> Vec<(String, String)> {
        let named = words.iter().filter(|(word, _)| !has(word));
        named.map(|(word, line)| (format!("include.{word}"), (*line).to_owned())).collect()
    };
    // A blog is told to be one before the list that sums the styles up says so.
    let mut lines = left_out(&STYLES);
    let named = [("blogs", "blog"), ("articles", "tkb"), ("ideas", "idea"), ("contests", "contest")];
    let styles = named.into_iter().filter(|(word, _)| has(word)).map(|(_, style)| style);
    let style = one_of(["forum", "qanda"].into_iter().chain(styles));
    lines.push(("candidate.style".into(), format!("thread.style in [{style}]")));
    lines.push(("candidate.approved".into(), format!("thread.moderation in [{}, ()]", shown(compiling.settings))));
    let asked_for = scope.kinds.iter().any(|kind| kind.as_str() == ESCALATION_REQUESTED);
    lines.push(match node.get("again_after") {
        // Where the case was deleted only a person opens another (CLO-6).
        None if asked_for => (
            "candidate.no-case".into(),
            format!("thread.has_case == false || (event.kind == \"{ESCALATION_REQUESTED}\" && case.Id == ())"),
        ),
        None => ("candidate.no-case".into(), "thread.has_case == false".into()),
        Some(_) => ("candidate.no-open-case".into(), "thread.has_case == false || case.IsClosed == true".into()),
    });
    lines.extend(left_out(&OTHERS));
    let line = |(name, text): (String, String)| {
        let expression = compiling.expression(&text, at, scope)?;
        Some(compiling.criterion(&name, expression, scope))
    };
    lines.into_iter().filter_map(line).collect()
}

/// How posts that everybody can read are moderated; a community that moderates afterwards shows those that wait, too.
fn shown(settings: &Value) -> String {
    let waiting = (*settings.get("unmoderated_is_public") == Value::Bool(true)).then_some("unmoderated");
    one_of(["approved", "marked_approved"].into_iter().chain(waiting))
}

fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

fn included(compiling: &mut Compiling, node: &Node) -> Vec<String> {
    let Some(list) = node.get("include") else { return vec![] };
    let Some(items) = compiling.keep(written::list(list, "`include`").map(<[Node]>::to_vec)) else { return vec![] };
    let words: Vec<(&str, &str)> = INCLUDES.iter().map(|word| (*word, *word)).collect();
    items.iter().filter_map(|item| compiling.keep(written::word(item, &words))).map(str::to_owned).collect()
}

/// The case, its link, and what follows a case that exists.
fn steps(compiling: &mut Compiling, key: &Key, node: &Node, scope: &mut Scope) -> Option<Vec<Step>> {
    let open = open(compiling, node);
    // With `again_after` there may be an earlier case.
    let opening = Scope { opens_case: node.get("again_after").is_none(), ..scope.clone() };
    let fields = with(compiling, key, node, &opening);
    let contact = contact::contact(compiling, key, node, fields.as_deref().map(Vec::as_slice), scope);
    let at = &key.at;
    let thread = |compiling: &mut Compiling| compiling.expression("thread.id", at, scope).map(Template::Expression);
    let case = compiling.expression("case.Id", at, scope).map(Template::Expression)?;
    let linked = vec![("thread", Type::Id, thread(compiling)?), ("case", Type::Id, case)];
    let opened = thread(compiling)?;
    // From here on `case` is the one that this rule opens.
    scope.laters.push("case".into());
    let further = node.get("then").map(|node| then::steps(compiling, node, scope, &[0])).unwrap_or_default();
    let opened = vec![("thread", Type::Id, opened), ("fields", Type::Fields, Template::Fields(fields?))];
    let mut steps = vec![Step { contact, ..then::own(&open?, opened, Some("case"), &[], at) }];
    steps.push(then::own("notebook.link", linked, None, &[0], at));
    steps.extend(further);
    Some(steps)
}

fn open(compiling: &mut Compiling, node: &Node) -> Option<String> {
    let Some(written) = node.get("open") else { return Some("salesforce.create_case".into()) };
    let open = compiling.keep(written::text(written).map(str::to_owned))?;
    if compiling.catalog.write_call(&open).is_some() {
        return Some(open);
    }
    let problem = Problem::new(codes::UNKNOWN_FUNCTION, &written.at, format!("there is no write `{open}`"));
    compiling.problem(problem.next("`open: salesforce.create_case`, or leave it out"));
    None
}

fn with(compiling: &mut Compiling, key: &Key, node: &Node, scope: &Scope) -> Option<crate::rules::compiling::Fields> {
    match node.get("with") {
        Some(with) => fields(compiling, with, node.get("set"), scope),
        None => {
            let what = "an escalation needs `with`: the mapping that fills the case";
            compiling.problem(Problem::new(codes::MISSING_KEY, &key.at, what).next("`with: thread-to-case`"));
            None
        }
    }
}
