//! Asks the hosts what has changed about subjects that are known: one poll after the other, for those events that a rule
//! waits for.
//!
//! What was seen and the events that it makes are stored in one commit; from there `wake.rs` takes them. A preview looks
//! and stores nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::catalog::{Changed, Poll, Polled, Scanning, Wanted};
use crate::engine::found::Found;
use crate::engine::hints::Hinted;
use crate::engine::{Core, layout, orphans, records, retry, rotation, wake};
use crate::event::Event;
use crate::facts::Facts;
use crate::failure::{FailureClass, HostError};
use crate::intake::event_id;
use crate::names::{EventKind, FunctionName, Subject};
use crate::ports::{Batch, StoreError};
use crate::value::Value;

/// What polls ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// All whose turn it is, and what is hinted at.
    Everything,
    /// Only what is hinted at.
    Hinted,
}

/// Asks, and stores what happened. A hint is over once everybody who knows its subject was asked.
pub async fn take(core: &Core, found: &mut Found, asking: Asking) -> Result<(), StoreError> {
    let mut failed = Vec::new();
    let hinted = Hinted::read(core, &mut failed).await?;
    let asking = Asked { everything: asking == Asking::Everything, hinted };
    let (heard, silent) = ask(core, found, &asking).await?;
    for heard in heard {
        core.parts.store.commit(heard.batch(core)).await?;
    }
    found.failed = found.failed.take().or(failed.into_iter().next());
    let over = asking.hinted.over(&silent);
    if over.changes.is_empty() { Ok(()) } else { core.parts.store.commit(over).await }
}

/// What there is about these subjects of a search is no news from now on.
pub async fn take_as_heard(
    core: &Core,
    of: &FunctionName,
    rows: &[Value],
) -> Result<Result<(), HostError>, StoreError> {
    let (mut heard, mut refused) = (Vec::new(), None);
    for poll in core.parts.catalog.polls().iter().filter(|poll| poll.of.as_ref() == Some(of)) {
        let wanted = wanted(core, poll);
        if !wanted.is_empty() {
            let answered = ask_about(core, poll, rows, &wanted, (&mut heard, &mut refused)).await?;
            refused = refused.or(answered.err());
        }
    }
    // Of one that is refused nobody knows what is there.
    if let Some(error) = refused {
        return Ok(Err(error));
    }
    for heard in heard {
        core.parts.store.commit(heard.kept).await?;
    }
    Ok(Ok(()))
}

/// Whom the polls of one pass ask about.
struct Asked {
    everything: bool,
    hinted: Hinted,
}

/// Asks, for a preview: what would be stored is given back.
pub async fn look(core: &Core, found: &mut Found) -> Result<Vec<Facts>, StoreError> {
    let now = core.now();
    let (heard, _) = ask(core, found, &Asked { everything: true, hinted: Hinted::default() }).await?;
    let events = heard.into_iter().flat_map(|heard| heard.events);
    Ok(events.filter(|event| wake::is_heard(core, event)).map(|event| Facts::new(event, now)).collect())
}

/// What some subjects have new: what is to be kept of them, and what happened.
#[derive(Default)]
struct Heard {
    kept: Batch,
    events: Vec<Event>,
}

impl Heard {
    fn batch(self, core: &Core) -> Batch {
        let mut batch = self.kept;
        self.events.iter().for_each(|event| wake::hear(core, event, &mut batch));
        batch
    }

    /// What we made happen ourselves is no news.
    fn add(&mut self, core: &Core, poll: &Poll, row: &Value, changed: Changed) -> Result<(), StoreError> {
        let (bridge, at) = (&core.parts.bridge, core.now());
        self.kept.put(seen_key(core, poll, row), changed.seen.to_json().to_string());
        orphans::note(core, poll, row, &changed, &mut self.kept);
        self.kept.put(layout::news_key(bridge, poll.name.as_str(), subject_id(poll, row)), records::encode(&at));
        for told in changed.told {
            if core.parts.store.get(&layout::ours_key(bridge, &told.what))?.is_some() {
                continue;
            }
            self.events.push(Event {
                id: event_id::happened(bridge, &told.what),
                bridge: bridge.clone(),
                kind: told.kind,
                lane: told.lane.unwrap_or_else(|| told.subject.as_str().into()),
                subject: told.subject,
                found_by: vec![],
                // What is told together keeps its order.
                at: at + SignedDuration::from_nanos(self.events.len() as i64),
                hint: told.hint,
            });
        }
        Ok(())
    }
}

/// What was heard, and the hosts that did not answer, for which hints are kept.
async fn ask(core: &Core, found: &mut Found, asked: &Asked) -> Result<(Vec<Heard>, BTreeSet<String>), StoreError> {
    let (mut heard, mut silent, mut unheard) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    if !asked.everything && asked.hinted.is_empty() {
        return Ok((heard, silent));
    }
    for poll in core.parts.catalog.polls() {
        let wanted = wanted(core, poll);
        if wanted.is_empty() {
            continue;
        }
        if core.halted().contains_key(poll.name.host()) {
            silent.insert(poll.name.host().to_owned());
            unheard.insert(poll.name.host().to_owned());
            continue;
        }
        // What could not be asked is asked again in the next pass: what was seen stands as it was.
        if let Err(error) = ask_one(core, poll, asked, &wanted, (&mut heard, &mut found.failed)).await? {
            unheard.insert(poll.name.host().to_owned());
            // What is refused is refused again: nobody keeps hints for it. What was seen stands, so that nothing is lost.
            if error.class != FailureClass::Refused {
                silent.insert(poll.name.host().to_owned());
            }
            if error.class == FailureClass::SignedOut {
                core.halt(poll.name.host(), &error);
            }
            found.failed.get_or_insert(error);
        }
    }
    if asked.everything {
        note_silence(core, &unheard);
    }
    Ok((heard, silent))
}

/// Since when each host that is silent now is so.
fn note_silence(core: &Core, silent: &BTreeSet<String>) {
    let mut unheard = core.unheard.lock().expect("no panic holds it");
    unheard.retain(|host, _| silent.contains(host));
    for host in silent {
        unheard.entry(host.clone()).or_insert(core.now());
    }
}

/// The kinds of what it tells that a rule waits for.
fn wanted(core: &Core, poll: &Poll) -> Wanted {
    let heard: BTreeSet<&EventKind> = core.parts.rules.rules.iter().flat_map(|rule| rule.trigger.happens()).collect();
    Arc::new(poll.tells.iter().filter(|kind| heard.contains(kind)).cloned().collect())
}

async fn ask_one(
    core: &Core,
    poll: &Poll,
    asked: &Asked,
    wanted: &Wanted,
    (heard, failed): (&mut Vec<Heard>, &mut Option<HostError>),
) -> Result<Result<(), HostError>, StoreError> {
    let rows = match subjects(core, poll).await {
        Ok(rows) => rows,
        Err(error) => return Ok(Err(error)),
    };
    let (rows, round) = asked.of(core, poll, rows)?;
    if let Err(error) = ask_about(core, poll, &rows, wanted, (heard, failed)).await? {
        return Ok(Err(error));
    }
    if !round.changes.is_empty() {
        heard.push(Heard { kept: round, events: vec![] });
    }
    Ok(Ok(()))
}

/// What some of its subjects have new, as many at a time as it takes.
async fn ask_about(
    core: &Core,
    poll: &Poll,
    rows: &[Value],
    wanted: &Wanted,
    (heard, failed): (&mut Vec<Heard>, &mut Option<HostError>),
) -> Result<Result<(), HostError>, StoreError> {
    for rows in rows.chunks(poll.up_to) {
        let news = match ask_part(core, poll, rows, wanted).await? {
            Err(error) if error.class == FailureClass::Refused && rows.len() > 1 => {
                around_one(core, poll, rows, wanted, failed).await?
            }
            answered => answered,
        };
        let news = match news {
            Ok(news) => news,
            Err(error) => return Ok(Err(error)),
        };
        // Where nothing is new there is nothing to store.
        if !news.is_empty() {
            let mut together = Heard::default();
            for (row, changed) in news {
                together.add(core, poll, &row, changed)?;
            }
            heard.push(together);
        }
    }
    Ok(Ok(()))
}

/// What is new about whom.
type News = Vec<(Value, Changed)>;

async fn ask_part(
    core: &Core,
    poll: &Poll,
    rows: &[Value],
    wanted: &Wanted,
) -> Result<Result<News, HostError>, StoreError> {
    let mut polled = Vec::with_capacity(rows.len());
    for row in rows {
        let seen =
            core.parts.store.get(&seen_key(core, poll, row))?.map(|bytes| records::decode(&bytes)).transpose()?;
        polled.push(Polled { row: row.clone(), seen: seen.unwrap_or_default() });
    }
    let ask = || (poll.call)(polled.clone(), wanted.clone());
    let answered = retry::until_answered(core, poll.name.host(), ask).await;
    let of = |changed: Changed| Some((rows.get(changed.which)?.clone(), changed));
    Ok(answered.map(|changed| changed.into_iter().filter_map(of).collect()))
}

/// Of subjects that a host refuses together, what is new about all but the one because of which it does. Where both
/// halves are refused it is not about one of them.
async fn around_one(
    core: &Core,
    poll: &Poll,
    rows: &[Value],
    wanted: &Wanted,
    failed: &mut Option<HostError>,
) -> Result<Result<News, HostError>, StoreError> {
    let (mut refused, mut news) = (rows, News::new());
    while refused.len() > 1 {
        let (one, other) = refused.split_at(refused.len() / 2);
        let (of_one, of_other) = (ask_part(core, poll, one, wanted).await?, ask_part(core, poll, other, wanted).await?);
        match (of_one, of_other) {
            (Ok(one), Ok(other)) => {
                news.extend(one.into_iter().chain(other));
                return Ok(Ok(news));
            }
            (Ok(heard), Err(error)) if error.class == FailureClass::Refused => {
                (refused, *failed) = (other, Some(error));
                news.extend(heard);
            }
            (Err(error), Ok(heard)) if error.class == FailureClass::Refused => {
                (refused, *failed) = (one, Some(error));
                news.extend(heard);
            }
            (Err(error), _) | (_, Err(error)) => return Ok(Err(error)),
        }
    }
    Ok(Ok(news))
}

impl Asked {
    /// The subjects that a poll asks about, and what is to be kept of its round. A hint about something that it does not
    /// know one by one is for the polls that look at their host as a whole.
    ///
    /// A hint counts as news, so that its subject is asked about in each round from now on: the index that a poll reads
    /// may show only later what the host told of.
    fn of(&self, core: &Core, poll: &Poll, rows: Vec<Value>) -> Result<(Vec<Value>, Batch), StoreError> {
        let subject = |row: &Value| Subject::new(poll.name.host(), poll.key, subject_id(poll, row));
        let mut hinted: Vec<Value> = match &poll.of {
            Some(_) => rows.iter().filter(|row| self.hinted.is_about(&subject(row))).cloned().collect(),
            None if self.hinted.is_any(poll.name.host()) => rows.clone(),
            None => vec![],
        };
        let (turned, mut round) = if self.everything { rotation::turn(core, poll, rows)? } else { Default::default() };
        for row in &hinted {
            let key = layout::news_key(&core.parts.bridge, poll.name.as_str(), subject_id(poll, row));
            round.put(key, records::encode(&core.now()));
        }
        hinted.retain(|row| !turned.contains(row));
        Ok((turned.into_iter().chain(hinted).collect(), round))
    }
}

/// All subjects of a poll.
async fn subjects(core: &Core, poll: &Poll) -> Result<Vec<Value>, HostError> {
    let Some(of) = &poll.of else { return Ok(vec![Value::map([(poll.key, Value::text(poll.name.host()))])]) };
    let Some(list) = core.parts.catalog.scan_call(of.as_str()) else { return Ok(vec![]) };
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let scanning = Scanning { args: Default::default(), predicates: vec![], now: core.now(), cursor };
        let page = (list.call)(scanning).await?;
        rows.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(rows);
        }
    }
}

fn subject_id<'r>(poll: &Poll, row: &'r Value) -> &'r str {
    row.get(poll.key).as_str().unwrap_or_default()
}

fn seen_key(core: &Core, poll: &Poll, row: &Value) -> String {
    layout::seen_key(&core.parts.bridge, poll.name.as_str(), subject_id(poll, row))
}
