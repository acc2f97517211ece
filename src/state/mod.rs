//! Durable state: the store of keys and values, and the tokens beside it.
//!
//! Callers see only the traits `Store` and `Tokens` of `ports.rs`. What lies where in the state folder:
//!
//! | file | what it holds |
//! |---|---|
//! | `db`, `conf`, `snap.*`, `blobs/` | sled's own files; `blobs/` stays empty |
//! | `commits` | the last commit that was acknowledged (`side_file.rs`) |
//! | `lock` | the process that uses the folder (`lock.rs`) |
//! | `tokens` | tokens and session keys (`tokens.rs`), never part of the store |
//! | `aside-*/` | damaged files that were put aside; never read again |

pub mod folder;
pub mod lock;
pub mod memory_store;
pub mod rows;
pub mod side_file;
pub mod sled_store;
pub mod tally;
pub mod tokens;
pub mod writer;

pub use folder::free;
pub use memory_store::MemoryStore;
pub use sled_store::{Compacted, Gap, SledStore, size};
pub use tokens::FileTokens;
