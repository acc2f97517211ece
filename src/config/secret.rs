//! Secrets by name: `{ env: NAME }` or `{ file: PATH }`.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::config::codes;
use crate::problem::Problem;
use crate::rules::yaml::Node;

/// Where a secret is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    Env(String),
    File(PathBuf),
}

impl Secret {
    /// Reads where it is found, not the secret.
    pub fn parse(node: &Node) -> Result<Self, Problem> {
        match node.entries() {
            [(key, value)] if key.name == "env" => Ok(Secret::Env(value.text().unwrap_or_default().to_owned())),
            [(key, value)] if key.name == "file" => Ok(Secret::File(value.text().unwrap_or_default().into())),
            // The text itself is not repeated: it may be a secret.
            _ => Err(Problem::new(
                codes::PLAIN_SECRET,
                &crate::problem::Place { width: 1, ..node.at.clone() },
                "a secret never stands in the file",
            )
            .next("`{ env: NAME }` or `{ file: PATH }`")),
        }
    }

    /// The secret; the text of an error names where it was looked for.
    pub fn reveal(&self) -> Result<SecretString, String> {
        let found = match self {
            Secret::Env(name) => std::env::var(name).map_err(|_| format!("the environment variable {name} is not set")),
            Secret::File(path) => {
                std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
            }
        }?;
        Ok(found.strip_suffix('\n').unwrap_or(&found).to_owned().into())
    }
}
