//! `khoros.find_threads`: the search for the subjects of rules that run on a schedule.

use std::sync::Arc;

use jiff::Timestamp;

use crate::catalog::{Call, HostFunction, ScanCall, ScanPage, Scanning};
use crate::failure::{FailureClass, HostError};
use crate::hosts::khoros::Client;
use crate::hosts::khoros::constraint::{Constraint, constraint};
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::refused::Refused;
use crate::hosts::khoros::rows;
use crate::predicate::{Predicate, Pushed, Test};
use crate::value::Value;

/// Threads, oldest first, a thousand a page; each row is the answer of `khoros.get_thread`.
pub fn find_threads(client: &Arc<Client>) -> HostFunction {
    let (client, refused) = (client.clone(), Arc::<Refused>::default());
    let (counting, unknown) = (client.clone(), refused.clone());
    HostFunction::new(
        "khoros.find_threads",
        Call::Scan(ScanCall {
            rows_answer: "khoros.get_thread".into(),
            event: "khoros.thread_due".into(),
            since: "thread.posted_at".into(),
            accepts,
            call: Arc::new(move |scanning| Box::pin(page(client.clone(), refused.clone(), scanning))),
            count: Arc::new(move |scanning| Box::pin(count(counting.clone(), unknown.clone(), scanning))),
        }),
    )
    .about("Searches threads; what a rule compares with a constant or a setting goes along in the search.")
    .example("every: \"*/15 * * * *\"")
}

/// A post that was approved later is younger than its `post_time` says, so what is younger than a bound is tested here.
fn accepts(predicate: &Predicate) -> Pushed {
    let is_age = predicate.fact.as_str() == "thread.age";
    if is_age && matches!(predicate.test, Test::Below(_) | Test::AtMost(_)) {
        return Pushed::Residue;
    }
    if constraint(predicate, Timestamp::UNIX_EPOCH).is_some() { Pushed::Whole } else { Pushed::Residue }
}

/// One page; what this community refuses in a search is found out once, and left to the rules from then on.
async fn page(client: Arc<Client>, refused: Arc<Refused>, scanning: Scanning) -> Result<ScanPage, HostError> {
    let constraints: Vec<_> = scanning.predicates.iter().filter_map(|p| constraint(p, scanning.now)).collect();
    let (query, ends_before) = query(&client, &refused.without(&constraints), &scanning);
    let page = match client.search(&query.from_cursor(scanning.cursor.clone())).await {
        Err(error) if error.class == FailureClass::Refused && scanning.cursor.is_none() => {
            if !client.columns().find_out(&client, "messages", &rows::THREAD).await? {
                refused.find_out(&client, &constraints, error).await?;
            }
            return Box::pin(page(client, refused, scanning)).await;
        }
        answered => answered?,
    };
    let rows: Vec<Value> = page.items.iter().map(|row| rows::thread(&client, row)).collect();
    let is_over = ends_before.is_some_and(|since| rows.last().is_some_and(|row| is_before(row, since)));
    let (refused, unknown) = (refused.forms(), client.columns().unknown());
    Ok(ScanPage { rows, next: page.next.filter(|_| !is_over), refused, unknown })
}

/// How many threads a search would give; none where the community refuses a part of it.
async fn count(client: Arc<Client>, refused: Arc<Refused>, scanning: Scanning) -> Result<Option<u64>, HostError> {
    let constraints: Vec<_> = scanning.predicates.iter().filter_map(|p| constraint(p, scanning.now)).collect();
    if refused.without(&constraints).len() < constraints.len() {
        return Ok(None);
    }
    let roots = Liql::select(&["count(*)"], "messages").test("depth", "=", Literal::Number(0));
    let query = constraints.iter().fold(roots, |query, constraint| query.also(&constraint.text));
    match client.count(&query).await {
        Err(error) if error.class == FailureClass::Refused => Ok(None),
        counted => Ok(u64::try_from(counted?).ok()),
    }
}

/// The query, oldest first. A community that takes no moments gives the newest first, so that reading may stop at
/// those that are too old (Khoros sheet 15.2).
fn query(client: &Client, constraints: &[Constraint], scanning: &Scanning) -> (Liql, Option<Timestamp>) {
    let fields = client.columns().known(&rows::THREAD);
    let roots = Liql::select(&fields, "messages").test("depth", "=", Literal::Number(0));
    let query = constraints.iter().fold(roots, |query, constraint| query.also(&constraint.text));
    let since = scanning.predicates.iter().find_map(|predicate| match (predicate.fact.as_str(), &predicate.test) {
        ("thread.posted_at", Test::AtLeast(Value::Moment(since))) => Some(*since),
        _ => None,
    });
    let takes_moments = constraints.iter().any(|constraint| constraint.form == "post_time >=");
    match since.filter(|_| !takes_moments) {
        Some(since) => (query.order("post_time DESC"), Some(since)),
        None => (query.order("post_time ASC"), None),
    }
}

fn is_before(row: &Value, since: Timestamp) -> bool {
    matches!(row.get("posted_at"), Value::Moment(posted_at) if *posted_at < since)
}
