//! `query?explain=`: how a query would be run (sheet 3.3). Its costs are as rough as the real ones.

use serde_json::{Value, json};

use super::super::org::Org;
use super::super::soql::{self, Found, Plan};

pub fn explained(org: &Org, plan: &Plan, statement: &str) -> Value {
    let all = org.records_of(plan.object).count();
    let found = match soql::find(org, plan, false) {
        Found::Total(total) => total,
        Found::Aggregate(rows) => rows.len(),
        Found::Rows(rows) => rows.len(),
    };
    let field = plan.leading_field();
    let share = found as f64 / all.max(1) as f64;
    json!({
        "plans": [{
            "cardinality": found,
            "fields": field.into_iter().collect::<Vec<_>>(),
            "leadingOperationType": if field.is_some() { "Index" } else { "TableScan" },
            "notes": [],
            "relativeCost": if field.is_some() { share } else { 1.0 + share },
            "sobjectCardinality": all,
            "sobjectType": plan.object.name,
        }],
        "sourceQuery": statement,
    })
}
