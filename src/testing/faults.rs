//! `faults:`: what a host answers instead of doing what it is asked.

use crate::catalog::Reply;
use crate::facts::Args;
use crate::failure::{FailureClass, HostError};
use crate::names::FunctionName;
use crate::rules::yaml::Node;
use crate::run::Why;
use crate::testing::amounts::is_same;
use crate::value::Value;

/// A call that goes wrong.
#[derive(Clone, Debug)]
pub struct Fault {
    pub function: FunctionName,
    /// Only calls with these arguments.
    pub args: Vec<(String, Node)>,
    pub answer: Wrong,
    /// How often it still strikes; none for always.
    pub times: Option<u64>,
}

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    NoRightToPost,
    Timeout,
    AnswerLost,
    Busy,
    SignedOut,
    Refused,
    /// No fault of a test: nobody who is named may, and what is to be said waits for a person, or is dropped.
    Nobody {
        drops: bool,
    },
}

/// The parameter of writes that members make: who may, in order.
pub const SPEAKERS: &str = "as";

/// The words of `answer:`.
pub const WORDS: &[(&str, Wrong)] = &[
    ("no_right_to_post", Wrong::NoRightToPost),
    ("timeout", Wrong::Timeout),
    ("answer_lost", Wrong::AnswerLost),
    ("busy", Wrong::Busy),
    ("signed_out", Wrong::SignedOut),
    ("refused", Wrong::Refused),
];

/// The fault that strikes a call, if one does; it is used up by that.
pub fn strike(faults: &mut [Fault], function: &FunctionName, args: &Args) -> Option<Wrong> {
    let has = |(name, node): &(String, Node)| {
        let value = args.get(name.as_str()).unwrap_or(&Value::Nothing);
        node.text().is_some_and(|text| is_same(text, false, value))
    };
    let fits = |fault: &&mut Fault| fault.function == *function && fault.times != Some(0) && fault.args.iter().all(has);
    let fault = faults.iter_mut().find(fits)?;
    fault.times = fault.times.map(|times| times - 1);
    Some(fault.answer)
}

/// Who of the members that may speak does: those who have no right to post are passed over. None where nobody is named; a
/// fault where it strikes, or where all are passed over.
pub fn first_who_may(faults: &mut [Fault], function: &FunctionName, args: &Args) -> Result<Option<Value>, Wrong> {
    let Some(Value::List(speakers)) = args.get(SPEAKERS) else {
        return strike(faults, function, args).map_or(Ok(None), Err);
    };
    for speaker in speakers {
        let as_one = args.clone().into_iter().chain([(SPEAKERS.into(), speaker.clone())]).collect();
        match strike(faults, function, &as_one) {
            None => return Ok(Some(speaker.clone())),
            Some(Wrong::NoRightToPost) => {}
            Some(wrong) => return Err(wrong),
        }
    }
    Err(Wrong::Nobody { drops: args.get("nobody").and_then(Value::as_str) == Some("drop") })
}

impl Wrong {
    /// Whether a write takes effect all the same.
    pub fn is_applied(self) -> bool {
        self == Wrong::AnswerLost
    }

    /// As the answer to a question.
    pub fn error(self, function: &FunctionName) -> HostError {
        let temporary = FailureClass::Temporary { after: None };
        let (class, said) = match self {
            Wrong::NoRightToPost => (FailureClass::Refused, "no right to post"),
            Wrong::Timeout | Wrong::AnswerLost => (temporary, "no answer came"),
            Wrong::Busy => (temporary, "the host is busy"),
            Wrong::SignedOut => (FailureClass::SignedOut, "the session has ended"),
            Wrong::Refused => (FailureClass::Refused, "refused"),
            Wrong::Nobody { .. } => (FailureClass::Refused, "nobody can speak"),
        };
        HostError::new(class, format!("the test's fault of {function}"), said)
    }

    /// As the answer to a write.
    pub fn reply(self, function: &FunctionName) -> Reply {
        let error = self.error(function);
        match self {
            Wrong::NoRightToPost | Wrong::Refused => Reply::Refused(error),
            Wrong::Nobody { drops: true } => Reply::No(nobody()),
            Wrong::Nobody { drops: false } => Reply::Parked(nobody()),
            Wrong::Timeout | Wrong::AnswerLost => Reply::Unknown(HostError { maybe_applied: true, ..error }),
            Wrong::Busy | Wrong::SignedOut => Reply::Again(error),
        }
    }
}

fn nobody() -> Why {
    Why::new("nobody_can_speak", "nobody who is named may say it")
}
