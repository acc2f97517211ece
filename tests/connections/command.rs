//! `casebridge connect …` as a person types it: CON-1, CON-4, CON-5, F-047, F-107, F-115.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::consent::sent_to;
use crate::home::{Home, Running, Said};
use crate::world::smtp::Sink;

const OAUTH: &str = "{ oauth: { client_id: CLIENT, client_secret: { file: secrets/khoros }, redirect_url: BACK } }";
const SESSION: &str = "{ session: { user: connector, password: { file: secrets/password } } }";
const REFRESH: &str =
    "{ refresh_token: { client_id: CLIENT, client_secret: { file: secrets/salesforce }, redirect_url: BACK } }";
const CLIENT: &str = "{ client_credentials: { client_id: CLIENT, client_secret: { file: secrets/salesforce } } }";

/// A folder whose hosts are a sandbox in a process of its own.
struct Desk {
    home: Home,
    running: Running,
    back: String,
}

impl Desk {
    fn new(khoros: &str, salesforce: &str, more: &str) -> Self {
        let home = Home::new();
        let running = Running::start(&home, &["sandbox"]);
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let back = format!("http://{}/callback", free.local_addr().expect("an address"));
        for (file, pointer) in [
            ("khoros", "/khoros/client_secret"),
            ("salesforce", "/salesforce/client_secret"),
            ("password", "/khoros/password"),
        ] {
            home.write(&format!("secrets/{file}"), running.says(pointer));
        }
        let desk = Desk { home, running, back };
        desk.configure(desk.running.says("/khoros/url"), khoros, salesforce, more);
        desk
    }

    fn configure(&self, base_url: &str, khoros: &str, salesforce: &str, more: &str) {
        let said = |pointer| self.running.says(pointer).to_owned();
        let khoros = khoros.replace("CLIENT", &said("/khoros/client_id")).replace("BACK", &self.back);
        let salesforce = salesforce.replace("CLIENT", &said("/salesforce/client_id")).replace("BACK", &self.back);
        let (tenant, org) = (said("/khoros/tenant_id"), said("/salesforce/url"));
        self.home.write(
            "casebridge.yaml",
            &format!(
                "communities:\n  acme:\n    base_url: \"{base_url}\"\n    context_name: t5/s\n    tenant_id: {tenant}\n    \
                 login: {khoros}\norgs:\n  sales:\n    login_url: {org}\n    login: {salesforce}\nbridges:\n  acme:\n    \
                 community: acme\n    org: sales\n    packs: {{ standard: {{ path: rules }} }}\n    settings: {{ \
                 support_boards: [support, returns], fallback_username: support-team, zone: America/Chicago, \
                 staff_roles: [Employee] }}\nlisten: {{ public: \"127.0.0.1:0\", operators: \"127.0.0.1:0\" }}\n{more}"
            ),
        );
    }

    fn run(&self, args: &[&str]) -> Said {
        self.home.run(args)
    }

    fn start(&self, args: &[&str]) -> Child {
        let mut command = self.home.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
    }

    async fn calls(&self, host: &str, route: &str) -> u64 {
        let url = format!("{}/_sandbox/counts", self.running.says(&format!("/{host}/url")));
        let counts: Json = reqwest::get(url).await.expect("an answer").json().await.expect("counts");
        let of = counts["calls"].as_object().expect("by route").clone();
        of.iter().filter(|(name, _)| name.contains(route)).filter_map(|(_, count)| count.as_u64()).sum()
    }
}

/// Reads what a command tells a person until it names an address, the second one that it names.
fn authorize_address(child: &mut Child) -> (String, String) {
    let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
    let mut addresses = vec![];
    while addresses.len() < 2 {
        let line = lines.next().expect("it says both addresses").expect("a text");
        addresses.extend(Some(line.trim().to_owned()).filter(|line| line.starts_with("http")));
    }
    std::thread::spawn(move || lines.for_each(drop));
    let second = addresses.remove(1);
    (addresses.remove(0), second)
}

fn ended(mut child: Child) -> (i32, String) {
    let mut out = String::new();
    child.stdout.take().expect("it is piped").read_to_string(&mut out).expect("a text");
    (child.wait().expect("it ends").code().unwrap_or(-1), out)
}

#[tokio::test]
async fn authorize_shows_both_addresses_takes_the_browser_and_says_tenant_and_login_con_1() {
    let desk = Desk::new(OAUTH, CLIENT, "");
    let said = desk.run(&["connect", "status"]);
    assert!(said.code == 0 && said.out.contains("Not Active"), "{said:?}");
    assert!(said.out.contains("next: `casebridge connect authorize khoros:acme`"), "{said:?}");
    let mut child = desk.start(&["connect", "authorize", "khoros:acme"]);
    let (back, address) = authorize_address(&mut child);
    assert_eq!(back, desk.back, "the redirect address to enter at the API app");
    let page = reqwest::get(address).await.expect("the browser is sent back").text().await.expect("a page");
    assert!(page.contains("You may close this page"), "{page}");
    let (code, out) = ended(child);
    let tenant = desk.running.says("/khoros/tenant_id");
    assert_eq!((code, out.as_str()), (0, &*format!("khoros:acme: Active: tenant {tenant}, signed in as connector\n")));
    let said = desk.run(&["connect", "status"]);
    let line = said.out.lines().find(|line| line.starts_with("khoros:acme")).expect("a line");
    assert!(
        line.contains("oauth") && line.contains("Active") && line.contains("connector") && line.contains(tenant),
        "{line}"
    );
    let said = desk.run(&["--format", "json", "connect", "status"]);
    let first: Json = serde_json::from_str(said.out.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&first["connection"], &first["state"]), (&json!("khoros:acme"), &json!("active")));
    // The same tokens serve a run in another process.
    let said = desk.run(&["run"]);
    assert!(said.code == 0 && said.out.contains("15 cases opened"), "{said:?}");
}

#[tokio::test]
async fn a_pasted_address_does_the_same_and_one_of_another_request_is_refused() {
    let desk = Desk::new(SESSION, REFRESH, "");
    let mut child = desk.start(&["connect", "authorize", "sales", "--paste"]);
    let (_, address) = authorize_address(&mut child);
    let foreign = address.replace("state=", "state=x");
    writeln!(child.stdin.take().expect("it is piped"), "{}", sent_to(&foreign).await).expect("it reads");
    assert_eq!(ended(child), (1, String::new()));
    let mut child = desk.start(&["connect", "authorize", "sales", "--paste"]);
    let (_, address) = authorize_address(&mut child);
    writeln!(child.stdin.take().expect("it is piped"), "{}", sent_to(&address).await).expect("it reads");
    let (code, out) = ended(child);
    assert!(code == 0 && out.starts_with("salesforce:sales: Active: org 00D"), "{out}");
    assert!(out.contains(desk.running.says("/salesforce/username")), "{out}");
}

#[tokio::test]
async fn a_consent_that_is_refused_says_why_and_changes_nothing() {
    let desk = Desk::new(SESSION, REFRESH, "");
    desk.running.control("salesforce", "switches", json!({ "consent": "deny" })).await;
    let child = desk.start(&["connect", "authorize", "sales", "--paste"]);
    let mut child = child;
    let (_, address) = authorize_address(&mut child);
    writeln!(child.stdin.take().expect("it is piped"), "{}", sent_to(&address).await).expect("it reads");
    assert_eq!(ended(child).0, 1);
    let said = desk.run(&["connect", "status"]);
    assert!(
        said.out.lines().any(|line| line.starts_with("salesforce:sales") && line.contains("Not Active")),
        "{said:?}"
    );
}

#[tokio::test]
async fn an_account_that_is_no_administrator_is_warned_about_at_once_con_1() {
    let desk = Desk::new(OAUTH, CLIENT, "");
    desk.running.control("khoros", "world", json!({ "members": [{ "login": "plain" }] })).await;
    desk.running.control("khoros", "switches", json!({ "oauth_user": "plain" })).await;
    let mut child = desk.start(&["connect", "authorize", "acme"]);
    let (_, address) = authorize_address(&mut child);
    reqwest::get(address).await.expect("the browser is sent back");
    let (code, out) = ended(child);
    assert!(code == 0 && out.contains("signed in as plain") && out.contains("warning: `plain` has no role"), "{out}");
}

#[tokio::test]
async fn killed_right_after_a_rotation_the_next_start_goes_on_without_a_person_f_047() {
    let desk = Desk::new(SESSION, REFRESH, "");
    desk.running.control("salesforce", "switches", json!({ "refresh_rotation": true })).await;
    let mut child = desk.start(&["connect", "authorize", "sales", "--paste"]);
    let (_, address) = authorize_address(&mut child);
    writeln!(child.stdin.take().expect("it is piped"), "{}", sent_to(&address).await).expect("it reads");
    assert_eq!(ended(child).0, 0);
    // The call after the rotation hangs, so that the kill comes after the token's answer and before anything else.
    let hang = json!({ "match": { "path": "userinfo" }, "times": "always", "do": "delay", "ms": 60_000 });
    desk.running.control("salesforce", "faults", hang).await;
    for _ in 0..5 {
        let before = desk.calls("salesforce", "userinfo").await;
        let mut child = desk.start(&["connect", "refresh", "sales"]);
        while desk.calls("salesforce", "userinfo").await == before {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        child.kill().expect("it is there");
        child.wait().expect("it ended");
        let said = desk.run(&["connect", "status"]);
        assert!(
            said.code == 0
                && said.out.lines().any(|line| line.starts_with("salesforce:sales") && line.contains("  Active")),
            "{said:?}"
        );
    }
    let url = format!("{}/_sandbox/faults", desk.running.says("/salesforce/url"));
    reqwest::Client::new().delete(url).send().await.expect("an answer");
    let said = desk.run(&["run"]);
    assert!(said.code == 0 && said.out.contains("15 cases opened"), "{said:?}");
}

#[tokio::test]
async fn an_assertion_for_the_wrong_audience_is_one_problem_at_the_command_line_f_107() {
    let jwt = "{ jwt: { client_id: CLIENT, user: USER, key: { file: secrets/key } } }";
    let desk = Desk::new(SESSION, CLIENT, "");
    desk.running.control("salesforce", "switches", json!({ "jwt_audience": "https://test.salesforce.com" })).await;
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("a key");
    desk.home.write("secrets/key", &key.serialize_pem());
    let jwt = jwt.replace("USER", desk.running.says("/salesforce/username"));
    desk.configure(desk.running.says("/khoros/url"), SESSION, &jwt, "");
    let said = desk.run(&["connect", "authorize", "sales"]);
    assert_eq!(said.code, 3, "{said:?}");
    for words in ["audience https://login.salesforce.com", desk.running.says("/salesforce/url"), "set `audience: "] {
        assert_eq!(said.err.matches(words).count(), 1, "{words}: {said:?}");
    }
    let calls = desk.calls("salesforce", "/oauth2/token").await;
    let said = desk.run(&["check", "--online"]);
    assert!(said.code != 0 && said.err.contains("set `audience: ") | said.out.contains("set `audience: "), "{said:?}");
    assert_eq!(desk.calls("salesforce", "/oauth2/token").await, calls, "it is not tried again by itself");
    let said = desk.run(&["connect", "status"]);
    assert!(
        said.out.lines().any(|line| line.starts_with("salesforce:sales") && line.contains("Not Active")),
        "{said:?}"
    );
    let right = jwt.replace("key:", "audience: \"https://test.salesforce.com\", key:");
    desk.configure(desk.running.says("/khoros/url"), SESSION, &right, "");
    let said = desk.run(&["connect", "authorize", "sales"]);
    assert!(said.code == 0 && said.out.starts_with("salesforce:sales: Active: org 00D"), "{said:?}");
}

#[test]
fn a_name_that_nothing_has_and_one_that_two_have_are_said() {
    let desk = Desk::new(SESSION, CLIENT, "");
    let said = desk.run(&["connect", "refresh", "khoros:acne"]);
    assert!(said.code == 2 && said.err.contains("khoros:acme"), "{said:?}");
    desk.home.replace("casebridge.yaml", "orgs:\n  sales:", "orgs:\n  acme:");
    desk.home.replace("casebridge.yaml", "org: sales", "org: acme");
    let said = desk.run(&["connect", "refresh", "acme"]);
    assert!(said.code == 2 && said.err.contains("`khoros:acme` or `salesforce:acme`"), "{said:?}");
    let said = desk.run(&["connect", "refresh", "khoros:acme"]);
    assert!(said.code == 0 && said.out.contains("signed in as connector"), "{said:?}");
}

/// What must never be seen.
const PLANTED: [&str; 6] =
    ["plantedgate", "planted%67ate", "plantedpassword", "plantedclient", "plantedrefresh", "plantedgateuser"];

#[tokio::test(flavor = "multi_thread")]
async fn no_output_mail_or_page_holds_a_secret_f_115() {
    let sink = Sink::start(false).await;
    let mails = format!(
        "failure_mails:\n  to: \"ops@acme.example, duty@acme.example\"\n  smtp: {{ host: 127.0.0.1, port: {}, tls: none }}\n",
        sink.port
    );
    let refresh = REFRESH.replace("redirect_url: BACK", "refresh_token: { file: secrets/refresh }");
    let desk = Desk::new(SESSION, &refresh, &mails);
    for (file, secret) in
        [("password", "plantedpassword"), ("salesforce", "plantedclient"), ("refresh", "plantedrefresh")]
    {
        desk.home.write(&format!("secrets/{file}"), secret);
    }
    let gated = desk.running.says("/khoros/url").replace("http://", "http://plantedgateuser:planted%67ate@");
    desk.configure(&gated, SESSION, &refresh, &mails);
    desk.running.control("khoros", "switches", json!({ "ht_access": "staging:right" })).await;
    let mut seen = String::new();
    let mut keep = |what: &str, text: &str| seen.push_str(&format!("--- {what}\n{text}\n"));
    let said = desk.run(&["-vv", "connect", "refresh", "sales"]);
    keep("refresh", &format!("{}\n{}", said.out, said.err));
    let mut serve = desk.start(&["-vv", "serve"]);
    let mut out = BufReader::new(serve.stdout.take().expect("it is piped")).lines();
    let told: Json = serde_json::from_str(&out.next().expect("a line").expect("a text")).expect("JSON");
    crate::world::serving::until("a failure mail", || !sink.mails().is_empty()).await;
    let operators = told["operators"].as_str().expect("an address");
    for page in ["/health", "/metrics"] {
        keep(page, &reqwest::get(format!("{operators}{page}")).await.expect("a page").text().await.expect("a text"));
    }
    serve.kill().expect("it is there");
    let mut log = String::new();
    serve.stderr.take().expect("it is piped").read_to_string(&mut log).expect("a text");
    serve.wait().expect("it ended");
    keep("log", &log);
    for mail in sink.mails() {
        keep("mail", &mail);
    }
    for args in [
        &["-vv", "run"][..],
        &["--format", "json", "run"],
        &["connect", "status"],
        &["--format", "json", "connect", "status"],
        &["-vv", "connect", "refresh", "acme"],
        &["-vv", "connect", "refresh", "sales"],
        &["check", "--online"],
        &["-v", "check"],
        &["state", "export"],
    ] {
        let said = desk.run(args);
        keep(&args.join(" "), &format!("{}\n{}", said.out, said.err));
    }
    assert!(seen.contains("salesforce:sales was never authorized") && seen.contains("\"halted\":"), "{seen}");
    for planted in PLANTED {
        let line = seen.lines().find(|line| line.contains(planted));
        assert_eq!(line, None, "{planted} is seen");
    }
}
