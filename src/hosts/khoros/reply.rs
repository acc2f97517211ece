//! What a rule may look at about a reply that an event is about: the accepted solution of a thread.

use crate::catalog::{FactRow, Source, Type};
use crate::hosts::khoros::person::{self, Author};
use crate::hosts::khoros::safe_html;
use crate::hosts::khoros::thread::{contains, from};
use crate::names::EventKind;

/// The kinds of events that are about a solution.
pub const SOLUTION_EVENTS: [&str; 2] = ["khoros.solution_accepted", "khoros.solution_withdrawn"];

/// All facts of a solution and its author.
pub fn facts() -> Vec<FactRow> {
    let mut rows: Vec<FactRow> =
        of_the_row().into_iter().map(|(name, gives, about)| read(name, gives, about)).collect();
    rows.push(FactRow { fact: "solution_body.written".into(), ..read("body", Type::Html, "") });
    let body = "its text, without scripts, styles and forms";
    rows.push(here(from("solution.body", Type::Html, body, &["solution_body.written"], |values| {
        safe_html(&values[0])
    })));
    let by_author = "whether the author of the thread wrote it";
    let authors = ["solution.author.id", "thread.author.id"];
    rows.push(here(from("solution.by_author", Type::YesNo, by_author, &authors, |ids| (ids[0] == ids[1]).into())));
    let by_staff = "whether somebody with one of settings.staff_roles wrote it";
    let staff = ["staff.ids", "solution.author.id"];
    rows.push(here(from("solution.by_staff", Type::YesNo, by_staff, &staff, |values| {
        contains(&values[0], &values[1]).into()
    })));
    let author = Author {
        noun: "solution.author",
        own: "solution_author.own",
        on: events(),
        read: "khoros.get_reply",
        id: "event.solution",
    };
    rows.extend(person::facts(&author));
    rows
}

fn of_the_row() -> Vec<(&'static str, Type, &'static str)> {
    vec![
        ("id", Type::Id, "id of the reply"),
        ("url", Type::Text, "address of the reply"),
        ("posted_at", Type::Moment, "when it was posted"),
        ("is_solution", Type::YesNo, "whether it is the solution now"),
    ]
}

fn events() -> Vec<EventKind> {
    SOLUTION_EVENTS.iter().map(|kind| (*kind).into()).collect()
}

fn here(row: FactRow) -> FactRow {
    FactRow { on: events(), ..row }
}

fn read(name: &'static str, gives: Type, about: &'static str) -> FactRow {
    let args = vec![("id".into(), "event.solution".into())];
    let source = Source::Answer { read: "khoros.get_reply".into(), args, at: name.into() };
    FactRow { fact: format!("solution.{name}").into(), gives, about, on: events(), source, follows: None, open: false }
}
