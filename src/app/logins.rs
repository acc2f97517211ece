//! Logins as configured, with their secrets read; everything that is not found is said at once.

use secrecy::ExposeSecret;

use crate::app::secrets::Secrets;
use crate::config::{Community, KhorosLogin, Org, SalesforceLogin, codes};
use crate::hosts::url::{BaseUrl, Gate};
use crate::hosts::{khoros, salesforce};
use crate::problem::{Place, Problem};

/// How a community is reached, its secrets read.
pub fn community(community: &Community) -> Result<khoros::Settings, Vec<Problem>> {
    let (base_url, ht) = address(community.base_url.expose_secret(), &community.at)?;
    Ok(khoros::Settings {
        base_url,
        context: community.context_name.clone(),
        tenant_id: community.tenant_id.clone(),
        proxy: community.proxy_enabled,
        login: of_khoros(&community.login)?,
        ht,
        pace: Some(community.pace),
    })
}

/// How an org is reached, its secrets read.
pub fn org(org: &Org) -> Result<salesforce::Settings, Vec<Problem>> {
    Ok(salesforce::Settings {
        login_url: address(&org.login_url, &org.at)?.0,
        login: of_salesforce(&org.login)?,
        api_version: org.api_version.clone(),
        thread_key_field: org.thread_key_field.clone(),
        auto_assign_on_create: org.auto_assign,
    })
}

fn address(text: &str, at: &Place) -> Result<(BaseUrl, Option<Gate>), Vec<Problem>> {
    BaseUrl::parse(text).map_err(|error| vec![Problem::new(codes::ADDRESS, at, error)])
}

fn of_khoros(login: &KhorosLogin) -> Result<khoros::sign_in::Login, Vec<Problem>> {
    let mut secrets = Secrets::default();
    let login = match login {
        KhorosLogin::Session { user, password } => {
            khoros::sign_in::Login::Session { user: user.clone(), password: secrets.read(password) }
        }
        KhorosLogin::OAuth { client_id, client_secret, redirect_url } => khoros::sign_in::Login::OAuth {
            client_id: client_id.clone(),
            client_secret: secrets.read(client_secret),
            redirect_url: redirect_url.clone(),
        },
    };
    secrets.whole(login)
}

fn of_salesforce(login: &SalesforceLogin) -> Result<salesforce::sign_in::Login, Vec<Problem>> {
    use salesforce::sign_in::Login;
    let mut secrets = Secrets::default();
    let login = match login {
        SalesforceLogin::ClientCredentials { client_id, client_secret } => {
            Login::ClientCredentials { client_id: client_id.clone(), client_secret: secrets.read(client_secret) }
        }
        SalesforceLogin::Jwt { client_id, user, key, audience } => Login::Jwt {
            client_id: client_id.clone(),
            user: user.clone(),
            key: secrets.read(key),
            audience: audience.clone(),
        },
        SalesforceLogin::RefreshToken { client_id, client_secret, refresh_token, redirect_url } => {
            Login::RefreshToken {
                client_id: client_id.clone(),
                client_secret: secrets.maybe(client_secret),
                first: secrets.maybe(refresh_token),
                redirect_url: redirect_url.clone(),
            }
        }
        SalesforceLogin::Password { user, password, security_token, soap_url } => Login::Password {
            user: user.clone(),
            password: secrets.read(password),
            security_token: secrets.maybe(security_token),
            soap_url: soap_url.clone(),
        },
    };
    secrets.whole(login)
}
