//! SOQL as far as a connector asks it (sheet 4): text → tokens → query → plan over the schema → records.
//!
//! Left out: GROUP BY and HAVING, TYPEOF, INCLUDES, FIELDS(); they are refused as unexpected tokens.

mod condition;
mod dates;
mod error;
mod flat;
mod join;
mod lexer;
mod parser;
mod plan;
mod query;
mod read;
mod run;
mod sort;
mod string;

pub use flat::{cells, column_names, matches};
pub use plan::{Plan, plan};
pub use read::value_of;
pub use run::{Found, find, render};
