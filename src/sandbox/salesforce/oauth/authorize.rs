//! `GET /services/oauth2/authorize`: consent, given or refused at once, and PKCE (sheet 2.2).

use jiff::Timestamp;
use url::Url;

use super::super::call::Call;
use super::super::digest;
use super::super::reply::Reply;
use super::super::session::Code;
use super::super::state::State;
use super::super::switches::Consent;
use super::form::{Error, Form, refused};
use super::token::SCOPE;

/// Sends the browser back to the app with a code, or with the reason why not.
pub fn authorize(state: &mut State, call: &Call, now: Timestamp) -> Reply {
    if !matches!(call.method.as_str(), "GET" | "POST") {
        return refused(("invalid_request", "must use HTTP GET"));
    }
    let form = Form::of(call);
    // Before app and address are known, nobody may be sent anywhere.
    let known = form.get("client_id").is_some_and(|client| state.secrets.knows_app(client));
    if !known {
        return refused(("invalid_client_id", "client identifier invalid"));
    }
    let Some(place) = form.get("redirect_uri").and_then(|uri| Url::parse(uri).ok()) else {
        return refused(("redirect_uri_mismatch", "redirect_uri must match configuration"));
    };
    let done = code(state, &form, now);
    back(place, done, form.get("state"))
}

fn code(state: &mut State, form: &Form, now: Timestamp) -> Result<String, Error> {
    if form.get("response_type") != Some("code") {
        return Err(("unsupported_response_type", "response type not supported"));
    }
    // jsforce and the command line leave the method out and mean S256 (sheet 2.2).
    if !matches!(form.get("code_challenge_method"), None | Some("S256" | "s256")) {
        return Err(("invalid_request", "code challenge method not supported"));
    }
    if state.switches.consent == Consent::Deny {
        return Err(("access_denied", "end-user denied authorization"));
    }
    let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let code = Code {
        client: text("client_id"),
        redirect_uri: text("redirect_uri"),
        challenge: form.get("code_challenge").map(str::to_owned),
        scope: form.get("scope").filter(|scope| !scope.trim().is_empty()).unwrap_or(SCOPE).to_owned(),
        given: now,
    };
    Ok(state.sessions.give_code(code, state.seed))
}

fn back(mut place: Url, done: Result<String, Error>, sent: Option<&str>) -> Reply {
    {
        let mut query = place.query_pairs_mut();
        match done {
            Ok(code) => query.append_pair("code", &code),
            Err((error, description)) => {
                query.append_pair("error", error).append_pair("error_description", description)
            }
        };
        sent.map(|state| query.append_pair("state", state));
    }
    Reply { status: 302, ..Reply::empty() }.header("Location", place.to_string())
}

/// base64url(SHA-256(verifier)) without padding must be the challenge that came with the authorization.
pub fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), Error> {
    let wrong = ("invalid_grant", "invalid code verifier");
    let Some(challenge) = challenge else { return Ok(()) };
    // PKCE allows 128 characters at most; jsforce and the command line send 171, so length is not held against anyone.
    let verifier = verifier.filter(|verifier| verifier.len() >= 43).ok_or(wrong)?;
    if digest::base64url(&digest::sha256(verifier.as_bytes())) == challenge { Ok(()) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::check_verifier;

    #[test]
    fn the_challenge_is_that_of_the_vector() {
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(check_verifier(Some(challenge), Some(verifier)), Ok(()));
        assert!(check_verifier(Some(challenge), Some(&verifier.replace('d', "e"))).is_err());
        assert!(check_verifier(Some(challenge), None).is_err());
    }
}
