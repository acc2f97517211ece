//! Answers the reads of all waiting events together: grouped by function, keys folded and made unique, cut by what
//! one call takes, and the rows given back to who asked.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::SignedDuration;

use crate::catalog::{Asked, Gives, ReadCall, Rows};
use crate::engine::{Core, retry};
use crate::facts::{Answer, Args, Read, Recorded};
use crate::failure::{FailureClass, HostError};
use crate::names::{FunctionName, ReadKey};
use crate::value::Value;

/// How long an answer about people may be used again.
const PEOPLE: SignedDuration = SignedDuration::from_hours(1);

/// Answers by read.
pub type Answers = BTreeMap<ReadKey, Arc<Recorded>>;

/// What the reads are for.
#[derive(Clone, Copy, PartialEq)]
enum For {
    /// Rules: people and contacts may be up to an hour old, and a busy host is asked again.
    Rules,
    /// A wave, straight before its call: nothing known before counts, and a busy host holds up nothing.
    Wave,
}

/// Answers reads for rules.
pub async fn gather(core: &Core, reads: Vec<Read>) -> Answers {
    answers(core, reads, For::Rules).await
}

/// Answers reads straight before a write.
pub async fn gather_fresh(core: &Core, reads: Vec<Read>) -> Answers {
    answers(core, reads, For::Wave).await
}

async fn answers(core: &Core, reads: Vec<Read>, purpose: For) -> Answers {
    let age = |call: &ReadCall| (purpose == For::Rules && !call.fresh).then_some(PEOPLE);
    let mut answers = Answers::new();
    let mut groups: HashMap<(FunctionName, String), Vec<Read>> = HashMap::new();
    for read in reads {
        let key = read.key();
        let Some(call) = core.parts.catalog.read_call(read.function.as_str()) else { continue };
        match age(call).and_then(|age| core.remembered(&key, age)) {
            Some(recorded) => {
                answers.insert(key, recorded);
            }
            None => groups.entry((read.function.clone(), shared(&read, call))).or_default().push(read),
        }
    }
    for ((function, _), reads) in groups {
        for recorded in ask_group(core, &function, reads, purpose).await {
            if !core.parts.catalog.read_call(function.as_str()).is_some_and(|call| call.fresh) {
                core.remember(&recorded);
            }
            answers.insert(recorded.read.key(), recorded);
        }
    }
    answers
}

/// What the reads of one call have in common: every argument but the key.
fn shared(read: &Read, call: &ReadCall) -> String {
    let rest =
        Args::from_iter(read.args.iter().filter(|(name, _)| **name != call.key).map(|(n, v)| (n.clone(), v.clone())));
    Read { function: read.function.clone(), args: rest }.key().to_string()
}

async fn ask_group(core: &Core, function: &FunctionName, reads: Vec<Read>, purpose: For) -> Vec<Arc<Recorded>> {
    let Some(call) = core.parts.catalog.read_call(function.as_str()) else { return vec![] };
    let rest: Args =
        reads[0].args.iter().filter(|(n, _)| **n != call.key).map(|(n, v)| (n.clone(), v.clone())).collect();
    let mut by_key: BTreeMap<String, (Value, Vec<Read>)> = BTreeMap::new();
    for read in reads {
        let value = read.args.get(&call.key).cloned().unwrap_or_default();
        let folded = call.fold.apply(&value).to_json().to_string();
        by_key.entry(folded).or_insert_with(|| (value, vec![])).1.push(read);
    }
    let asked: Vec<(Value, Vec<Read>)> = by_key.into_values().collect();
    let mut recorded = Vec::new();
    for part in asked.chunks(call.up_to.max(1)) {
        recorded.extend(ask_part(core, function, call, &rest, part, purpose).await);
    }
    recorded
}

/// One call. A refused one is halved until the bad key stands alone, and only that one fails.
async fn ask_part(
    core: &Core,
    function: &FunctionName,
    call: &ReadCall,
    rest: &Args,
    part: &[(Value, Vec<Read>)],
    purpose: For,
) -> Vec<Arc<Recorded>> {
    let mut recorded = Vec::new();
    let mut parts = vec![part];
    while let Some(part) = parts.pop() {
        let as_of = core.now();
        let asked = || Asked { shared: rest.clone(), keys: part.iter().map(|(key, _)| key.clone()).collect() };
        let answered = match purpose {
            For::Rules => retry::until_answered(core, function.host(), || (call.call)(asked())).await,
            For::Wave => retry::once(core, function.host(), || (call.call)(asked())).await,
        };
        match answered {
            Err(error) if part.len() > 1 && error.class == FailureClass::Refused => {
                let (left, right) = part.split_at(part.len() / 2);
                parts.extend([right, left]);
            }
            answered => {
                if let Err(error) = &answered {
                    core.note_failure(function.host(), error);
                }
                recorded.extend(give_back(call, part, answered, as_of));
            }
        }
    }
    recorded
}

/// Gives the rows back to the reads, by the key that each row holds.
fn give_back(
    call: &ReadCall,
    part: &[(Value, Vec<Read>)],
    answered: Result<Rows, HostError>,
    as_of: jiff::Timestamp,
) -> Vec<Arc<Recorded>> {
    let mut rows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let failed = match answered {
        Ok(answer) => {
            for row in answer.rows {
                let key = call.fold.apply(row.at(&call.row)).to_json().to_string();
                rows.entry(key).or_default().push(row);
            }
            None
        }
        Err(error) => Some(error),
    };
    let answer = |key: &Value| match (&failed, rows.get(&call.fold.apply(key).to_json().to_string())) {
        (Some(error), _) => Answer::Failed(error.clone()),
        (None, found) if call.gives == Gives::List => {
            Answer::Found(Arc::new(Value::List(found.cloned().unwrap_or_default())))
        }
        (None, Some(found)) => Answer::Found(Arc::new(found[0].clone())),
        (None, None) => Answer::Nothing,
    };
    let record = |(key, reads): &(Value, Vec<Read>)| {
        let answer = answer(key);
        let record = move |read: &Read| Arc::new(Recorded { read: read.clone(), answer: answer.clone(), as_of });
        reads.iter().map(record).collect::<Vec<_>>()
    };
    part.iter().flat_map(record).collect()
}

impl Core {
    /// What is too old to be used again is not kept either.
    pub(super) fn forget_old_answers(&self) {
        let now = self.now();
        let mut answers = self.answers.lock().expect("no panic holds the answers");
        answers.retain(|_, recorded| now.duration_since(recorded.as_of) < PEOPLE);
    }

    fn remembered(&self, key: &ReadKey, age: SignedDuration) -> Option<Arc<Recorded>> {
        let answers = self.answers.lock().expect("no panic holds the answers");
        answers.get(key).filter(|recorded| self.now().duration_since(recorded.as_of) < age).cloned()
    }

    fn remember(&self, recorded: &Arc<Recorded>) {
        if !matches!(recorded.answer, Answer::Failed(_)) {
            let mut answers = self.answers.lock().expect("no panic holds the answers");
            answers.insert(recorded.read.key(), recorded.clone());
        }
    }
}
