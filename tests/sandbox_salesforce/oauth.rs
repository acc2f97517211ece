//! The flows of OAuth and what becomes of their tokens.

use std::sync::Arc;

use casebridge::sandbox::salesforce::Salesforce;
use casebridge::sandbox::{Logins, SandboxHost};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::{Org, told};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const BACK: &str = "https://app.test/back?x=1";
const NASTY: &str = "a&b<c>\"d' %41+/= é";

impl Org {
    fn login(&self, name: &str) -> String {
        self.host.logins(&self.url)[name].as_str().unwrap().to_owned()
    }

    /// Where consent sends the browser.
    async fn consent(&self, more: &[(&str, &str)]) -> Url {
        let id = self.login("client_id");
        let mut asked = vec![("response_type", "code"), ("client_id", id.as_str()), ("redirect_uri", BACK)];
        asked.extend(more);
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let answer = http.get(format!("{}/services/oauth2/authorize", self.url)).query(&asked).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FOUND);
        Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
    }

    async fn redeem(&self, code: &str, more: &[(&'static str, &str)]) -> (u16, Value) {
        let mut form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("client_id", self.login("client_id")),
            ("redirect_uri", BACK.to_owned()),
        ];
        for (name, value) in more {
            form.retain(|(known, _)| known != name);
            form.push((name, (*value).to_owned()));
        }
        self.token(&form).await
    }

    async fn refresh(&self, token: &str) -> (u16, Value) {
        let client = ("client_id", self.login("client_id"));
        self.token(&[("grant_type", "refresh_token".into()), ("refresh_token", token.to_owned()), client]).await
    }

    /// A token with consent, refresh token and all.
    async fn consented(&self) -> Value {
        let code = value(&self.consent(&[("scope", "api refresh_token")]).await, "code").unwrap();
        self.redeem(&code, &[]).await.1
    }

    async fn form(&self, endpoint: &str, form: &[(&str, &str)]) -> (u16, Value) {
        told(self.http.post(format!("{}/services/oauth2/{endpoint}", self.url)).form(form).send().await.unwrap()).await
    }

    async fn works(&self, token: &Value) -> bool {
        let request = self.http.get(format!("{}/services/data/v65.0/limits", self.url));
        request.bearer_auth(token.as_str().unwrap()).send().await.unwrap().status() == 200
    }
}

fn value(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn a_password_with_its_token_signs_in_and_tells_no_scope() {
    let org = Org::fresh().await;
    let form = |password: String| {
        let mut form = org.credentials();
        form[0].1 = "password".into();
        form.extend([("username", org.login("username").to_uppercase()), ("password", password)]);
        form
    };
    let right = form(org.login("password") + &org.login("security_token"));
    let (status, answer) = org.token(&right).await;
    assert_eq!((status, answer.get("scope"), answer.get("refresh_token")), (200, None, None));
    assert!(org.works(&answer["access_token"]).await);
    let refused = json!({"error": "invalid_grant", "error_description": "authentication failure"});
    assert_eq!(org.token(&form(org.login("password"))).await, (400, refused.clone()));
    org.host.set_switches(&json!({"trusted_network": true})).unwrap();
    assert_eq!(org.token(&form(org.login("password"))).await.0, 200);
    org.host.set_switches(&json!({"password_grant": false})).unwrap();
    assert_eq!(org.token(&right).await, (400, refused.clone()));
    org.host.set_switches(&json!({"password_grant": true})).unwrap();
    org.clock.set("2027-02-20T00:00:00Z".parse::<Timestamp>().unwrap());
    assert_eq!(org.token(&right).await, (400, refused));
}

#[tokio::test]
async fn consent_with_pkce_gives_a_token_once() {
    let org = Org::fresh().await;
    let asked = [("code_challenge", CHALLENGE), ("state", "a b&c"), ("scope", "api refresh_token")];
    let back = org.consent(&asked).await;
    assert!(back.as_str().starts_with("https://app.test/back?x=1&code="), "{back}");
    assert_eq!(value(&back, "state").as_deref(), Some("a b&c"));
    let code = value(&back, "code").unwrap();
    assert!(code.ends_with("=="), "{code}");
    let (status, answer) = org.redeem(&code, &[("code_verifier", VERIFIER)]).await;
    assert_eq!((status, &answer["scope"]), (200, &json!("api refresh_token")));
    assert!(org.works(&answer["access_token"]).await && answer["refresh_token"].is_string());
    let (status, again) = org.redeem(&code, &[("code_verifier", VERIFIER)]).await;
    assert_eq!((status, &again["error_description"]), (400, &json!("expired authorization code")));
}

#[tokio::test]
async fn a_code_is_worth_nothing_in_other_hands() {
    let org = Org::fresh().await;
    for (more, error, description) in [
        (("code_verifier", "v".repeat(64)), "invalid_grant", "invalid code verifier"),
        (
            ("redirect_uri", "https://evil.test/".into()),
            "redirect_uri_mismatch",
            "redirect_uri must match configuration",
        ),
        (("client_id", "PlatformCLI".into()), "invalid_grant", "invalid authorization code"),
        (("client_secret", "wrong".into()), "invalid_client", "invalid client credentials"),
        (("code", "made up".into()), "invalid_grant", "invalid authorization code"),
    ] {
        let code = value(&org.consent(&[("code_challenge", CHALLENGE)]).await, "code").unwrap();
        let answer = org.redeem(&code, &[(more.0, more.1.as_str())]).await;
        assert_eq!(answer, (400, json!({"error": error, "error_description": description})));
    }
    let code = value(&org.consent(&[]).await, "code").unwrap();
    org.clock.advance(SignedDuration::from_mins(16));
    assert_eq!(org.redeem(&code, &[]).await.1["error_description"], "expired authorization code");
}

#[tokio::test]
async fn consent_can_be_denied_and_strangers_are_sent_nowhere() {
    let org = Org::fresh().await;
    assert_eq!(value(&org.consent(&[("code_challenge_method", "plain")]).await, "error").unwrap(), "invalid_request");
    org.host.set_switches(&json!({"consent": "deny"})).unwrap();
    let back = org.consent(&[("state", "s")]).await;
    assert_eq!(
        (value(&back, "error").unwrap().as_str(), value(&back, "state").unwrap().as_str()),
        ("access_denied", "s")
    );
    let unknown = [("response_type", "code"), ("client_id", "stranger"), ("redirect_uri", BACK)];
    assert_eq!(org.form("authorize", &unknown).await.1["error"], "invalid_client_id");
}

#[tokio::test]
async fn a_refresh_token_stays_unless_it_rotates() {
    let org = Org::fresh().await;
    let given = org.consented().await;
    let first = text(&given["refresh_token"]).to_owned();
    let (status, fresh) = org.refresh(&first).await;
    assert_eq!((status, fresh.get("refresh_token")), (200, None));
    assert!(org.works(&fresh["access_token"]).await && fresh["access_token"] != given["access_token"]);
    org.host.set_switches(&json!({"refresh_rotation": true})).unwrap();
    let rotated = org.refresh(&first).await.1;
    let second = text(&rotated["refresh_token"]).to_owned();
    assert_ne!(first, second);
    let refused = json!({"error": "invalid_grant", "error_description": "expired access/refresh token"});
    assert_eq!(org.refresh(&first).await, (400, refused.clone()));
    assert_eq!(org.refresh(&second).await, (400, refused), "using an old one ends the grant");
    assert!(!org.works(&rotated["access_token"]).await);
}

#[tokio::test]
async fn a_sixth_approval_ends_the_first() {
    let org = Org::fresh().await;
    let first = org.consented().await;
    for _ in 0..4 {
        org.consented().await;
    }
    assert_eq!(org.refresh(text(&first["refresh_token"])).await.0, 200);
    let last = org.consented().await;
    assert_eq!(org.refresh(text(&first["refresh_token"])).await.0, 400);
    assert_eq!(org.refresh(text(&last["refresh_token"])).await.0, 200);
}

#[tokio::test]
async fn revoking_a_refresh_token_ends_its_sessions() {
    let org = Org::fresh().await;
    let (one, other) = (org.consented().await, org.consented().await);
    let answer = org.http.post(format!("{}/services/oauth2/revoke", org.url));
    let answer = answer.form(&[("token", text(&one["refresh_token"]))]).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, ""));
    assert!(!org.works(&one["access_token"]).await && org.works(&other["access_token"]).await);
    assert_eq!(org.form("revoke", &[("token", text(&other["access_token"]))]).await.0, 200);
    assert!(!org.works(&other["access_token"]).await);
    assert_eq!(org.refresh(text(&other["refresh_token"])).await.0, 200);
    assert_eq!(org.form("revoke", &[("token", "made up")]).await.1["error"], "invalid_token");
}

#[tokio::test]
async fn an_app_can_ask_what_a_token_is_worth() {
    let org = Org::fresh().await;
    let (id, secret) = (org.login("client_id"), org.login("client_secret"));
    let ask = async |token: &str| {
        let form = [("token", token), ("client_id", &id), ("client_secret", &secret)];
        org.form("introspect", &form).await.1
    };
    let told = ask(&org.token).await;
    assert_eq!((&told["active"], &told["username"]), (&json!(true), &json!(org.login("username"))));
    assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), 7_200);
    assert_eq!(ask("made up").await, json!({"active": false}));
    let nobody = org.form("introspect", &[("token", &org.token), ("client_id", &id)]).await;
    assert_eq!((nobody.0, &nobody.1["error"]), (400, &json!("invalid_client")));
}

#[tokio::test]
async fn the_identity_is_told_to_those_who_have_a_token() {
    let org = Org::fresh().await;
    let place = org.token(&org.credentials()).await.1["id"].as_str().unwrap().to_owned();
    let get = async |url: &str| {
        let answer = org.http.get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, page) = get(&format!("{place}?format=json&oauth_token={}", org.token)).await;
    let page: Value = serde_json::from_str(&page).unwrap();
    assert_eq!((status, &page["id"], &page["username"]), (200, &json!(place), &json!(org.login("username"))));
    assert!(text(&page["urls"]["rest"]).contains("/services/data/v{version}/"));
    assert_eq!(get(&place).await, (403, "Missing_OAuth_Token".into()));
    assert_eq!(get(&format!("{place}?oauth_token=x")).await, (403, "Bad_OAuth_Token".into()));
    let request = org.http.get(format!("{}/services/oauth2/userinfo", org.url)).bearer_auth(&org.token);
    let (_, user) = told(request.send().await.unwrap()).await;
    assert_eq!((&user["user_id"], &user["organization_id"]), (&page["user_id"], &page["organization_id"]));
    let document = get(&format!("{}/.well-known/openid-configuration", org.url)).await.1;
    assert!(document.contains("/services/oauth2/introspect"));
}

#[tokio::test]
async fn logins_may_hold_any_characters() {
    let logins = Logins {
        salesforce_username: Some(format!("{NASTY}@acme.test")),
        salesforce_password: Some(NASTY.into()),
        salesforce_security_token: Some(format!("token {NASTY}")),
        salesforce_client_id: Some(format!("id {NASTY}")),
        salesforce_client_secret: Some(format!("secret {NASTY}")),
        ..Logins::default()
    };
    let org = Org::with(&logins).await;
    assert_eq!(org.get("limits").await.0, 200);
    for encode in [false, true] {
        let part = |text: &str| match encode {
            true => url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>(),
            false => text.to_owned(),
        };
        let (id, secret) = (part(&org.login("client_id")), part(&org.login("client_secret")));
        let request = org.http.post(format!("{}/services/oauth2/token", org.url)).basic_auth(id, Some(secret));
        let answer = request.form(&[("grant_type", "client_credentials")]).send().await.unwrap();
        assert_eq!(answer.status(), 200, "encoded: {encode}");
    }
    let mine = format!(
        "SELECT Username FROM User WHERE Username = '{}'",
        logins.salesforce_username.clone().unwrap().replace('\'', "\\'")
    );
    assert_eq!(org.column(&mine, "/Username").await, [json!(logins.salesforce_username)]);
}

#[tokio::test]
async fn an_assertion_is_held_against_the_certificate_of_the_app() {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(["app.test".into()]).unwrap().self_signed(&key).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, pem) in [("app.pem", certificate.pem()), ("key.pem", key.public_key_pem())] {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        let org = Org::with(&Logins { salesforce_jwt_key: Some(path), ..Logins::default() }).await;
        let now = org.clock.now().as_second();
        let claims =
            json!({"iss": org.login("client_id"), "sub": org.login("username"), "aud": org.url, "exp": now + 180});
        let sign = |claims: &Value| signed(&key, &json!({"alg": "RS256"}), claims);
        let grant = async |assertion: String| {
            let kind = "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned();
            org.token(&[("grant_type", kind), ("assertion", assertion)]).await
        };
        let (status, answer) = grant(sign(&claims)).await;
        assert_eq!((status, answer.get("signature"), answer.get("refresh_token")), (200, None, None), "{answer}");
        let with = |name: &str, value: Value| {
            let mut claims = claims.clone();
            claims[name] = value;
            claims
        };
        let text_and_host = with("exp", json!((now + 180).to_string()));
        assert_eq!(grant(sign(&text_and_host)).await.0, 200, "seconds as text");
        assert_eq!(grant(sign(&with("aud", json!("https://login.salesforce.com")))).await.0, 200);
        for (claims, description) in [
            (with("aud", json!("https://evil.test")), "audience is invalid"),
            (with("sub", json!("nobody@acme.test")), "user hasn't approved this consumer"),
            (with("iss", json!("stranger")), "client identifier invalid"),
            (with("exp", json!(now - 1)), "invalid assertion"),
        ] {
            assert_eq!(grant(sign(&claims)).await.1["error_description"], description);
        }
        let other = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let unsigned = signed(&key, &json!({"alg": "none"}), &claims);
        for forged in [signed(&other, &json!({"alg": "RS256"}), &claims), unsigned, "a.b.c".into(), "nothing".into()] {
            assert_eq!(grant(forged).await.1["error"], "invalid_grant");
        }
    }
    let missing = Logins { salesforce_jwt_key: Some("/no/such/file".into()), ..Logins::default() };
    let error = Salesforce::with_logins(Arc::default(), 7, &missing).err().unwrap();
    assert!(error.contains("`/no/such/file` is no PEM"), "{error}");
}

fn signed(key: &rcgen::KeyPair, header: &Value, claims: &Value) -> String {
    use base64::Engine;
    let coded = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let text = format!("{}.{}", coded(header.to_string().as_bytes()), coded(claims.to_string().as_bytes()));
    let signature = rcgen::SigningKey::sign(key, text.as_bytes()).unwrap();
    format!("{text}.{}", coded(&signature))
}

#[tokio::test]
async fn a_token_may_come_as_post_only() {
    let org = Org::fresh().await;
    let answer = org.http.request(Method::GET, format!("{}/services/oauth2/token", org.url)).send().await.unwrap();
    assert_eq!(told(answer).await.1["error"], "invalid_request");
}
