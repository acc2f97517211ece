//! `state relink`: the links between threads and cases, built anew from the external ids of the org's cases.

use std::path::Path;

use serde_json::json;

use crate::cli::Failure;
use crate::cli::live::{self, Asked, Live};
use crate::cli::output::{Output, counted};
use crate::cli::report::Format;
use crate::engine::relink::{NotRelinked, Relinked};
use crate::failure::FailureClass;

/// Does it for every bridge, with the configured hosts or those of a running sandbox.
pub async fn run(is_sandbox: bool, at: Option<&str>, config: &Path, format: Format) -> Result<u8, Failure> {
    let sandbox = match (is_sandbox, at) {
        (true, None) => {
            let what = "the org of a sandbox is asked, and nothing says which";
            return Err(Failure::wrong(format!("{what}\n   next: `--sandbox` and the address of the running one")));
        }
        (false, Some(at)) => {
            return Err(Failure::wrong(format!("nothing is known to do with `{at}`\n   next: `--sandbox {at}`")));
        }
        (_, at) => at.map(|at| Some(at.to_owned())),
    };
    let asked = Asked { format, verbose: false, output: Output::Terminal };
    live::each(config, &sandbox, asked, |live| Box::pin(relink(live))).await
}

/// Does it for one bridge.
pub async fn relink(live: Live) -> Result<u8, Failure> {
    let told = live.engine.relink().await.map_err(failed)?;
    let output = &live.asked.output;
    match live.asked.format {
        Format::Json => output.line(object(&live, &told)),
        Format::Text => lines(&told).iter().for_each(|text| output.line(text)),
    }
    Ok(0)
}

fn failed(error: NotRelinked) -> Failure {
    match error {
        NotRelinked::Store(error) => error.into(),
        NotRelinked::Host(error) => {
            let code = if error.class == FailureClass::SignedOut { 3 } else { 1 };
            Failure::of(code, format!("no link was written: {error}\n   next: `casebridge doctor`, then once more"))
        }
    }
}

fn lines(told: &Relinked) -> Vec<String> {
    let threads = |count: usize| counted(count, "thread");
    let mut lines = vec![format!(
        "{} had their case already; {} added, {} changed",
        threads(told.right),
        counted(told.added, "link"),
        told.changed.len()
    )];
    lines.extend(told.changed.iter().map(|[thread, before, case]| format!("  thread {thread}: {case}, not {before}")));
    let rest = [
        (told.merged, "thread", "belong to the case that theirs was merged into"),
        (told.deleted, "thread", "have a case in the recycle bin, and get no second one"),
        (told.shared, "thread", "share the case of another thread, as merged threads do; left as they are"),
        (told.earlier, "earlier case", "belong to threads that have a newer one"),
        (told.others, "case", "belong to other communities; left alone"),
    ];
    lines.extend(
        rest.iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, what, is)| format!("{}: {is}", counted(*count, what))),
    );
    if told.added + told.changed.len() > 0 {
        lines.push("what was written in these threads and cases until now is taken for heard".into());
    }
    lines
}

fn object(live: &Live, told: &Relinked) -> serde_json::Value {
    let change = |[thread, before, case]: &[String; 3]| json!({ "thread": thread, "was": before, "case": case });
    json!({
        "relinked": live.bridge,
        "right": told.right,
        "added": told.added,
        "changed": told.changed.iter().map(change).collect::<Vec<_>>(),
        "merged": told.merged,
        "deleted": told.deleted,
        "shared": told.shared,
        "earlier_cases": told.earlier,
        "cases_of_others": told.others,
    })
}
