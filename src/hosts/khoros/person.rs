//! What a rule may look at about a person, such as the author of a thread.

use crate::catalog::{FactRow, PART, Source, Type};
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
        FactRow { fact: "author.own".into(), ..of_the_thread("own", Type::YesNo, "", "author_own") },
    ];
    rows.extend(read_by_id().into_iter().map(|(name, gives, about)| {
        answer(name, gives, about, "khoros.find_person", ("id", "thread.author.id"), name)
    }));
    rows.push(answer(
        "roles",
        Type::Texts,
        "names of their roles",
        "khoros.find_roles",
        ("person", "thread.author.id"),
        "names",
    ));
    for (name, about) in [("kudos", "kudos received so far"), ("solutions", "accepted solutions written so far")] {
        let of = ("person", "thread.author.id");
        rows.push(answer(name, Type::Number, about, "khoros.find_person_counts", of, name));
    }
    rows.extend([staff(), bot(), custom()]);
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

/// No API says who is a program (Khoros sheet 6.2), so the customer does.
fn bot() -> FactRow {
    let facts = ["author.own", "thread.author.login", "settings.bots"];
    from(
        "thread.author.bot",
        Type::YesNo,
        "whether settings.bots names them, or it is the connector itself",
        &facts,
        is_bot,
    )
}

fn is_bot(values: &[Value]) -> Value {
    let login = values[1].as_str().unwrap_or_default().to_lowercase();
    let is_it = |bot: &Value| bot.as_str().is_some_and(|bot| bot.to_lowercase() == login);
    let named = matches!(&values[2], Value::List(bots) if bots.iter().any(is_it));
    (values[0] == Value::Bool(true) || named).into()
}

/// One read for each field that is looked at.
fn custom() -> FactRow {
    let about = "a custom field of the community, by its name without `c_`";
    let row = answer("custom", Type::Any, about, "khoros.find_person_field", ("person", "thread.author.id"), "value");
    let args = vec![("person".into(), "thread.author.id".into()), ("field".into(), PART.into())];
    let source = Source::Answer { read: "khoros.find_person_field".into(), args, at: "value".into() };
    FactRow { source, open: true, ..row }
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
