//! What compiling one rule set knows, and where its Problems are collected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::calendar::Calendars;
use crate::catalog::{Catalog, FactRow};
use crate::names::{EventKind, Name, Path};
use crate::predicate::Predicate;
use crate::problem::{Place, Problem};
use crate::rules::yaml::{Key, Node};
use crate::rules::{Criteria, Criterion, FieldRow, Template, TextPiece, codes};
use crate::script::{self, Expression, Kind, Known, Lowering, Mention, NOUN, Scripts, Tables, YES_NO};
use crate::value::Value;

/// The state of a compilation.
pub struct Compiling<'a> {
    pub scripts: &'a Scripts,
    pub catalog: &'a Catalog,
    /// The values of all settings; `enabled` and the keys that steer look at these.
    pub settings: &'a Value,
    /// Every setting, and of what kind it is.
    pub setting_kinds: BTreeMap<Name, Option<Kind>>,
    /// Of what kind the fields are that the packs require, by the fact.
    pub field_kinds: BTreeMap<Path, &'static str>,
    pub tables: &'a Tables,
    /// Every calendar that is named, also one that is wrong.
    pub calendar_names: Vec<Name>,
    pub calendars: &'a Calendars,
    /// `criteria:` by name.
    pub criteria: BTreeMap<String, Node>,
    /// The criteria that are being read, and those that a rule met.
    pub meeting: Vec<String>,
    pub met: BTreeSet<String>,
    /// `mappings:` by name, as written and where.
    pub mapping_nodes: BTreeMap<String, (Key, Node)>,
    /// The mappings that rules use: what is wrong with one is said there, where it is known what it looks at.
    pub mapped: BTreeSet<String>,
    /// Pack and version.
    pub pack: Arc<str>,
    pub problems: Vec<Problem>,
    /// What was named in the org and the community so far.
    pub mentions: Vec<Mention>,
}

/// What the expressions of one rule may look at.
#[derive(Clone, Default)]
pub struct Scope {
    pub kinds: Vec<EventKind>,
    /// Names of `let:` and of named steps.
    pub names: Vec<Name>,
    /// Of what kind those of `let:` are, where that is known.
    pub lets: BTreeMap<Name, Kind>,
    /// What is made in this run: `case` after an escalation opened one, and named steps. It may be passed on, not
    /// decided by.
    pub laters: Vec<Name>,
    /// False for keys that steer.
    pub facts: bool,
    /// Whether these are values of a case that is about to be opened, so that there is no case to look at.
    pub opens_case: bool,
    /// Whether these are values that a host is asked for.
    pub asks: bool,
}

impl Scope {
    /// The facts of some kinds of events.
    pub fn of_facts(kinds: Vec<EventKind>) -> Self {
        Scope { kinds, facts: true, ..Scope::default() }
    }
}

impl Compiling<'_> {
    /// Keeps a Problem and goes on.
    pub fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// How many Problems keep the rules from being loaded.
    pub fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| !problem.warning).count()
    }

    /// The value of a result, its Problem kept otherwise.
    pub fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.problem(problem)).ok()
    }

    /// The value of a result, all its Problems kept otherwise.
    pub fn keep_all<T>(&mut self, result: Result<T, Vec<Problem>>) -> Option<T> {
        result.map_err(|problems| self.problems.extend(problems)).ok()
    }

    /// Compiles one expression that starts at a place.
    pub fn expression(&mut self, text: &str, at: &Place, scope: &Scope) -> Option<Expression> {
        let compiled = self.scripts.expression(text, at, &self.known(scope));
        let compiled = self.keep_all(compiled)?;
        self.mentions.extend(compiled.mentions());
        if let Some(path) = compiled.uses().iter().find(|path| scope.opens_case && is_of_case(path)) {
            let what = format!("`{path}` never has a value here: the case is only about to be opened");
            let next = "a stage under `after:` may look at it";
            self.problem(Problem::new(codes::CASE_IS_AHEAD, compiled.at(), what).next(next).warning());
        }
        Some(compiled)
    }

    /// What expressions of a scope may name.
    pub fn known(&self, scope: &Scope) -> Known {
        Known {
            kinds: scope.kinds.clone(),
            settings: self.setting_kinds.clone(),
            names: scope.names.clone(),
            lets: scope.lets.clone(),
            fields: self.field_kinds.clone(),
            tables: Some(self.tables.keys().cloned().collect()),
            facts: scope.facts,
        }
    }

    /// A line of a name, lowered where it can be.
    pub fn criterion(&self, name: &str, expression: Expression, scope: &Scope) -> Criteria {
        // A name of `let:` hides a noun of the same name.
        let is_fact = |p: &Predicate| !scope.names.iter().any(|name| p.fact.behind(name.as_str()).is_some());
        let gives = |path: &Path| scope.kinds.first().and_then(|kind| self.catalog.gives(kind, path));
        let lowered = expression.lowered(&Lowering { settings: self.settings, gives: &gives });
        let lowered = lowered.filter(|lowered| lowered.tests().into_iter().all(is_fact));
        Criteria::Line(Criterion { name: name.into(), expression, lowered })
    }

    /// Compiles a line of `when:`: the whole scalar is an expression.
    pub fn line(&mut self, node: &Node, scope: &Scope) -> Option<Expression> {
        let text = match crate::rules::written::text(node) {
            Ok(text) => text.to_owned(),
            Err(problem) => {
                self.problem(problem);
                return None;
            }
        };
        let line = self.expression(&text, &inside(node), scope)?;
        let kind = self.kind(&line, scope).map(|kind| kind.is);
        if let Some(kind) = kind.filter(|kind| *kind != YES_NO) {
            self.problem(no_yes_or_no(&line, kind));
        }
        Some(line)
    }

    /// Of what kind an expression is, where that is known.
    pub fn kind(&self, expression: &Expression, scope: &Scope) -> Option<Kind> {
        self.scripts.kind(expression, &self.known(scope))
    }

    /// An expression whose value is written or asked for; of a noun only the parts are values.
    fn valued(&mut self, text: &str, at: &Place, scope: &Scope) -> Option<Expression> {
        let expression = self.expression(text, at, scope)?;
        let is_made = || scope.laters.iter().any(|later| later.as_str() == text);
        if self.kind(&expression, scope).is_some_and(|kind| kind.is == NOUN) && !is_made() {
            let problem = Problem::new(script::codes::UNLIKE_KINDS, expression.at(), format!("`{text}` is no value"));
            self.problem(problem.because("its parts are").next(format!("`{text}.{}`", self.part_of(text, scope))));
        }
        Some(expression)
    }

    /// A part of a noun, for an example.
    fn part_of(&self, noun: &str, scope: &Scope) -> String {
        let is_of_event = |row: &&FactRow| row.on.is_empty() || scope.kinds.iter().any(|kind| row.on.contains(kind));
        let part = |row: &FactRow| row.fact.behind(noun).filter(|part| !part.as_str().is_empty());
        let is_open = self.catalog.facts().any(|row| row.open && row.fact.as_str() == noun);
        let parts = self.catalog.facts().filter(is_of_event).filter(|row| !row.about.is_empty()).filter_map(part);
        let first = parts.map(|part| part.to_string()).next().filter(|_| !is_open);
        first.unwrap_or_else(|| "Id".to_owned())
    }

    /// Compiles a value: plain, `= …`, or text with `${…}`; maps and lists of these.
    pub fn value(&mut self, node: &Node, scope: &Scope, html: bool) -> Option<Template> {
        if let Some(text) = node.text() {
            let text = text.to_owned();
            return self.scalar(node, &text, scope, html);
        }
        if !node.entries().is_empty() {
            let entries = node
                .entries()
                .iter()
                .map(|(key, value)| Some((Name::from(key.name.as_str()), self.value(value, scope, html)?)));
            return entries.collect::<Option<Vec<_>>>().map(Template::Map);
        }
        let items = node.items().iter().map(|item| self.value(item, scope, html));
        items.collect::<Option<Vec<_>>>().map(Template::List)
    }

    fn scalar(&mut self, node: &Node, text: &str, scope: &Scope, html: bool) -> Option<Template> {
        if let Some(expression) = text.strip_prefix('=') {
            let written = expression.trim_start();
            let mut at = inside(node);
            at.column += text.chars().count() - written.chars().count();
            at.width = written.chars().count();
            return self.valued(written, &at, scope).map(Template::Expression);
        }
        if text.contains("${") {
            return self.pieces(node, text, scope, html);
        }
        if looks_like_fact(text, self.catalog) {
            let does = if scope.asks { "asks for" } else { "writes" };
            let what = format!("this {does} the words \"{text}\"");
            let problem = Problem::new(codes::LOOKS_LIKE_EXPRESSION, &node.at, what);
            self.problem(problem.next(format!("`= {text}`")).warning());
        }
        Some(Template::Plain(plain(node, text)))
    }

    /// A text with `${…}`; `$${` is a literal `${`.
    fn pieces(&mut self, node: &Node, text: &str, scope: &Scope, html: bool) -> Option<Template> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            if rest[..start].ends_with('$') {
                plain.push_str(&rest[..start - 1]);
                plain.push_str("${");
                rest = &rest[start + 2..];
                continue;
            }
            plain.push_str(&rest[..start]);
            let inner = &rest[start + 2..];
            let Some(end) = closing(inner) else {
                let problem = Problem::new(codes::TEXT_NOT_CLOSED, &node.at, "`${` is not closed in this text");
                self.problem(problem.next("close it with `}`, or write `$${` for the two characters"));
                return None;
            };
            if !plain.is_empty() {
                pieces.push(TextPiece::Text(std::mem::take(&mut plain)));
            }
            let at = place_in(node, text, text.len() - inner.len());
            pieces.push(TextPiece::Expression(self.valued(&inner[..end], &at, scope)?));
            rest = &inner[end + 1..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(TextPiece::Text(plain));
        }
        Some(Template::Text { pieces, html })
    }
}

fn is_of_case(path: &Path) -> bool {
    path.steps().next() == Some("case")
}

/// A line that holds or does not must say yes or no.
fn no_yes_or_no(line: &Expression, kind: &str) -> Problem {
    let text = line.text();
    let what = format!("`{text}` is a {kind}, and a line says yes or no");
    let problem = Problem::new(codes::NO_YES_NO, line.at(), what);
    match kind {
        _ if line.uses().is_empty() => problem.next("name a fact and what it must be: `thread.replies == 0`"),
        NOUN => problem.next(format!("name one of its parts, or `{text} != ()`: whether there is one")),
        "list" => problem.next(format!("`{text}.contains(\"…\")`, or `{text}.len() > 0`")),
        "duration" => problem.next(format!("`{text} >= hours(48)`")),
        "number" => problem.next(format!("`{text} >= 1`")),
        "text" => problem.next(format!("`{text} == \"…\"`, or `{text} != ()`")),
        _ => problem.next("compare it with something"),
    }
}

/// The place of the first character of a scalar's text, behind its quote.
fn inside(node: &Node) -> Place {
    let mut at = node.at.clone();
    let text = node.text().unwrap_or_default();
    let quotes =
        at.width > text.chars().count() && matches!(node.shape, crate::rules::yaml::Shape::Scalar { quoted: true, .. });
    at.column += usize::from(quotes);
    at.width = text.chars().count();
    at
}

/// The place of a byte of a scalar's text.
fn place_in(node: &Node, text: &str, byte: usize) -> Place {
    let mut at = inside(node);
    let before = &text[..byte];
    let lines = before.matches('\n').count();
    let last = before.rsplit('\n').next().unwrap_or_default().chars().count();
    at.line += lines;
    at.column = if lines == 0 { at.column + last } else { last + 1 };
    at
}

/// Where the `}` stands that closes, over braces and quotes within.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quoted) = (0, false);
    for (at, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted && depth == 0 => return Some(at),
            '}' if !quoted => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whole numbers and `true`/`false` keep their type unless they are quoted.
pub fn plain(node: &Node, text: &str) -> Value {
    if matches!(node.shape, crate::rules::yaml::Shape::Scalar { quoted: true, .. }) {
        return Value::text(text);
    }
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ if text.len() > 1 && text.starts_with('0') => Value::text(text),
        _ => text.parse::<i64>().map_or_else(|_| Value::text(text), Value::Int),
    }
}

/// Whether a plain text is the name of a fact.
fn looks_like_fact(text: &str, catalog: &Catalog) -> bool {
    text.contains('.') && (text.starts_with("settings.") || catalog.facts().any(|row| row.fact.as_str() == text))
}

/// A compiled mapping.
pub type Fields = Arc<Vec<FieldRow>>;
