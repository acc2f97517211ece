//! The standard pack as the program carries it, so that a tour needs no files beside it.

use crate::packs::PackSource;

/// Its files, as they stand in `rules/`.
const FILES: &[(&str, &str)] = &[
    ("rules/closures.yaml", include_str!("../../rules/closures.yaml")),
    ("rules/escalations.yaml", include_str!("../../rules/escalations.yaml")),
    ("rules/mappings.yaml", include_str!("../../rules/mappings.yaml")),
    ("rules/pack.yaml", include_str!("../../rules/pack.yaml")),
    ("rules/postbacks.yaml", include_str!("../../rules/postbacks.yaml")),
];

/// The pack without its tests.
pub fn pack() -> PackSource {
    let file = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    let files = FILES.iter().map(file).collect();
    PackSource { name: "standard".into(), folder: "rules".into(), files, overlay: None }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::packs::load;

    #[test]
    fn the_program_carries_every_file_of_the_standard_pack() {
        // Unit tests run in the folder of the package.
        let on_disk = load::pack("standard", Path::new("rules")).expect("the standard pack");
        assert_eq!(super::pack().files, on_disk.files);
    }
}
