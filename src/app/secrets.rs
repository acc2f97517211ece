//! Reads the secrets of a part of the configuration; all that are not found are said at once.

use secrecy::SecretString;

use crate::config::Secret;
use crate::problem::Problem;

/// What is wrong with those that were read so far.
#[derive(Default)]
pub struct Secrets(Vec<Problem>);

impl Secrets {
    /// The secret; one that is not found is empty, and `whole` says so.
    pub fn read(&mut self, secret: &Secret) -> SecretString {
        secret.reveal().unwrap_or_else(|problem| {
            self.0.push(problem);
            SecretString::default()
        })
    }

    /// The same of one that need not be there.
    pub fn maybe(&mut self, secret: &Option<Secret>) -> Option<SecretString> {
        secret.as_ref().map(|secret| self.read(secret))
    }

    /// What was made with them, or what is wrong.
    pub fn whole<T>(self, made: T) -> Result<T, Vec<Problem>> {
        if self.0.is_empty() { Ok(made) } else { Err(self.0) }
    }
}
