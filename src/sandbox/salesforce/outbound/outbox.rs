//! The notifications that wait to be acknowledged, and when each is sent next (sheet 9.1).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::id::Id;
use super::super::schema;
use super::action::{Action, On};

/// So many notifications share an envelope and its acknowledgement.
const TOGETHER: usize = 100;

/// The longest pause between two tries, and how long it is tried at all.
const LONGEST: SignedDuration = SignedDuration::from_hours(2);
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(24);

/// What one record's change is told by.
#[derive(Clone)]
pub struct Notification {
    pub id: Id,
    pub record: Id,
    queued: Timestamp,
    due: Timestamp,
    tries: u32,
    /// It was acknowledged already and is sent once more.
    repeated: bool,
}

/// Notifications of one action that are sent together.
pub struct Batch {
    pub number: usize,
    pub action: Arc<Action>,
    pub notifications: Vec<Notification>,
}

/// What there is to do.
pub enum Next {
    Send(Batch),
    /// Something waits for its time or for an answer.
    Wait,
    /// Nothing at all; whoever asked may go.
    Idle,
}

/// All notifications that are not acknowledged.
#[derive(Default)]
pub struct Outbox {
    /// By the number of the action, with the action as it was when the first one came.
    waiting: BTreeMap<usize, (Arc<Action>, VecDeque<Notification>)>,
    /// Actions that wait for an answer.
    sent: BTreeSet<usize>,
    given: u64,
    working: bool,
    pub delivered: u64,
    pub dropped: u64,
}

impl Outbox {
    /// Notes a change of a record for every action that is about it.
    pub fn note(&mut self, actions: &[Action], object: &schema::Object, record: &Id, created: bool, now: Timestamp) {
        for (number, action) in actions.iter().enumerate() {
            let heard = created || action.on == On::Save;
            if !heard || !action.object.eq_ignore_ascii_case(object.name) {
                continue;
            }
            self.given += 1;
            let notification = Notification {
                id: Id::numbered("04l", self.given),
                record: record.clone(),
                queued: now,
                due: now,
                tries: 0,
                repeated: false,
            };
            let fresh = || (Arc::new(action.clone()), VecDeque::new());
            let (known, queue) = self.waiting.entry(number).or_insert_with(fresh);
            if **known != *action {
                *known = Arc::new(action.clone());
            }
            queue.push_back(notification);
        }
    }

    /// Whether there is something to send that nobody sends; who hears yes has to do it.
    pub fn claim(&mut self) -> bool {
        let idle = !self.working && !self.waiting.is_empty();
        self.working |= idle;
        idle
    }

    /// The next notifications that are due.
    pub fn next(&mut self, now: Timestamp) -> Next {
        let Self { waiting, sent, working, .. } = self;
        if waiting.is_empty() && sent.is_empty() {
            *working = false;
            return Next::Idle;
        }
        for (number, (action, queue)) in waiting.iter_mut().filter(|(number, _)| !sent.contains(number)) {
            let (mut notifications, mut later) = (Vec::new(), VecDeque::new());
            for notification in queue.drain(..) {
                if notification.due <= now && notifications.len() < TOGETHER {
                    notifications.push(notification);
                } else {
                    later.push_back(notification);
                }
            }
            *queue = later;
            if !notifications.is_empty() {
                let (number, action) = (*number, action.clone());
                sent.insert(number);
                return Next::Send(Batch { number, action, notifications });
            }
        }
        Next::Wait
    }

    /// One acknowledgement covers the whole envelope; `again` sends everything once more, as may happen.
    pub fn acknowledged(&mut self, batch: Batch, again: bool, now: Timestamp) {
        self.delivered += batch.notifications.len() as u64;
        let repeat = batch.notifications.into_iter().filter(|one| again && !one.repeated);
        let repeat: Vec<_> = repeat.map(|one| Notification { repeated: true, due: now, ..one }).collect();
        self.put_back(batch.number, repeat);
    }

    /// Tries again after a pause that doubles each time, and no longer than a day.
    pub fn refused(&mut self, batch: Batch, first: SignedDuration, now: Timestamp) {
        let mut again = Vec::new();
        for mut notification in batch.notifications {
            let doubled = 1i32.checked_shl(notification.tries.min(20)).unwrap_or(1);
            notification.due = now + first.checked_mul(doubled).unwrap_or(LONGEST).min(LONGEST);
            notification.tries += 1;
            if notification.due.duration_since(notification.queued) > GIVEN_UP {
                self.dropped += 1;
            } else {
                again.push(notification);
            }
        }
        self.put_back(batch.number, again);
    }

    fn put_back(&mut self, number: usize, notifications: Vec<Notification>) {
        self.sent.remove(&number);
        if let Some((_, queue)) = self.waiting.get_mut(&number) {
            queue.extend(notifications);
            if queue.is_empty() {
                self.waiting.remove(&number);
            }
        }
    }

    /// For the counts: what was delivered and what was given up.
    pub fn counts(&self) -> impl Iterator<Item = (String, u64)> {
        let counts = [("deliver outbound message", self.delivered), ("drop outbound message", self.dropped)];
        counts.into_iter().filter(|(_, count)| *count > 0).map(|(what, count)| (what.to_owned(), count))
    }
}
