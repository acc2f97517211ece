//! Walks the syntax tree of an expression: which facts it names, and what is misspelt. Rhai alone finds neither.

use rhai::{AST, ASTNode, Expr, Position};

use crate::catalog::Catalog;
use crate::names::{EventKind, Path, is_field};
use crate::problem::{Place, Problem, closest};
use crate::script::expression::NOUNS;
use crate::script::written::Written;
use crate::script::{Known, codes, mentions};

/// A name in an expression: its steps with their positions.
pub struct Named {
    pub steps: Vec<(String, Position)>,
}

impl Named {
    /// As a path.
    pub fn path(&self) -> Path {
        self.steps.iter().map(|(step, _)| step.as_str()).collect::<Vec<_>>().join(".").into()
    }
}

/// Every name that is looked at, in the order in which they stand.
pub fn names(ast: &AST) -> Vec<Named> {
    let mut found = Vec::new();
    ast.walk(&mut |path| {
        let (Some(node), parent) = (path.last(), path.len().checked_sub(2).map(|n| &path[n])) else { return true };
        let in_chain = matches!(parent, Some(ASTNode::Expr(Expr::Dot(..) | Expr::Index(..))));
        match node {
            ASTNode::Expr(expr @ Expr::Dot(..)) if !in_chain => found.extend(chain(expr)),
            ASTNode::Expr(Expr::Variable(name, _, position)) if !in_chain => {
                found.push(Named { steps: vec![(name.1.to_string(), *position)] });
            }
            _ => {}
        }
        true
    });
    found
}

/// The names that stand alone or begin something, each once.
pub fn roots(ast: &AST) -> Vec<Path> {
    let mut roots: Vec<Path> = Vec::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::Variable(name, ..))) = path.last()
            && !roots.iter().any(|root| root.as_str() == name.1.as_str())
        {
            roots.push(name.1.as_str().into());
        }
        true
    });
    roots
}

/// `a.b.c`, up to the first step that is no property.
pub fn chain(expr: &Expr) -> Option<Named> {
    let Expr::Dot(pair, ..) = expr else { return None };
    let Expr::Variable(name, _, position) = &pair.lhs else { return None };
    let mut steps = vec![(name.1.to_string(), *position)];
    let mut rest = &pair.rhs;
    loop {
        match rest {
            Expr::Property(property, position) => {
                steps.push((property.2.to_string(), *position));
                break;
            }
            Expr::Dot(pair, ..) => {
                let Expr::Property(property, position) = &pair.lhs else { break };
                steps.push((property.2.to_string(), *position));
                rest = &pair.rhs;
            }
            Expr::Index(pair, ..) => {
                if let Expr::Property(property, position) = &pair.lhs {
                    steps.push((property.2.to_string(), *position));
                }
                break;
            }
            _ => break,
        }
    }
    Some(Named { steps })
}

/// Problems of the names: unknown ones, with what was probably meant.
pub fn check(names: &[Named], at: &Written, known: &Known, catalog: &Catalog) -> Vec<Problem> {
    names.iter().filter_map(|named| check_name(named, at, known, catalog)).collect()
}

fn check_name(named: &Named, at: &Written, known: &Known, catalog: &Catalog) -> Option<Problem> {
    let (root, position) = &named.steps[0];
    let spot = |step: &(String, Position)| at.place(step.1, step.0.chars().count());
    if known.names.iter().any(|name| name.as_str() == root) || root == "now" {
        return None;
    }
    if root == "settings" {
        let step = named.steps.get(1)?;
        let all: Vec<&str> = known.settings.keys().map(|name| name.as_str()).collect();
        let unknown = !all.contains(&step.0.as_str());
        return unknown.then(|| {
            misspelt(
                codes::UNKNOWN_SETTING,
                &spot(step),
                &format!("unknown setting `settings.{}`", step.0),
                &step.0,
                &all,
                "settings are",
            )
        });
    }
    if !NOUNS.contains(&root.as_str()) {
        let nouns = nouns(known, catalog);
        let place = spot(&(root.clone(), *position));
        return Some(misspelt(
            codes::UNKNOWN_NAME,
            &place,
            &format!("unknown name `{root}`"),
            root,
            &nouns,
            "names here are",
        ));
    }
    if !known.facts {
        let place = spot(&named.steps[0]);
        let what = format!("this looks at settings only, and `{}` is a fact", named.path());
        return Some(Problem::new(codes::FACTS_NOT_HERE, &place, what).next("facts go under `when:`"));
    }
    known.kinds.iter().find_map(|kind| check_fact(named, at, kind, catalog))
}

pub fn check_fact(named: &Named, at: &Written, kind: &EventKind, catalog: &Catalog) -> Option<Problem> {
    let root = named.steps[0].0.as_str();
    if matches!(root, "event" | "bridge") {
        return None;
    }
    let place_of = |n: usize| at.place(named.steps[n].1, named.steps[n].0.chars().count());
    if root == "result" {
        let what = "`result` is what steps came to, and nothing has happened yet";
        let problem = Problem::new(codes::NO_SUCH_NOUN, &place_of(0), what);
        return Some(problem.next("a stage under `after:` may look at it"));
    }
    if !catalog.kinds().any(|(known, nouns)| known == kind && nouns.contains(&root)) {
        return Some(
            Problem::new(codes::NO_SUCH_NOUN, &place_of(0), format!("{} has no `{root}`", event(kind)))
                .next("`functions` lists what each event has"),
        );
    }
    for end in 2..=named.steps.len() {
        let path: Path = named.steps[..end].iter().map(|(step, _)| step.as_str()).collect::<Vec<_>>().join(".").into();
        match catalog.row(kind, &path) {
            Some(row) if row.open && row.fact.as_str() == root => {
                // What stands behind a record is one of our own facts, which have a row each, or a field of the org.
                let (part, _) = named.steps.get(1)?;
                let is_ours = |part: &str| catalog.row(kind, &Path::from(root).then(part)).is_some_and(|row| !row.open);
                let is_record = mentions::object(root).is_some();
                return (is_record && !is_field(part) && !is_ours(part))
                    .then(|| no_field((root, part), &place_of(1), kind, catalog));
            }
            Some(_) => return None,
            None if catalog.is_noun(&path) => continue,
            None => {
                let parts = parts(catalog, &named.steps[..end - 1]);
                // A noun of which nothing is known yet has no list to compare with.
                if parts.is_empty() {
                    return None;
                }
                let (step, names) = (&named.steps[end - 1].0, parts.iter().map(String::as_str).collect::<Vec<_>>());
                let what = format!("unknown fact `{path}`");
                return Some(misspelt(
                    codes::UNKNOWN_FACT,
                    &place_of(end - 1),
                    &what,
                    step,
                    &names,
                    &format!("{root} has"),
                ));
            }
        }
    }
    None
}

/// Fields that every org has, by the names that one may have meant.
const FIELDS: [&str; 20] = [
    "Id",
    "CaseNumber",
    "Status",
    "IsClosed",
    "Priority",
    "Origin",
    "Reason",
    "Type",
    "Subject",
    "OwnerId",
    "ContactId",
    "AccountId",
    "CreatedDate",
    "ClosedDate",
    "Email",
    "Phone",
    "MobilePhone",
    "Name",
    "FirstName",
    "LastName",
];

/// Neither a fact of ours nor a field: the org spells its fields with a capital.
fn no_field((root, part): (&str, &str), at: &Place, kind: &EventKind, catalog: &Catalog) -> Problem {
    let ours = parts(catalog, &[(root.to_owned(), Position::NONE)]);
    if ours.iter().any(|known| known == part) {
        let what = format!("{} has no `{root}.{part}`", event(kind));
        return Problem::new(codes::UNKNOWN_FACT, at, what).next("`functions` lists what each event has");
    }
    let names: Vec<&str> = FIELDS.iter().copied().chain(ours.iter().map(String::as_str)).collect();
    let same = FIELDS.iter().find(|field| field.eq_ignore_ascii_case(&part.replace('_', "")));
    let problem = Problem::new(codes::UNKNOWN_FACT, at, format!("unknown fact `{root}.{part}`"));
    let problem = problem.because("a field is spelt as the org spells it, with a capital or with `__c` at its end");
    match same.copied().or_else(|| closest_of_all(part, &names)) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem.next(format!("`{root}.Status`, or a field of your own: `{root}.Name__c`")),
    }
}

/// The nearest name, in any case.
fn closest_of_all<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    let small: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let small: Vec<&str> = small.iter().map(String::as_str).collect();
    let near = closest(&word.to_lowercase(), &small)?;
    names.iter().find(|name| name.to_lowercase() == near).copied()
}

/// An event as a person would say it.
fn event(kind: &EventKind) -> String {
    match kind.as_str() {
        "khoros.thread_due" => "a thread that a schedule finds".into(),
        "bridge.due" => "a rule without `look_at`".into(),
        kind => format!("`{kind}`"),
    }
}

/// The parts of a noun by name.
fn parts(catalog: &Catalog, steps: &[(String, Position)]) -> Vec<String> {
    let start: String = steps.iter().map(|(step, _)| format!("{step}.")).collect();
    let part =
        |fact: &Path| fact.as_str().strip_prefix(&start).and_then(|rest| rest.split('.').next()).map(str::to_owned);
    let mut parts: Vec<String> = catalog.facts().filter_map(|row| part(&row.fact)).collect();
    parts.sort();
    parts.dedup();
    parts
}

fn nouns<'a>(known: &'a Known, catalog: &'a Catalog) -> Vec<&'a str> {
    let mut nouns: Vec<&str> = vec!["settings"];
    if known.facts {
        nouns.extend(["event", "now", "bridge"]);
        let of =
            |kind: &EventKind| catalog.kinds().find(|(known, _)| *known == kind).map_or(&[][..], |(_, nouns)| nouns);
        nouns.extend(known.kinds.iter().flat_map(of).copied());
    }
    nouns.extend(known.names.iter().map(|name| name.as_str()));
    nouns
}

pub fn misspelt(code: &str, at: &Place, what: &str, word: &str, names: &[&str], list: &str) -> Problem {
    let listed = names.iter().take(12).copied().collect::<Vec<_>>().join(", ");
    let problem =
        Problem::new(code, at, what).because(format!("{list}: {listed}{}", if names.len() > 12 { ", …" } else { "" }));
    match closest(word, names) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem,
    }
}
