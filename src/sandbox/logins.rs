//! Who may sign in to both hosts, when the person who starts a sandbox wants to say it: by option or by environment.
//!
//! What is left out follows from the seed. Any text will do, also one with quotes, spaces or percent signs.

use std::path::PathBuf;

/// The connector's account at each host, and its app.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Logins {
    /// User name of the org's account
    #[arg(long, value_name = "NAME", env = "CASEBRIDGE_SANDBOX_SALESFORCE_USERNAME")]
    pub salesforce_username: Option<String>,
    /// Its password
    #[arg(long, value_name = "TEXT", env = "CASEBRIDGE_SANDBOX_SALESFORCE_PASSWORD", hide_env_values = true)]
    pub salesforce_password: Option<String>,
    /// Its security token
    #[arg(long, value_name = "TEXT", env = "CASEBRIDGE_SANDBOX_SALESFORCE_SECURITY_TOKEN", hide_env_values = true)]
    pub salesforce_security_token: Option<String>,
    /// Client id of the app
    #[arg(long, value_name = "TEXT", env = "CASEBRIDGE_SANDBOX_SALESFORCE_CLIENT_ID")]
    pub salesforce_client_id: Option<String>,
    /// Client secret of the app
    #[arg(long, value_name = "TEXT", env = "CASEBRIDGE_SANDBOX_SALESFORCE_CLIENT_SECRET", hide_env_values = true)]
    pub salesforce_client_secret: Option<String>,
    /// PEM file with the certificate or public key against which assertions are checked; without it none is checked
    #[arg(long, value_name = "FILE", env = "CASEBRIDGE_SANDBOX_SALESFORCE_JWT_KEY")]
    pub salesforce_jwt_key: Option<PathBuf>,
    /// Login of the community's administrator
    #[arg(long, value_name = "NAME", env = "CASEBRIDGE_SANDBOX_KHOROS_LOGIN")]
    pub khoros_login: Option<String>,
    /// His password
    #[arg(long, value_name = "TEXT", env = "CASEBRIDGE_SANDBOX_KHOROS_PASSWORD", hide_env_values = true)]
    pub khoros_password: Option<String>,
    /// Client id of the community's app
    #[arg(long, value_name = "TEXT", env = "CASEBRIDGE_SANDBOX_KHOROS_CLIENT_ID")]
    pub khoros_client_id: Option<String>,
    /// Client secret of the community's app
    #[arg(long, value_name = "TEXT", env = "CASEBRIDGE_SANDBOX_KHOROS_CLIENT_SECRET", hide_env_values = true)]
    pub khoros_client_secret: Option<String>,
}
