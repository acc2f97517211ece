//! `khoros.label_thread`: sticks a label on a thread.

use std::sync::Arc;

use crate::catalog::{Call, Holds, HostFunction, Present, Sure, Type, Unanswered, Write, WriteCall};
use crate::hosts::khoros::Client;

use super::mark_all;

/// Sets a label; a label that is there already, in any case, is left alone.
pub fn label_thread(client: &Arc<Client>) -> HostFunction {
    let client = client.clone();
    HostFunction::new(
        "khoros.label_thread",
        Call::Write(WriteCall {
            kind: Write::Sets { target: vec!["thread".into(), "label".into()] },
            up_to: 1,
            reads: 0,
            reads_once: 0,
            unanswered: Unanswered::Ask {
                with: "khoros.find_labels".into(),
                key: "thread".into(),
                // LiQL reads an index that lags (Khoros sheet 13.3).
                sure: Sure::Index,
            },
            present: Present::Compare {
                with: "khoros.find_labels".into(),
                key: "thread".into(),
                path: "texts".into(),
                holds: Holds::Listed,
            },
            call: Arc::new(move |items| Box::pin(mark_all(client.clone(), items, "label"))),
        }),
    )
    .echo("khoros:thread:{thread}:labelled:{label}")
    .about("Sticks a label on a thread. One that is there already stays as it is.")
    .needs("thread", Type::Id, "id of the thread")
    .needs("label", Type::Text, "text of the label")
    .example("khoros::label_thread(#{ thread: thread.id, label: \"escalated\" })")
}
