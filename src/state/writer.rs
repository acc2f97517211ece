//! The one thread that writes: takes what many callers asked for and makes it durable in one go, first in, first out.
//!
//! How a group is written is the caller's. After a failure nothing is written any more: what a failed sync left on
//! the disk is unknown, so it is never tried again.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::rows::Stored;
use crate::ports::{Boxed, StoreError};

/// Requests that wait at most; who comes later waits in the call itself.
const QUEUE: usize = 4096;
/// Requests of one group at most.
pub const GROUP: usize = 256;
/// Bytes of one group at most, unless one request alone has more.
const GROUP_BYTES: usize = 1_000_000;

/// Key to new value; `None` removes the key.
pub type Changes = BTreeMap<String, Option<Stored>>;

struct Request {
    changes: Changes,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// The writing thread; dropping it writes what is still in the queue.
pub struct Writer {
    queue: Option<SyncSender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. `write` makes the changes of some commits durable, all or none.
    pub fn start(
        write: impl FnMut(&Changes, u64) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (queue, requests) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new().name("state-writer".into()).spawn(move || work(&requests, write));
        let thread = thread.map_err(|error| StoreError::Failed(format!("the state writer did not start: {error}")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues the changes; the future ends once they are durable.
    pub fn offer(&self, changes: Changes) -> Boxed<Result<(), StoreError>> {
        let (done, answer) = oneshot::channel();
        // A full queue holds the caller here; the thread that empties it waits for nobody.
        let queued = self.queue.as_ref().is_some_and(|queue| queue.send(Request { changes, done }).is_ok());
        Box::pin(async move { if queued { answer.await.unwrap_or_else(|_| Err(ended())) } else { Err(ended()) } })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn ended() -> StoreError {
    StoreError::Failed("the state writer has ended".into())
}

fn work(requests: &Receiver<Request>, mut write: impl FnMut(&Changes, u64) -> Result<(), StoreError>) {
    let mut broken = None;
    let mut left = None;
    while let Some(first) = left.take().or_else(|| requests.recv().ok()) {
        let group;
        (group, left) = gather(first, requests);
        let answer = match &broken {
            Some(error) => Err(StoreError::clone(error)),
            None => write_group(group.changes, group.waiting.len(), &mut write),
        };
        broken = answer.as_ref().err().cloned();
        for done in group.waiting {
            // Whoever asked may have gone; what was written stays.
            let _ = done.send(answer.clone());
        }
    }
}

fn write_group(
    changes: Changes,
    commits: usize,
    write: &mut impl FnMut(&Changes, u64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    catch_unwind(AssertUnwindSafe(|| write(&changes, commits as u64)))
        .unwrap_or_else(|_| Err(StoreError::Failed("the state writer broke down while it wrote".into())))
}

struct Group {
    changes: Changes,
    waiting: Vec<oneshot::Sender<Result<(), StoreError>>>,
}

/// As many of the waiting requests as fit; later changes of a key go over earlier ones. Also the one that did not fit.
fn gather(first: Request, requests: &Receiver<Request>) -> (Group, Option<Request>) {
    let mut bytes = size(&first.changes);
    let mut group = Group { changes: first.changes, waiting: vec![first.done] };
    while group.waiting.len() < GROUP {
        let Ok(next) = requests.try_recv() else { break };
        bytes += size(&next.changes);
        if bytes > GROUP_BYTES {
            return (group, Some(next));
        }
        group.changes.extend(next.changes);
        group.waiting.push(next.done);
    }
    (group, None)
}

fn size(changes: &Changes) -> usize {
    changes.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Stored::size)).sum()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn one(key: &str, value: &[u8]) -> Changes {
        Changes::from([(key.to_owned(), Some(Stored::of(value)))])
    }

    #[tokio::test]
    async fn after_one_failed_write_every_later_commit_fails() {
        let mut calls = 0;
        let writer = Writer::start(move |_, _| {
            calls += 1;
            if calls == 2 { Err(StoreError::Failed("disk full".into())) } else { Ok(()) }
        })
        .unwrap();
        assert_eq!(writer.offer(one("a", b"1")).await, Ok(()));
        assert_eq!(writer.offer(one("b", b"1")).await, Err(StoreError::Failed("disk full".into())));
        assert_eq!(writer.offer(one("c", b"1")).await, Err(StoreError::Failed("disk full".into())));
    }

    #[tokio::test]
    async fn a_panic_while_writing_is_a_failed_commit() {
        let writer = Writer::start(|_, _| panic!("a bug, on purpose")).unwrap();
        assert!(matches!(writer.offer(one("a", b"1")).await, Err(StoreError::Failed(_))));
        assert!(matches!(writer.offer(one("a", b"1")).await, Err(StoreError::Failed(_))));
    }

    #[tokio::test]
    async fn a_group_has_at_most_256_requests_and_one_megabyte() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (go, wait) = sync_channel::<()>(0);
        let writer = Writer::start({
            let seen = seen.clone();
            move |changes, commits| {
                if seen.lock().unwrap().is_empty() {
                    wait.recv().unwrap();
                }
                seen.lock().unwrap().push((commits, size(changes)));
                Ok(())
            }
        })
        .unwrap();
        let first = writer.offer(one("first", b"1"));
        let small: Vec<_> = (0..300).map(|n| writer.offer(one(&format!("small:{n}"), b"1"))).collect();
        let large = (0..3000_u32).map(|n| n.to_string()).collect::<String>();
        let large: Vec<_> = (0..400).map(|n| writer.offer(one(&format!("large:{n}"), large.as_bytes()))).collect();
        go.send(()).unwrap();
        for commit in std::iter::once(first).chain(small).chain(large) {
            commit.await.unwrap();
        }
        let seen = seen.lock().unwrap();
        assert_eq!(seen.iter().map(|(commits, _)| commits).sum::<u64>(), 701);
        assert!(seen.iter().all(|(commits, bytes)| *commits <= GROUP as u64 && *bytes <= GROUP_BYTES), "{seen:?}");
        assert!(seen.iter().any(|(commits, _)| *commits == GROUP as u64));
        assert!(seen.iter().any(|(_, bytes)| *bytes > GROUP_BYTES / 2));
    }
}
