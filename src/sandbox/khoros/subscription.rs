//! Who follows what (sheet 7.5).

/// One member follows one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    pub id: u64,
    pub subscriber: u64,
    pub target: Target,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    Message(u64),
    Board(String),
}
