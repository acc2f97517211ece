//! Says which case a comment is on, so that a hint about a comment is a look at its case.

use std::sync::Arc;

use crate::catalog::Locate;
use crate::failure::HostError;
use crate::hosts::salesforce::Client;
use crate::hosts::salesforce::soql::select_where_in;
use crate::names::Subject;

/// Locates comments, also those that were deleted meanwhile.
pub fn locate(client: &Arc<Client>) -> Locate {
    let client = client.clone();
    Locate {
        host: "salesforce",
        takes: &["comment"],
        up_to: 200,
        call: Arc::new(move |comments| Box::pin(cases(client.clone(), comments))),
    }
}

async fn cases(client: Arc<Client>, comments: Vec<Subject>) -> Result<Vec<(Subject, Subject)>, HostError> {
    let soql = select_where_in(&["Id", "ParentId"], "CaseComment", "Id", comments.iter().map(Subject::id));
    let rows = client.query_all(&soql).await?;
    let located = |comment: &Subject| {
        let row = rows.iter().find(|row| short(row["Id"].as_str().unwrap_or_default()) == short(comment.id()))?;
        Some((comment.clone(), Subject::new("salesforce", "case", row["ParentId"].as_str()?)))
    };
    Ok(comments.iter().filter_map(located).collect())
}

/// Ids have 15 or 18 characters; the first 15 decide (Salesforce sheet 11).
fn short(id: &str) -> &str {
    id.get(..15).unwrap_or(id)
}
