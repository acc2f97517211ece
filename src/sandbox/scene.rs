//! Scenes: what is in the community and in the org at the start, as JSON with ages relative to the start.
//!
//! `docs/sandbox.md` documents the format. What the entries mean is each host's own affair (`SandboxHost::edit`).

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use serde_json::{Map, Value};

const SMALL: &str = include_str!("scenes/small.json");
const EMPTY: &str = include_str!("scenes/empty.json");

/// The lists that belong to the org; all others belong to the community.
const OF_THE_ORG: [&str; 8] =
    ["contacts", "accounts", "users", "cases", "comments", "community_users", "postback_comments", "private_messages"];

/// Which scene to start with.
#[derive(Clone, Debug, Default)]
pub enum SceneChoice {
    /// A small, lifelike community and org.
    #[default]
    Small,
    /// Boards and the accounts of the connector only.
    Empty,
    /// A file in the scene format.
    File(PathBuf),
    /// A scene made up by a test.
    Value(Value),
}

impl FromStr for SceneChoice {
    type Err = Infallible;

    /// `small`, `empty`, or the path of a file.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "small" => Self::Small,
            "empty" => Self::Empty,
            path => Self::File(path.into()),
        })
    }
}

/// A scene, parted by host.
pub struct Scene {
    pub community: Value,
    pub org: Value,
}

/// Reads a scene and parts it.
pub fn load(choice: &SceneChoice) -> Result<Scene, String> {
    let whole = match choice {
        SceneChoice::Small => parsed("small", SMALL)?,
        SceneChoice::Empty => parsed("empty", EMPTY)?,
        SceneChoice::Value(value) => value.clone(),
        SceneChoice::File(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read scene `{name}`: {error}"))?;
            parsed(&name, &text)?
        }
    };
    let Value::Object(mut lists) = whole else { return Err("a scene is a JSON object of lists".into()) };
    // A hint for editors, not a list.
    lists.remove("$schema");
    let (org, community): (Map<_, _>, Map<_, _>) =
        lists.into_iter().partition(|(list, _)| OF_THE_ORG.contains(&list.as_str()));
    Ok(Scene { community: community.into(), org: org.into() })
}

fn parsed(name: &str, text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("scene `{name}` is not JSON: {error}"))
}
