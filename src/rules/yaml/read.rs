//! Builds the tree from the parser's events, and finds on the way what YAML itself would let pass.
//!
//! Spans count characters: a place is right behind an umlaut and an emoji. What a line meant that the parser cannot
//! read is `traps.rs`'.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::{Key, Node, Shape, codes, traps};
use crate::problem::{Place, Problem};

/// More values than this, aliases counted as what they stand for, are refused.
const NODES: usize = 100_000;
/// The same for the bytes of all texts, so that a long text behind many aliases cannot fill the memory either.
const BYTES: usize = 8 << 20;
const DEPTH: usize = 64;

/// The tree of a file, or everything that is wrong with it. An empty file is an empty map.
pub fn read(file: &str, text: &str) -> Result<Node, Vec<Problem>> {
    let mut reader = Reader { file: file.into(), lines: text.lines().collect(), ..Reader::default() };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => reader.event(event, span),
            Err(error) => {
                let at = Place {
                    file: file.into(),
                    line: error.marker().line(),
                    column: error.marker().col() + 1,
                    width: 1,
                };
                reader.problems.push(traps::syntax(&reader.lines, &at, error.info()));
                break;
            }
        }
        if reader.full {
            break;
        }
    }
    let empty = Node { at: Place::file(file), shape: Shape::Map(vec![]) };
    if reader.problems.iter().all(|problem| problem.warning) {
        Ok(reader.root.unwrap_or(empty))
    } else {
        Err(reader.problems)
    }
}

#[derive(Default)]
struct Reader<'a> {
    file: Arc<str>,
    lines: Vec<&'a str>,
    stack: Vec<Frame>,
    root: Option<Node>,
    documents: usize,
    /// What an anchor stands for, and how much that is.
    anchors: HashMap<usize, (Node, Size)>,
    size: Size,
    full: bool,
    problems: Vec<Problem>,
}

/// How much was read, aliases counted as what they stand for.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
}

/// A map or list that is not finished.
struct Frame {
    at: Place,
    anchor: usize,
    before: Size,
    flow: bool,
    open: Open,
}

enum Open {
    Map { entries: Vec<(Key, Node)>, key: Option<Key> },
    List(Vec<Node>),
}

impl Reader<'_> {
    fn event(&mut self, event: Event, span: Span) {
        match event {
            Event::DocumentStart(_) => self.document(span),
            Event::Scalar(text, style, anchor, tag) => {
                let at = self.place(span);
                // A tag that nobody meant leaves an empty value behind, which is not said as well.
                let quoted = style != ScalarStyle::Plain || tag.is_some();
                if tag.is_some() {
                    self.problems.push(traps::tag(&self.lines, &at));
                }
                self.scalar(text.into_owned(), quoted, anchor, at, span);
            }
            Event::SequenceStart(anchor, tag) => self.start(Open::List(vec![]), anchor, tag.is_some(), span),
            Event::MappingStart(anchor, tag) => {
                self.start(Open::Map { entries: vec![], key: None }, anchor, tag.is_some(), span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }

    fn document(&mut self, span: Span) {
        self.documents += 1;
        if self.documents == 2 {
            let at = self.place(span);
            let problem =
                Problem::new(codes::SEVERAL_DOCUMENTS, &at, "a second document begins here, and a file holds one");
            self.problems.push(problem.next("put it into a file of its own"));
            self.full = true;
        }
    }

    fn place(&self, span: Span) -> Place {
        let (start, end) = (span.start, span.end);
        // The parser counts the blanks behind a quoted text as part of it.
        let written = |line: &&str| {
            let text: String = line.chars().skip(start.col()).take(end.col() - start.col()).collect();
            text.trim_end().chars().count()
        };
        let one_line = start.line() == end.line();
        let width = self.lines.get(start.line().saturating_sub(1)).filter(|_| one_line).map_or(0, written);
        Place { file: self.file.clone(), line: start.line(), column: start.col() + 1, width }
    }

    fn start(&mut self, open: Open, anchor: usize, tagged: bool, span: Span) {
        let at = Place { width: 1, ..self.place(span) };
        if tagged {
            self.problems.push(traps::tag(&self.lines, &at));
        }
        let flow = matches!(traps::character(&self.lines, &at), Some('{' | '['));
        let before = self.size;
        self.count(Size { nodes: 1, bytes: 0 }, &at);
        if self.stack.len() >= DEPTH {
            self.too_large(&at, "it is nested too deeply");
        }
        self.stack.push(Frame { at, anchor, before, flow, open });
    }

    fn end(&mut self) {
        let Some(frame) = self.stack.pop() else { return };
        let shape = match frame.open {
            Open::Map { entries, .. } => Shape::Map(entries),
            Open::List(items) => Shape::List(items),
        };
        let node = Node { at: frame.at, shape };
        if frame.anchor > 0 {
            let size =
                Size { nodes: self.size.nodes - frame.before.nodes, bytes: self.size.bytes - frame.before.bytes };
            self.anchors.insert(frame.anchor, (node.clone(), size));
        }
        self.put(node);
    }

    fn scalar(&mut self, text: String, quoted: bool, anchor: usize, at: Place, span: Span) {
        let size = Size { nodes: 1, bytes: text.len() };
        self.count(size, &at);
        if self.wants_key() {
            self.key(text, at);
            return;
        }
        if !quoted {
            self.plain_value(&text, &at, span);
        }
        let node = Node { at, shape: Shape::Scalar { text, quoted } };
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        self.put(node);
    }

    fn wants_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { open: Open::Map { key: None, .. }, .. }))
    }

    fn key(&mut self, name: String, at: Place) {
        if name == "<<" {
            let problem = Problem::new(codes::MERGE_KEY, &at, "merge keys are not applied here");
            self.problems.push(problem.next("copy the keys, or use `extends` for mappings"));
        }
        if self.stack.iter().rev().nth(1).is_some_and(|list| list.flow) {
            self.problems.extend(traps::flow_entry(&name, &at));
        }
        let Some(Frame { open: Open::Map { entries, key }, .. }) = self.stack.last_mut() else { return };
        if let Some((first, _)) = entries.iter().find(|(key, _)| key.name == name) {
            let problem = Problem::new(codes::DUPLICATE_KEY, &at, format!("the key `{name}` stands twice"));
            let problem = problem.because("the second one").also(&first.at);
            self.problems.push(problem.next("put both under one key, or give one another name"));
        }
        *key = Some(Key { name, at });
    }

    /// A value without quotes: empty, or not what it looks like.
    fn plain_value(&mut self, text: &str, at: &Place, span: Span) {
        let Some(frame) = self.stack.last() else { return };
        let Open::Map { entries, key } = &frame.open else {
            let cut = frame.flow.then(|| traps::flow_entry(text, at)).flatten();
            self.problems.extend(cut.or_else(|| traps::comment(&self.lines, at, text, span)));
            if text.is_empty() || is_null(text) {
                self.problems.push(empty(at, "this entry"));
            }
            return;
        };
        if text.is_empty() || is_null(text) {
            let key = key.clone().unwrap_or_else(|| Key { name: String::new(), at: at.clone() });
            let cut = frame.flow.then(|| traps::flow_comma(entries, &key)).flatten();
            self.problems.push(cut.unwrap_or_else(|| empty(&key.at, &format!("`{}`", key.name))));
        } else {
            self.problems.extend(traps::comment(&self.lines, at, text, span));
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        let at = self.place(span);
        let Some((_, size)) = self.anchors.get(&anchor) else {
            self.problems.push(Problem::new(codes::SYNTAX, &at, "this alias stands for nothing yet"));
            return;
        };
        // Counted before it is copied: nine lines of aliases can stand for a thousand million values.
        self.count(*size, &at);
        if !self.full
            && let Some((node, _)) = self.anchors.get(&anchor)
        {
            let node = node.clone();
            self.put(node);
        }
    }

    fn put(&mut self, node: Node) {
        match self.stack.last_mut().map(|frame| &mut frame.open) {
            None => self.root = self.root.take().or(Some(node)),
            Some(Open::List(items)) => items.push(node),
            Some(Open::Map { entries, key }) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    let problem = Problem::new(codes::SYNTAX, &node.at, "a key is a word, not a list or a map");
                    self.problems.push(problem.next("text with a brace, bracket or comma goes in quotes"));
                    self.full = true;
                }
            },
        }
    }

    fn count(&mut self, more: Size, at: &Place) {
        self.size.nodes = self.size.nodes.saturating_add(more.nodes);
        self.size.bytes = self.size.bytes.saturating_add(more.bytes);
        if self.full {
            return;
        }
        if self.size.nodes > NODES {
            self.too_large(at, &format!("it stands for more than {NODES} values"));
        } else if self.size.bytes > BYTES {
            self.too_large(at, &format!("its texts stand for more than {} MB", BYTES >> 20));
        }
    }

    fn too_large(&mut self, at: &Place, why: &str) {
        let problem = Problem::new(codes::TOO_LARGE, at, format!("the file is too large: {why}"));
        self.problems.push(problem.next("write it out, in several files"));
        self.full = true;
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "~" | "null" | "Null" | "NULL")
}

fn empty(at: &Place, what: &str) -> Problem {
    Problem::new(codes::EMPTY_VALUE, at, format!("{what} has no value")).next("leave the key out, or give it a value")
}
