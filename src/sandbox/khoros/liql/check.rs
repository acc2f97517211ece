//! Refuses what the real host refuses: unknown collections and fields, constraints that were not seen to work, literals
//! of the wrong type. One mistake fails the whole query (sheet 4.2).

use super::ast::{Fields, Literal, Op, Query, Test};
use super::test::time_literal;
use crate::sandbox::khoros::catalog::{Shape, has};
use crate::sandbox::khoros::show::Reader;
use crate::sandbox::khoros::switches::Switches;

/// The kind of object that the query gives, or what is wrong with it. Real hosts do not say what is wrong; ours says
/// it in `developer_message`.
pub fn check(query: &Query, reader: &Reader<'_>) -> Result<Shape, String> {
    let shape = Shape::of_collection(&query.from).ok_or_else(|| format!("unknown collection `{}`", query.from))?;
    if let Fields::Some(paths) = &query.fields
        && let Some(unknown) = paths.iter().find(|path| !has(shape, path) && !is_custom(shape, path, reader))
    {
        return Err(format!("unknown field `{unknown}`"));
    }
    for test in query.tests() {
        check_test(shape, test, reader.switches)?;
    }
    if let Some(sort) = query.order.iter().find(|sort| !shape.orders().contains(&&*sort.path)) {
        return Err(format!("cannot order by `{}`", sort.path));
    }
    let required = shape.required();
    match required.is_empty() || query.musts().iter().any(|test| required.contains(&&*test.path)) {
        true => Ok(shape),
        false => Err(format!("`{}` needs the constraint `{}`", query.from, required.join("` or `"))),
    }
}

/// A custom field exists once anybody has a value in it.
fn is_custom(shape: Shape, path: &str, reader: &Reader<'_>) -> bool {
    let community = reader.view.community;
    path.starts_with("c_")
        && match shape {
            Shape::Message => community.messages.has_custom(path),
            Shape::User => community.members.has_custom(path),
            _ => false,
        }
}

fn check_test(shape: Shape, test: &Test, switches: &Switches) -> Result<(), String> {
    let path = &test.path;
    let constraint = shape.constraints().iter().find(|(known, _)| known == path);
    let (_, ops) = constraint.ok_or_else(|| format!("cannot constrain by `{path}`"))?;
    if !ops.contains(&test.op) {
        return Err(format!("this operator does not work with `{path}`"));
    }
    if test.op == Op::In && !switches.allow_in {
        return Err("IN is not supported".into());
    }
    match test.literals.iter().all(|literal| fits(path, literal, switches)) {
        true => Ok(()),
        false => Err(format!("wrong kind of literal for `{path}`")),
    }
}

fn fits(path: &str, literal: &Literal, switches: &Switches) -> bool {
    match path {
        "post_time" | "conversation.last_post_time" | "occasion_data.start_time" => {
            time_literal(literal, switches).is_some()
        }
        "depth" | "replies.count(*)" | "kudos.sum(weight)" | "ratings.avg(value)" => matches!(literal, Literal::Int(_)),
        "conversation.solved" | "conversation.featured" | "is_solution" => matches!(literal, Literal::Bool(_)),
        path if path == "id" || path.ends_with(".id") => !matches!(literal, Literal::Bool(_)),
        _ => matches!(literal, Literal::Text(_)),
    }
}
