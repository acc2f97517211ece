//! LiQL, the community's query language (sheet 4): read, checked, run.

mod ast;
mod parse;
mod structured;

mod check;

mod cursor;
mod rows;
mod run;
mod test;
mod walk;

pub use ast::Op;
pub use run::{Fault, run, run_structured};
