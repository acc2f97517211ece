//! Reads the folders of packs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::packs::{OverlaySource, PackSource, codes};
use crate::problem::{Place, Problem};
use crate::rules::yaml::LARGEST;

/// A pack of a bridge: its name, its folder, and the overlay on it with the place that names it.
pub struct Named<'a> {
    pub name: &'a str,
    pub folder: &'a Path,
    pub overlay: Option<(&'a Path, &'a Place)>,
}

/// The packs of a bridge, read; one that cannot be read is left out, and why stands beside.
pub fn packs<'a>(all: impl IntoIterator<Item = Named<'a>>) -> (Vec<PackSource>, Vec<Problem>) {
    let (mut packs, mut problems) = (Vec::new(), Vec::new());
    for Named { name, folder, overlay } in all {
        let overlay = overlay.map(|(path, at)| self::overlay(path, at)).transpose();
        match (pack(name, folder), overlay) {
            (Ok(found), Ok(overlay)) => packs.push(PackSource { overlay, ..found }),
            (found, overlay) => {
                problems.extend(found.err().into_iter().flatten());
                problems.extend(overlay.err());
            }
        }
    }
    (packs, problems)
}

/// The files of one pack: `*.yaml` and `*.rhai` of the folder and `scripts/*.rhai`, and `*.csv` there and in other
/// folders in it; `tests/` is for `test`.
pub fn pack(name: &str, folder: &Path) -> Result<PackSource, Vec<Problem>> {
    let shown = folder.display().to_string();
    if !folder.join("pack.yaml").is_file() {
        let problem = Problem::new(codes::NO_PACK, &Place::file(&shown), format!("there is no pack in `{shown}`"));
        return Err(vec![problem.next("a pack is a folder with a `pack.yaml`; look at `packs:` in casebridge.yaml")]);
    }
    let (mut files, mut problems) = (BTreeMap::new(), Vec::new());
    read_folder(folder, &["yaml", "rhai", "csv"], &mut files, &mut problems);
    read_folder(&folder.join("scripts"), &["rhai"], &mut files, &mut problems);
    for inner in folders(folder) {
        read_folder(&inner, &["csv"], &mut files, &mut problems);
    }
    let pack = PackSource { name: name.to_owned(), folder: shown, files, overlay: None };
    if problems.is_empty() { Ok(pack) } else { Err(problems) }
}

/// An overlay's file; `at` is where its name is written.
pub fn overlay(path: &Path, at: &Place) -> Result<OverlaySource, Problem> {
    let file = path.display().to_string();
    match read_file(path) {
        Ok(text) => Ok(OverlaySource { file, text }),
        Err(why) => Err(Problem::new(codes::UNREADABLE, at, format!("`{file}` cannot be read: {why}"))
            .next("the path is read from the folder of casebridge.yaml")),
    }
}

/// The folders in a pack that hold lists, such as `holidays/`.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return vec![] };
    let name = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).unwrap_or(".").to_owned();
    let is_ours = |path: &PathBuf| path.is_dir() && !name(path).starts_with('.') && name(path) != "tests";
    entries.flatten().map(|entry| entry.path()).filter(is_ours).collect()
}

/// The rule tests of a pack: `tests/*.yaml`.
pub fn tests(folder: &Path) -> Result<BTreeMap<String, String>, Vec<Problem>> {
    let (mut files, mut problems) = (BTreeMap::new(), Vec::new());
    read_folder(&folder.join("tests"), &["yaml"], &mut files, &mut problems);
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

fn read_folder(folder: &Path, endings: &[&str], files: &mut BTreeMap<String, String>, problems: &mut Vec<Problem>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let hidden = path.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with('.'));
        if hidden || !endings.contains(&ending) || !path.is_file() {
            continue;
        }
        let shown = path.display().to_string();
        match read_file(&path) {
            Ok(text) => _ = files.insert(shown, text),
            Err(why) => {
                problems.push(Problem::new(
                    codes::UNREADABLE,
                    &Place::file(&shown),
                    format!("`{shown}` cannot be read: {why}"),
                ));
            }
        }
    }
}

/// A text file of a size that a person could have written.
pub fn read_file(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > LARGEST {
        return Err(format!("it has {size} bytes, and {LARGEST} are read"));
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}
