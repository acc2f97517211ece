//! What a rule may look at about a person, such as the author of a thread.

use crate::catalog::{FactRow, Source, Type};
use crate::hosts::khoros::THREAD_EVENTS;
use crate::hosts::khoros::thread::{contains, from};
use crate::names::Path;
use crate::predicate::{Predicate, Test};
use crate::value::Value;

/// All facts of a thread's author.
pub fn facts() -> Vec<FactRow> {
    let mut rows = vec![
        of_the_thread("id", Type::Id, "id of the person", "author_id"),
        of_the_thread("login", Type::Text, "the name they sign in with", "author_login"),
    ];
    rows.extend(read_by_id().into_iter().map(|(name, gives, about)| {
        answer(name, gives, about, "khoros.find_person", ("id", "thread.author.id"), name)
    }));
    rows.push(answer(
        "roles",
        Type::List,
        "names of their roles",
        "khoros.find_roles",
        ("person", "thread.author.id"),
        "names",
    ));
    rows.push(staff());
    rows
}

fn read_by_id() -> Vec<(&'static str, Type, &'static str)> {
    vec![
        ("name", Type::Text, "first and last name, else the login"),
        ("first_name", Type::Text, "first name"),
        ("last_name", Type::Text, "last name"),
        ("email", Type::Text, "e-mail, if the connector may see it"),
        ("rank", Type::Text, "name of the rank"),
        ("banned", Type::YesNo, "whether they are banned"),
        ("deleted", Type::YesNo, "whether the account was closed"),
        ("registered_at", Type::Moment, "when they registered"),
        ("last_visit_at", Type::Moment, "when they last came"),
        ("posts", Type::Number, "how much they wrote"),
        ("url", Type::Text, "address of their page"),
        ("sso_id", Type::Text, "id in single sign-on"),
        ("language", Type::Text, "their language, such as de"),
        ("location", Type::Text, "where they say they are"),
    ]
}

/// A thread's row names its author, so these cost nothing.
fn of_the_thread(name: &str, gives: Type, about: &'static str, at: &str) -> FactRow {
    answer(name, gives, about, "khoros.get_thread", ("id", "event.subject"), at)
}

fn answer(name: &str, gives: Type, about: &'static str, read: &str, arg: (&str, &str), at: &str) -> FactRow {
    let args = vec![(arg.0.into(), Path::from(arg.1))];
    let source = Source::Answer { read: read.into(), args, at: at.into() };
    let on = THREAD_EVENTS.iter().map(|kind| (*kind).into()).collect();
    FactRow { fact: format!("thread.author.{name}").into(), gives, about, on, source, follows: None, open: false }
}

/// Asked once for all authors: whoever has one of the roles.
fn staff() -> FactRow {
    let about = "whether they have one of settings.staff_roles";
    let row = from("thread.author.staff", Type::YesNo, about, &["staff.ids", "thread.author.id"], |values| {
        contains(&values[0], &values[1]).into()
    });
    let no_roles = Predicate::new("settings.staff_roles", Test::Is(Value::List(vec![])));
    FactRow { follows: Some((no_roles, false.into())), ..row }
}
