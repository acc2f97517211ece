//! How the connections of a bridge stand, as their hosts keep it: signing in is their matter, and the service only looks.

use std::sync::Arc;

use jiff::Timestamp;

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// `khoros` or `salesforce`, as the engine knows it.
    pub host: &'static str,
    /// `khoros:main`
    pub name: String,
    /// Since when only a person can go on there, and why; none while calls go out, or signing in is still tried.
    pub halted: Option<(Timestamp, String)>,
    /// Whether anybody ever signed in with what is configured now.
    pub ever_active: bool,
}

/// Looks at all connections of a bridge.
pub type Logins = Arc<dyn Fn() -> Vec<Login> + Send + Sync>;
