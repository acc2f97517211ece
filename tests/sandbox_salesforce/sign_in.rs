//! Signing in to the org: tokens, their life, wrong credentials.

use casebridge::sandbox::SandboxHost;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::Org;

#[tokio::test]
async fn a_token_has_the_shape_that_clients_look_for() {
    let org = Org::fresh().await;
    let (status, answer) = org.token(&org.credentials()).await;
    assert_eq!(status, 200);
    let token = answer["access_token"].as_str().unwrap();
    assert!(token.starts_with("00D") && token.find('!') == Some(15), "{token}");
    assert_eq!(answer["instance_url"], org.url);
    assert!(answer["issued_at"].as_str().unwrap().parse::<u64>().is_ok());
    let id = answer["id"].as_str().unwrap();
    let segments: Vec<_> = id.rsplit('/').take(2).collect();
    assert!(segments[0].starts_with("005") && segments[1].starts_with(&token[..15]), "{id}");
    assert!(answer.get("expires_in").is_none());
}

#[tokio::test]
async fn basic_authentication_gives_a_token_too() {
    let org = Org::fresh().await;
    let logins = org.host.logins(&org.url);
    let (id, secret) = (logins["client_id"].as_str().unwrap(), logins["client_secret"].as_str());
    let request = org.http.post(format!("{}/services/oauth2/token", org.url)).basic_auth(id, secret);
    let answer = request.form(&[("grant_type", "client_credentials")]).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn wrong_credentials_are_refused_in_oauth_words() {
    let org = Org::fresh().await;
    let with = |place: usize, value: &str| {
        let mut form = org.credentials();
        form[place].1 = value.into();
        form
    };
    for (form, error, description) in [
        (with(0, "urn:magic"), "unsupported_grant_type", "grant type not supported"),
        (with(1, "someone"), "invalid_client_id", "client identifier invalid"),
        (with(2, "wrong"), "invalid_client", "invalid client credentials"),
    ] {
        assert_eq!(org.token(&form).await, (400, json!({"error": error, "error_description": description})));
    }
    assert_eq!(org.token(&[]).await.1["error"], "invalid_request");
}

#[tokio::test]
async fn a_dead_session_is_told_and_a_new_one_works() {
    let mut org = Org::fresh().await;
    org.host.expire();
    let answer = org.ask(Method::GET, "limits").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["www-authenticate"], "Token");
    assert_eq!(answer.headers()["content-type"], "application/json;charset=UTF-8");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, json!([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]));
    org.sign_in().await;
    assert_eq!(org.get("limits").await.0, 200);
}

#[tokio::test]
async fn a_session_lives_two_hours_after_its_last_use() {
    let org = Org::fresh().await;
    for _ in 0..3 {
        org.clock.advance(SignedDuration::from_mins(100));
        assert_eq!(org.get("limits").await.0, 200);
    }
    org.clock.advance(SignedDuration::from_mins(121));
    assert_eq!(org.get("limits").await.0, 401);
}
