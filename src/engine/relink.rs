//! Builds the notebook's links anew from the external ids of the cases, which are their truth (`state relink`).
//!
//! Of a thread with several cases the newest has it. What stood in thread and case before is taken for heard: with the
//! links went the knowledge of what was said already, and to say it all again would be worse than to miss something.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Asked, Call, LinkedCase, Links, Standing};
use crate::engine::records::{self, KeyOwner};
use crate::engine::{Core, layout, poll, retry};
use crate::facts::Args;
use crate::failure::HostError;
use crate::plan::Arg;
use crate::plan::key::{action_key, with_generation};
use crate::ports::{Batch, StoreError};
use crate::value::Value;

/// Threads that are looked up together, and links of one commit.
const GROUP: usize = 200;

/// What was found, and what was done about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relinked {
    /// Cases whose thread is of another community.
    pub others: usize,
    /// Links that were right.
    pub right: usize,
    pub added: usize,
    /// Links that named a case that has the thread no more: the thread, that case, and the right one.
    pub changed: Vec<[String; 3]>,
    /// Threads that share the case of another, as merged threads do.
    pub shared: usize,
    /// Of the threads, those whose case was merged into another one, or lies in the recycle bin.
    pub merged: usize,
    pub deleted: usize,
    /// Earlier cases of threads that have a newer one.
    pub earlier: usize,
}

/// Why it was not done; nothing was written.
#[derive(Debug)]
pub enum NotRelinked {
    Host(HostError),
    Store(StoreError),
}

impl From<HostError> for NotRelinked {
    fn from(error: HostError) -> Self {
        NotRelinked::Host(error)
    }
}

impl From<StoreError> for NotRelinked {
    fn from(error: StoreError) -> Self {
        NotRelinked::Store(error)
    }
}

/// The cases of one thread, the one that has it last.
type OfThread<'c> = Vec<&'c LinkedCase>;

pub async fn relink(core: &Core) -> Result<Relinked, NotRelinked> {
    let mut told = Relinked::default();
    for links in core.parts.catalog.links() {
        let cases = read(core, links, &mut told).await?;
        let threads = by_thread(&cases);
        let known = known(core, links, threads.keys().copied().collect()).await?;
        let of_case = by_case(&cases);
        let is_of_another =
            |case: &str, thread: &str| of_case.get(same(case)).is_some_and(|threads| !threads.contains(thread));
        let mut wrong: Vec<OfThread> = Vec::new();
        for (thread, cases) in threads {
            let before = known.get(thread).map(String::as_str);
            if told.count(&cases, before, is_of_another) {
                wrong.push(cases);
            }
        }
        mend(core, links, wrong).await?;
    }
    Ok(told)
}

impl Relinked {
    /// Counts one thread; whether its link is to be written.
    fn count(
        &mut self,
        cases: &[&LinkedCase],
        before: Option<&str>,
        is_of_another: impl Fn(&str, &str) -> bool,
    ) -> bool {
        let Some((last, earlier)) = cases.split_last() else { return false };
        self.earlier += earlier.len();
        match last.standing {
            Standing::Merged => self.merged += 1,
            Standing::Deleted => self.deleted += 1,
            Standing::There => {}
        }
        match before {
            Some(before) if same(before) == same(&last.case) => {
                self.right += 1;
                return false;
            }
            Some(before) if is_of_another(before, &last.thread) => {
                self.shared += 1;
                return false;
            }
            Some(before) => self.changed.push([&last.thread, before, &last.case].map(str::to_owned)),
            None => self.added += 1,
        }
        true
    }
}

/// All cases that have a thread of ours.
async fn read(core: &Core, links: &Links, told: &mut Relinked) -> Result<Vec<LinkedCase>, NotRelinked> {
    let (mut cases, mut cursor) = (Vec::new(), None);
    loop {
        let page = retry::until_answered(core, links.host, || (links.call)(cursor.clone())).await?;
        cases.extend(page.cases);
        told.others += page.others;
        cursor = page.next;
        if cursor.is_none() {
            return Ok(cases);
        }
    }
}

fn by_thread(cases: &[LinkedCase]) -> BTreeMap<&str, OfThread<'_>> {
    let mut threads: BTreeMap<&str, OfThread> = BTreeMap::new();
    for case in cases {
        threads.entry(&case.thread).or_default().push(case);
    }
    threads.values_mut().for_each(|cases| cases.sort_by_key(|case| (case.generation, case.standing)));
    threads
}

/// The threads of each case, by the part of its id that both forms share.
fn by_case(cases: &[LinkedCase]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut threads: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for case in cases {
        threads.entry(same(&case.case)).or_default().insert(&case.thread);
    }
    threads
}

/// The cases that the notebook has for these threads.
async fn known(core: &Core, links: &Links, threads: Vec<&str>) -> Result<BTreeMap<String, String>, HostError> {
    let mut known = BTreeMap::new();
    let Some(get) = core.parts.catalog.read_call(links.get.as_str()) else { return Ok(known) };
    for threads in threads.chunks(GROUP) {
        let keys = threads.iter().map(|thread| Value::text(*thread)).collect();
        let found = (get.call)(Asked { shared: Args::default(), keys }).await?;
        let part = |row: &Value, name: &str| row.get(name).as_str().map(str::to_owned);
        known.extend(found.rows.iter().filter_map(|row| Some((part(row, "thread")?, part(row, "case")?))));
    }
    Ok(known)
}

/// Writes links down. What polls find about them is known before they are there, so that none of it is news.
async fn mend(core: &Core, links: &Links, mut wrong: Vec<OfThread<'_>>) -> Result<(), NotRelinked> {
    // A case may have been merged into one that has a thread of its own, and keeps it.
    wrong.sort_by_key(|cases| cases.last().map(|case| case.standing));
    let row = |case: &LinkedCase| {
        Value::map([("thread", Value::text(case.thread.as_str())), ("case", Value::text(case.case.as_str()))])
    };
    let rows: Vec<Value> = wrong.iter().filter_map(|cases| cases.last()).map(|case| row(case)).collect();
    poll::take_as_heard(core, &links.find, &rows).await??;
    for group in wrong.chunks(GROUP) {
        let mut batch = Batch::default();
        group.iter().flatten().for_each(|case| write(core, links, case, &mut batch));
        core.parts.store.commit(batch).await?;
    }
    Ok(())
}

/// The link of a case, and that it was made, so that it is not made once more.
fn write(core: &Core, links: &Links, case: &LinkedCase, batch: &mut Batch) {
    let catalog = &core.parts.catalog;
    let (thread, id) = (Value::text(case.thread.as_str()), Value::text(case.case.as_str()));
    if let Some(Call::Note { call, .. }) = catalog.get(links.link.as_str()).map(|function| &function.call) {
        let args = Args::from([("thread".into(), thread.clone()), ("case".into(), id)]);
        call(&args, core.now()).into_iter().for_each(|(key, value)| batch.put(key, value.to_json().to_string()));
    }
    if let Some(made) = catalog.write_call(links.made_by.as_str()) {
        let args = [("thread".into(), Arg::Known(thread))];
        let key = action_key(&core.parts.bridge, &"relink".into(), &made.kind, &links.made_by, &args, &[]);
        let owner = KeyOwner { run: "relink".into(), action: 0, result: Some(case.made.clone()) };
        batch.put(layout::owner_key(&with_generation(&key, case.generation)), records::encode(&owner));
    }
}

/// 15 and 18 characters name one record.
fn same(case: &str) -> &str {
    case.get(..15).unwrap_or(case)
}
