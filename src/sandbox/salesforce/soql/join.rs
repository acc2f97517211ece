//! `IN (SELECT …)`: one id or reference column of another query (sheet 4.1).

use std::collections::HashSet;
use std::sync::OnceLock;

use super::super::id::Id;
use super::super::org::Org;
use super::super::packed::Held;
use super::super::schema::Kind;
use super::asker::Asker;
use super::error::QueryError;
use super::plan::{self, Part, Plan, Shown};
use super::query::{Name, Query};
use super::read::Column;
use super::run;

/// The other query; what it found is kept, it is the same for all records.
#[derive(Debug)]
pub struct Join {
    plan: Plan,
    column: Column,
    found: OnceLock<HashSet<Id>>,
}

/// Resolves the other query; `field` stands left of IN and may have no dots.
pub fn join(field: &Name, query: &Query, asker: &Asker) -> Result<Join, QueryError> {
    let plan = plan::over(plan::queried(&query.object)?, query, asker)?;
    let column = match &plan.shown {
        Shown::Rows(parts) => match parts.as_slice() {
            [Part::Column(column)] if matches!(column.leaf.kind, Kind::Id | Kind::Reference(_)) => Some(column.clone()),
            _ => None,
        },
        _ => None,
    };
    let column = column.filter(|_| !field.text.contains('.')).ok_or_else(|| {
        let message = "The inner and outer selects of a semi join must each name one id field";
        QueryError::malformed(field.at, message)
    })?;
    Ok(Join { plan, column, found: OnceLock::new() })
}

impl Join {
    /// Whether the other query found this id.
    pub fn holds(&self, org: &Org, value: Held<'_>) -> bool {
        let found = self.found.get_or_init(|| self.run(org));
        value.text().and_then(Id::parse).is_some_and(|id| found.contains(&id))
    }

    fn run(&self, org: &Org) -> HashSet<Id> {
        let ids = run::rows(org, &self.plan, false).into_iter();
        ids.filter_map(|record| Id::parse(self.column.held(org, record).text()?)).collect()
    }
}
