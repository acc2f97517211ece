//! A plan as a table: for what takes rows of plain columns only, such as bulk queries and push topics.

use serde_json::Value;

use super::super::org::Org;
use super::super::record::{Record, shown};
use super::plan::{Part, Plan, Shown};
use super::read::Column;

/// The dotted names of the columns; nothing when the plan shows anything else.
pub fn column_names(plan: &Plan) -> Option<Vec<String>> {
    columns(plan)?.map(|column| column.map(Column::path)).collect()
}

/// The values of one record, column by column.
pub fn cells(org: &Org, plan: &Plan, record: &Record) -> Vec<Value> {
    let columns = columns(plan).into_iter().flatten().flatten();
    columns.map(|column| shown(column.leaf.kind, column.held(org, record))).collect()
}

/// Whether one record is among those that the plan finds, order and limit aside.
pub fn matches(org: &Org, plan: &Plan, record: &Record) -> bool {
    record.object.name == plan.object.name && plan.filter.as_ref().is_none_or(|filter| filter.holds_for(org, record))
}

fn columns(plan: &Plan) -> Option<impl Iterator<Item = Option<&Column>>> {
    let Shown::Rows(parts) = &plan.shown else { return None };
    Some(parts.iter().map(|part| match part {
        Part::Column(column) => Some(column),
        Part::Children { .. } => None,
    }))
}
