//! Counts what a rule's `look_back` leaves out, so that nobody wonders where it went (F-007): in every preview, and in
//! the first run of a rule.

use crate::catalog::Scanning;
use crate::engine::found::Found;
use crate::engine::scan::asks;
use crate::engine::{Core, due, retry};
use crate::ports::StoreError;

/// For which rules it is counted; it costs a call each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    AllRules,
    NewRules,
}

/// Counts for the rules that a pass looks at; a host that cannot count leaves it open.
pub async fn count(core: &Core, found: &mut Found, counting: Counting) -> Result<(), StoreError> {
    for ask in asks(core, found).collect::<Vec<_>>() {
        let rule = &ask.rule.address;
        if found.failed.is_some() || counting == Counting::NewRules && due::has_run(core, rule)? {
            continue;
        }
        let Some(call) = core.parts.catalog.scan_call(ask.scan.as_str()) else { continue };
        let Some(older) = ask.older(&call.since) else { continue };
        let scanning =
            || Scanning { args: older.args.clone(), predicates: older.predicates.clone(), now: found.at, cursor: None };
        match retry::until_answered(core, older.scan.host(), || (call.count)(scanning())).await {
            Ok(Some(count)) => found.of(rule).older = count,
            Ok(None) => {}
            Err(error) => core.note_failure(older.scan.host(), &error),
        }
    }
    Ok(())
}
