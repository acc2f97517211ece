//! SOQL as far as a connector asks it (sheet 4): text → tokens → query → plan over the schema → records.
//!
//! Left out: TYPEOF and functions of dates; they are refused.

mod against;
mod asker;
mod cursor;
mod dates;
mod error;
mod filter;
mod flat;
mod groups;
mod items;
mod join;
mod lexer;
mod measure;
mod parser;
mod plan;
mod query;
mod read;
mod run;
mod sort;
mod string;
mod sums;
mod test;

pub use asker::Asker;
pub use flat::{cells, column_names, matches};
pub use groups::Groups;
pub use plan::{Part, Plan, Shown, plan};
pub use read::{Column, held_of, target_of, value_of};
pub use run::{Found, among, find, render};
pub use string::{Piece, fits};
