//! `notebook.park`: a rule sets its subject aside for a person.

use std::future::ready;
use std::sync::Arc;

use crate::catalog::{Call, HostFunction, Present, Reply, Type, Unanswered, Write, WriteCall};
use crate::run::Why;
use crate::value::Value;

/// Parks with the rule's own reason; nothing is called.
pub fn park() -> HostFunction {
    let why = |why: Option<&Value>| Why::new("parked_by_rule", why.and_then(Value::as_str).unwrap_or_default());
    HostFunction::new(
        "notebook.park",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec![] },
            up_to: 1000,
            reads: 0,
            reads_once: 0,
            unanswered: Unanswered::Repeat,
            present: Present::Ours,
            call: Arc::new(move |items| {
                let parked = items.iter().map(|item| Reply::Parked(why(item.args.get("why"))));
                Box::pin(ready(parked.collect()))
            }),
        }),
    )
    .about("Sets the subject aside for a person, who is told why; what stands after it does not happen.")
    .needs("why", Type::Text, "the reason, in words for that person")
    .example("notebook::park(#{ why: \"two contacts, and neither has the account\" })")
}
