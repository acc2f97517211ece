//! Objects as the API shows them, field by field, for one reader.

pub mod message;
mod node;
mod note;
mod place;
mod plain;
mod reader;
mod row;
mod small;
mod stub;
mod user;

pub use node::Node;
pub use place::{Item, Wanted};
pub use plain::Plain;
pub use reader::Reader;
pub use row::Row;
pub use user::email;
