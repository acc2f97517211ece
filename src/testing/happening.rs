//! What happens in a step, as written: `when:`, and what hosts answer to it: `reads:` and `faults:`.

use crate::catalog::Call;
use crate::names::FunctionName;
use crate::problem::{Place, Problem};
use crate::rules::yaml::{Node, Shape};
use crate::rules::{codes as rule_codes, written};
use crate::testing::expect::unknown;
use crate::testing::faults::{Fault, WORDS};
use crate::testing::test_file::{Reading, When};
use crate::testing::{amounts, codes};
use crate::value::Value;

/// The keys of a fault beside the parameters of its function, which name the calls that go wrong.
pub const FAULT_KEYS: &[&str] = &["function", "answer", "times"];

impl Reading<'_> {
    /// `when:`: an event, a rule that is due, or time.
    pub fn when(&mut self, node: &Node) -> Option<When> {
        let text = self.keep(written::text(node).map(str::to_owned))?;
        if text == "everything is due" {
            return Some(When::Everything);
        }
        if let Some(rule) = text.strip_suffix(" is due") {
            return Some(When::Due(rule.into(), node.at.clone()));
        }
        if let Some(span) = text.strip_suffix(" pass").or(text.strip_suffix(" passes")) {
            let shape = Shape::Scalar { text: span.to_owned(), quoted: false };
            return self.keep(amounts::span(&Node { at: node.at.clone(), shape })).map(When::Passes);
        }
        let kinds: Vec<&str> = self.catalog.kinds().map(|(kind, _)| kind.as_str()).collect();
        if kinds.contains(&text.as_str()) && text != "khoros.thread_due" {
            return Some(When::Event(text.as_str().into()));
        }
        let problem = unknown(codes::WHEN, &node.at, format!("`{text}` is nothing that happens"), &text, &kinds);
        let said = "an event, `RULE is due`, `2 days pass`, or `everything is due`".to_owned();
        self.problems.push(if problem.next.is_empty() {
            problem.because("").next(said)
        } else {
            problem.because(said)
        });
        None
    }

    /// `reads:`: rows by function; a single one may stand without a list.
    pub fn reads(&mut self, node: &Node) -> Vec<(FunctionName, Vec<Value>)> {
        let entries = self.keep(written::map(node, "`reads`").map(<[_]>::to_vec)).unwrap_or_default();
        let mut reads = Vec::new();
        for (key, rows) in &entries {
            if self.function(&key.name, &key.at, |call| matches!(call, Call::Read(_)), "read") {
                let rows = if rows.items().is_empty() && !matches!(rows.shape, Shape::List(_)) {
                    vec![amounts::plain(rows)]
                } else {
                    rows.items().iter().map(amounts::plain).collect()
                };
                reads.push((key.name.as_str().into(), rows));
            }
        }
        reads
    }

    /// `faults:`: calls that go wrong.
    pub fn faults(&mut self, node: &Node) -> Vec<Fault> {
        let items = self.keep(written::list(node, "`faults`").map(<[Node]>::to_vec)).unwrap_or_default();
        items.iter().filter_map(|item| self.fault(item)).collect()
    }

    fn fault(&mut self, node: &Node) -> Option<Fault> {
        self.keep(written::map(node, "a fault"))?;
        let (Some(function), Some(answer)) = (node.get("function"), node.get("answer")) else {
            let problem = Problem::new(rule_codes::MISSING_KEY, &node.at, "a fault needs `function` and `answer`");
            self.problems.push(problem.next("`{ function: khoros.label_thread, answer: busy, times: 1 }`"));
            return None;
        };
        let name = self.keep(written::text(function).map(str::to_owned))?;
        let known = self.function(&name, &function.at, |call| !matches!(call, Call::Note { .. }), "function of a host");
        let answer = self.keep(written::word(answer, WORDS))?;
        let times = node.get("times").filter(|node| node.text() != Some("always"));
        let times = times.and_then(|node| self.keep(written::whole(node)));
        let params = self.catalog.get(&name).map(|function| function.params.clone()).unwrap_or_default();
        let mut args = Vec::new();
        for (key, value) in node.entries().iter().filter(|(key, _)| !FAULT_KEYS.contains(&key.name.as_str())) {
            if known && !params.iter().any(|param| param.name.as_str() == key.name) {
                let own = FAULT_KEYS.iter().copied();
                let known: Vec<&str> = own.chain(params.iter().map(|param| param.name.as_str())).collect();
                self.problems.push(written::unknown_key(key, &known, "a fault"));
            }
            args.push((key.name.clone(), value.clone()));
        }
        known.then_some(Fault { function: name.as_str().into(), args, answer, times })
    }

    /// Whether there is such a function; a Problem otherwise.
    fn function(&mut self, name: &str, at: &Place, fits: fn(&Call) -> bool, what: &str) -> bool {
        let there: Vec<&str> =
            self.catalog.functions().filter(|function| fits(&function.call)).map(|f| f.name.as_str()).collect();
        if there.contains(&name) {
            return true;
        }
        let text = format!("there is no {what} `{name}`");
        self.problems.push(unknown(rule_codes::UNKNOWN_FUNCTION, at, text, name, &there));
        false
    }
}
