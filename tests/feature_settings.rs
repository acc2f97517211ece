//! The vendor's feature settings under their own names, on the standard pack.

use std::path::Path;

use casebridge::packs::{self, Sources, load};

use crate::problems::{catalog, settings};

/// What is said about settings of the standard pack, as a person reads it.
fn said(written: &str) -> String {
    let pack = load::pack("standard", &Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("the pack");
    let sources = Sources { packs: vec![pack], settings: Some(settings(&format!("support_boards: [s]\n{written}"))) };
    let problems = packs::compile(&sources, &catalog()).map_or_else(|problems| problems, |compiled| compiled.warnings);
    sources.show(&problems)
}

#[test]
fn the_only_name_of_the_feature_settings_is_the_default_one() {
    assert_eq!(said("feature_setting_name: DefaultSetting"), "");
    let said = said("feature_setting_name: OtherSetting");
    assert!(said.contains("`feature_setting_name` cannot be `OtherSetting`"), "{said}");
    assert!(said.contains("one of: DefaultSetting"), "{said}");
}

#[test]
fn knowledge_stays_off_and_who_turns_it_on_reads_why() {
    assert_eq!(said("enable_knowledge: false\nenable_lightning_knowledge: false"), "");
    for name in ["enable_knowledge", "enable_lightning_knowledge"] {
        let said = said(&format!("{name}: true"));
        assert!(said.starts_with("casebridge.yaml:2:1  knowledge articles cannot be used in the community"), "{said}");
        assert!(said.contains(&format!("next: `settings.{name} == false` must hold")), "{said}");
        assert_eq!(said.matches("must hold").count(), 1, "the other one is off: {said}");
    }
}

#[test]
fn a_setting_whose_master_is_off_says_that_it_has_no_effect() {
    let said = said("enable_community_user_trigger: false\ncreate_new_contact_record: true");
    assert!(said.starts_with("casebridge.yaml:3:1  warning: `create_new_contact_record` has no effect"), "{said}");
}
