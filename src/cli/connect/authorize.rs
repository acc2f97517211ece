//! `connect authorize`: a person consents in a browser, the answer comes back, tokens are kept (CON-1).

use secrecy::SecretString;

use crate::app::each::{Each, Host};
use crate::app::system::SystemEntropy;
use crate::cli::Failure;
use crate::cli::connect::callback::{self, Came};
use crate::cli::connect::{Desk, refused};
use crate::hosts::khoros::sign_in::{Consent, OAuth};
use crate::hosts::salesforce::sign_in::{Pkce, RefreshToken};
use crate::ports::Entropy;

/// Signs in by consent where the login asks for one, and at once where it does not.
pub async fn authorize(desk: &Desk, each: &Each, paste: bool) -> Result<u8, Failure> {
    match &each.host {
        Host::Khoros(client) => match client.oauth() {
            Some(app) => at_community(desk, each, &app, paste).await,
            None => desk.refresh(each, false).await,
        },
        Host::Salesforce(client) => match client.consent() {
            Some(app) => at_org(desk, each, &app, paste).await,
            None => desk.refresh(each, false).await,
        },
    }
}

async fn at_community(desk: &Desk, each: &Each, app: &OAuth, paste: bool) -> Result<u8, Failure> {
    let state = secret();
    let came = consent(desk, app.redirect_url(), &app.authorize_url(&state), &state, paste).await?;
    let consent = Consent { code: came.code, tenant_id: came.tenant_id };
    let given = app.exchange(&consent).await.map_err(|error| refused(each, &error))?;
    let account = given.account.clone();
    each.session().consented(given).await.map_err(|error| refused(each, &error))?;
    desk.told(each, account.as_deref()).await
}

async fn at_org(desk: &Desk, each: &Each, app: &RefreshToken, paste: bool) -> Result<u8, Failure> {
    let (state, pkce) = (secret(), Pkce(SecretString::from(format!("{}{}", secret(), secret()))));
    let back = app.redirect_url().unwrap_or_default();
    let came = consent(desk, back, &app.authorize_url(&state, &pkce), &state, paste).await?;
    let given = app.exchange(came.code, pkce).await.map_err(|error| refused(each, &error))?;
    each.session().consented(given).await.map_err(|error| refused(each, &error))?;
    desk.told(each, None).await
}

/// Shows both addresses and waits for what the browser brings back.
async fn consent(desk: &Desk, back: &str, address: &str, state: &str, paste: bool) -> Result<Came, Failure> {
    eprintln!("The redirect address, as it must stand at the app there:\n   {back}");
    eprintln!("Open this address in a browser, signed in as the account that casebridge shall use:\n   {address}");
    let query = match callback::local(back) {
        Some(address) if !paste => callback::listen(&address, back, state, desk.clock.as_ref()).await?,
        local => {
            if local.is_none() {
                eprintln!("The browser is sent to an address that this command cannot listen at.");
            }
            eprintln!("Paste the whole address that the browser was sent to:");
            callback::pasted()?
        }
    };
    callback::read(&query, state)
}

/// What nobody can foretell; 32 letters.
fn secret() -> String {
    format!("{:016x}{:016x}", SystemEntropy.next(), SystemEntropy.next())
}
