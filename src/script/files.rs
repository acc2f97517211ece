//! The module `files`: which files of a message may be copied, by what the community says of them. What it says wrongly
//! shows when one is copied.

use rhai::{Array, Dynamic, FuncRegistration, Map, Module};

use crate::script::evaluation::Looked;
use crate::script::later;

/// The module.
pub fn module() -> Module {
    let mut module = Module::new();
    let files = &mut module;
    FuncRegistration::new("allowed")
        .set_into_module(files, |list: Array, types: Array, bytes: i64| parted(list, &types, bytes, true));
    FuncRegistration::new("others")
        .set_into_module(files, |list: Array, types: Array, bytes: i64| parted(list, &types, bytes, false));
    // Absent lists stay absent, as absent things have absent parts.
    for name in ["allowed", "others"] {
        FuncRegistration::new(name).set_into_module(files, |_: (), types: Array, _: i64| later::none_in(&types));
    }
    later::guard(module, "files")
}

fn parted(list: Array, types: &Array, bytes: i64, allowed: bool) -> Looked<Array> {
    later::none_in(&list)?;
    later::none_in(types)?;
    Ok(list.into_iter().filter(|file| is_allowed(file, types, bytes) == allowed).collect())
}

/// One whose size nobody says may be of any size.
fn is_allowed(file: &Dynamic, types: &Array, bytes: i64) -> bool {
    let Some(file) = file.read_lock::<Map>() else { return false };
    let size = file.get("size").and_then(|size| size.as_int().ok());
    let is_elsewhere = file.get("elsewhere").is_some_and(|elsewhere| elsewhere.as_bool() == Ok(true));
    let name = file.get("name").map(ToString::to_string).unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    let is_listed = |ending: &String| {
        let mut listed = types.iter().filter_map(|listed| listed.as_immutable_string_ref().ok());
        listed.any(|listed| listed.trim_start_matches('.').to_lowercase() == *ending)
    };
    !is_elsewhere && size.is_some_and(|size| (0..=bytes).contains(&size)) && ending.as_ref().is_some_and(is_listed)
}
