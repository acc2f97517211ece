//! Private messages (sheet 8), as sender and recipient have them.

use jiff::Timestamp;

/// One note.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub id: u64,
    pub sender: u64,
    pub recipient: u64,
    pub subject: String,
    pub body: String,
    pub sent: Timestamp,
    pub read: bool,
}
