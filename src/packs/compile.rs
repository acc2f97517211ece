//! Turns the sources of a bridge into rules: every Problem of every file at once, or a complete set.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::calendar::Calendars;
use crate::catalog::Catalog;
use crate::names::{Digest, Name, RuleAddress};
use crate::packs::manifest::{Manifest, manifest};
use crate::packs::overlay::{self, Change};

use crate::packs::{PackSource, Sources, checks, codes as pack_codes, needs, online, renamed, settings};
use crate::problem::{Place, Problem, closest};
use crate::rules::closure::closure;
use crate::rules::compiling::{Compiling, Scope, plain};
use crate::rules::escalation::escalation;
use crate::rules::ruleset::NamedMappings;
use crate::rules::yaml::{Key, Node, Shape, read};
use crate::rules::{
    Rule, RuleSet, calendar, codes, criteria, equal_order, everything_else, mapping, never, postback, private_message,
    reopening, replies, scripted, shadow, status, written,
};
use crate::script::{self, Mention, Scripts, Tables};
use crate::value::Value;

/// Sections that a file of a pack may hold.
pub const SECTIONS: &[&str] = &[
    "escalations",
    "closures",
    "reopenings",
    "statuses",
    "postbacks",
    "replies",
    "private_messages",
    "rules",
    "mappings",
    "tables",
    "criteria",
    "calendars",
];
/// Sections of the language that this version does not know yet.
pub const LATER: &[&str] = &["members", "portal", "rights", "search"];

/// Sections whose entries are rules.
pub const RULES: &[&str] =
    &["escalations", "closures", "reopenings", "statuses", "postbacks", "replies", "private_messages", "rules"];

/// How the rules of each shorthand are read.
type Shorthand = fn(&mut Compiling, &Key, &Node) -> Vec<Rule>;
const SHORTHANDS: [(&str, Shorthand); 7] = [
    ("escalations", escalation),
    ("closures", closure),
    ("reopenings", reopening::rules),
    ("statuses", status::rules),
    ("postbacks", postback::rules),
    ("replies", replies::rules),
    ("private_messages", private_message::rules),
];

/// What came of a compilation.
pub struct Compiled {
    pub rules: RuleSet,
    pub warnings: Vec<Problem>,
    /// What the overlays of its packs changed, in the order of the packs.
    pub changes: Vec<Change>,
    /// What rules, mappings and settings name in the org and the community.
    pub mentions: Vec<Mention>,
}

/// The named things of all files of a pack, by section.
#[derive(Default)]
pub struct Sections(BTreeMap<String, Vec<(Key, Node)>>);

/// Compiles all packs of a bridge.
pub fn compile(sources: &Sources, catalog: &Arc<Catalog>) -> Result<Compiled, Vec<Problem>> {
    compile_and(sources, catalog, needs::check)
}

/// What is held against the rules at the end.
type Check = fn(&[&Manifest], &Catalog, &[Arc<Rule>]) -> Vec<Problem>;

fn compile_and(sources: &Sources, catalog: &Arc<Catalog>, check: Check) -> Result<Compiled, Vec<Problem>> {
    let mut problems = Vec::new();
    // What `rule()` of a script gives is read first: an overlay may change it, and may add calendars that scripts name.
    let mut reading = Scripts::new(catalog.clone());
    add_modules(&mut reading, sources, &mut vec![]);
    let mut changes = Vec::new();
    let mut unread = Unread::default();
    let packs: Vec<(Manifest, Sections, &PackSource)> =
        sources.packs.iter().map(|pack| read_pack(pack, &reading, &mut changes, &mut problems, &mut unread)).collect();
    let declared: Vec<_> = packs.iter().flat_map(|(manifest, ..)| manifest.settings.clone()).collect();
    let renamed: Vec<_> = packs.iter().flat_map(|(manifest, ..)| manifest.renamed.clone()).collect();
    problems.extend(renamed::check(&renamed, &declared));
    let given = sources.settings.as_ref().map(|given| renamed::apply(given, &renamed, &mut problems));
    let given = given.as_ref();
    let (values, found) = settings::all(&declared, given);
    problems.extend(found);
    let tables = tables(packs.iter().flat_map(|(_, sections, _)| sections.of("tables")), &mut problems);
    let calendar_names: Vec<Name> = named(&packs, "calendars").map(|(key, _)| key.name.as_str().into()).collect();
    let calendars = calendars(&packs, &mut problems);
    problems.extend(settings::unknown_calendars(&declared, &values, given, &calendar_names));
    let mut scripts = Scripts::new(catalog.clone()).with_calendars(calendar_names.clone());
    add_modules(&mut scripts, sources, &mut problems);
    let mut compiling = Compiling {
        scripts: &scripts,
        catalog,
        settings: &values,
        setting_kinds: settings::kinds(&declared),
        field_kinds: packs.iter().flat_map(|(manifest, ..)| manifest.field_kinds()).collect(),
        tables: &tables,
        calendar_names,
        calendars: &calendars,
        criteria: named(&packs, "criteria").map(|(key, node)| (key.name.clone(), node.clone())).collect(),
        meeting: vec![],
        met: BTreeSet::new(),
        mapping_nodes: named(&packs, "mappings")
            .map(|(key, node)| (key.name.clone(), (key.clone(), node.clone())))
            .collect(),
        mapped: BTreeSet::new(),
        pack: "".into(),
        problems,
        mentions: vec![],
    };
    for (manifest, ..) in &packs {
        checks::hold(&mut compiling, &manifest.checks, &declared, given);
    }
    let rules = rules(&mut compiling, &packs);
    let manifests: Vec<&Manifest> = packs.iter().map(|(manifest, ..)| manifest).collect();
    let needs = check(&manifests, catalog, &rules);
    // Which functions rules call and which rights they need is known once each rule is.
    let is_whole = compiling.errors() == 0;
    compiling.problems.extend(needs.into_iter().filter(|problem| is_whole || !problem.warning));
    criteria::check_unused(&mut compiling);
    let mappings = mappings(&mut compiling);
    let mut mentions = std::mem::take(&mut compiling.mentions);
    mentions.extend(scripts.mentions().iter().cloned());
    mentions.extend(online::of_settings(&declared, given));
    mentions.extend(packs.iter().flat_map(|(manifest, ..)| manifest.requires.iter().cloned()));
    compiling.problems.retain(|problem| !unread.explains(problem));
    let (warnings, problems): (Vec<_>, Vec<_>) = compiling.problems.into_iter().partition(|problem| problem.warning);
    if !problems.is_empty() {
        return Err(deduplicated(problems.into_iter().chain(warnings).collect()));
    }
    let archived = sources.archived();
    let rules = RuleSet {
        digest: Digest::of(&archived),
        rules,
        settings: Arc::new(values),
        tables: Arc::new(tables),
        calendars: Arc::new(calendars),
        mappings: Arc::new(mappings),
        sources: archived.into(),
    };
    Ok(Compiled { rules, warnings: deduplicated(warnings), changes, mentions })
}

/// What could not be read: what stands in it is missed by other files, and nothing is wrong with these.
#[derive(Default)]
struct Unread {
    manifest: bool,
    /// A file of rules, or a script.
    rules: bool,
}

impl Unread {
    /// Whether a Problem may only say that something stands in what could not be read.
    fn explains(&self, problem: &Problem) -> bool {
        let of_rules = [
            pack_codes::UNKNOWN_ADDRESS,
            codes::UNKNOWN_MAPPING,
            codes::UNKNOWN_CRITERIA,
            codes::UNKNOWN_TABLE,
            script::codes::UNKNOWN_TABLE,
            script::codes::UNKNOWN_CALENDAR,
            codes::UNKNOWN_CALENDAR,
        ];
        let of_the_manifest = [pack_codes::UNKNOWN_SETTING, script::codes::UNKNOWN_SETTING];
        let code = problem.code.as_str();
        (self.rules && of_rules.contains(&code)) || (self.manifest && of_the_manifest.contains(&code))
    }
}

/// Every rule that the packs hold as the customer changed them, also those that are disabled.
pub fn written_rules(sources: &Sources, catalog: &Arc<Catalog>) -> Vec<RuleAddress> {
    let mut reading = Scripts::new(catalog.clone());
    add_modules(&mut reading, sources, &mut vec![]);
    let mut written = Vec::new();
    for pack in &sources.packs {
        let (_, sections, _) = read_pack(pack, &reading, &mut vec![], &mut vec![], &mut Unread::default());
        written.extend(sections.rules());
    }
    written
}

/// Compiles an archived rule set again. What it began is finished, whatever versions it was made for.
pub fn recompile(sources: &str, catalog: &Arc<Catalog>) -> Option<Arc<RuleSet>> {
    let sources: Sources = serde_json::from_str(sources).ok()?;
    compile_and(&sources, catalog, |_, _, _| vec![]).ok().map(|compiled| Arc::new(compiled.rules))
}

fn read_pack<'a>(
    pack: &'a PackSource,
    scripts: &Scripts,
    changes: &mut Vec<Change>,
    problems: &mut Vec<Problem>,
    unread: &mut Unread,
) -> (Manifest, Sections, &'a PackSource) {
    let mut described = Manifest::default();
    let mut sections = Sections::default();
    for (file, text) in &pack.files {
        if file.ends_with("pack.yaml") {
            described = manifest(file, text, problems);
            unread.manifest |= !described.is_read;
        } else if file.ends_with(".yaml") {
            match read(file, text) {
                Ok(node) => sections.add(&node, problems),
                Err(found) => {
                    unread.rules = true;
                    problems.extend(found);
                }
            }
        }
    }
    for given in scripted::given(scripts, &pack.folder, &pack.files) {
        match given {
            Ok(rule) => sections.add_named("rules", &[rule], problems),
            Err(found) => {
                unread.rules = true;
                problems.extend(found);
            }
        }
    }
    if let Some(overlay) = &pack.overlay {
        changes.extend(overlay::apply(overlay, &described, &mut sections, problems));
    }
    (described, sections, pack)
}

impl Sections {
    /// Adds what a file holds; a name that stands twice is a Problem with both places.
    fn add(&mut self, node: &Node, problems: &mut Vec<Problem>) {
        for (key, value) in node.entries() {
            match key.name.as_str() {
                name if SECTIONS.contains(&name) => match written::map(value, "a section") {
                    Ok(entries) => self.add_named(name, entries, problems),
                    Err(problem) => problems.push(problem),
                },
                name if LATER.contains(&name) => problems.push(written::not_yet(key)),
                name => problems.push(unknown_section(key, name)),
            }
        }
    }

    fn add_named(&mut self, section: &str, entries: &[(Key, Node)], problems: &mut Vec<Problem>) {
        let known = self.0.entry(section.to_owned()).or_default();
        for (key, node) in entries {
            problems.extend(written::kebab(key).err());
            match known.iter().find(|(known, _)| known.name == key.name) {
                Some((first, _)) => problems.push(twice(section, key, first)),
                None => known.push((key.clone(), node.clone())),
            }
        }
    }

    /// All of it as one tree, for addresses; every section that there can be is there.
    pub fn to_tree(&self) -> Node {
        let at = Place::file("");
        let names: BTreeSet<&str> = SECTIONS.iter().copied().chain(self.0.keys().map(String::as_str)).collect();
        let section = |name: &str| {
            let entries = Shape::Map(self.of(name).to_vec());
            (Key { name: name.to_owned(), at: at.clone() }, Node { at: at.clone(), shape: entries })
        };
        Node { at: at.clone(), shape: Shape::Map(names.into_iter().map(section).collect()) }
    }

    /// Takes back what `to_tree` gave.
    pub fn put_tree(&mut self, tree: Node) {
        let Shape::Map(sections) = tree.shape else { return };
        let named = |(key, node): (Key, Node)| (key.name, node.entries().to_vec());
        self.0 = sections.into_iter().map(named).collect();
    }

    /// The addresses of its rules, also of those that are off.
    fn rules(&self) -> impl Iterator<Item = RuleAddress> + '_ {
        let addressed = |section| self.of(section).iter().map(move |(key, _)| format!("{section}.{}", key.name).into());
        RULES.iter().flat_map(move |section| addressed(*section))
    }

    fn of(&self, section: &str) -> &[(Key, Node)] {
        self.0.get(section).map(Vec::as_slice).unwrap_or_default()
    }
}

fn unknown_section(key: &Key, name: &str) -> Problem {
    let all: Vec<&str> = SECTIONS.iter().chain(LATER).copied().collect();
    let problem = Problem::new(codes::UNKNOWN_SECTION, &key.at, format!("unknown section `{name}`"));
    let problem = problem.because(format!("sections are: {}", SECTIONS.join(", ")));
    match closest(name, &all) {
        Some(near) => problem.next(format!("did you mean `{near}`?")),
        None => problem,
    }
}

fn named<'a>(
    packs: &'a [(Manifest, Sections, &PackSource)],
    section: &'a str,
) -> impl Iterator<Item = &'a (Key, Node)> {
    packs.iter().flat_map(move |(_, sections, _)| sections.of(section))
}

/// The calendars of all packs; a name is there once.
fn calendars(packs: &[(Manifest, Sections, &PackSource)], problems: &mut Vec<Problem>) -> Calendars {
    let mut calendars = Calendars::new();
    let mut known: Vec<&Key> = Vec::new();
    for (_, sections, pack) in packs {
        let files = |name: &str| {
            let path = format!("{}/{name}", pack.folder.trim_end_matches('/'));
            let found = pack.files.get_key_value(&path).or_else(|| pack.files.get_key_value(name))?;
            Some((found.0.as_str(), found.1.as_str()))
        };
        for (key, node) in sections.of("calendars") {
            if let Some(first) = known.iter().find(|known| known.name == key.name) {
                problems.push(twice("calendars", key, first));
            }
            known.push(key);
            let calendar = calendar::calendar(key, node, &files, problems);
            calendars.extend(calendar.map(|calendar| (calendar.name.clone(), Arc::new(calendar))));
        }
    }
    calendars
}

fn twice(section: &str, key: &Key, first: &Key) -> Problem {
    Problem::new(codes::NAMED_TWICE, &key.at, format!("`{section}.{}` stands twice", key.name))
        .also(&first.at)
        .next("give one another name")
}

/// Rows of tables in file order: with a list as key, the first row from the top counts.
fn tables<'a>(nodes: impl Iterator<Item = &'a (Key, Node)>, problems: &mut Vec<Problem>) -> Tables {
    let mut tables = Tables::new();
    for (key, node) in nodes {
        let entries = written::map(node, "a table").unwrap_or_else(|problem| {
            problems.push(problem);
            &[]
        });
        let mut rows = Vec::new();
        for (name, value) in entries {
            match cell(value) {
                Ok(value) => rows.push((Name::from(name.name.as_str()), value)),
                Err(problem) => problems.push(problem),
            }
        }
        tables.insert(key.name.as_str().into(), rows);
    }
    tables
}

/// A table holds plain values: whole numbers, yes or no, texts.
fn cell(node: &Node) -> Result<Value, Problem> {
    let text = written::text(node)?;
    if text.starts_with('=') || text.contains("${") {
        let problem = Problem::new(codes::SHAPE, &node.at, "a table holds plain values, and this is an expression");
        return Err(problem.next("write the value itself, or use `if` where the table is used"));
    }
    Ok(plain(node, text))
}

/// `scripts/*.rhai` of every pack.
fn add_modules(scripts: &mut Scripts, sources: &Sources, problems: &mut Vec<Problem>) {
    for (file, text) in sources.packs.iter().flat_map(|pack| &pack.files) {
        let Some((folder, name)) = file.trim_end_matches(".rhai").rsplit_once('/') else { continue };
        if file.ends_with(".rhai") && folder.ends_with("scripts") {
            problems.extend(scripts.add_module(name, file, text));
        }
    }
}

/// Every enabled rule, in judging order.
fn rules(compiling: &mut Compiling, packs: &[(Manifest, Sections, &PackSource)]) -> Vec<Arc<Rule>> {
    let mut rules: Vec<Arc<Rule>> = Vec::new();
    for (manifest, sections, pack) in packs {
        compiling.pack = format!("{} {}", manifest.pack, manifest.version).into();
        for (section, compile) in SHORTHANDS {
            for (key, node) in sections.of(section) {
                rules.extend(compile(compiling, key, node).into_iter().map(Arc::new));
            }
        }
        let written = |(key, _): &&(Key, Node)| !scripted::is_scripted(&pack.folder, &pack.files, key);
        for (key, node) in sections.of("rules").iter().filter(written) {
            rules.extend(everything_else::rules(compiling, key, node).into_iter().map(Arc::new));
        }
        rules.extend(
            scripted::rules(compiling, &pack.folder, &pack.files, sections.of("rules")).into_iter().map(Arc::new),
        );
    }
    compiling.problems.extend(rules.iter().flat_map(|rule| never::check(rule)));
    // Stable: within one order the place in the files decides, then the pack's place.
    rules.sort_by_key(|rule| rule.order);
    let disputed = equal_order::check(&rules, compiling.catalog);
    compiling.problems.extend(disputed);
    let written: Vec<RuleAddress> = packs.iter().flat_map(|(_, sections, _)| sections.rules()).collect();
    compiling.problems.extend(shadow::check(&rules, &written));
    rules
}

/// Mappings by name, for scripts; a mapping that no rule uses is checked too, as one of threads.
fn mappings(compiling: &mut Compiling) -> NamedMappings {
    let scope = Scope::of_facts(vec!["khoros.thread_due".into()]);
    let nodes: Vec<(Key, Node)> = compiling.mapping_nodes.values().cloned().collect();
    let mut found = NamedMappings::default();
    let mapped = compiling.mapped.clone();
    for (key, node) in nodes {
        let known = compiling.problems.len();
        if let Some(rows) = mapping::named(compiling, &key.name, &node, &scope, &mut vec![]) {
            found.0.insert(key.name.as_str().into(), Arc::new(rows));
        }
        if mapped.contains(&key.name) {
            compiling.problems.truncate(known);
        }
    }
    found
}

/// A mapping that two rules use says what is wrong with it once.
fn deduplicated(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by(|a, b| (&a.at, &a.code, &a.what).cmp(&(&b.at, &b.code, &b.what)));
    problems.dedup();
    problems
}
