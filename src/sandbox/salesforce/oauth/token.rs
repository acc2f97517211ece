//! `POST /services/oauth2/token`: the five flows of the sheet (2.2).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::digest;
use super::super::moment;
use super::super::reply::Reply;
use super::super::session::Holder;
use super::super::state::State;
use super::app::{Client, client};
use super::form::{Error, Form, refused};
use super::{authorize, jwt};

/// What an app may do when it does not ask for less.
pub const SCOPE: &str = "api refresh_token";

const NOT_YOU: Error = ("invalid_grant", "authentication failure");
const EXPIRED: Error = ("invalid_grant", "expired access/refresh token");

/// Gives out a token, or says why not.
pub fn token(state: &mut State, call: &Call, base: &str, now: Timestamp) -> Reply {
    if call.method != "POST" {
        return refused(("invalid_request", "must use HTTP POST"));
    }
    let form = Form::of(call);
    let desk = Desk { call, form: &form, base, now };
    let done = match form.need("grant_type") {
        Ok("password") => desk.password(state),
        Ok("client_credentials") => desk.client_credentials(state),
        Ok("refresh_token") => desk.refresh(state),
        Ok("authorization_code") => desk.code(state),
        Ok("urn:ietf:params:oauth:grant-type:jwt-bearer") => desk.assertion(state),
        Ok(_) => Err(("unsupported_grant_type", "grant type not supported")),
        Err(error) => Err(error),
    };
    done.map_or_else(refused, Reply::ok)
}

/// One call at the token endpoint.
struct Desk<'a> {
    call: &'a Call,
    form: &'a Form,
    base: &'a str,
    now: Timestamp,
}

impl Desk<'_> {
    fn client(&self, state: &State) -> Result<Client, Error> {
        client(self.call, self.form, &state.secrets)
    }

    /// An app that has to show its secret.
    fn proved_client(&self, state: &State) -> Result<Client, Error> {
        let client = self.client(state)?;
        let missing = ("invalid_request", "missing required parameter: client_secret");
        if client.proved { Ok(client) } else { Err(missing) }
    }

    /// Neither a scope in the answer nor a refresh token; blocked by a switch, and by the calendar (sheet 2.2).
    fn password(&self, state: &mut State) -> Result<Value, Error> {
        let client = self.proved_client(state)?;
        let (username, password) = (self.form.need("username")?, self.form.need("password")?);
        let open = state.switches.password_grant && self.now < moment::start_of(2027, 2, 20);
        let fits = state.secrets.password_fits(password, state.switches.trusted_network);
        if !open || !fits || !state.secrets.is_user(username) {
            return Err(NOT_YOU);
        }
        let mut answer = self.granted(state, Holder::of(&client.id, SCOPE));
        answer.as_object_mut().map(|answer| answer.remove("scope"));
        Ok(answer)
    }

    fn client_credentials(&self, state: &mut State) -> Result<Value, Error> {
        let client = self.proved_client(state)?;
        Ok(self.granted(state, Holder::of(&client.id, "api")))
    }

    /// With rotation a refresh token is used once; one that was used before ends the whole grant (sheet 2.2).
    fn refresh(&self, state: &mut State) -> Result<Value, Error> {
        let token = self.form.need("refresh_token")?;
        let client = self.client(state)?;
        let rotates = state.switches.refresh_rotation;
        let renewed = state.sessions.renew(token, &client.id, state.seed, rotates).ok_or(EXPIRED)?;
        let fresh = renewed.refresh_token;
        let mut answer = self.granted(state, renewed.holder);
        if let Some(fresh) = fresh {
            answer["refresh_token"] = fresh.into();
        }
        Ok(answer)
    }

    fn code(&self, state: &mut State) -> Result<Value, Error> {
        let (code, place) = (self.form.need("code")?, self.form.need("redirect_uri")?);
        let client = self.client(state)?;
        let code = state.sessions.take_code(code, self.now)?;
        if code.client != client.id {
            return Err(("invalid_grant", "invalid authorization code"));
        }
        if code.redirect_uri != place {
            return Err(("redirect_uri_mismatch", "redirect_uri must match configuration"));
        }
        authorize::check_verifier(code.challenge.as_deref(), self.form.get("code_verifier"))?;
        let lasting = code.scope.split_whitespace().any(|word| matches!(word, "refresh_token" | "offline_access"));
        let mut holder = Holder::of(&client.id, &code.scope);
        let mut refresh_token = None;
        if lasting {
            let (grant, token) = state.sessions.approve(&client.id, &code.scope, state.seed);
            holder.grant = Some(grant);
            refresh_token = Some(token);
        }
        let mut answer = self.granted(state, holder);
        if let Some(token) = refresh_token {
            answer["refresh_token"] = token.into();
        }
        Ok(answer)
    }

    /// The answer has fewer fields than the others (sheet 2.2).
    fn assertion(&self, state: &mut State) -> Result<Value, Error> {
        let assertion = self.form.need("assertion")?;
        jwt::check(assertion, &state.secrets, self.base, &state.switches.jwt_audience, self.now)?;
        let client_id = state.secrets.client_id.clone();
        let mut answer = self.granted(state, Holder::of(&client_id, SCOPE));
        for name in ["signature", "issued_at"] {
            answer.as_object_mut().map(|answer| answer.remove(name));
        }
        Ok(answer)
    }

    fn granted(&self, state: &mut State, holder: Holder) -> Value {
        let residents = &state.residents;
        let id = format!("{}/id/{}/{}", self.base, residents.organization, residents.integration);
        let scope = holder.scope.clone();
        let token = state.sessions.open(&residents.organization, state.seed, holder, self.now);
        let issued_at = self.now.as_millisecond().to_string();
        let signature = digest::hmac(state.secrets.client_secret.as_bytes(), format!("{id}{issued_at}").as_bytes());
        json!({
            "access_token": token,
            "signature": digest::base64(&signature),
            "scope": scope,
            "instance_url": self.base,
            "id": id,
            "token_type": "Bearer",
            "issued_at": issued_at,
        })
    }
}
