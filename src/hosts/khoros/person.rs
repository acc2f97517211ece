//! What a rule may look at about a person: the author of a thread, of a solution.

use crate::catalog::{FactRow, PART, Source, Type};
use crate::hosts::khoros::thread::contains;
use crate::names::{EventKind, Path};
use crate::predicate::{Predicate, Test};
use crate::value::Value;

/// Whose facts: somebody who wrote what an event is about.
pub struct Author {
    /// `thread.author`
    pub noun: &'static str,
    /// On the way: whether it is the connector itself.
    pub own: &'static str,
    /// The kinds of events that have them.
    pub on: Vec<EventKind>,
    /// The read of what they wrote, whose rows name their author, and the id that it is asked with.
    pub read: &'static str,
    pub id: &'static str,
}

/// All facts of a person.
pub fn facts(author: &Author) -> Vec<FactRow> {
    let mut rows = vec![
        author.of_the_row("id", Type::Id, "id of the person", "author_id"),
        author.of_the_row("login", Type::Text, "the name they sign in with", "author_login"),
        FactRow { fact: author.own.into(), ..author.of_the_row("own", Type::YesNo, "", "author_own") },
    ];
    rows.extend(
        read_by_id()
            .into_iter()
            .map(|(name, gives, about)| author.read_by(name, gives, about, "khoros.find_person", "id", name)),
    );
    rows.push(author.read_by("roles", Type::Texts, "names of their roles", "khoros.find_roles", "person", "names"));
    for (name, about) in [("kudos", "kudos received so far"), ("solutions", "accepted solutions written so far")] {
        rows.push(author.read_by(name, Type::Number, about, "khoros.find_person_counts", "person", name));
    }
    rows.extend([author.staff(), author.bot(), author.custom()]);
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

impl Author {
    fn fact(&self, name: &str) -> Path {
        format!("{}.{name}", self.noun).as_str().into()
    }

    /// The row of what they wrote names them, so these cost nothing.
    fn of_the_row(&self, name: &str, gives: Type, about: &'static str, at: &str) -> FactRow {
        let source =
            Source::Answer { read: self.read.into(), args: vec![("id".into(), self.id.into())], at: at.into() };
        self.row(name, gives, about, source)
    }

    fn read_by(&self, name: &str, gives: Type, about: &'static str, read: &str, param: &str, at: &str) -> FactRow {
        let args = vec![(param.into(), self.fact("id"))];
        self.row(name, gives, about, Source::Answer { read: read.into(), args, at: at.into() })
    }

    fn row(&self, name: &str, gives: Type, about: &'static str, source: Source) -> FactRow {
        FactRow { fact: self.fact(name), gives, about, on: self.on.clone(), source, follows: None, open: false }
    }

    /// No API says who is a program (Khoros sheet 6.2), so the customer does.
    fn bot(&self) -> FactRow {
        let facts = vec![self.own.into(), self.fact("login"), "settings.bots".into()];
        let about = "whether settings.bots names them, or it is the connector itself";
        self.row("bot", Type::YesNo, about, Source::From { facts, work: is_bot })
    }

    /// One read for each field that is looked at.
    fn custom(&self) -> FactRow {
        let about = "a custom field of the community, by its name without `c_`";
        let args = vec![("person".into(), self.fact("id")), ("field".into(), PART.into())];
        let source = Source::Answer { read: "khoros.find_person_field".into(), args, at: "value".into() };
        FactRow { open: true, ..self.row("custom", Type::Any, about, source) }
    }

    /// Asked once for all authors: whoever has one of the roles.
    fn staff(&self) -> FactRow {
        let facts = vec!["staff.ids".into(), self.fact("id")];
        let work = |values: &[Value]| contains(&values[0], &values[1]).into();
        let about = "whether they have one of settings.staff_roles";
        let row = self.row("staff", Type::YesNo, about, Source::From { facts, work });
        let no_roles = Predicate::new("settings.staff_roles", Test::Is(Value::List(vec![])));
        FactRow { follows: Some((no_roles, false.into())), ..row }
    }
}

fn is_bot(values: &[Value]) -> Value {
    let login = values[1].as_str().unwrap_or_default().to_lowercase();
    let is_it = |bot: &Value| bot.as_str().is_some_and(|bot| bot.to_lowercase() == login);
    let named = matches!(&values[2], Value::List(bots) if bots.iter().any(is_it));
    (values[0] == Value::Bool(true) || named).into()
}
