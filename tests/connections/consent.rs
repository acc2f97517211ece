//! A person at a browser: opens the authorize address and brings back what it was sent to.

use casebridge::app::connections::Clients;
use casebridge::hosts::khoros::sign_in::Consent;
use casebridge::hosts::salesforce::sign_in::Pkce;
use reqwest::redirect::Policy;
use url::Url;

use super::clients;
use crate::world::World;

/// Where the browser comes back to; nobody listens there.
pub const BACK: &str = "http://127.0.0.1:9/back";

/// Authorizes the community's app; what the account lacks.
pub async fn at_community(world: &World) -> Vec<String> {
    let Clients { khoros, .. } = clients(world);
    let app = khoros.oauth().expect("a login by consent");
    let back = sent_to(&app.authorize_url("state-1")).await;
    let code = param(&back, "code").expect("a code").into();
    let given = app.exchange(&Consent { code, tenant_id: param(&back, "tenant-id") }).await.expect("tokens");
    let account = given.account.clone();
    khoros.session().consented(given).await.expect("kept");
    khoros.look_at_our_rights(account.as_deref()).await.expect("rights are told")
}

/// Authorizes the org's app.
pub async fn at_org(world: &World) {
    let Clients { salesforce, .. } = clients(world);
    let app = salesforce.consent().expect("a login by consent");
    let pkce = || Pkce("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned().into());
    let back = sent_to(&app.authorize_url("state-1", &pkce())).await;
    let code = param(&back, "code").expect("a code").into();
    let given = app.exchange(code, pkce()).await.expect("tokens");
    salesforce.session().consented(given).await.expect("kept");
}

/// Where an authorize address sends the browser.
pub async fn sent_to(address: &str) -> Url {
    let browser = reqwest::Client::builder().redirect(Policy::none()).build().expect("a browser");
    let answer = browser.get(address).send().await.expect("an answer");
    let location = answer.headers().get("location").unwrap_or_else(|| panic!("{} sends nowhere", answer.status()));
    location.to_str().expect("a text").parse().expect("an address")
}

fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
