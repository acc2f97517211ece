//! GraphQL for the support operations that were seen (sheet 12.3); there is no other schema behind it.

mod answer;
mod operations;
mod project;
mod support;

pub use answer::graphql;
pub use support::Support;
