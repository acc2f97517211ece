//! Secrets by name: `{ env: NAME }` or `{ file: PATH }`.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::config::{beside, codes};
use crate::problem::{Place, Problem};
use crate::rules::yaml::Node;

/// A secret that is found elsewhere.
#[derive(Clone, Debug)]
pub struct Secret {
    pub source: SecretSource,
    /// Where the file says so.
    at: Place,
}

/// Where a secret is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    Env(String),
    /// From the folder of `casebridge.yaml`.
    File(PathBuf),
}

impl Secret {
    /// Reads where it is found, not the secret.
    pub fn parse(node: &Node) -> Result<Self, Problem> {
        if let [(key, value)] = node.entries()
            && let (name, Some(text)) = (key.name.as_str(), value.text())
        {
            let at = value.at.clone();
            match name {
                "env" => return Ok(Secret { source: SecretSource::Env(text.to_owned()), at }),
                "file" => return Ok(Secret { source: SecretSource::File(beside(&at.file, text)), at }),
                _ => {}
            }
        }
        // The text itself is not repeated: it may be a secret.
        let at = Place { width: 1, ..node.at.clone() };
        Err(Problem::new(codes::PLAIN_SECRET, &at, "a secret never stands in the file")
            .next("`{ env: NAME }` or `{ file: PATH }`"))
    }

    /// The secret; the Problem names where it was looked for.
    pub fn reveal(&self) -> Result<SecretString, Problem> {
        let not_found = |what: String| Problem::new(codes::SECRET_NOT_FOUND, &self.at, what);
        let found = match &self.source {
            SecretSource::Env(name) => std::env::var(name).map_err(|_| {
                not_found(format!("the environment variable {name} is not set"))
                    .next("set it where casebridge is started, or name a file: `{ file: PATH }`")
            }),
            SecretSource::File(path) => std::fs::read_to_string(path).map_err(|error| {
                not_found(format!("{} cannot be read: {error}", path.display()))
                    .next("the path is read from the folder of casebridge.yaml")
            }),
        }?;
        Ok(found.strip_suffix('\n').unwrap_or(&found).to_owned().into())
    }
}
