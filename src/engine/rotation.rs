//! Which subjects a poll asks about in a pass: all of which there was news within a week, and of the others as many as
//! it takes to have asked about each of them once an hour. A link of which one side is gone is quiet at once.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::catalog::Poll;
use crate::engine::orphans::Orphans;
use crate::engine::{Core, layout, records};
use crate::ports::{Batch, StoreError};
use crate::value::Value;

/// Without news for so long a subject is quiet.
const QUIET: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long it takes to ask about every quiet one.
const ROUND: SignedDuration = SignedDuration::from_hours(1);

/// How far the round of a poll has come.
#[derive(Serialize, Deserialize)]
struct Round {
    at: Timestamp,
    /// The subject that was asked about last.
    last: String,
}

/// The subjects that are asked about now, and what is to be kept of the round.
pub fn turn(core: &Core, poll: &Poll, rows: Vec<Value>) -> Result<(Vec<Value>, Batch), StoreError> {
    let mut batch = Batch::default();
    if poll.of.is_none() {
        return Ok((rows, batch));
    }
    let orphans = Orphans::of(core)?;
    orphans.forget_others(&rows, &mut batch);
    let (mut asked, mut quiet) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let key = layout::news_key(&core.parts.bridge, poll.name.as_str(), id(poll, &row));
        let news: Option<Timestamp> = core.parts.store.get(&key)?.map(|bytes| records::decode(&bytes)).transpose()?;
        if news.is_none() {
            // Its week begins with the first look.
            batch.put(key, records::encode(&core.now()));
        }
        let is_quiet = news.is_some_and(|at| core.now().duration_since(at) > QUIET || orphans.holds(&row));
        if is_quiet { quiet.push(row) } else { asked.push(row) }
    }
    if quiet.is_empty() {
        return Ok((asked, batch));
    }
    let key = layout::round_key(&core.parts.bridge, poll.name.as_str());
    let round: Option<Round> = core.parts.store.get(&key)?.map(|bytes| records::decode(&bytes)).transpose()?;
    quiet.sort_by(|a, b| id(poll, a).cmp(id(poll, b)));
    let start = round.as_ref().map_or(0, |round| quiet.partition_point(|row| id(poll, row) <= round.last.as_str()));
    let share = share(quiet.len(), round.map(|round| core.now().duration_since(round.at)));
    let turned: Vec<Value> = (0..share).map(|n| quiet[(start + n) % quiet.len()].clone()).collect();
    if let Some(last) = turned.last() {
        let round = Round { at: core.now(), last: id(poll, last).to_owned() };
        batch.put(key, records::encode(&round));
    }
    asked.extend(turned);
    Ok((asked, batch))
}

/// How many of the quiet ones are asked about, so long after the last time.
fn share(quiet: usize, since: Option<SignedDuration>) -> usize {
    let Some(since) = since.filter(|since| *since < ROUND) else { return quiet };
    let seconds = u64::try_from(since.as_secs()).unwrap_or(0);
    usize::try_from((quiet as u64 * seconds).div_ceil(ROUND.as_secs().unsigned_abs())).unwrap_or(quiet).min(quiet)
}

fn id<'r>(poll: &Poll, row: &'r Value) -> &'r str {
    row.get(poll.key).as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_subjects_are_all_asked_about_within_an_hour() {
        let minutes = |minutes| Some(SignedDuration::from_mins(minutes));
        assert_eq!(share(120, None), 120);
        assert_eq!(share(120, minutes(1)), 2);
        assert_eq!((share(7, minutes(5)), share(7, minutes(0))), (1, 0));
        assert_eq!(share(120, minutes(90)), 120);
    }
}
