//! Who we are in the community, and whether that is enough: the host takes a login without rights and refuses its calls
//! later (CON-1, CON-5), so a person hears it at once.

use crate::failure::HostError;
use crate::hosts::khoros::Client;
use crate::hosts::khoros::liql::{Liql, Literal};
use crate::hosts::khoros::rows;

impl Client {
    /// Learns the login name of an account and says what it lacks. The account is the one that consented, or the one that
    /// is configured.
    pub async fn look_at_our_rights(&self, consented: Option<&str>) -> Result<Vec<String>, HostError> {
        let known = self.session().kept().login;
        let (field, is) = match (consented, &known) {
            (Some(id), _) => ("id", id),
            (None, Some(login)) => ("login", login.as_str()),
            (None, None) => return Ok(vec![]),
        };
        let query = Liql::select(&["id", "login", "sso_id"], "users").test(field, "=", Literal::Text(is));
        let Some(user) = self.search_all(&query).await?.into_iter().next() else {
            return Ok(vec![format!("the community shows no account with the {field} `{is}`")]);
        };
        let (id, login) = (rows::id(&user["id"]), rows::text(&user["login"]));
        let login = login.as_str().unwrap_or(is).to_owned();
        self.session().learnt(None, Some(login.clone())).await?;
        let roles =
            Liql::select(&["id", "name"], "roles").test("users.id", "=", Literal::Text(id.as_str().unwrap_or(is)));
        let roles = self.search_all(&roles).await?;
        let is_admin = roles.iter().any(|role| role["name"].as_str().is_some_and(|name| name.starts_with("Admin")));
        let mut lacks = Vec::new();
        if !is_admin {
            lacks.push(format!(
                "`{login}` has no role of an administrator; calls that need its rights will be refused. Authorize with an \
                 account that has it"
            ));
        }
        if self.session().kind() == "session" && user["sso_id"].as_str().is_some_and(|id| !id.is_empty()) {
            lacks
                .push(format!("`{login}` is an SSO account; use one with a password of its own and a verified e-mail"));
        }
        Ok(lacks)
    }
}
