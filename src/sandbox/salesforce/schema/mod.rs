//! The objects of the org and their fields (sheet 10): one description that validation, queries and describe share.

mod case;
mod connector;
mod events;
mod field;
mod files;
mod kind;
mod metadata;
mod object;
mod people;
mod service;
mod setup;
mod task;

use std::sync::LazyLock;

pub use case::{STATUSES, offers};
pub use field::Field;
pub use kind::{Choice, Kind};
pub use object::Object;

static OBJECTS: LazyLock<Vec<Object>> = LazyLock::new(|| {
    let mut objects = vec![case::case(), case::comment()];
    objects.extend(people::objects());
    objects.extend(setup::objects());
    objects.push(task::task());
    objects.extend(events::objects());
    objects.extend(service::objects());
    objects.extend(files::objects());
    objects.extend(connector::objects());
    objects
});

/// All objects, in a stable order.
pub fn objects() -> &'static [Object] {
    &OBJECTS
}

/// An object by its name, in any case.
pub fn find_object(name: &str) -> Option<&'static Object> {
    OBJECTS.iter().find(|object| object.name.eq_ignore_ascii_case(name))
}

/// An object that the code names itself.
pub fn object(name: &str) -> &'static Object {
    find_object(name).expect("the schema has every object that the sandbox names")
}

/// The object whose ids start so.
pub fn object_of(prefix: &str) -> Option<&'static Object> {
    OBJECTS.iter().find(|object| object.prefix == prefix)
}

/// The fields of other objects that point at this one under a child relationship name.
pub fn children_of(parent: &Object) -> impl Iterator<Item = (&'static Object, &'static Field)> {
    let name = parent.name;
    OBJECTS.iter().flat_map(move |object| {
        let pointing = object.fields.iter().filter(move |f| f.children.is_some() && f.kind.targets().contains(&name));
        pointing.map(move |field| (object, field))
    })
}
