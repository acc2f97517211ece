//! `casebridge schema [KIND]`: what editors need to complete and underline our files.

use crate::app::bridge;
use crate::cli::Failure;
use crate::cli::output::out;
use crate::problem::closest;
use crate::schema::{KINDS, schema};

/// Which schema to print.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A kind of file; without it, the kinds there are
    kind: Option<String>,
}

const HINT: &str = "\
An editor with the YAML language server completes and underlines a file that begins with

  # yaml-language-server: $schema=casebridge.schema.json

where that file was written by `casebridge schema casebridge > casebridge.schema.json`.
";

/// Prints a schema, or the kinds and how an editor learns of one.
pub fn run(args: &Args) -> Result<u8, Failure> {
    let Some(kind) = &args.kind else {
        let row = |(kind, about): &(&str, &str)| format!("  {kind:<12} {about}\n");
        let kinds: String = KINDS.iter().map(row).collect();
        out(&format!("Kinds of files (`casebridge schema KIND` prints the JSON Schema):\n{kinds}\n{HINT}"));
        return Ok(0);
    };
    let Some(schema) = schema(kind, &bridge::offline_catalog()) else {
        let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
        let next = closest(kind, &kinds).map(|near| format!("did you mean `{near}`?"));
        let next = next.unwrap_or_else(|| format!("one of: {}", kinds.join(", ")));
        return Err(Failure::failed(format!("there is no kind of file `{kind}`\n   next: {next}")));
    };
    out(&format!("{schema:#}\n"));
    Ok(0)
}
