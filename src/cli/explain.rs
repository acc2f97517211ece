//! `casebridge explain SUBJECT`: why rules act on a thread or a case, or why not, rule by rule and line by line.

use std::path::Path;

use crate::cli::live::{self, Live};
use crate::cli::output::Output;
use crate::cli::report::Format;
use crate::cli::{Failure, json};
use crate::names::{Subject, in_full};
use crate::plan::explained;

/// What to explain.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A thread or a case: its id, its address in the community or the org, khoros:thread:ID or salesforce:case:ID
    #[arg(value_name = "SUBJECT")]
    pub subject: String,
    /// Asks an emulated pair instead of the configured hosts: a fresh one, or a running one by its address
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    pub sandbox: Option<Option<String>>,
}

/// Explains it for every bridge; nothing is written.
pub async fn run(args: &Args, config: &Path, format: Format) -> Result<u8, Failure> {
    subject(&args.subject)?;
    let asked = live::Asked { format, verbose: false, output: Output::Terminal };
    live::each(config, &args.sandbox, asked, |live| Box::pin(on(live, args.subject.clone()))).await
}

/// Explains it for one bridge.
pub async fn on(live: Live, what: String) -> Result<u8, Failure> {
    let explained = live.engine.explain(&subject(&what)?).await?;
    match live.asked.format {
        Format::Text => live.asked.output.out(&explained::show(&explained)),
        Format::Json => live.asked.output.line(json::explained(&live.bridge, &explained)),
    }
    Ok(0)
}

/// A thread: `42`, `khoros:thread:42`, or an address with `/td-p/42` or `/m-p/42`. A case: `salesforce:case:500…`, its id
/// alone, or its address in the org.
fn subject(written: &str) -> Result<Subject, Failure> {
    let behind = |mark: &str| written.split_once(mark).map(|(_, rest)| rest);
    let id = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
    let thread = behind("khoros:thread:").or_else(|| behind("/td-p/")).or_else(|| behind("/m-p/")).unwrap_or(written);
    let thread = id(thread);
    if !thread.is_empty() && thread.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Subject::new("khoros", "thread", &thread));
    }
    let in_org = || written.starts_with("http").then(|| written.rsplit('/').find(|part| is_case(&id(part)))).flatten();
    let case = behind("salesforce:case:").or_else(|| behind("/Case/")).or_else(in_org).unwrap_or(written);
    let case = id(case);
    if is_case(&case) {
        return Ok(Subject::new("salesforce", "case", &in_full(&case)));
    }
    let text = format!(
        "`{written}` names no thread and no case\n   next: give a thread's id, such as 42, a case's, which begins with \
         500, or the address of either"
    );
    Err(Failure::wrong(text))
}

fn is_case(id: &str) -> bool {
    id.starts_with("500") && matches!(id.len(), 15 | 18) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_and_a_case_are_known_by_id_and_by_address() {
        let named = |written: &str| subject(written).ok().map(|subject| subject.to_string());
        for thread in ["42", "khoros:thread:42", "https://c.example/t5/x/y/td-p/42?a=1", "https://c.example/m-p/42#M1"]
        {
            assert_eq!(named(thread).as_deref(), Some("khoros:thread:42"), "{thread}");
        }
        let case = "5005g000002S6HrAAK";
        for written in [
            case,
            "5005g000002S6Hr",
            "salesforce:case:5005g000002S6HrAAK",
            "https://acme.my.salesforce.com/5005g000002S6HrAAK",
            "https://acme.lightning.force.com/lightning/r/Case/5005g000002S6HrAAK/view",
        ] {
            assert_eq!(named(written), Some(format!("salesforce:case:{case}")), "{written}");
        }
        for neither in ["", "VPN drops", "salesforce:case:1", "0015g000002S6HrAAK", "https://acme.my.salesforce.com/"] {
            assert_eq!(named(neither), None, "{neither}");
        }
    }
}
