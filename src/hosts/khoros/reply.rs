//! What a rule may look at about a reply that an event is about: one that was posted, or the accepted solution.

use crate::catalog::{FactRow, Source, Type};
use crate::hosts::khoros::person::{self, Author};
use crate::hosts::khoros::safe_html;
use crate::hosts::khoros::thread::{contains, from};
use crate::names::EventKind;

/// The kinds of events that are about a solution.
pub const SOLUTION_EVENTS: [&str; 2] = ["khoros.solution_accepted", "khoros.solution_withdrawn"];
/// The kinds of events that are about a reply.
pub const REPLY_EVENTS: [&str; 3] = ["khoros.reply_posted", "khoros.reply_edited", "khoros.reply_deleted"];

/// A reply as a noun of some events.
struct Noun {
    /// `solution`
    name: &'static str,
    on: Vec<EventKind>,
    /// Where the event says which reply it is.
    id: &'static str,
    /// `solution.author`, and on the way whether that is the connector itself.
    author: &'static str,
    author_own: &'static str,
}

/// All facts of replies, solutions and their authors.
pub fn facts() -> Vec<FactRow> {
    let solution = Noun {
        name: "solution",
        on: SOLUTION_EVENTS.map(Into::into).to_vec(),
        id: "event.solution",
        author: "solution.author",
        author_own: "solution_author.own",
    };
    let reply = Noun {
        name: "reply",
        on: REPLY_EVENTS.map(Into::into).to_vec(),
        id: "event.reply",
        author: "reply.author",
        author_own: "reply_author.own",
    };
    [solution.facts(), reply.facts()].concat()
}

impl Noun {
    fn facts(&self) -> Vec<FactRow> {
        let mut rows: Vec<FactRow> =
            of_the_row().into_iter().map(|(name, gives, about)| self.read(name, gives, about)).collect();
        let written = format!("{}_body.written", self.name);
        rows.push(FactRow { fact: written.as_str().into(), ..self.read("body", Type::Html, "") });
        let body = "its text, without scripts, styles and forms";
        rows.push(self.here("body", Type::Html, body, &[&written], |values| safe_html(&values[0])));
        let author_id = format!("{}.id", self.author);
        let by_author = "whether the author of the thread wrote it";
        let authors = [author_id.as_str(), "thread.author.id"];
        rows.push(self.here("by_author", Type::YesNo, by_author, &authors, |ids| (ids[0] == ids[1]).into()));
        let by_staff = "whether somebody with one of settings.staff_roles wrote it";
        let staff = ["staff.ids", author_id.as_str()];
        rows.push(
            self.here("by_staff", Type::YesNo, by_staff, &staff, |values| contains(&values[0], &values[1]).into()),
        );
        let attachments = "files on it: id, name, url, type, size, elsewhere";
        rows.push(self.read_by("attachments", Type::List, attachments, "khoros.find_attachments", "message", "files"));
        let author = Author {
            noun: self.author,
            own: self.author_own,
            on: self.on.clone(),
            read: "khoros.get_reply",
            id: self.id,
        };
        rows.extend(person::facts(&author));
        rows
    }

    fn here(
        &self,
        name: &str,
        gives: Type,
        about: &'static str,
        facts: &[&str],
        work: fn(&[crate::value::Value]) -> crate::value::Value,
    ) -> FactRow {
        FactRow { on: self.on.clone(), ..from(&format!("{}.{name}", self.name), gives, about, facts, work) }
    }

    /// A part of the reply as it was read.
    fn read(&self, name: &'static str, gives: Type, about: &'static str) -> FactRow {
        self.read_by(name, gives, about, "khoros.get_reply", "id", name)
    }

    fn read_by(
        &self,
        name: &'static str,
        gives: Type,
        about: &'static str,
        read: &str,
        param: &str,
        at: &'static str,
    ) -> FactRow {
        let source = Source::Answer { read: read.into(), args: vec![(param.into(), self.id.into())], at: at.into() };
        let fact = format!("{}.{name}", self.name).as_str().into();
        FactRow { fact, gives, about, on: self.on.clone(), source, follows: None, open: false }
    }
}

fn of_the_row() -> Vec<(&'static str, Type, &'static str)> {
    vec![
        ("id", Type::Id, "id of the reply"),
        ("url", Type::Text, "address of the reply"),
        ("posted_at", Type::Moment, "when it was posted"),
        ("edited_at", Type::Moment, "when it was last edited"),
        ("is_solution", Type::YesNo, "whether it is the solution now"),
    ]
}
