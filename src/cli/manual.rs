//! `docs/host-functions.md`: every host function, event and fact, from the Catalog itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::catalog::{Call, Catalog, FactRow, HostFunction, Source, Type, Write};
use crate::names::ParamName;
use crate::rules::standard;

const OPENING: &str = "\
# Host functions, events and facts

<!-- Written by `casebridge functions --markdown > docs/host-functions.md`; a change here is lost. -->

What rules can ask and do. In YAML a function is a key with its parameters below it; in scripts it is called with a map:

```yaml
- khoros.label_thread: { thread: = thread.id, label: escalated }
```
```rust
khoros::label_thread(#{ thread: thread.id, label: \"escalated\" });
```
";

const STANDARD: &str = "
## Functions of lines and scripts

None asks a host but those of `cases`, which ask the org as a fact does. In YAML their modules are at hand; a script imports what it uses: `import \"std/text\" as text;`. What is asked of
an absent text, moment or person is absent.
";

const EVENTS: &str = "
## Events

What an event has beside `event.kind`, `event.at`, `event.subject`, `settings.NAME`, `now` and `bridge.name`. `check` refuses a
rule that looks at another noun.

| event | has |
|---|---|
";

const POLLS: &str = "
## Polls

What is asked in every pass of `run`, if a rule waits for what it tells.

| poll | asks | tells |
|---|---|---|
";

const FACTS: &str = "
## Facts

A fact is read when a line first needs it; those of one read come together. What there is not, or may not be seen, is `()`.
";

/// The whole page.
pub fn page(catalog: &Catalog) -> String {
    let mut page = String::from(OPENING);
    for (title, about, is_it) in [
        ("Writes", "A write becomes an action of the plan; nothing happens before it is applied.", is_write as IsIt),
        ("Notes", "A note goes into our own notebook, together with what it waited for; it costs no call.", is_note),
        ("Reads", "A read is asked once for all that wait for it.", is_read),
        ("Scans", "A scan finds the subjects of a rule with `every:`; it is not called by name.", is_scan),
    ] {
        let _ = write!(page, "\n## {title}\n\n{about}\n");
        catalog.functions().filter(|function| is_it(&function.call)).for_each(|found| page.push_str(&function(found)));
    }
    page.push_str(STANDARD);
    page.push_str(&standard_functions());
    page.push_str(EVENTS);
    let facts = by_noun(catalog);
    for (event, nouns) in catalog.kinds() {
        let shown =
            |noun: &str| if facts.contains_key(noun) { format!("[`{noun}`](#{noun})") } else { format!("`{noun}`") };
        let nouns: Vec<String> = nouns.iter().map(|noun| shown(noun)).collect();
        let _ = writeln!(page, "| `{event}` | {} |", nouns.join(" "));
    }
    page.push_str(POLLS);
    for poll in catalog.polls() {
        let tells: Vec<String> = poll.tells.iter().map(|kind| format!("`{kind}`")).collect();
        let _ = writeln!(page, "| `{}` | {} | {} |", poll.name, cell(poll.about), tells.join(" "));
    }
    page.push_str(FACTS);
    for (noun, rows) in facts {
        let _ = write!(page, "\n### `{noun}`\n\n| fact | type | | from |\n|---|---|---|---|\n");
        rows.into_iter().for_each(|row| page.push_str(&fact(row, &only(catalog, noun, row))));
    }
    page
}

/// The standard modules, a table each.
fn standard_functions() -> String {
    let mut text = String::new();
    let mut module = "";
    for page in standard::pages() {
        if page.module != module {
            module = page.module;
            let _ = write!(text, "\n### `{module}`\n\n| function | | example |\n|---|---|---|\n");
        }
        let _ = writeln!(text, "| `{}` | {} | `{}` |", page.signature, cell(&page.about), cell(&page.example));
    }
    text
}

type IsIt = fn(&Call) -> bool;

fn is_write(call: &Call) -> bool {
    matches!(call, Call::Write(_))
}

fn is_note(call: &Call) -> bool {
    matches!(call, Call::Note { .. })
}

fn is_read(call: &Call) -> bool {
    matches!(call, Call::Read(_))
}

fn is_scan(call: &Call) -> bool {
    matches!(call, Call::Scan(_))
}

fn function(function: &HostFunction) -> String {
    let mut text = format!("\n### `{}`\n\n{}{}\n", function.name, function.about, promise(&function.call));
    if !function.params.is_empty() {
        text.push_str("\n| parameter | takes | |\n|---|---|---|\n");
    }
    for param in &function.params {
        let need = if param.required { "" } else { " (may be left out)" };
        let _ = writeln!(text, "| `{}` | {} | {}{need} |", param.name, word(param.takes), cell(param.about));
    }
    let language = if is_scan(&function.call) { "yaml" } else { "rust" };
    let _ = write!(text, "\n```{language}\n{}\n```\n", function.example);
    text
}

/// What makes it one, and how many go in a call.
fn promise(call: &Call) -> String {
    let together = |count: usize| if count > 1 { format!(" One call takes up to {count}.") } else { String::new() };
    match call {
        Call::Write(call) => format!(" {}{}", kind(&call.kind), together(call.up_to)),
        Call::Note { kind: note, .. } => format!(" {}", kind(note)),
        Call::Read(call) => together(call.up_to),
        Call::Scan(_) => String::new(),
    }
}

fn kind(write: &Write) -> String {
    let names = |params: &[ParamName]| params.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
    match write {
        Write::Makes { once_per, .. } => format!("Made once per {}.", names(once_per)),
        Write::Sets { target } => format!("One per {}.", names(target)),
        Write::Says { source: Some(source), .. } => format!("Said once per `{source}`."),
        Write::Says { source: None, target } => format!("Said once for each event and {}.", names(target)),
    }
}

/// The word a person uses for a type.
pub fn word(takes: Type) -> &'static str {
    match takes {
        Type::Text => "text",
        Type::Html => "HTML",
        Type::Id => "id",
        Type::Number => "number",
        Type::YesNo => "yes or no",
        Type::Moment => "moment",
        Type::Span => "duration",
        Type::List | Type::Texts => "list",
        Type::Fields => "fields, or the name of a mapping",
        Type::Any => "any value",
    }
}

/// The facts of the nouns that events have; those that others are worked out from are no rule's business.
fn by_noun(catalog: &Catalog) -> BTreeMap<&str, Vec<&FactRow>> {
    let mut nouns: BTreeMap<&str, Vec<&FactRow>> = BTreeMap::new();
    for row in catalog.facts() {
        let noun = row.fact.as_str().split('.').next().unwrap_or_default();
        if !row.about.is_empty() && catalog.kinds().any(|(_, nouns)| nouns.contains(&noun)) {
            nouns.entry(noun).or_default().push(row);
        }
    }
    nouns
}

/// With which of the events that have the noun, where it is not all of them; hosts that have it with all, by name.
fn only(catalog: &Catalog, noun: &str, row: &FactRow) -> String {
    let having: Vec<&str> =
        catalog.kinds().filter(|(_, nouns)| nouns.contains(&noun)).map(|(kind, _)| kind.as_str()).collect();
    // A row without a page is that of the same fact with other events.
    let alike = |other: &&FactRow| other.fact == row.fact && other.about.is_empty();
    let rows: Vec<&FactRow> = catalog.facts().filter(alike).chain([row]).collect();
    let has = |kind: &&str| rows.iter().any(|row| row.on.is_empty() || row.on.iter().any(|on| on.as_str() == *kind));
    if having.iter().all(has) {
        return String::new();
    }
    let host = |kind: &str| kind.split('.').next().unwrap_or_default().to_owned();
    let whole = |name: &str| having.iter().filter(|kind| host(kind) == name).all(has);
    let shown = |kind: &str| if whole(&host(kind)) { format!("`{}.…`", host(kind)) } else { format!("`{kind}`") };
    let mut events: Vec<String> = having.iter().copied().filter(|kind| has(kind)).map(shown).collect();
    events.dedup();
    format!(" (with {})", events.join(", "))
}

fn fact(row: &FactRow, only: &str) -> String {
    let name = if row.open { format!("{}.FIELD", row.fact) } else { row.fact.to_string() };
    let from = match &row.source {
        Source::Answer { read, .. } => format!("`{read}`"),
        Source::From { facts, .. } => facts.iter().map(|fact| format!("`{fact}`")).collect::<Vec<_>>().join(", "),
    };
    format!("| `{name}` | {} | {}{only} | {from} |\n", word(row.gives), cell(row.about))
}

/// A text inside a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
