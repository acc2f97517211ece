//! `notebook.find_links`: the threads that have a case, as subjects of rules that run on a schedule.

use std::sync::Arc;

use crate::catalog::{Call, HostFunction, ScanCall, ScanPage, Scanning};
use crate::failure::{FailureClass, HostError};
use crate::hosts::notebook::keys;
use crate::names::BridgeId;
use crate::ports::Store;
use crate::predicate::Pushed;

/// How many links are on a page.
const PAGE: usize = 1000;

/// Links in the order of their threads' ids; each row is the answer of `notebook.get_link`.
pub fn find_links(store: &Arc<dyn Store>, bridge: &BridgeId) -> HostFunction {
    let (links, counted, of) = (store.clone(), store.clone(), keys::of_threads(bridge));
    let all = of.clone();
    HostFunction::new(
        "notebook.find_links",
        Call::Scan(ScanCall {
            rows_answer: "notebook.get_link".into(),
            event: "khoros.thread_due".into(),
            since: "thread.posted_at".into(),
            accepts: |_| Pushed::Residue,
            call: Arc::new(move |scanning| {
                let page = page(&*links, &of, &scanning);
                Box::pin(async { page })
            }),
            count: Arc::new(move |_| {
                let found = counted.range(&all).map_err(|error| failed(error.to_string()));
                Box::pin(async { Ok(u64::try_from(found?.len()).ok()) })
            }),
        }),
    )
    .about("Finds the threads that are linked to a case; every line of the rule is tested here.")
    .example("look_at: notebook.find_links")
}

/// The links behind the cursor, which is the key of the last one.
fn page(store: &dyn Store, of: &str, scanning: &Scanning) -> Result<ScanPage, HostError> {
    let links = store.range(of).map_err(|error| failed(error.to_string()))?;
    let mut rest = links.into_iter().filter(|(key, _)| scanning.cursor.as_ref().is_none_or(|last| key > last));
    let mut page = ScanPage::default();
    for (key, link) in rest.by_ref().take(PAGE) {
        page.rows.push(serde_json::from_slice(&link).map_err(|error| failed(format!("`{key}`: {error}")))?);
        page.next = Some(key);
    }
    if rest.next().is_none() {
        page.next = None;
    }
    Ok(page)
}

fn failed(said: String) -> HostError {
    HostError::new(FailureClass::Unreadable, "notebook: find_links", said)
}
