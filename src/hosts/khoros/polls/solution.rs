//! Which reply is the accepted solution of a thread, and whether one still is (CLO-2, CLO-3).
//!
//! The reply is looked for only where something changed. No event of the community tells of it (Khoros sheet 7.4).

use serde_json::Value as Json;

use crate::catalog::Told;
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;
use crate::names::Name;
use crate::value::Value;

use super::threads::Look;

const ACCEPTED: &str = "khoros.solution_accepted";
const WITHDRAWN: &str = "khoros.solution_withdrawn";
pub const TELLS: [&str; 2] = [ACCEPTED, WITHDRAWN];

/// The reply that was the solution when the thread was last looked at.
pub fn known(seen: &Value) -> Option<&str> {
    seen.get("solution").as_str()
}

/// What is kept of a thread: the reply that is its solution, and how often each was accepted.
struct Seen {
    solution: Option<String>,
    accepted: Value,
}

impl Seen {
    fn of(seen: &Value) -> Self {
        let solution = seen.get("solution").as_str().map(str::to_owned);
        Seen { solution, accepted: seen.get("accepted").clone() }
    }

    fn times(&self, reply: &str) -> i64 {
        if let Value::Int(times) = self.accepted.get(reply) { *times } else { 0 }
    }

    fn kept(&self) -> Vec<(Name, Value)> {
        vec![("solution".into(), self.solution.as_deref().into()), ("accepted".into(), self.accepted.clone())]
    }

    fn accept(&mut self, reply: &str) {
        let mut accepted =
            if let Value::Map(accepted) = &self.accepted { accepted.clone() } else { Default::default() };
        accepted.insert(reply.into(), (self.times(reply) + 1).into());
        (self.accepted, self.solution) = (Value::Map(accepted), Some(reply.to_owned()));
    }
}

/// What is kept, and what happened.
pub async fn look(look: &Look<'_>, seen: &Value) -> Result<(Vec<(Name, Value)>, Vec<Told>), HostError> {
    let nothing = Ok((vec![], vec![]));
    if !look.is_wanted(&TELLS) {
        return nothing;
    }
    let mut seen = Seen::of(seen);
    let is_solved = look.root.and_then(|root| root.pointer("/conversation/solved")) == Some(&Json::Bool(true));
    let is_accepted = |id: &String| look.found.get(id).is_some_and(|reply| reply["is_solution"] == Json::Bool(true));
    let still = seen.solution.as_ref().is_some_and(is_accepted);
    if is_solved == seen.solution.is_some() && (still || !is_solved) {
        return nothing;
    }
    let solution = if is_solved { solution_of(look.client, look.thread).await? } else { None };
    if solution == seen.solution || (is_solved && solution.is_none()) {
        return nothing;
    }
    let told = tell(look.thread, &mut seen, solution);
    Ok((seen.kept(), told))
}

/// The reply that is accepted now. The index may show the thread solved before it shows the reply: then it is found
/// the next time.
async fn solution_of(client: &Client, thread: &str) -> Result<Option<String>, HostError> {
    let query = Liql::select(&["id"], "messages")
        .test("topic.id", "=", Literal::Text(thread))
        .test("is_solution", "=", Literal::YesNo(true))
        .limit(1);
    let found = client.search(&query).await?.items;
    Ok(found.first().and_then(|row| rows::id(&row["id"]).as_str().map(str::to_owned)))
}

/// The events between what was seen and what is. A reply that is accepted once more is another event.
fn tell(thread: &str, seen: &mut Seen, solution: Option<String>) -> Vec<Told> {
    let told = |kind: &str, reply: &str, times: i64, end: &str| {
        let again = if times > 1 { format!(":{times}") } else { String::new() };
        Told {
            kind: kind.into(),
            what: format!("khoros:thread:{thread}:solution:{reply}{again}{end}"),
            subject: format!("khoros:thread:{thread}").into(),
            lane: None,
            hint: Value::map([("solution", Value::text(reply))]),
        }
    };
    let mut events = Vec::new();
    if let Some(gone) = seen.solution.take() {
        events.push(told(WITHDRAWN, &gone, seen.times(&gone), ":withdrawn"));
    }
    if let Some(reply) = solution {
        seen.accept(&reply);
        events.push(told(ACCEPTED, &reply, seen.times(&reply), ""));
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(told: &[Told]) -> Vec<&str> {
        told.iter().map(|told| told.what.as_str()).collect()
    }

    #[test]
    fn what_is_accepted_withdrawn_and_accepted_again_is_three_events() {
        let mut seen = Seen::of(&Value::Nothing);
        let first = tell("42", &mut seen, Some("103".into()));
        assert_eq!(whats(&first), ["khoros:thread:42:solution:103"]);
        let mut seen = Seen::of(&Value::map(seen.kept()));
        let gone = tell("42", &mut seen, None);
        assert_eq!(whats(&gone), ["khoros:thread:42:solution:103:withdrawn"]);
        let mut seen = Seen::of(&Value::map(seen.kept()));
        let again = tell("42", &mut seen, Some("103".into()));
        assert_eq!(whats(&again), ["khoros:thread:42:solution:103:2"]);
        let other = tell("42", &mut seen, Some("107".into()));
        assert_eq!(whats(&other), ["khoros:thread:42:solution:103:2:withdrawn", "khoros:thread:42:solution:107"]);
    }
}
