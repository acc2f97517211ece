//! The pages of the functions that every rule has, for `casebridge functions` and the manual. A test runs each example.

use std::sync::OnceLock;

use crate::script::engines;
use crate::script::functions::{ANY, Signature};
use crate::script::modules::STANDARD;

/// The page of one function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionPage {
    pub module: &'static str,
    pub name: String,
    /// `cut(text, characters)`
    pub signature: String,
    /// Of what kind it is what the function gives.
    pub gives: &'static str,
    pub about: String,
    pub example: String,
}

/// Module, signature, the kind of what it gives, what that is, an example.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

const NATIVE: &[Row] = &[
    (
        "cases",
        "queue(name)",
        "text",
        "The id of a queue by its name or developer name",
        "cases::queue(\"German Support\")",
    ),
    (
        "cases",
        "record_type(name)",
        "text",
        "The id of a record type of cases by its name or developer name",
        "cases::record_type(\"Community\")",
    ),
    (
        "cases",
        "user(email)",
        "text",
        "The id of the one active user with an e-mail or user name",
        "cases::user(\"zoe@acme.example\")",
    ),
    (
        "cases",
        "is_closed_status(name)",
        "yes or no",
        "Whether the org counts a status as closed",
        "cases::is_closed_status(case.Status)",
    ),
    (
        "files",
        "allowed(list, types, bytes)",
        "list",
        "The files of a list that have one of these endings, in any case, and are no larger; one that does not lie in the community is not among them",
        "files::allowed(thread.attachments, [\"png\", \"pdf\"], 10000000)",
    ),
    (
        "files",
        "others(list, types, bytes)",
        "list",
        "All files of a list that `allowed` does not give",
        "files::others(thread.attachments, [\"png\", \"pdf\"], 10000000)",
    ),
    ("text", "plain(html)", "text", "The readable text of HTML", "text::plain(thread.body)"),
    ("text", "html(text)", "text", "A text as HTML: nothing in it is mark-up", "text::html(thread.subject)"),
    (
        "text",
        "cut(text, characters)",
        "text",
        "A text of at most so many characters, with … at the end where it was longer",
        "text::cut(thread.subject, 80)",
    ),
    ("text", "cut_bytes(text, bytes)", "text", "The same, counted in bytes", "text::cut_bytes(thread.subject, 80)"),
    ("text", "quote(text)", "text", "A text as a quotation in HTML", "text::quote(thread.subject)"),
    ("text", "link(url, label)", "text", "A link in HTML", "text::link(\"https://acme.example\", thread.subject)"),
    ("text", "mention(person)", "text", "HTML that notifies a person of the community", "text::mention(thread.author)"),
    (
        "text",
        "join(list, between)",
        "text",
        "The texts of a list, one behind the other",
        "text::join(thread.labels, \"; \")",
    ),
    (
        "text",
        "files(list)",
        "text",
        "The names and addresses of files, a line each, to stand below a text; nothing where there are none",
        "text::files([#{ name: \"log.txt\", url: \"https://acme.example/log.txt\" }])",
    ),
    ("text", "mask(text)", "text", "A text without mails, telephone numbers and keys", "text::mask(thread.subject)"),
    (
        "text",
        "characters(text)",
        "number",
        "How many characters Salesforce counts in it",
        "text::characters(thread.subject) > 80",
    ),
    ("text", "bytes(text)", "number", "How many bytes it has", "text::bytes(thread.subject) > 80"),
    (
        "text",
        "contains(text, word)",
        "yes or no",
        "Whether a word is in it, in any case",
        "text::contains(thread.subject, \"vpn\")",
    ),
    (
        "text",
        "contains_any(text, list)",
        "yes or no",
        "Whether one of some words is in it, in any case",
        "text::contains_any(thread.subject, [\"vpn\", \"proxy\"])",
    ),
    (
        "text",
        "same(a, b)",
        "yes or no",
        "Whether two texts are the same, in any case",
        "text::same(thread.board, \"VPN\")",
    ),
    (
        "text",
        "matches(text, pattern)",
        "yes or no",
        "Whether a regular expression fits somewhere in it; `(?i)` at its start: in any case",
        "text::matches(thread.subject, \"(?i)error 0x[0-9a-f]+\")",
    ),
    (
        "time",
        "business_time(since, calendar)",
        "duration",
        "The open time of a calendar since a moment",
        "time::business_time(thread.posted_at, \"us-support\") >= hours(4)",
    ),
    (
        "time",
        "business_days(since, calendar)",
        "number",
        "The working days of a calendar since a moment",
        "time::business_days(thread.posted_at, \"us-support\") >= 2",
    ),
    (
        "time",
        "is_open(moment, calendar)",
        "yes or no",
        "Whether a calendar is open at a moment",
        "time::is_open(now, \"us-support\")",
    ),
    (
        "time",
        "next_open(moment, calendar)",
        "moment",
        "When a calendar opens next, or the moment itself",
        "time::next_open(now, \"us-support\")",
    ),
    ("time", "hour(moment, zone)", "number", "The hour of the day, 0 to 23", "time::hour(now, \"Europe/Berlin\") < 8"),
    (
        "time",
        "weekday(moment, zone)",
        "text",
        "The day: mon, tue, wed, thu, fri, sat or sun",
        "time::weekday(now, \"Europe/Berlin\") == \"mon\"",
    ),
    (
        "time",
        "format(moment, zone)",
        "text",
        "A moment as a person reads it",
        "time::format(thread.posted_at, \"Europe/Berlin\")",
    ),
];

/// The kinds of what the functions of `stdlib/` give.
const SCRIPTED: &[(&str, &str)] = &[
    ("has_any_role", "yes or no"),
    ("has_role", "yes or no"),
    ("last_name", "text"),
    ("transcript", "text"),
    ("unanswered", "yes or no"),
    ("weight", "number"),
];

/// Of what kind an argument is, by the name that its parameter has in every signature.
const ARGUMENTS: &[(&str, &[&str])] = &[
    (
        "text",
        &[
            "a", "b", "between", "calendar", "email", "html", "label", "name", "pattern", "role", "text", "url",
            "word", "zone",
        ],
    ),
    ("number", &["bytes", "characters"]),
    ("list", &["list", "roles", "types"]),
    ("moment", &["moment", "since"]),
    ("person", &["person"]),
    ("thread", &["thread"]),
];

/// What a function of a standard module takes and gives.
pub fn signature(module: &str, name: &str) -> Option<Signature> {
    static PAGES: OnceLock<Vec<FunctionPage>> = OnceLock::new();
    let page = PAGES.get_or_init(pages).iter().find(|page| page.module == module && page.name == name)?;
    let takes = page.params().map(|param| kind_of(param).unwrap_or(ANY)).collect();
    Some(Signature { takes, gives: page.gives, example: page.example.clone() })
}

fn kind_of(param: &str) -> Option<&'static str> {
    ARGUMENTS.iter().find(|(_, params)| params.contains(&param)).map(|(kind, _)| *kind)
}

impl FunctionPage {
    /// The names of its parameters.
    fn params(&self) -> impl Iterator<Item = &str> {
        let inside = self.signature.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
        inside.split(", ").filter(|param| !param.is_empty())
    }
}

/// All functions of all standard modules, by module.
pub fn pages() -> Vec<FunctionPage> {
    let native = NATIVE.iter().map(|(module, signature, gives, about, example)| FunctionPage {
        module,
        gives,
        name: signature.split('(').next().unwrap_or_default().to_owned(),
        signature: (*signature).to_owned(),
        about: (*about).to_owned(),
        example: (*example).to_owned(),
    });
    let mut pages: Vec<FunctionPage> = native.chain(STANDARD.iter().flat_map(scripted)).collect();
    pages.sort_by(|a, b| (a.module, &a.name).cmp(&(b.module, &b.name)));
    pages
}

/// The pages of a file of `stdlib/`: its doc comments, whose last words in backticks are the example.
fn scripted((module, text): &(&'static str, &'static str)) -> Vec<FunctionPage> {
    let ast = engines::reader().compile(text).expect("the modules of stdlib/ compile: a test runs each");
    let public = ast.iter_functions().filter(|function| function.access == rhai::FnAccess::Public);
    let page = |function: rhai::ScriptFnMetadata| {
        let lines = function.comments.iter().flat_map(|comment| comment.lines());
        let told = lines.map(|line| line.trim_start_matches('/').trim()).collect::<Vec<_>>().join(" ");
        let (about, example) = told.trim_end_matches(['`', '.']).rsplit_once('`').unwrap_or((&told, ""));
        FunctionPage {
            module,
            gives: SCRIPTED.iter().find(|(name, _)| *name == function.name).map_or(ANY, |(_, gives)| *gives),
            name: function.name.to_owned(),
            signature: format!("{}({})", function.name, function.params.join(", ")),
            about: about.trim().trim_end_matches(['.', ':']).to_owned(),
            example: example.to_owned(),
        }
    };
    public.map(page).collect()
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;
    use crate::script::check_calls::Callable;
    use crate::script::engines::Engines;
    use crate::script::modules::{Library, standard_names};

    use super::*;

    #[test]
    fn every_function_of_a_standard_module_has_its_page() {
        let engines = Engines::new(&Catalog::default(), &Library::standard(&engines::reader()));
        let callable = Callable::of(&engines.lines);
        let pages = pages();
        for module in standard_names() {
            let functions = callable.module(module).expect("the module is at hand in lines");
            let told: Vec<&str> = pages.iter().filter(|p| p.module == module).map(|p| p.name.as_str()).collect();
            let names: Vec<&str> = functions.keys().map(String::as_str).filter(|name| !name.contains('$')).collect();
            assert_eq!(told, names, "{module}");
        }
        let unknown = |page: &&FunctionPage| page.gives == ANY || page.params().any(|param| kind_of(param).is_none());
        assert_eq!(pages.iter().find(unknown), None, "its kinds are declared");
        assert!(pages.iter().all(|page| !page.about.is_empty() && page.example.contains(&page.name)), "{pages:?}");
    }
}
