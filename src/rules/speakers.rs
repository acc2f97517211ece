//! `as:`, who speaks in the community, in order: `agent`, a login, an expression, or one of these under a condition.

use crate::problem::Problem;
use crate::rules::compiling::Compiling;
use crate::rules::mapping::as_lines;
use crate::rules::section::{list, text};
use crate::rules::yaml::Node;
use crate::rules::{codes, written};

/// The one active account with the agent's e-mail; absent where there is none or several (`speaker.rs`).
const AGENT: &str = "= agent.speaker";

/// The list as expressions; what is absent is passed over. Without somebody behind the agent that is said.
pub fn speakers(compiling: &mut Compiling, node: &Node, what: &str) -> Option<Node> {
    let rows = as_lines(node);
    if rows.items().is_empty() {
        let problem = Problem::new(codes::SHAPE, &node.at, format!("nobody speaks in {what}"));
        compiling.problem(problem.next("`as: [ agent, = settings.fallback_username ]`"));
        return None;
    }
    let speakers: Option<Vec<Node>> = rows.items().iter().map(|row| speaker(compiling, row)).collect();
    speakers.map(|speakers| list(&node.at, speakers))
}

/// Whether only the agent is named.
pub fn has_no_fallback(node: &Node) -> bool {
    as_lines(node).items().iter().all(|row| row.text() == Some("agent"))
}

fn speaker(compiling: &mut Compiling, row: &Node) -> Option<Node> {
    match (row.text(), row.get("when"), row.get("use")) {
        (Some("agent"), ..) => Some(text(&row.at, AGENT)),
        (Some(_), ..) => Some(row.clone()),
        (None, Some(when), Some(login)) => under(compiling, row, when, login),
        _ => {
            let problem =
                Problem::new(codes::SHAPE, &row.at, "a row of `as` is `agent`, a login or `{ when: …, use: … }`");
            compiling.problem(problem.next("`- { when: thread.board == \"vpn\", use: vpn-team }`"));
            None
        }
    }
}

/// A row under a condition is an expression without a value where that does not hold.
fn under(compiling: &mut Compiling, row: &Node, when: &Node, login: &Node) -> Option<Node> {
    let lines = as_lines(when);
    let lines: Option<Vec<&str>> = lines.items().iter().map(|line| compiling.keep(written::text(line))).collect();
    let login = match compiling.keep(written::text(login))? {
        "agent" => AGENT.trim_start_matches("= ").to_owned(),
        written => match written.strip_prefix('=') {
            Some(expression) => expression.trim().to_owned(),
            None => serde_json::Value::from(written).to_string(),
        },
    };
    let holds = lines?.iter().map(|line| format!("({line})")).collect::<Vec<_>>().join(" && ");
    Some(text(&row.at, format!("= if {holds} {{ {login} }} else {{ () }}")))
}
