//! The community: what can be read, searched and written there (Khoros sheet = `reference/khoros.md`).
//!
//! One file per host function under `reads/` and `writes/`; the facts that rules see are in `thread.rs` and
//! `person.rs`.

mod agent;
pub mod answer;
pub mod client;
mod columns;
pub mod constraint;
mod files;
mod html;
pub mod liql;
mod locate;
mod others;
pub mod person;
mod post_body;
pub mod refused;
pub mod reply;
mod rights;
pub mod rows;
pub mod sign_in;
pub mod thread;
pub mod why_not;
mod wire;

pub mod polls;
pub mod reads;
pub mod writes;

use std::sync::Arc;

pub use client::{Client, Settings};
pub use files::files;
use html::safe_html;

use crate::catalog::{Catalog, FactRow, Source};
use crate::hosts::salesforce::CASE_EVENTS;
use crate::names::Path;

/// The kinds of events that are about a thread.
pub const THREAD_EVENTS: [&str; 14] = [
    "khoros.thread_due",
    "khoros.thread_posted",
    "khoros.thread_edited",
    "khoros.thread_moved",
    "khoros.thread_merged",
    "khoros.thread_deleted",
    "khoros.thread_tagged",
    "khoros.thread_labelled",
    "khoros.solution_accepted",
    "khoros.solution_withdrawn",
    crate::event::ESCALATION_REQUESTED,
    "khoros.reply_posted",
    "khoros.reply_edited",
    "khoros.reply_deleted",
];

/// Adds all that a community can do and what rules may look at there.
pub fn add_to(catalog: &mut Catalog, client: &Arc<Client>) {
    catalog.add(reads::get_thread::get_thread(client));
    catalog.add(reads::find_threads::find_threads(client));
    catalog.add(reads::find_posts::find_posts(client));
    catalog.add(reads::find_replies::find_replies(client));
    catalog.add(reads::get_reply::get_reply(client));
    catalog.add(reads::find_marks::find_labels(client));
    catalog.add(reads::find_marks::find_tags(client));
    catalog.add(reads::find_places::find_places(client));
    catalog.add(reads::find_visibility::find_visibility(client));
    catalog.add(reads::find_me_toos::find_me_toos(client));
    catalog.add(reads::find_attachments::find_attachments(client));
    catalog.add(reads::find_custom::find_thread_field(client));
    catalog.add(reads::find_person::find_person(client));
    catalog.add(reads::find_person_counts::find_person_counts(client));
    catalog.add(reads::find_custom::find_person_field(client));
    catalog.add(reads::find_roles::find_roles(client));
    catalog.add(reads::find_staff::find_staff(client));
    catalog.add(writes::label_thread::label_thread(client));
    catalog.add(writes::unlabel_thread::unlabel_thread(client));
    catalog.add(writes::tag_thread::tag_thread(client));
    catalog.add(reads::find_people::find_people(client));
    catalog.add(reads::find_our_post::find_our_post(client));
    catalog.add(writes::post_reply::post_reply(client));
    catalog.add(writes::edit_reply::edit_reply(client));
    catalog.add(writes::hide_reply::hide_reply(client));
    catalog.add(writes::lock_thread::lock_thread(client));
    catalog.add(writes::accept_solution::accept_solution(client));
    catalog.add(writes::send_private_message::send_private_message(client));
    catalog.add_poll(polls::posted::posted(client));
    catalog.add_poll(polls::threads::threads(client));
    catalog.add_locate(locate::locate(client));
    let author = person::Author {
        noun: "thread.author",
        own: "author.own",
        on: THREAD_EVENTS.iter().map(|kind| (*kind).into()).collect(),
        read: "khoros.get_thread",
        id: "event.subject",
    };
    let facts = [thread::facts(), person::facts(&author)].concat();
    catalog.add_facts(facts.iter().filter_map(of_a_linked_thread).collect());
    catalog.add_facts(facts);
    catalog.add_facts(reply::facts());
    catalog.add_facts(agent::facts());
    catalog.call_subjects("thread", "thread.id", "thread.subject");
    for kind in THREAD_EVENTS {
        catalog.add_nouns(kind, &["thread", "contact", "account", "case"]);
    }
    for kind in reply::REPLY_EVENTS {
        catalog.add_nouns(kind, &["thread", "reply", "contact", "account", "case"]);
    }
    for kind in reply::SOLUTION_EVENTS {
        catalog.add_nouns(kind, &["thread", "solution", "contact", "account", "case"]);
    }
}

/// The same fact where the event is about a case: of the thread that is linked to it. Its page is that of the other.
fn of_a_linked_thread(row: &FactRow) -> Option<FactRow> {
    let source = match &row.source {
        Source::Answer { read, args, at } => {
            let linked =
                |path: &Path| if path.as_str() == "event.subject" { "link.thread".into() } else { path.clone() };
            let args = args.iter().map(|(name, path)| (name.clone(), linked(path))).collect();
            Source::Answer { read: read.clone(), args, at: at.clone() }
        }
        from => from.clone(),
    };
    let on = CASE_EVENTS.iter().map(|kind| (*kind).into()).collect();
    let is_of_threads = row.on.iter().any(|kind| kind.as_str() == THREAD_EVENTS[0]);
    // When a thread was moved is known only while that is handled.
    let is_told = row.fact.as_str() != "thread.moved_at";
    (is_of_threads && is_told).then(|| FactRow { about: "", on, source, ..row.clone() })
}

/// An id becomes part of a path: anything but letters and digits could lead elsewhere.
pub fn is_id(thread: &str) -> bool {
    !thread.is_empty() && thread.chars().all(|letter| letter.is_ascii_alphanumeric())
}
