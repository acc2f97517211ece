//! `tests/*.yaml`: tests by name, what all of a file share, and every wrong key or word as a Problem.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Catalog;
use crate::names::{EventKind, FunctionName, RuleAddress};
use crate::problem::{Place, Problem};
use crate::rules::moments;
use crate::rules::yaml::{Key, Node, Shape, read};
use crate::rules::{codes as rule_codes, written};
use crate::testing::expect::{Expect, expect};
use crate::testing::faults::Fault;
use crate::testing::given::{Given, given, together};
use crate::value::Value;

/// What all tests of a file share stands under this name.
const SHARED: &str = "every test";
/// The keys of a test.
pub const KEYS: &[&str] = &["settings", "now", "given", "reads", "faults", "when", "expect", "steps"];
/// The keys of what all tests of a file share.
pub const SHARED_KEYS: &[&str] = &["settings", "now", "given", "reads", "faults", "when"];
/// The keys of one step.
pub const STEP_KEYS: &[&str] = &["given", "reads", "faults", "when", "expect"];
/// A Tuesday.
const NOON: &str = "2026-03-03T12:00:00Z";

/// One test.
#[derive(Clone, Debug)]
pub struct RuleTest {
    pub name: String,
    pub at: Place,
    /// As written, the shared ones beneath its own.
    pub settings: Node,
    pub now: Timestamp,
    pub steps: Vec<Step>,
}

/// One thing that happens, and what is expected to come of it.
#[derive(Clone, Debug)]
pub struct Step {
    pub at: Place,
    pub given: Vec<Given>,
    pub reads: Vec<(FunctionName, Vec<Value>)>,
    pub faults: Vec<Fault>,
    pub when: When,
    pub expect: Option<Expect>,
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// Every rule on a schedule is due.
    Everything,
    Due(RuleAddress, Place),
    Event(EventKind),
    /// Time passes, then every rule on a schedule is due.
    Passes(SignedDuration),
}

impl When {
    /// The kind of event that rules are judged for.
    pub fn kind(&self) -> EventKind {
        match self {
            When::Event(kind) => kind.clone(),
            _ => "khoros.thread_due".into(),
        }
    }
}

/// The tests of a file.
pub fn tests(file: &str, text: &str, catalog: &Catalog, problems: &mut Vec<Problem>) -> Vec<RuleTest> {
    let node = match read(file, text) {
        Ok(node) => node,
        Err(found) => {
            problems.extend(found);
            return vec![];
        }
    };
    let entries = written::map(&node, "a file of tests").unwrap_or_else(|problem| {
        problems.push(problem);
        &[]
    });
    let mut reading = Reading { catalog, problems, shared: None };
    if let Some((_, shared)) = entries.iter().find(|(key, _)| key.name == SHARED) {
        reading.check_keys(shared, SHARED_KEYS, "`every test`");
        reading.shared = Some(shared);
    }
    entries.iter().filter(|(key, _)| key.name != SHARED).filter_map(|(key, node)| reading.test(key, node)).collect()
}

/// What reading one file knows.
pub struct Reading<'a> {
    pub catalog: &'a Catalog,
    pub problems: &'a mut Vec<Problem>,
    shared: Option<&'a Node>,
}

impl Reading<'_> {
    /// The value of a result, its Problem kept otherwise.
    pub fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.problems.push(problem)).ok()
    }

    fn check_keys(&mut self, node: &Node, known: &[&str], of: &str) {
        let entries = self.keep(written::map(node, of).map(<[_]>::to_vec)).unwrap_or_default();
        for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
            self.problems.push(written::unknown_key(key, known, of));
        }
    }

    fn test(&mut self, key: &Key, node: &Node) -> Option<RuleTest> {
        self.check_keys(node, KEYS, "a test");
        let shared = self.shared.cloned();
        let shared = |name: &str| shared.as_ref().and_then(|shared| shared.get(name)).cloned();
        let now = node.get("now").cloned().or(shared("now"));
        let now = match now {
            Some(node) => self.keep(moments::moment(&node)),
            None => NOON.parse().ok(),
        };
        let settings = merged(shared("settings").as_ref(), node.get("settings"), &key.at);
        let steps = match node.get("steps") {
            None => vec![self.step(node, &key.at, true)?],
            Some(steps) => self.steps(node, steps),
        };
        if self.is_without_expect(node) {
            let problem = Problem::new(rule_codes::MISSING_KEY, &key.at, "this test expects nothing at all");
            self.problems.push(problem.next("`expect:` with a list of actions, or `{ nothing: because LINE }`"));
        }
        Some(RuleTest { name: key.name.clone(), at: key.at.clone(), settings, now: now?, steps })
    }

    /// Nothing is expected, and no misspelt key was meant to say what.
    fn is_without_expect(&self, node: &Node) -> bool {
        let steps = node.get("steps").map(Node::items).unwrap_or_default();
        let all = || std::iter::once(node).chain(steps);
        let known = |node: &Node| node.entries().iter().all(|(key, _)| KEYS.contains(&key.name.as_str()));
        all().all(|node| node.get("expect").is_none() && known(node))
    }

    fn steps(&mut self, node: &Node, steps: &Node) -> Vec<Step> {
        for (key, _) in node.entries().iter().filter(|(key, _)| STEP_KEYS.contains(&key.name.as_str())) {
            let what = format!("`{}` stands beside `steps`", key.name);
            let problem = Problem::new(rule_codes::SHAPE, &key.at, what);
            self.problems.push(problem.next("put it into the step that it belongs to"));
        }
        let items = self.keep(written::list(steps, "`steps`").map(<[Node]>::to_vec)).unwrap_or_default();
        let mut found = Vec::new();
        for (n, item) in items.iter().enumerate() {
            self.check_keys(item, STEP_KEYS, "a step");
            found.extend(self.step(item, &item.at, n == 0));
        }
        found
    }

    /// One step; what all tests share is given in the first.
    fn step(&mut self, node: &Node, at: &Place, is_first: bool) -> Option<Step> {
        let shared = self.shared.cloned();
        let shared = |name: &str| shared.as_ref().and_then(|shared| shared.get(name)).cloned();
        let when = match node.get("when").cloned().or(shared("when")) {
            Some(when) => self.when(&when),
            None => Some(When::Everything),
        };
        let kind = when.as_ref().map_or("khoros.thread_due".into(), When::kind);
        let own = node.get("given").map(|node| given(node, std::slice::from_ref(&kind), self.catalog, self.problems));
        let all: Vec<EventKind> = self.catalog.kinds().map(|(kind, _)| kind.clone()).collect();
        let common = match shared("given").filter(|_| is_first) {
            Some(node) => given(&node, &all, self.catalog, self.problems),
            None => vec![],
        };
        let is_seen =
            |given: &Given| given.path.as_str().starts_with("event.") || self.catalog.row(&kind, &given.path).is_some();
        let common: Vec<Given> = common.into_iter().filter(is_seen).collect();
        let mut reads = node.get("reads").map(|node| self.reads(node)).unwrap_or_default();
        reads.extend(shared("reads").map(|node| self.reads(&node)).unwrap_or_default());
        let mut faults = node.get("faults").map(|node| self.faults(node)).unwrap_or_default();
        faults.extend(shared("faults").map(|node| self.faults(&node)).unwrap_or_default());
        let expect = node.get("expect").and_then(|node| expect(node, self.catalog, self.problems));
        Some(Step {
            at: at.clone(),
            given: together(&common, &own.unwrap_or_default()),
            reads,
            faults,
            when: when?,
            expect,
        })
    }
}

/// The shared settings with the test's own on top.
fn merged(shared: Option<&Node>, own: Option<&Node>, at: &Place) -> Node {
    let own = own.cloned().unwrap_or(Node { at: at.clone(), shape: Shape::Map(vec![]) });
    let (Some(Shape::Map(shared)), Shape::Map(entries)) = (shared.map(|node| &node.shape), &own.shape) else {
        return own;
    };
    let beneath = shared.iter().filter(|(key, _)| own.get(&key.name).is_none()).cloned();
    Node { at: own.at.clone(), shape: Shape::Map(beneath.chain(entries.iter().cloned()).collect()) }
}
