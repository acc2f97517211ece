//! What can be asked of a community: one file for each question.

pub mod find_attachments;
pub mod find_custom;
pub mod find_marks;
pub mod find_me_toos;
pub mod find_our_post;
pub mod find_people;
pub mod find_person;
pub mod find_person_counts;
pub mod find_places;
pub mod find_posts;
pub mod find_replies;
pub mod find_roles;
pub mod find_staff;
pub mod find_threads;
pub mod find_visibility;
pub mod get_reply;
pub mod get_thread;

use crate::value::Value;

/// The texts of keys; the catalog has brought ids to text.
fn texts(keys: &[Value]) -> impl Iterator<Item = &str> {
    keys.iter().filter_map(Value::as_str)
}
