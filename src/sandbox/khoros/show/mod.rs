//! Objects as the API shows them, field by field, for one reader.

pub mod message;
mod node;
mod note;
mod place;
mod row;
mod user;

pub use node::Node;
pub use place::{object, show};
pub use row::{Reader, Row};
pub use user::email;
