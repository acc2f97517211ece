//! Whether we are signed in, with which rights, and whether the clocks agree.

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use super::finding::{Finding, Level};
use crate::app::bridge::Opening;
use crate::app::connections::Clients;
use crate::failure::{FailureClass, HostError};
use crate::hosts::khoros::liql::Liql;
use crate::hosts::session::Session;
use crate::ports::HttpRequest;

/// Signed assertions and tokens are refused when the clocks differ by more (Salesforce sheet 2.2).
const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// A kind of login that the org is about to take away (CON-5).
const RETIRING: &str = "password";

/// Looks at both connections of a bridge; whether both let us in.
pub async fn look(opening: &Opening, clients: &Clients) -> (Vec<Finding>, bool) {
    let (khoros, salesforce) = (&clients.khoros, &clients.salesforce);
    let community = format!("khoros:{}", opening.connections.community);
    let org = format!("salesforce:{}", opening.connections.org);
    // An account that nobody knows yet would be asked for nothing below.
    let lacks = match khoros.search(&Liql::select(&["id"], "boards").limit(1)).await {
        Ok(_) => khoros.look_at_our_rights(None).await,
        Err(error) => Err(error),
    };
    let mut found = vec![signed_in(&community, khoros.session(), lacks.as_ref().err())];
    for lack in lacks.iter().flatten() {
        found.push(Finding::new(Level::Warning, &community, lack));
    }
    let ours = match salesforce.query("SELECT Id FROM Organization LIMIT 1").await {
        Ok(_) => salesforce.learn_who_we_are().await,
        Err(error) => Err(error),
    };
    found.push(signed_in(&org, salesforce.session(), ours.as_ref().err()));
    if salesforce.session().kind() == RETIRING {
        let said = "signs in with a user's password over SOAP, which the org takes away in Summer '27";
        found.push(Finding::new(Level::Warning, &org, said).next("`login: { jwt: … }` or `{ client_credentials: … }`"));
    }
    let bases = [(&community, &opening.connections.khoros.base_url), (&org, &opening.connections.salesforce.login_url)];
    for (name, base) in bases {
        found.extend(clock(opening, name, base.join("")).await);
    }
    (found, lacks.is_ok() && ours.is_ok())
}

fn signed_in(name: &str, session: &Session, error: Option<&HostError>) -> Finding {
    let kept = session.kept();
    match error {
        None => {
            let login = kept.login.unwrap_or_else(|| "an account that it does not name".into());
            let since = kept.given.map(|given| format!(", token of {}", given.strftime("%Y-%m-%d %H:%MZ")));
            Finding::new(Level::Well, name, format!("signed in as {login}{}", since.unwrap_or_default()))
        }
        Some(error) => {
            let next = if error.class == FailureClass::SignedOut {
                format!("`casebridge connect status`, then `casebridge connect refresh {name}` or `authorize`")
            } else {
                "see whether the host is up and this machine reaches it; work waits and goes on by itself".into()
            };
            Finding::new(Level::Wrong, name, format!("{error} ({})", error.call)).next(next)
        }
    }
}

/// How far the host's clock is from ours, where it says its time.
async fn clock(opening: &Opening, name: &str, url: String) -> Option<Finding> {
    let request = HttpRequest { method: "GET", url, ..HttpRequest::default() };
    let answer = opening.http.send(request).await.ok()?;
    let theirs: Timestamp = rfc2822::parse(answer.headers.get("date")?).ok()?.timestamp();
    let skew = theirs.duration_since(Timestamp::now()).abs();
    (skew > SKEW).then(|| {
        let said = format!("its clock and ours are {} s apart", skew.as_secs());
        Finding::new(Level::Warning, name, said).next("set this machine's clock by NTP")
    })
}
