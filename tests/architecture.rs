//! The rooms of `src/` and who may import whom (`docs/architecture.md`); a new import that is not in the table fails.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const WORDS: &[&str] = &[
    "calendar",
    "catalog",
    "event",
    "facts",
    "failure",
    "hint",
    "marker",
    "names",
    "plan",
    "ports",
    "predicate",
    "problem",
    "run",
    "settings",
    "span",
    "speaker",
    "value",
];

/// Which rooms a room may import, beside itself and the words.
const TABLE: &[(&str, &[&str])] = &[
    ("script", &[]),
    ("rules", &["script"]),
    ("packs", &["rules", "script"]),
    ("intake", &[]),
    ("engine", &["rules", "script", "intake"]),
    ("testing", &["engine", "packs", "rules"]),
    ("hosts", &[]),
    ("state", &[]),
    ("config", &["rules"]),
    ("service", &["engine", "intake", "packs", "rules", "testing"]),
    (
        "app",
        &["script", "rules", "packs", "intake", "engine", "hosts", "state", "config", "sandbox", "service", "testing"],
    ),
    ("schema", &["rules", "packs", "config", "testing"]),
    (
        "cli",
        &[
            "app", "engine", "intake", "packs", "rules", "config", "hosts", "state", "sandbox", "schema", "service",
            "testing",
        ],
    ),
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is readable").flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path if path.extension().is_some_and(|ending| ending == "rs") => found.push(path),
            _ => {}
        }
    }
    found.sort();
    found
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The room of a file: the first step of its path below `src/`.
fn room(path: &Path) -> String {
    let below = path.strip_prefix(source()).expect("a file of src/");
    let first = below.components().next().expect("a file has a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a text names after `crate::`, also in `use crate::{a, b::c}`.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
    let mut rooms = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        match part.strip_prefix('{') {
            None => rooms.insert(name(part)),
            Some(group) => {
                let mut depth = 0;
                for piece in group.split_inclusive([',', '{', '}']) {
                    if depth == 0 {
                        rooms.insert(name(piece.trim_start()));
                    }
                    depth += i32::from(piece.ends_with('{')) - i32::from(piece.ends_with('}'));
                    if depth < 0 {
                        break;
                    }
                }
                true
            }
        };
    }
    rooms.remove("");
    rooms
}

#[test]
fn every_room_imports_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for path in files(&source()) {
        let room = room(&path);
        let text = fs::read_to_string(&path).expect("sources are text");
        let allowed: Vec<&str> = match room.as_str() {
            "main" | "lib" => continue,
            "sandbox" => vec!["sandbox"],
            word if WORDS.contains(&word) => WORDS.to_vec(),
            _ => {
                let row = TABLE.iter().find(|(name, _)| *name == room);
                let row = row.unwrap_or_else(|| panic!("the room `{room}` is not in the table"));
                [WORDS, row.1, &[row.0]].concat()
            }
        };
        for import in imports(&text).iter().filter(|import| !allowed.contains(&import.as_str())) {
            wrong.push(format!("{} imports `{import}`", path.strip_prefix(source()).expect("below src/").display()));
        }
    }
    assert!(wrong.is_empty(), "imports that the table does not allow:\n{}", wrong.join("\n"));
}

/// Each outside crate that only one room may know.
/// The sandbox stands by itself: what it calls, it calls as another program would.
const KNOWN_TO: &[(&str, &str)] = &[
    ("rhai", "script/"),
    ("sled", "state/sled_store"),
    ("cron", "rules/schedule.rs"),
    ("chrono", "rules/schedule.rs"),
    ("saphyr_parser", "rules/yaml/"),
    ("serde_yaml", "rules/yaml/"),
    ("reqwest", "hosts/http.rs"),
];

#[test]
fn a_crate_that_belongs_to_one_room_is_named_nowhere_else() {
    let mut wrong = Vec::new();
    for path in files(&source()) {
        let below = path.strip_prefix(source()).expect("below src/").to_string_lossy().into_owned();
        if below.starts_with("sandbox/") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("sources are text");
        for (name, home) in KNOWN_TO.iter().filter(|(_, home)| !below.starts_with(home)) {
            let named = |line: &str| {
                let line = line.trim_start();
                !line.starts_with("//")
                    && (line.contains(&format!("{name}::")) || line.starts_with(&format!("use {name}")))
            };
            if text.lines().any(named) {
                wrong.push(format!("{below} names `{name}`, which only {home} may"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_files_under_writes_write_and_every_file_there_does() {
    let mut wrong = Vec::new();
    for path in files(&source().join("hosts")) {
        let text = fs::read_to_string(&path).expect("sources are text");
        let below = path.strip_prefix(source()).expect("below src/").to_string_lossy().into_owned();
        let writes = text.contains("Call::Write") || text.contains("Call::Note");
        let home = below.contains("/writes/");
        if home != writes && !below.ends_with("mod.rs") {
            wrong.push(format!("{below}: {}", if writes { "writes outside `writes/`" } else { "does not write" }));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_opens_by_saying_what_it_is_for() {
    let bare: Vec<_> = files(&source())
        .into_iter()
        .filter(|path| !fs::read_to_string(path).expect("sources are text").starts_with("//!"))
        .collect();
    assert!(bare.is_empty(), "files without a `//!` header: {bare:?}");
}
