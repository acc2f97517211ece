//! Our own notebook, as a host: which case a thread has, which contact a member has, and what rules remember. Reading
//! it costs no call; a write makes records that go into the settle commit, so that a case and its link appear together.

pub mod keys;

pub mod reads;
pub mod writes;

use std::sync::Arc;

use crate::catalog::{Catalog, FactRow, Source, Type};
use crate::event::OF_THE_BRIDGE;
use crate::names::BridgeId;
use crate::ports::Store;

/// Adds the notebook of one bridge.
pub fn add_to(catalog: &mut Catalog, store: &Arc<dyn Store>, bridge: &BridgeId) {
    catalog.add(reads::find_links::find_links(store, bridge));
    catalog.add(reads::get_link::get_link(store, bridge));
    catalog.add(reads::find_thread_of_case::find_thread_of_case(store, bridge));
    catalog.add(reads::get_contact::get_contact(store, bridge));
    catalog.add(reads::recall::recall(store, bridge));
    catalog.add(writes::link::link(bridge));
    catalog.add(writes::link_contact::link_contact(bridge));
    catalog.add(writes::remember::remember(bridge));
    catalog.add(writes::park::park());
    catalog.add_facts(vec![linked_case()]);
    // A tick of a schedule is about nothing.
    catalog.add_nouns("bridge.due", &[]);
    OF_THE_BRIDGE.iter().for_each(|kind| catalog.add_nouns(kind, &[]));
}

/// On the way to `case` and `thread.has_case`: no event has the noun `link`, so rules cannot name it.
fn linked_case() -> FactRow {
    FactRow {
        fact: "link.case".into(),
        gives: Type::Id,
        about: "",
        on: vec![],
        source: Source::Answer {
            read: "notebook.get_link".into(),
            args: vec![("thread".into(), "thread.id".into())],
            at: "case".into(),
        },
        follows: None,
        open: false,
    }
}
