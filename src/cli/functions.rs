//! `casebridge functions [NAME]`: the host functions and facts there are, from the Catalog itself.

use std::fmt::Write as _;

use crate::app::bridge;
use crate::catalog::{Call, Catalog, HostFunction};
use crate::cli::output::out;
use crate::cli::{Failure, manual};
use crate::problem::closest;
use crate::rules::standard::{self, FunctionPage};

/// What to look up.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A function such as khoros.label_thread, or a noun such as thread; without it, everything by name
    name: Option<String>,
    /// Everything on one page, as docs/host-functions.md has it
    #[arg(long, conflicts_with = "name")]
    markdown: bool,
}

/// Prints them, or says that there is nothing of that name.
pub fn run(args: &Args) -> Result<u8, Failure> {
    let catalog = bridge::offline_catalog();
    let text = match &args.name {
        None if args.markdown => manual::page(&catalog),
        None => overview(&catalog),
        Some(name) => page(&catalog, &name.replace("::", "."))?,
    };
    out(&text);
    Ok(0)
}

fn overview(catalog: &Catalog) -> String {
    let mut text = String::from("Host functions (`casebridge functions NAME` for parameters and an example):\n");
    for function in catalog.functions() {
        let _ = writeln!(text, "  {:<5} {:<30} {}", kind(function), function.name.as_str(), function.about);
    }
    text.push_str("\nFunctions of lines and scripts (`casebridge functions text` for those of a module):\n");
    for page in standard::pages() {
        let _ = writeln!(text, "        {:<44} {}", format!("{}::{}", page.module, page.signature), page.about);
    }
    text.push_str("\nWhat events have (`casebridge functions thread` for the facts of a noun):\n");
    for (event, nouns) in catalog.kinds() {
        let _ = writeln!(text, "  {:<36} {}", event.as_str(), nouns.join(", "));
    }
    text
}

fn kind(function: &HostFunction) -> &'static str {
    match function.call {
        Call::Read(_) => "read",
        Call::Scan(_) => "scan",
        Call::Write(_) => "write",
        Call::Note { .. } => "note",
    }
}

fn page(catalog: &Catalog, name: &str) -> Result<String, Failure> {
    let page = catalog.get(name).map(function_page).or_else(|| facts_page(catalog, name));
    let standard = standard::pages();
    page.or_else(|| module_page(&standard, name)).ok_or_else(|| {
        let functions = catalog.functions().map(|function| function.name.as_str());
        let functions = functions.chain(standard.iter().map(|page| page.module));
        let known: Vec<&str> =
            functions.chain(catalog.kinds().flat_map(|(_, nouns)| nouns).map(AsRef::as_ref)).collect();
        let next = closest(name, &known).map(|near| format!("did you mean `{near}`?"));
        let next = next.unwrap_or_else(|| "`casebridge functions` lists everything".into());
        Failure::failed(format!("there is no `{name}`\n   next: {next}"))
    })
}

fn function_page(function: &HostFunction) -> String {
    let mut text = format!("{} ({})\n  {}\n", function.name, kind(function), function.about);
    for param in &function.params {
        let need = if param.required { "" } else { " (may be left out)" };
        let _ = writeln!(text, "    {:<12} {}{need}", param.name.as_str(), param.about);
    }
    let _ = writeln!(text, "  example: {}", function.example);
    text
}

/// All functions of a module, or one of them: `text`, `text.cut`.
fn module_page(pages: &[FunctionPage], name: &str) -> Option<String> {
    let (module, function) = name.split_once('.').map_or((name, None), |(module, name)| (module, Some(name)));
    let is_it = |page: &&FunctionPage| page.module == module && function.is_none_or(|name| page.name == name);
    let mut text = String::new();
    for page in pages.iter().filter(is_it) {
        let _ = write!(text, "{module}::{}\n  {}\n  example: {}\n", page.signature, page.about, page.example);
    }
    (!text.is_empty()).then_some(text)
}

fn facts_page(catalog: &Catalog, noun: &str) -> Option<String> {
    let start = format!("{noun}.");
    let mut text = String::new();
    for row in catalog.facts().filter(|row| row.fact.as_str().starts_with(&start) || row.fact.as_str() == noun) {
        let fact = if row.open { format!("{}.FIELD", row.fact) } else { row.fact.to_string() };
        let _ = writeln!(text, "  {fact:<28} {}", row.about);
    }
    (!text.is_empty()).then_some(text)
}
