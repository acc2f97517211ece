//! Several calls in one (sheet 7.1).

use super::super::refusal::Refusal;
use super::super::reply::Reply;
use super::route::Visit;

pub fn run(_: &mut Visit<'_>) -> Result<Reply, Refusal> {
    Err(Refusal::not_found())
}
