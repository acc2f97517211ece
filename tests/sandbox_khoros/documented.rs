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
async fn the_scene_on_the_page_starts() {
    let json = PAGE.split("```json").nth(1).and_then(|rest| rest.split("```").next()).expect("a scene");
    let scene: Value = serde_json::from_str(json).expect("JSON");
    let sandbox = start(Options { scene: SceneChoice::Value(scene), ..Options::default() }).await.expect("a sandbox");
    assert_eq!(sandbox.khoros.world()["solutions"][0]["reply"], "102");
}
