//! `docs/sandbox.md` keeps up with the sandbox.

use casebridge::sandbox::{Options, SceneChoice, start};
use serde_json::Value;

const PAGE: &str = include_str!("../../docs/sandbox.md");

#[tokio::test]
async fn every_switch_is_on_the_page_with_its_default() {
    let sandbox = start(Options::default()).await.expect("a sandbox");
    let switches = sandbox.khoros.switches();
    for (name, value) in switches.as_object().expect("switches") {
        let row = PAGE.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let default = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert!(row.is_some_and(|row| row.contains(&default)), "{name}, {default}");
    }
}

#[tokio::test]
async fn every_switch_of_the_org_is_on_the_page_with_its_default() {
    let sandbox = start(Options::default()).await.expect("a sandbox");
    let switches = sandbox.salesforce.switches();
    let (_, page) = PAGE.split_once("How the org behaves:").expect("a table");
    for (name, value) in switches.as_object().expect("switches") {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let default = match value {
            // A rule that is not there is switched off.
            Value::Null => "off".to_owned(),
            Value::Array(list) => list.iter().map(Value::to_string).collect::<Vec<_>>().join(", "),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        assert!(row.is_some_and(|row| row.contains(&default)), "{name}, {default}");
    }
}

#[tokio::test]
async fn the_scene_on_the_page_starts() {
    let json = PAGE.split("```json").nth(1).and_then(|rest| rest.split("```").next()).expect("a scene");
    let scene: Value = serde_json::from_str(json).expect("JSON");
    let sandbox = start(Options { scene: SceneChoice::Value(scene), ..Options::default() }).await.expect("a sandbox");
    assert_eq!(sandbox.khoros.world()["solutions"][0]["reply"], "102");
}

const SCHEMA: &str = include_str!("../../docs/scene.schema.json");

/// The field names that the sandbox lists when it refuses a field.
fn known_fields(refusal: &str) -> Vec<String> {
    let (_, list) = refusal.split_once("expected ").expect("the known fields");
    let mut names: Vec<String> = list.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_schema_of_scenes_names_the_fields_that_the_sandbox_knows() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let sandbox = start(Options::default()).await.expect("a sandbox");
    for list in ["categories", "boards", "members", "threads", "replies", "solutions"] {
        let edit = serde_json::json!({ list: [{ "no such field": 1 }] });
        let known = known_fields(&sandbox.khoros.edit(&edit).expect_err("an unknown field"));
        let fields = schema["properties"][list]["items"]["properties"].as_object().expect("fields");
        let mut named: Vec<String> = fields.keys().cloned().collect();
        named.sort();
        assert_eq!(named, known, "{list}");
    }
}

#[tokio::test]
async fn a_scene_file_may_name_its_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("scene.json");
    std::fs::write(&file, r#"{ "$schema": "scene.schema.json", "boards": [{ "id": "one" }] }"#).expect("a file");
    let sandbox = start(Options { scene: SceneChoice::File(file), ..Options::default() }).await.expect("a sandbox");
    assert_eq!(sandbox.khoros.world()["boards"][0]["id"], "one");
    let missing = start(Options { scene: SceneChoice::File("no/such.json".into()), ..Options::default() }).await;
    assert!(missing.err().expect("no start").contains("no/such.json"));
}
