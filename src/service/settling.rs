//! When files that change have settled: pure, it is told what was seen and when.
//!
//! What counts is content, not events: an event may come late or never, and only makes somebody look. A set has settled
//! when two looks, the quiet period apart, saw the same bytes.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::names::Digest;

/// How long nothing may change.
pub const QUIET: SignedDuration = SignedDuration::from_millis(100);
/// The same while a file is gone or empty that was there before: editors and copies do that on their way.
pub const PATIENCE: SignedDuration = SignedDuration::from_secs(1);

/// What one look saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    pub digest: Digest,
    /// How many bytes each file has.
    pub lengths: BTreeMap<String, usize>,
}

/// What a look means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Calm {
    /// It is what was judged last.
    Same,
    /// It has settled, and is to be judged.
    Settled,
    /// To be looked at again, then or after.
    Until(Timestamp),
}

/// The files as they were judged last, and as they are seen since.
pub struct Settling {
    judged: Marks,
    seen: Option<(Marks, Timestamp)>,
}

impl Settling {
    /// Begins with what is running.
    pub fn from(judged: Marks) -> Self {
        Settling { judged, seen: None }
    }

    /// A look that began and ended at these moments. What it saw is sure to have been there from its end to the
    /// beginning of the next look that sees the same.
    pub fn look(&mut self, began: Timestamp, ended: Timestamp, marks: Marks) -> Calm {
        if marks.digest == self.judged.digest {
            self.seen = None;
            return Calm::Same;
        }
        let since = match &self.seen {
            Some((seen, since)) if seen.digest == marks.digest => *since,
            _ => ended,
        };
        let until = since + self.wait(&marks);
        if began >= until {
            (self.judged, self.seen) = (marks, None);
            return Calm::Settled;
        }
        self.seen = Some((marks, since));
        Calm::Until(until)
    }

    fn wait(&self, marks: &Marks) -> SignedDuration {
        let is_lost = |(file, length): (&String, &usize)| match marks.lengths.get(file) {
            None => true,
            Some(now) => *now == 0 && *length > 0,
        };
        if self.judged.lengths.iter().any(is_lost) { PATIENCE } else { QUIET }
    }
}
