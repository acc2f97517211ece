//! `faults:`: what a host answers instead of doing what it is asked.

use crate::catalog::Reply;
use crate::facts::Args;
use crate::failure::{FailureClass, HostError};
use crate::names::FunctionName;
use crate::rules::yaml::Node;
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
}

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
        };
        HostError::new(class, format!("the test's fault of {function}"), said)
    }

    /// As the answer to a write.
    pub fn reply(self, function: &FunctionName) -> Reply {
        let error = self.error(function);
        match self {
            Wrong::NoRightToPost | Wrong::Refused => Reply::Refused(error),
            Wrong::Timeout | Wrong::AnswerLost => Reply::Unknown(HostError { maybe_applied: true, ..error }),
            Wrong::Busy | Wrong::SignedOut => Reply::Again(error),
        }
    }
}
