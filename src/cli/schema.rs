//! `casebridge schema [KIND]`: what editors need to complete and underline our files.

use serde_json::{Value as Json, json};

use crate::app::bridge;
use crate::cli::output::out;
use crate::cli::report::Format;
use crate::cli::{Failure, no_such};
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
pub fn run(args: &Args, format: Format) -> Result<u8, Failure> {
    let Some(kind) = &args.kind else {
        out(&kinds(format));
        return Ok(0);
    };
    let Some(schema) = schema(kind, &bridge::offline_catalog()) else {
        let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
        return Err(no_such("kind of file", kind, &kinds));
    };
    out(&format!("{schema:#}\n"));
    Ok(0)
}

fn kinds(format: Format) -> String {
    if format == Format::Json {
        let kinds = KINDS.iter().map(|(kind, about)| json!({ "kind": kind, "about": about }));
        return format!("{:#}\n", Json::from_iter(kinds));
    }
    let row = |(kind, about): &(&str, &str)| format!("  {kind:<12} {about}\n");
    let kinds: String = KINDS.iter().map(row).collect();
    format!("Kinds of files (`casebridge schema KIND` prints the JSON Schema):\n{kinds}\n{HINT}")
}
