//! `casebridge functions [NAME]`: the host functions and facts there are, from the Catalog itself.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::app::bridge;
use crate::catalog::{Call, Catalog, FactRow, HostFunction};
use crate::cli::output::out;
use crate::cli::report::Format;
use crate::cli::{Failure, manual, no_such};
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
pub fn run(args: &Args, format: Format) -> Result<u8, Failure> {
    let catalog = bridge::offline_catalog();
    let name = args.name.as_ref().map(|name| name.replace("::", "."));
    let text = match (&name, format) {
        (None, _) if args.markdown => manual::page(&catalog),
        (None, Format::Text) => overview(&catalog),
        (None, Format::Json) => format!("{:#}\n", everything(&catalog)),
        (Some(name), Format::Text) => page(&catalog, name)?,
        (Some(name), Format::Json) => {
            let found = catalog.get(name).map(function_json).or_else(|| facts_json(&catalog, name));
            let found = found.or_else(|| module_json(&standard::pages(), name));
            format!("{:#}\n", found.ok_or_else(|| nothing_of(&catalog, name))?)
        }
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
    page.or_else(|| module_page(&standard::pages(), name)).ok_or_else(|| nothing_of(catalog, name))
}

fn nothing_of(catalog: &Catalog, name: &str) -> Failure {
    let standard = standard::pages();
    let functions = catalog.functions().map(|function| function.name.as_str());
    let functions = functions.chain(standard.iter().map(|page| page.module));
    let known = functions.chain(catalog.kinds().flat_map(|(_, nouns)| nouns).map(AsRef::as_ref));
    let known: Vec<&str> = known.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    no_such("function or noun", name, &known)
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
fn of_module<'a>(pages: &'a [FunctionPage], name: &'a str) -> impl Iterator<Item = &'a FunctionPage> {
    let (module, function) = name.split_once('.').map_or((name, None), |(module, name)| (module, Some(name)));
    pages.iter().filter(move |page| page.module == module && function.is_none_or(|name| page.name == name))
}

fn module_json(pages: &[FunctionPage], name: &str) -> Option<Json> {
    let standard: Vec<Json> = of_module(pages, name).map(standard_json).collect();
    (!standard.is_empty()).then(|| json!({ "standard": standard }))
}

fn standard_json(page: &FunctionPage) -> Json {
    json!({ "module": page.module, "signature": page.signature, "about": page.about, "example": page.example })
}

fn module_page(pages: &[FunctionPage], name: &str) -> Option<String> {
    let mut text = String::new();
    for page in of_module(pages, name) {
        let module = page.module;
        let _ = write!(text, "{module}::{}\n  {}\n  example: {}\n", page.signature, page.about, page.example);
    }
    (!text.is_empty()).then_some(text)
}

fn facts_page(catalog: &Catalog, noun: &str) -> Option<String> {
    let mut text = String::new();
    for row in facts_of(catalog, noun) {
        let _ = writeln!(text, "  {:<28} {}", written(row), row.about);
    }
    (!text.is_empty()).then_some(text)
}

fn facts_of<'a>(catalog: &'a Catalog, noun: &'a str) -> impl Iterator<Item = &'a FactRow> {
    catalog.facts().filter(move |row| row.fact.behind(noun).is_some() && !row.about.is_empty())
}

fn written(row: &FactRow) -> String {
    if row.open { format!("{}.FIELD", row.fact) } else { row.fact.to_string() }
}

fn everything(catalog: &Catalog) -> Json {
    let events = catalog.kinds().map(|(event, nouns)| json!({ "event": event, "has": nouns }));
    json!({
        "functions": catalog.functions().map(function_json).collect::<Vec<_>>(), "events": events.collect::<Vec<_>>(),
        "facts": catalog.facts().filter(|row| !row.about.is_empty()).map(fact_json).collect::<Vec<_>>(),
        "standard": standard::pages().iter().map(standard_json).collect::<Vec<_>>(),
    })
}

fn function_json(function: &HostFunction) -> Json {
    let params = function.params.iter().map(|param| {
        let takes = manual::word(param.takes);
        json!({ "name": param.name, "takes": takes, "required": param.required, "about": param.about })
    });
    json!({
        "function": function.name, "kind": kind(function), "about": function.about,
        "params": params.collect::<Vec<_>>(), "example": function.example,
    })
}

fn fact_json(row: &FactRow) -> Json {
    json!({ "fact": written(row), "type": manual::word(row.gives), "about": row.about })
}

fn facts_json(catalog: &Catalog, noun: &str) -> Option<Json> {
    let facts: Vec<Json> = facts_of(catalog, noun).map(fact_json).collect();
    (!facts.is_empty()).then(|| json!({ "facts": facts }))
}
