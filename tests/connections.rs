//! Logins, and what becomes of them: behaviour CON-1 to CON-9, field cases F-045, F-047, F-050, F-107. What a person does
//! about them at the command line is in `connections/command.rs`, what the service does in `connections/service.rs`.

mod command;
pub mod consent;
mod elsewhere;
mod killed;
mod service;
mod turns;

use std::sync::Arc;

use casebridge::app::connections::Clients;
use casebridge::hosts::connection_state::{Kept, State};
use casebridge::hosts::url::BaseUrl;
use casebridge::hosts::{khoros, salesforce};
use casebridge::ports::{Clock, Http, Tokens};
use casebridge::state::FileTokens;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value as Json, json};

use crate::world::World;
use crate::world::clock::Simulated;
use crate::world::meddling::Meddling;
use elsewhere::Elsewhere;

/// What the sandbox says of a login.
fn says(world: &World, host: &str, name: &str) -> String {
    world.sandbox.hosts[host][name].as_str().expect("the sandbox says it").to_owned()
}

fn secret(world: &World, host: &str, name: &str) -> SecretString {
    says(world, host, name).into()
}

/// The login of version 4.4.
pub fn by_consent(world: &World) -> khoros::sign_in::Login {
    khoros::sign_in::Login::OAuth {
        client_id: says(world, "khoros", "client_id"),
        client_secret: secret(world, "khoros", "client_secret"),
        redirect_url: consent::BACK.into(),
    }
}

fn wrong_password() -> khoros::sign_in::Login {
    khoros::sign_in::Login::Session { user: "connector".into(), password: "wrong".to_owned().into() }
}

fn by_refresh_token(world: &World) -> salesforce::sign_in::Login {
    refresh_token_of(&world.sandbox.hosts)
}

fn refresh_token_of(hosts: &Json) -> salesforce::sign_in::Login {
    let says = |name: &str| hosts["salesforce"][name].as_str().expect("the sandbox says it").to_owned();
    salesforce::sign_in::Login::RefreshToken {
        client_id: says("client_id"),
        client_secret: Some(says("client_secret").into()),
        first: None,
        redirect_url: Some(consent::BACK.into()),
    }
}

fn by_assertion(world: &World, audience: Option<&str>) -> salesforce::sign_in::Login {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("a key");
    salesforce::sign_in::Login::Jwt {
        client_id: says(world, "salesforce", "client_id"),
        user: says(world, "salesforce", "username"),
        key: key.serialize_pem().into(),
        audience: audience.map(str::to_owned),
    }
}

fn over_soap(world: &World) -> salesforce::sign_in::Login {
    salesforce::sign_in::Login::Password {
        user: says(world, "salesforce", "username"),
        password: secret(world, "salesforce", "password"),
        security_token: Some(secret(world, "salesforce", "security_token")),
        soap_url: None,
    }
}

/// The clients that a bridge of this world has, over the tokens that are kept.
pub fn clients(world: &World) -> Clients {
    clients_over(world, world.web())
}

fn clients_over(world: &World, http: Arc<dyn Http>) -> Clients {
    let clock: Arc<dyn Clock> = Arc::new(Simulated(world.sandbox.clock.clone()));
    let tokens: Arc<dyn Tokens> = tokens(world);
    world.connections.clients(&http, &clock, &tokens)
}

fn tokens(world: &World) -> Arc<FileTokens> {
    FileTokens::open(&world.folder.path().join("state")).expect("tokens open")
}

/// What is kept of a connection, as another process reads it.
pub fn kept(world: &World, host: &str) -> Kept {
    tokens(world).get(&format!("{host}:sandbox")).map(|text| Kept::parse(&text)).unwrap_or_default()
}

fn text(secret: &Option<SecretString>) -> String {
    secret.as_ref().map(|secret| secret.expose_secret().to_owned()).unwrap_or_default()
}

/// Calls so far whose route holds a text, at both hosts.
pub async fn calls(world: &World, route: &str) -> u64 {
    let mut sum = 0;
    for counts in [world.org_calls().await, world.community_calls().await] {
        let of = counts.as_object().expect("counts by route").clone();
        sum += of.iter().filter(|(name, _)| name.contains(route)).filter_map(|(_, n)| n.as_u64()).sum::<u64>();
    }
    sum
}

const TOKEN: &str = "/services/oauth2/token";
const REFRESH: &str = "/auth/refreshToken";
const LOGIN: &str = "/sessions/login";

#[tokio::test]
async fn every_kind_of_login_to_the_org_opens_cases_con_6() {
    for kind in ["jwt", "password", "refresh_token"] {
        let mut world = World::with_threads(2).await;
        world.connections.salesforce.login = match kind {
            "jwt" => by_assertion(&world, None),
            "password" => over_soap(&world),
            _ => by_refresh_token(&world),
        };
        if kind == "refresh_token" {
            consent::at_org(&world).await;
        }
        let told = world.run().await;
        assert_eq!((told.report.opened(), told.code), (2, 0), "{kind}: {}", told.text());
        let kept = kept(&world, "salesforce");
        assert_eq!(kept.state.word(), "Active", "{kind}");
        assert!(kept.place.as_deref().is_some_and(|place| place.starts_with("00D")), "{kind}: {:?}", kept.place);
    }
}

#[tokio::test]
async fn a_consent_opens_cases_however_the_community_wraps_its_tokens() {
    for envelope in ["flat", "response", "nested"] {
        let mut world = World::with_threads(2).await;
        world.switch_community(json!({ "oauth_envelope": envelope }));
        world.connections.khoros.login = by_consent(&world);
        consent::at_community(&world).await;
        let told = world.run().await;
        assert_eq!((told.report.opened(), told.code), (2, 0), "{envelope}: {}", told.text());
        let kept = kept(&world, "khoros");
        assert_eq!((kept.state.word(), kept.login.as_deref()), ("Active", Some("connector")), "{envelope}");
        assert_eq!(kept.place.as_deref(), Some(world.connections.khoros.tenant_id.as_str()));
    }
}

#[tokio::test]
async fn before_anybody_consented_nothing_is_called_and_afterwards_nothing_was_lost() {
    let mut world = World::with_threads(2).await;
    world.connections.khoros.login = by_consent(&world);
    let before = world.community_calls().await;
    let told = world.run().await;
    assert_eq!(told.code, 3, "{}", told.text());
    assert!(told.text().contains("connect authorize"), "{}", told.text());
    assert_eq!(world.community_calls().await, before, "the community was asked nothing");
    consent::at_community(&world).await;
    assert_eq!(world.run().await.report.opened(), 2);
}

#[tokio::test]
async fn a_wrong_password_is_tried_three_times_and_then_a_person_is_waited_for() {
    let mut world = World::with_threads(2).await;
    let right = world.connections.khoros.login.clone();
    world.connections.khoros.login = wrong_password();
    for tried in [1, 2, 3, 3, 3] {
        assert_eq!(world.run().await.code, 3);
        assert_eq!(calls(&world, LOGIN).await, tried);
        world.advance("1 minutes");
    }
    let halted = kept(&world, "khoros");
    assert_eq!((halted.state.word(), halted.refusals), ("Halted", 3));
    assert!(clients(&world).khoros.session().needs_a_person().is_some_and(|why| why.contains("refused 3 times")));
    // Another password is another login: it begins anew, without a word from anybody.
    world.connections.khoros.login = right;
    let told = world.run().await;
    assert_eq!((told.report.opened(), told.code), (2, 0), "{}", told.text());
    assert_eq!(kept(&world, "khoros").state.word(), "Active");
}

#[tokio::test]
async fn fifty_calls_that_wait_for_one_wrong_password_are_one_try() {
    let mut world = World::with_threads(0).await;
    world.connections.khoros.login = wrong_password();
    let khoros = clients(&world).khoros;
    let (well, failed) = at_once(move || {
        let khoros = khoros.clone();
        async move { khoros.session().token(None).await.is_ok() }
    })
    .await;
    assert_eq!((well, failed, calls(&world, LOGIN).await), (0, 50, 1));
}

/// Fifty of the same at once: how many went well, and how many did not.
async fn at_once<F: Future<Output = bool> + Send + 'static>(call: impl Fn() -> F) -> (usize, usize) {
    let mut out = tokio::task::JoinSet::new();
    for _ in 0..50 {
        out.spawn(call());
    }
    let answers = out.join_all().await;
    let well = answers.iter().filter(|well| **well).count();
    (well, answers.len() - well)
}

async fn describe(salesforce: Arc<salesforce::Client>) -> bool {
    salesforce.describe("Case").await.is_ok()
}

#[tokio::test]
async fn an_access_token_that_ends_while_fifty_calls_are_out_is_renewed_once_f_047() {
    let mut world = World::with_threads(0).await;
    world.switch_org(json!({ "refresh_rotation": true }));
    world.switch_community(json!({ "refresh_rotation": true }));
    world.connections.khoros.login = by_consent(&world);
    world.connections.salesforce.login = by_refresh_token(&world);
    consent::at_community(&world).await;
    consent::at_org(&world).await;
    let clients = clients(&world);
    let (first, first_of_community) = (kept(&world, "salesforce"), kept(&world, "khoros"));
    let tokens = calls(&world, TOKEN).await;
    // An org does not say when a session ends: every call meets a dead one. A community does.
    world.advance("26 hours");
    let salesforce = clients.salesforce.clone();
    assert_eq!(at_once(move || describe(salesforce.clone())).await, (50, 0));
    let khoros = clients.khoros.clone();
    let call = move || {
        let khoros = khoros.clone();
        async move { khoros.get_v1("users/self", &[]).await.is_ok() || khoros.session().token(None).await.is_ok() }
    };
    assert_eq!(at_once(call).await, (50, 0));
    assert_eq!((calls(&world, TOKEN).await - tokens, calls(&world, REFRESH).await), (1, 1));
    assert_ne!(text(&kept(&world, "salesforce").refresh), text(&first.refresh), "the new one is kept");
    assert_ne!(text(&kept(&world, "khoros").refresh), text(&first_of_community.refresh), "the new one is kept");
}

#[tokio::test]
async fn a_refresh_token_that_ends_while_fifty_calls_are_out_is_tried_once_and_halts_the_connection() {
    let mut world = World::with_threads(1).await;
    world.connections.salesforce.login = by_refresh_token(&world);
    consent::at_org(&world).await;
    let tokens = calls(&world, TOKEN).await;
    // Ends sessions and grants.
    world.sandbox.salesforce.expire();
    let salesforce = clients(&world).salesforce;
    assert_eq!(at_once(move || describe(salesforce.clone())).await, (0, 50));
    assert_eq!(calls(&world, TOKEN).await - tokens, 1);
    assert_eq!(kept(&world, "salesforce").state.word(), "Halted");
    assert_eq!(world.run().await.code, 3);
    assert_eq!(calls(&world, TOKEN).await - tokens, 1, "it is not tried again after a start either");
    consent::at_org(&world).await;
    assert_eq!(world.run().await.report.opened(), 1, "what waited is done");
}

#[tokio::test]
async fn two_bridges_over_one_org_renew_its_token_once_and_neither_uses_up_the_others_f_047() {
    let mut world = World::with_threads(0).await;
    world.switch_org(json!({ "refresh_rotation": true }));
    world.connections.salesforce.login = by_refresh_token(&world);
    consent::at_org(&world).await;
    for _ in 0..5 {
        let tokens = calls(&world, TOKEN).await;
        world.advance("3 hours");
        // Each has tokens of its own, as two processes have.
        let (one, other) = (clients(&world).salesforce, clients(&world).salesforce);
        let (one, other) =
            tokio::join!(at_once(move || describe(one.clone())), at_once(move || describe(other.clone())));
        assert_eq!((one, other), ((50, 0), (50, 0)));
        assert_eq!(calls(&world, TOKEN).await - tokens, 1);
    }
}

#[tokio::test]
async fn a_rotated_token_is_on_the_disk_before_a_call_is_made_with_what_came_with_it_f_047() {
    let mut world = World::with_threads(0).await;
    world.switch_org(json!({ "refresh_rotation": true }));
    world.connections.salesforce.login = by_refresh_token(&world);
    consent::at_org(&world).await;
    let old = text(&kept(&world, "salesforce").refresh);
    world.advance("3 hours");
    // The first address of data that is asked for after the refresh; the one before it meets the dead session.
    let file = world.folder.path().join("state/tokens");
    let (seen, of_first) = (Arc::new(std::sync::Mutex::new(None)), old.clone());
    let keep = seen.clone();
    let looking = Meddling::after(world.web(), "/describe", 1, move || {
        let on_disk = std::fs::read_to_string(&file).expect("a file");
        *keep.lock().expect("nobody panics") = Some(!on_disk.contains(&of_first));
    });
    assert!(describe(clients_over(&world, looking).salesforce).await);
    assert_eq!(*seen.lock().expect("nobody panics"), Some(true), "the old one is gone from the disk by then");
    assert_ne!(text(&kept(&world, "salesforce").refresh), old);
}

#[tokio::test]
async fn a_refresh_that_lost_a_race_against_another_process_is_no_death() {
    let mut world = World::with_threads(0).await;
    world.switch_community(json!({ "refresh_rotation": true }));
    world.connections.khoros.login = by_consent(&world);
    consent::at_community(&world).await;
    let tokens = tokens(&world);
    let before = tokens.get("khoros:sandbox");
    world.advance("26 hours");
    clients(&world).khoros.session().token(None).await.expect("the other process refreshes");
    let after = tokens.get("khoros:sandbox");
    // Ours read the record before the other wrote its own, and comes late with the token that is used up.
    tokens.put("khoros:sandbox", before).expect("kept");
    let late = Meddling::before(world.web(), REFRESH, move || tokens.put("khoros:sandbox", after).expect("kept"));
    let session = clients_over(&world, late);
    session.khoros.session().token(None).await.expect("the other's token does");
    let kept = kept(&world, "khoros");
    assert_eq!((kept.state.word(), kept.refusals), ("Active", 0));
    assert_eq!(calls(&world, REFRESH).await, 2, "one of each, and none to mend it");
}

#[tokio::test]
async fn one_run_over_five_hundred_threads_signs_in_once_at_each_host_f_045() {
    let world = World::with_threads(500).await;
    let told = world.run().await;
    assert!(told.report.opened() > 0 && told.code == 0, "{}", told.text());
    assert_eq!((calls(&world, TOKEN).await, calls(&world, LOGIN).await), (1, 1));
}

#[tokio::test]
async fn a_maintenance_page_in_place_of_a_token_is_waited_for_and_no_refusal_f_050() {
    for status in [503, 502, 500] {
        let world = World::with_threads(1).await;
        let page = include_str!("data/F-050.html");
        let fault = |path: &str| json!({ "match": { "path": path }, "times": 2, "do": "status", "status": status, "headers": { "content-type": "text/html" }, "body": page });
        world.org_fault(fault(TOKEN)).await;
        world.community_fault(fault(LOGIN)).await;
        let told = world.run().await;
        let said = format!("{}{:?}", told.text(), told.summary);
        assert!(!said.contains('<') || !said.contains("html"), "no mark-up: {said}");
        for host in ["khoros", "salesforce"] {
            let kept = kept(&world, host);
            assert_eq!((kept.refusals, kept.state.word() == "Halted"), (0, false), "{status} at {host}");
        }
        world.advance("20 minutes");
        world.run().await;
        assert_eq!(world.cases().len(), 1, "{status}: done as soon as the host is back");
    }
}

#[tokio::test]
async fn a_wrong_audience_is_one_refusal_that_says_what_was_sent_where_and_what_to_set_f_107() {
    let mut world = World::with_threads(1).await;
    world.switch_org(json!({ "jwt_audience": "https://test.salesforce.com" }));
    world.connections.salesforce.login = by_assertion(&world, None);
    for _ in 0..3 {
        let told = world.run().await;
        let said = told.text();
        assert_eq!(told.code, 3, "{said}");
        for words in [
            "audience https://login.salesforce.com",
            &world.sandbox.salesforce_url,
            "set `audience: https://test.salesforce.com` for a sandbox",
        ] {
            assert!(said.contains(words), "{words} is not in {said}");
        }
        world.advance("5 minutes");
    }
    assert_eq!(calls(&world, TOKEN).await, 1, "no loop");
    assert_eq!(kept(&world, "salesforce").state.word(), "Not Active");
    world.connections.salesforce.login = by_assertion(&world, Some("https://test.salesforce.com"));
    assert_eq!(world.run().await.report.opened(), 1);
}

#[tokio::test]
async fn a_sandbox_behind_an_address_of_production_is_seen_before_the_first_write_con_6() {
    let mut world = World::with_threads(2).await;
    let production = "https://acme.my.salesforce.com";
    let web = Elsewhere::new(&world, production);
    world.connections.salesforce.login_url = BaseUrl::parse(production).expect("an address").0;
    let told = world.run_over(web.clone()).await;
    assert_eq!((told.code, world.cases().len()), (3, 0), "{}", told.text());
    let why = kept(&world, "salesforce").state.why().map(str::to_owned).unwrap_or_default();
    assert!(why.contains("production") && why.contains("a sandbox") && why.contains("00D"), "{why}");
    assert_eq!(world.applied("create Case"), 0);
    // At an address of a sandbox the same login is right.
    let sandbox = "https://acme--dev.sandbox.my.salesforce.com";
    world.connections.salesforce.login_url = BaseUrl::parse(sandbox).expect("an address").0;
    let told = world.run_over(Elsewhere::new(&world, sandbox)).await;
    assert_eq!((told.report.opened(), told.code), (2, 0), "{}", told.text());
}

#[tokio::test]
async fn another_org_than_before_is_not_written_to_until_a_person_accepts_it_con_6() {
    let world = World::with_threads(2).await;
    let token = clients(&world).salesforce.session().token(None).await;
    token.expect("it signs in");
    let other = Kept { place: Some("00D000000000001EAA".into()), access: None, ..kept(&world, "salesforce") };
    tokens(&world).put("salesforce:sandbox", Some(other.text())).expect("kept");
    let told = world.run().await;
    assert_eq!((told.code, world.cases().len()), (3, 0), "{}", told.text());
    assert!(told.text().contains("00D000000000001EAA") && told.text().contains("--accept-org"), "{}", told.text());
    clients(&world).salesforce.session().refresh(false).await.expect_err("a person has to say that it is meant");
    clients(&world).salesforce.session().refresh(true).await.expect("and now somebody did");
    assert_eq!(world.run().await.report.opened(), 2);
}

#[tokio::test]
async fn a_client_secret_that_changed_begins_with_not_active_and_forgets_the_old_tokens() {
    let mut world = World::with_threads(0).await;
    world.connections.khoros.login = by_consent(&world);
    consent::at_community(&world).await;
    if let khoros::sign_in::Login::OAuth { client_secret, .. } = &mut world.connections.khoros.login {
        *client_secret = "another".to_owned().into();
    }
    let kept = clients(&world).khoros.session().kept();
    assert_eq!(kept.state, State::NotActive { why: None });
    assert!(kept.access.is_none() && kept.refresh.is_none());
}

#[tokio::test]
async fn the_password_of_the_web_server_in_front_is_told_apart_from_the_login_con_4() {
    let mut world = World::with_threads(1).await;
    world.switch_community(json!({ "ht_access": "staging:s3:c@t" }));
    let at = |user: &str| {
        let address = world.sandbox.khoros_url.replace("http://", &format!("http://{user}@"));
        BaseUrl::parse(&address).expect("an address")
    };
    let (right, wrong) = (at("staging:s3%3Ac%40t"), at("staging:other"));
    (world.connections.khoros.base_url, world.connections.khoros.ht) = wrong;
    let told = world.run().await;
    assert_eq!(told.code, 3, "{}", told.text());
    assert!(told.text().contains("web server in front"), "{}", told.text());
    assert!(!told.text().contains("staging") && !told.text().contains("other"), "{}", told.text());
    (world.connections.khoros.base_url, world.connections.khoros.ht) = right;
    world.advance("1 minutes");
    let told = world.run().await;
    assert_eq!((told.report.opened(), told.code), (1, 0), "{}", told.text());
    let case = world.cases()[0].to_string();
    assert!(!case.contains("staging") && !case.contains("s3"), "{case}");
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_right_say_different_things_con_5() {
    let mut world = World::with_threads(0).await;
    world.community(json!({ "members": [
        { "login": "plain", "email": "plain@people.test" },
        { "login": "single", "email": "single@people.test", "sso_id": "s-1" },
    ] }));
    world.connections.khoros.login = wrong_password();
    let khoros = clients(&world).khoros;
    let error = khoros.session().token(None).await.expect_err("refused");
    assert!(error.said.contains("password of `connector`") && error.said.contains("SSO"), "{error}");
    let mut world = world;
    world.connections.khoros.login = by_consent(&world);
    for (login, lacks) in [("connector", None), ("plain", Some("administrator"))] {
        world.switch_community(json!({ "oauth_user": login }));
        let found = consent::at_community(&world).await;
        assert_eq!(found.first().map(|lack| lack.contains("administrator")), lacks.map(|_| true), "{found:?}");
        assert_eq!(kept(&world, "khoros").login.as_deref(), Some(login));
    }
}

#[tokio::test]
async fn two_communities_stand_by_themselves_con_8() {
    let mut world = World::with_threads(0).await;
    let right = clients(&world).khoros;
    right.session().token(None).await.expect("it signs in");
    world.connections.khoros.login = wrong_password();
    world.connections.community = "second".into();
    let wrong = clients(&world).khoros;
    let error = wrong.session().token(None).await.expect_err("refused");
    assert!(error.to_string().contains("password"), "{error}");
    assert_eq!(kept(&world, "khoros").state.word(), "Active");
    let second = tokens(&world).get("khoros:second").map(|text| Kept::parse(&text)).expect("a record of its own");
    assert_eq!((second.state.word(), second.refusals), ("Not Active", 1));
}

#[tokio::test]
async fn a_redirect_in_place_of_a_token_is_not_followed_and_no_secret_goes_with_it_con_9() {
    let world = World::with_threads(1).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let elsewhere = format!("http://{}/steal", listener.local_addr().expect("an address"));
    let fault = json!({ "match": { "path": TOKEN }, "times": 1, "do": "status", "status": 307, "headers": { "location": elsewhere } });
    world.org_fault(fault).await;
    let error = clients(&world).salesforce.session().token(None).await.expect_err("no token");
    assert!(error.is_temporary() && error.said.contains("redirect"), "{error}");
    let called = tokio::time::timeout(std::time::Duration::from_millis(200), listener.accept()).await;
    assert!(called.is_err(), "nobody may have called there");
}

#[tokio::test]
async fn a_login_over_soap_says_why_it_is_refused_and_what_to_write_instead_con_6() {
    let mut world = World::with_threads(0).await;
    world.connections.salesforce.login = over_soap(&world);
    world.switch_org(json!({ "soap_login": "off" }));
    let error = clients(&world).salesforce.session().token(None).await.expect_err("it is switched off");
    assert!(error.said.contains("client_credentials"), "{error}");
    let secrets: Vec<Json> =
        ["password", "security_token"].map(|name| world.sandbox.hosts["salesforce"][name].clone()).into();
    assert!(secrets.iter().all(|secret| !error.to_string().contains(secret.as_str().expect("a text"))), "{error}");
}
