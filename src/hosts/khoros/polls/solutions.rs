//! `khoros.solutions`: which reply is the accepted solution of a thread, and whether one still is (CLO-2, CLO-3).
//!
//! A thread and the solution that was seen last are asked for together, so that 12 threads cost one call; the reply is
//! looked for only where something changed. No event of the community tells of it (Khoros sheet 7.4).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::catalog::{Changed, Poll, Polled, Told};
use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;
use crate::value::Value;

const ACCEPTED: &str = "khoros.solution_accepted";
const WITHDRAWN: &str = "khoros.solution_withdrawn";

/// Two ids of a thread stand in a list of 25, which is as long as one may be (Khoros sheet 4.6).
const THREADS: usize = 12;

/// Asks about threads that have a case.
pub fn solutions(client: &Arc<Client>) -> Poll {
    let client = client.clone();
    Poll {
        name: "khoros.solutions".into(),
        about: "whether a thread with a case is solved, and by which reply: one call for 12 threads, one more for each that changed",
        of: "notebook.find_links".into(),
        key: "thread",
        tells: vec![ACCEPTED.into(), WITHDRAWN.into()],
        up_to: THREADS,
        call: Arc::new(move |polled, _| Box::pin(ask(client.clone(), polled))),
    }
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

    fn kept(&self) -> Value {
        Value::map([("solution", self.solution.as_deref().into()), ("accepted", self.accepted.clone())])
    }

    fn accept(&mut self, reply: &str) {
        let mut accepted =
            if let Value::Map(accepted) = &self.accepted { accepted.clone() } else { Default::default() };
        accepted.insert(reply.into(), (self.times(reply) + 1).into());
        (self.accepted, self.solution) = (Value::Map(accepted), Some(reply.to_owned()));
    }
}

async fn ask(client: Arc<Client>, polled: Vec<Polled>) -> Result<Vec<Changed>, HostError> {
    let threads: Vec<&str> =
        polled.iter().map(|polled| polled.row.get("thread").as_str().unwrap_or_default()).collect();
    let mut seen: Vec<Seen> = polled.iter().map(|polled| Seen::of(&polled.seen)).collect();
    let known = seen.iter().filter_map(|seen| seen.solution.as_deref());
    let ids = threads.iter().copied().chain(known).filter(|id| !id.is_empty());
    let query = Liql::select(&["id", "conversation.solved", "is_solution"], "messages").is_one_of("id", ids);
    let by_id = |row: Json| Some((rows::id(&row["id"]).as_str()?.to_owned(), row));
    let found: HashMap<String, Json> = client.search_all(&query).await?.into_iter().filter_map(by_id).collect();
    let mut changed = Vec::new();
    for (which, (thread, seen)) in threads.iter().zip(&mut seen).enumerate() {
        // A thread that is not found is deleted or not to be seen: nothing is said of its solution.
        let Some(root) = found.get(*thread) else { continue };
        let is_solved = root.pointer("/conversation/solved") == Some(&Json::Bool(true));
        let is_accepted = |id: &String| found.get(id).is_some_and(|reply| reply["is_solution"] == Json::Bool(true));
        let still = seen.solution.as_ref().is_some_and(is_accepted);
        if is_solved == seen.solution.is_some() && (still || !is_solved) {
            continue;
        }
        let solution = if is_solved { solution_of(&client, thread).await? } else { None };
        if solution == seen.solution || (is_solved && solution.is_none()) {
            continue;
        }
        let told = tell(thread, seen, solution);
        changed.push(Changed { which, seen: seen.kept(), told });
    }
    Ok(changed)
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
        let mut seen = Seen::of(&seen.kept());
        let gone = tell("42", &mut seen, None);
        assert_eq!(whats(&gone), ["khoros:thread:42:solution:103:withdrawn"]);
        let mut seen = Seen::of(&seen.kept());
        let again = tell("42", &mut seen, Some("103".into()));
        assert_eq!(whats(&again), ["khoros:thread:42:solution:103:2"]);
        let other = tell("42", &mut seen, Some("107".into()));
        assert_eq!(whats(&other), ["khoros:thread:42:solution:103:2:withdrawn", "khoros:thread:42:solution:107"]);
    }
}
