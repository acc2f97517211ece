//! OAuth: consent, code, tokens, and where they are good (sheet 2.5).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use casebridge::sandbox::{Logins, Options, start};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::site::{Site, two_threads};

const BACK: &str = "http://127.0.0.1:1/back?from=here";

async fn consent(site: &Site, client: &str) -> Vec<(String, String)> {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let fields = [("client_id", client), ("redirect_uri", BACK), ("response_type", "code"), ("state", "a&b")];
    let url = format!("{}/auth/oauth2/authorize", site.sandbox.khoros_url);
    let answer = http.get(url).query(&fields).send().await.expect("an answer");
    assert_eq!(answer.status(), 302);
    let to: url::Url = answer.headers()["location"].to_str().expect("text").parse().expect("an address");
    to.query_pairs().into_owned().collect()
}

fn of<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

fn client(site: &Site) -> (String, String) {
    let text = |name: &str| site.sandbox.hosts["khoros"][name].as_str().expect("text").to_owned();
    (text("client_id"), text("client_secret"))
}

async fn token(site: &Site, path: &str, more: Value) -> (u16, Value) {
    let (id, secret) = client(site);
    let mut body = json!({ "client_id": id, "client_secret": secret });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let answer = site.request(Method::POST, path).header("client-id", id).json(&body).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

async fn exchange(site: &Site, code: &str) -> (u16, Value) {
    let body = json!({ "code": code, "redirect_uri": BACK, "grant_type": "authorization_code" });
    token(site, "/sandbox.prod/api/2.0/auth/accessToken", body).await
}

async fn me(site: &Site, token: &str, client: &str) -> Response {
    let call = site.request(Method::GET, "/t5/s/api/2.0/users/self").bearer_auth(token);
    call.header("client-id", client).send().await.expect("an answer")
}

#[tokio::test]
async fn a_code_becomes_tokens_once_and_a_token_is_its_member() {
    let site = Site::scene(two_threads()).await;
    let (id, _) = client(&site);
    let back = consent(&site, &id).await;
    assert_eq!((of(&back, "state"), of(&back, "from"), of(&back, "tenant-id")), ("a&b", "here", "sandbox.prod"));
    let (status, answer) = exchange(&site, of(&back, "code")).await;
    assert_eq!((status, &answer["data"]["expires_in"]), (200, &json!(86400)));
    assert_eq!(answer["data"]["userId"], of(&back, "user-id"));
    assert_eq!(exchange(&site, of(&back, "code")).await.0, 401, "a code works once");
    let access = answer["data"]["access_token"].as_str().expect("a token");
    let seen: Value = me(&site, access, &id).await.json().await.expect("JSON");
    assert_eq!(seen["data"]["login"], "connector");
    assert_eq!(me(&site, access, "another").await.status(), 401, "a token needs its client-id");
    site.control(Method::POST, "clock", json!({ "advance": "25 hours" })).await;
    assert_eq!(me(&site, access, &id).await.status(), 401, "a token lives for a day");
    let refresh = json!({ "refresh_token": answer["data"]["refresh_token"], "grant_type": "refresh_token" });
    let (status, answer) = token(&site, "/api/2.0/auth/refreshToken", refresh).await;
    assert_eq!(status, 200);
    assert_eq!(me(&site, answer["data"]["access_token"].as_str().expect("a token"), &id).await.status(), 200);
}

#[tokio::test]
async fn token_answers_are_wrapped_as_the_switch_says() {
    let site = Site::scene(two_threads()).await;
    let (id, _) = client(&site);
    for (envelope, path) in [("flat", "/data"), ("response", "/response/data"), ("nested", "/data/data")] {
        site.switch(json!({ "oauth_envelope": envelope })).await;
        let code = consent(&site, &id).await;
        let (_, answer) = exchange(&site, of(&code, "code")).await;
        assert!(answer.pointer(&format!("{path}/access_token")).is_some(), "{envelope}: {answer}");
    }
}

#[tokio::test]
async fn consent_and_codes_are_refused_to_strangers() {
    let site = Site::scene(two_threads()).await;
    let (id, _) = client(&site);
    assert_eq!(of(&consent(&site, "another").await, "error"), "invalid_client");
    site.switch(json!({ "oauth_user": "" })).await;
    assert_eq!(of(&consent(&site, &id).await, "error"), "access_denied");
    let wrong =
        json!({ "code": "x", "redirect_uri": BACK, "grant_type": "authorization_code", "client_secret": "wrong" });
    assert_eq!(token(&site, "/api/2.0/auth/accessToken", wrong).await.0, 401);
}

#[tokio::test]
async fn a_jwt_brings_a_code_for_its_subject() {
    let members = json!({ "members": [{ "id": "7", "login": "sam", "sso_id": "sso-7" }] });
    let site = Site::scene(members).await;
    let (id, _) = client(&site);
    let asked = async |subject: &str, client: &str| {
        let claims = URL_SAFE_NO_PAD.encode(json!({ "sub": subject }).to_string());
        let body = json!({ "jwt": format!("e30.{claims}.x"), "clientID": client, "redirectUri": BACK, "state": "s" });
        let answer = site.request(Method::POST, "/api/2.0/auth/authorize").json(&body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    for subject in ["sso-7", "sam"] {
        let (status, given) = asked(subject, &id).await;
        let given = &given["data"];
        assert_eq!((status, &given["user-id"], &given["state"]), (200, &json!("7"), &json!("s")));
        assert_eq!(given["tenant-id"], "sandbox.prod");
        let (_, tokens) = exchange(&site, given["code"].as_str().expect("a code")).await;
        assert_eq!(tokens["data"]["userId"], "7");
    }
    assert_eq!(asked("nobody", &id).await.0, 401);
    assert_eq!(asked("sam", "another").await.0, 401);
}

#[tokio::test]
async fn client_credentials_are_a_feature_that_is_off() {
    let site = Site::scene(two_threads()).await;
    let (status, refused) =
        token(&site, "/api/2.0/auth/accessToken", json!({ "grant_type": "client_credentials" })).await;
    assert_eq!(status, 403);
    assert!(refused["message"].as_str().expect("text").starts_with("Feature is not configured"), "{refused}");
}

#[tokio::test]
async fn administrator_and_app_are_whom_the_options_say() {
    const NASTY: &str = "a&b<c>\"d' %41+/= é";
    let said = |more: &str| Some(format!("{NASTY}{more}"));
    let logins = Logins {
        khoros_login: said(" admin"),
        khoros_password: said(" secret"),
        khoros_client_id: Some("my-app".into()),
        khoros_client_secret: said(" app"),
        ..Logins::default()
    };
    let options = || Options { logins: logins.clone(), ..Options::default() };
    let site = Site::with(options()).await.signed_in().await;
    let line = &site.sandbox.hosts["khoros"];
    assert_eq!((&line["login"], &line["client_id"]), (&json!(said(" admin")), &json!("my-app")));
    let me: Value =
        site.request(Method::GET, "/api/2.0/users/self").send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!((&me["data"]["login"], &me["data"]["id"]), (&json!(said(" admin")), &json!("1")));
    let wrong = [("user.login", "connector"), ("user.password", line["password"].as_str().expect("text"))];
    assert_eq!(site.login(&wrong).await["response"]["status"], "error");
    let (_, tokens) = exchange(&site, of(&consent(&site, "my-app").await, "code")).await;
    assert_eq!(tokens["data"]["userId"], "1", "consent is his");
    let taken = Options { logins: Logins { khoros_login: Some("Ana".into()), ..logins.clone() }, ..options() };
    let why = start(taken).await.err().expect("a login of somebody else");
    assert!(why.contains("another member's"), "{why}");
}

#[tokio::test]
async fn signing_out_ends_sessions_and_an_sso_id_opens_one() {
    let members = json!({ "members": [{ "id": "7", "login": "sam", "sso_id": "sso-7", "roles": ["Administrator"] }] });
    let mut site = Site::scene(members).await;
    site.key = Some(
        site.login(&[("sso.authentication_token", "sso-7")]).await["response"]["value"]["$"]
            .as_str()
            .expect("a key")
            .into(),
    );
    let out = site.request(Method::POST, "/api/2.0/auth/signout").json(&json!({ "id": "7" }));
    let out: Value = out.send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(out["data"]["signed_off_all_sessions"], true);
    assert_eq!(site.ask("SELECT id FROM users").await.status(), 401);
    assert_eq!(site.login(&[("sso.authentication_token", "none")]).await["response"]["status"], "error");
}
