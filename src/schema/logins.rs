//! `login:` of a community and of an org, and how secrets are named.

use serde_json::{Value as Json, json};

use crate::config::salesforce_login::OPTIONAL;
use crate::schema::shapes::{about, object, requires, text};

/// One of the kinds of login that a host knows, each with its keys.
pub fn login(kinds: &[(&str, &[&str])]) -> Json {
    let names: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
    let keys = |kind: &str| kinds.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, keys)| *keys);
    let mut shape = object(&names, |kind| {
        let required: Vec<&str> = keys(kind).iter().copied().filter(|key| is_required(kind, key)).collect();
        about(sentence(kind), requires(&required, object(keys(kind), |key| value(kind, key))))
    });
    shape["minProperties"] = json!(1);
    shape["maxProperties"] = json!(1);
    shape
}

fn is_required(kind: &str, key: &str) -> bool {
    match (kind, key) {
        ("oauth", "redirect_url") => true,
        ("refresh_token", "client_secret") => false,
        _ => !OPTIONAL.contains(&key),
    }
}

fn sentence(kind: &str) -> &'static str {
    match kind {
        "session" => "Signs in to the community with a user and a password.",
        "oauth" => {
            "Signs in to the community by a consent that somebody gives once, with `casebridge connect authorize`."
        }
        "client_credentials" => "Signs in to the org as an app, under the user that the app names.",
        "jwt" => "Signs in to the org as an app that signs with its own key.",
        "refresh_token" => "Signs in to the org by a consent that somebody gave once.",
        _ => "For migration only: signs in to the org with user, password and security token, until June 2027.",
    }
}

fn value(kind: &str, key: &str) -> Json {
    match key {
        "user" => about("The login name of the account that casebridge uses.", text()),
        "password" => about("Where its password is found.", secret()),
        "client_id" => about("The client id (consumer key) of the app.", text()),
        "client_secret" => about("Where the client secret of the app is found.", secret()),
        "redirect_url" if kind == "oauth" => {
            about("The address of casebridge that is entered at the community's API app.", text())
        }
        "redirect_url" => {
            about("The callback address of the app; with it `connect authorize` gets the first token.", text())
        }
        "key" => about("Where the private key of the app is found, as PEM.", secret()),
        "audience" => {
            about("Whom the assertion is for; default login.salesforce.com, of a sandbox test.salesforce.com.", text())
        }
        "refresh_token" => {
            about("Where the first refresh token is found; later ones are kept with the state.", secret())
        }
        "security_token" => about("Where the account's security token is found; default none.", secret()),
        "soap_url" => about("The address of SOAP login(); default /services/Soap/u/64.0 at `login_url`.", text()),
        _ => json!({}),
    }
}

/// A secret never stands in the file.
pub fn secret() -> Json {
    let mut shape = object(&["env", "file"], |key| match key {
        "env" => about("The environment variable that holds it.", text()),
        _ => about("The file that holds it.", text()),
    });
    shape["minProperties"] = json!(1);
    shape["maxProperties"] = json!(1);
    shape
}
