//! `casebridge.yaml`: what is read from it, what is refused, and that a secret is never repeated.

use std::fs;

use casebridge::config::{Config, KhorosLogin, SalesforceLogin, Secret, SecretSource, parse};
use casebridge::problem::Problem;
use secrecy::ExposeSecret as _;

const FILE: &str = "casebridge.yaml";
const WHOLE: &str = include_str!("../casebridge.yaml");

fn read(text: &str) -> Config {
    parse(FILE, text).unwrap_or_else(|problems| panic!("refused: {problems:?}"))
}

fn refused(text: &str) -> Vec<Problem> {
    parse(FILE, text).expect_err("the file is refused")
}

/// The example with one text replaced; it must stand there, so that no test passes by changing nothing.
fn with(old: &str, new: &str) -> String {
    assert!(WHOLE.contains(old), "the example has no {old:?}");
    WHOLE.replacen(old, new, 1)
}

/// The password of the session login.
fn password(config: &Config) -> &Secret {
    match &config.communities["main"].login {
        KhorosLogin::Session { password, .. } => password,
        other => panic!("{other:?}"),
    }
}

fn codes(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.code.as_str()).collect()
}

#[test]
fn the_file_that_we_ship_is_read_whole() {
    let config = read(WHOLE);
    let community = &config.communities["main"];
    assert_eq!(community.base_url.expose_secret(), "https://community.acme.example");
    assert_eq!((community.context_name.as_str(), community.tenant_id.as_str()), ("t5/s", "acme.prod"));
    assert_eq!(password(&config).source, SecretSource::Env("KHOROS_PASSWORD".into()));
    let org = &config.orgs["main"];
    let SalesforceLogin::ClientCredentials { client_id, client_secret } = &org.login else { panic!("{org:?}") };
    assert_eq!((client_id.as_str(), &client_secret.source), ("3MVG9", &SecretSource::Env("SALESFORCE_SECRET".into())));
    let bridge = &config.bridges["acme"];
    assert_eq!((bridge.community.as_str(), bridge.org.as_str()), ("main", "main"));
    let pack = &bridge.packs[0];
    assert_eq!((bridge.packs.len(), pack.name.as_str(), pack.path.to_str()), (1, "standard", Some("rules")));
    assert!(pack.overlay.is_none());
    let settings = &bridge.settings;
    assert_eq!(settings.get("zone").and_then(|zone| zone.text()), Some("America/Chicago"));
    assert_eq!(config.state.to_str(), Some("state"));
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn what_is_left_out_has_its_default() {
    let config = read(&with("    context_name: t5/s\n", "").replace("state: { sled: state }", ""));
    let (community, org) = (&config.communities["main"], &config.orgs["main"]);
    assert_eq!((community.context_name.as_str(), community.proxy_enabled, community.pace), ("t5", true, 4.0));
    assert_eq!(
        (org.thread_key_field.as_str(), org.api_version.as_str(), org.auto_assign),
        ("Community_Thread_Key__c", "v65.0", true)
    );
    assert_eq!((config.state.to_str(), config.allow_plain_http), (Some("state"), false));
    assert!(config.allow_hosts.is_empty());
}

#[test]
fn rules_may_mail_to_nobody_unless_the_file_lists_them_and_names_a_mail_server() {
    assert!(read(WHOLE).mail_to.is_empty() && read(&format!("{WHOLE}mail_to: []\n")).mail_to.is_empty());
    let server = "failure_mails: { to: [ops@acme.example], smtp: { host: localhost } }\n";
    let config = read(&format!("{WHOLE}{server}mail_to: [lead@acme.example, ana@acme.example]\n"));
    assert_eq!(config.mail_to, ["lead@acme.example", "ana@acme.example"]);
    let problems = refused(&format!("{WHOLE}mail_to: [lead@acme.example, nobody]\n"));
    assert_eq!(codes(&problems), ["missing-key", "not-a-mail-address"]);
    assert!(problems[0].next.contains("`failure_mails: {"), "{problems:?}");
}

#[test]
fn a_login_of_a_later_version_is_refused_as_not_yet() {
    let problems =
        refused(&with("session: { user: connector, password: { env: KHOROS_PASSWORD } }", "sso_token: { env: X }"));
    assert_eq!(codes(&problems), ["not-yet"]);
    assert!(problems.iter().all(|problem| !problem.warning), "{problems:?}");
}

/// The example with another login of the community.
fn khoros(login: &str) -> String {
    with("{ session: { user: connector, password: { env: KHOROS_PASSWORD } } }", login)
}

/// The example with another login of the org.
fn salesforce(login: &str) -> String {
    with("{ client_credentials: { client_id: 3MVG9, client_secret: { env: SALESFORCE_SECRET } } }", login)
}

#[test]
fn every_kind_of_login_is_read() {
    let consent = "{ oauth: { client_id: app, client_secret: { env: S }, redirect_url: http://127.0.0.1:8400/back } }";
    let config = read(&khoros(consent));
    assert!(matches!(&config.communities["main"].login, KhorosLogin::OAuth { client_id, .. } if client_id == "app"));
    for (login, kind) in [
        ("{ jwt: { client_id: c, user: u@acme.test, key: { file: app.pem } } }", "Jwt"),
        ("{ jwt: { client_id: c, user: u, key: { env: K }, audience: https://test.salesforce.com } }", "Jwt"),
        ("{ refresh_token: { client_id: c, refresh_token: { env: R } } }", "RefreshToken"),
        ("{ refresh_token: { client_id: c, redirect_url: http://localhost:1717/back } }", "RefreshToken"),
        ("{ password: { user: u, password: { env: P }, security_token: { env: T } } }", "Password"),
    ] {
        let config = read(&salesforce(login));
        assert!(format!("{:?}", config.orgs["main"].login).starts_with(kind), "{login}");
    }
}

#[test]
fn a_login_with_a_password_over_soap_warns_with_its_date_con_6() {
    let config = read(&salesforce(
        "{ password: { user: u, password: { env: P }, soap_url: https://login.salesforce.com/services/Soap/u/64.0 } }",
    ));
    assert_eq!(codes(&config.warnings), ["login-that-ends"]);
    assert!(config.warnings[0].cause.contains("1 June 2027") && config.warnings[0].next.contains("jwt"));
}

#[test]
fn what_a_login_lacks_is_said_at_once() {
    for (text, missing) in [
        (khoros("{ oauth: { client_id: x } }"), vec!["`client_secret`", "`redirect_url`"]),
        (salesforce("{ jwt: { client_id: x } }"), vec!["`user`", "`key`"]),
        (salesforce("{ refresh_token: { client_id: x } }"), vec!["`refresh_token`"]),
        (salesforce("{ password: { user: x } }"), vec!["`password`"]),
    ] {
        let said: Vec<Problem> = refused(&text).into_iter().filter(|problem| !problem.warning).collect();
        assert_eq!(codes(&said), vec!["missing-key"; missing.len()], "{said:?}");
        for key in missing {
            assert!(said.iter().any(|problem| problem.what.contains(key)), "{key}: {said:?}");
        }
    }
    let two = khoros("{ session: { user: c, password: { env: P } }, oauth: { client_id: x } }");
    assert_eq!(codes(&refused(&two)), ["wrong-shape"]);
}

#[test]
fn a_browser_comes_back_to_this_machine_or_over_an_encrypted_way() {
    let back = |url: &str| {
        khoros(&format!("{{ oauth: {{ client_id: a, client_secret: {{ env: S }}, redirect_url: \"{url}\" }} }}"))
    };
    for url in ["http://127.0.0.1:8400/x", "http://localhost:1/x", "https://bridge.acme.example/callback"] {
        read(&back(url));
    }
    for url in ["http://bridge.acme.example/x", "callback", "https://a.example/x#y"] {
        assert_eq!(codes(&refused(&back(url))), ["not-an-address"], "{url}");
    }
}

#[test]
fn aurora_is_called_through_its_proxy_only_con_2() {
    let with_lines = |lines: &str| with("tenant_id: acme.prod", &format!("tenant_id: acme.prod\n    {lines}"));
    assert_eq!(codes(&refused(&with_lines("product: aurora\n    proxy_enabled: false"))), ["aurora-without-proxy"]);
    assert!(!read(&with_lines("proxy_enabled: false")).communities["main"].proxy_enabled);
    assert!(read(&with_lines("product: aurora")).communities["main"].proxy_enabled);
    assert_eq!(codes(&refused(&with_lines("product: mint"))), ["unknown-word"]);
}

#[test]
fn ht_credentials_and_a_consent_do_not_go_together_con_4() {
    let text = khoros("{ oauth: { client_id: a, client_secret: { env: S }, redirect_url: http://127.0.0.1:8400/x } }");
    let problems = refused(&text.replace("https://community", "https://ht:geheim@community"));
    assert_eq!(codes(&problems), ["gate-and-oauth"]);
    assert!(!format!("{problems:?}").contains("geheim"), "{problems:?}");
}

#[test]
fn every_address_of_a_failure_mail_is_checked_con_7() {
    let mails = |text: &str| format!("{WHOLE}failure_mails: {text}\n");
    let read_mails = |text: &str| read(&mails(text)).failure_mails.expect("mails");
    let both =
        read_mails("{ to: \"ops@acme.example, duty@acme.example\", smtp: { host: mail.acme.example, tls: starttls } }");
    assert_eq!((both.to.len(), both.smtp.port), (2, 587));
    let list =
        read_mails("{ to: [ops@acme.example], from: bridge@acme.example, smtp: { host: localhost, port: 2525 } }");
    assert_eq!((list.from.as_str(), list.smtp.port), ("bridge@acme.example", 2525));
    let server = "smtp: { host: localhost }";
    for (text, wanted) in [
        (format!("{{ to: [ops, duty@], {server} }}"), vec!["not-a-mail-address"; 2]),
        (format!("{{ to: \"ops@acme.example, duty\", {server} }}"), vec!["not-a-mail-address"]),
        (format!("{{ to: [], {server} }}"), vec!["not-a-mail-address"]),
        (format!("{{ {server} }}"), vec!["missing-key"]),
        ("{ to: [a@b.example] }".into(), vec!["missing-key"]),
        ("{ to: [a@b.example], smtp: { host: x, port: 0 } }".into(), vec!["not-a-number"]),
        ("{ to: [a@b.example], smtp: { host: x, user: u } }".into(), vec!["missing-key"]),
        ("{ to: [a@b.example], smtp: { host: x, user: u, password: { env: P } } }".into(), vec!["plain-http"]),
        ("{ to: [a@b.example], smtp: { host: x, password: geheim } }".into(), vec!["plain-secret"]),
    ] {
        assert_eq!(codes(&refused(&mails(&text))), wanted, "{text}");
    }
}

#[test]
fn a_login_that_names_no_kind_is_said() {
    for login in ["{}", "session"] {
        let text = with("{ session: { user: connector, password: { env: KHOROS_PASSWORD } } }", login);
        let problems = refused(&text);
        let said = problems
            .iter()
            .find(|problem| problem.next.contains("session:"))
            .unwrap_or_else(|| panic!("{login}: {problems:?}"));
        assert_eq!((said.code.as_str(), said.at.line), ("missing-key", 4), "{login}");
    }
}

#[test]
fn an_unknown_key_is_said_with_what_was_probably_meant() {
    let problems = refused(&with("tenant_id: acme.prod", "tenant_id: acme.prod\n    contxt_name: t5"));
    assert_eq!(codes(&problems), ["unknown-key"]);
    assert_eq!((problems[0].at.line, problems[0].at.column), (8, 5));
    assert_eq!(problems[0].next, "did you mean `context_name`?");
}

#[test]
fn a_bridge_that_names_an_unknown_community_is_said() {
    let problems = refused(&with("    community: main", "    community: mian"));
    assert_eq!(codes(&problems), ["unknown-host"]);
    assert_eq!(problems[0].next, "did you mean `main`?");
}

#[test]
fn every_problem_is_said_at_once() {
    let text = with("tenant_id: acme.prod", "tenant_id: acme.prod\n    colour: red");
    let text = text.replace("{ env: SALESFORCE_SECRET }", "geheim").replace("state: {", "stat: {");
    let mut codes: Vec<_> = refused(&text).iter().map(|problem| problem.code.to_string()).collect();
    codes.sort();
    assert_eq!(codes, ["plain-secret", "unknown-key", "unknown-key"]);
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    for secret in ["geheim", "{ value: geheim }", "{ env: NAME, value: geheim }"] {
        let problems = refused(&with("{ env: KHOROS_PASSWORD }", secret));
        assert_eq!(codes(&problems), ["plain-secret"], "{secret}");
        assert!(!format!("{problems:?}").contains("geheim"), "{problems:?}");
    }
}

#[test]
fn credentials_in_an_address_are_not_shown() {
    let config = read(&with("https://community", "https://ht:geheim@community"));
    assert!(!format!("{config:?}").contains("geheim"), "{config:?}");
    let problems = refused(&with("https://community", "http://ht:geheim@community"));
    assert_eq!(codes(&problems), ["plain-http"]);
    assert!(!format!("{problems:?}").contains("geheim"), "{problems:?}");
}

#[test]
fn plain_http_stays_on_this_machine_unless_it_is_allowed() {
    let at = |address: &str| with("https://community.acme.example", address);
    for local in ["http://127.0.0.1:8080", "http://localhost", "http://u:p@localhost:80/t5", "HTTPS://c.example"] {
        read(&at(local));
    }
    for elsewhere in [
        "http://c.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://evil.example/@localhost",
        "http://evil.example?@localhost",
        "http://evil.example\\@localhost",
    ] {
        assert_eq!(codes(&refused(&at(elsewhere))), ["plain-http"], "{elsewhere}");
    }
    read(&format!("{}allow_plain_http: true\n", at("http://c.example")));
}

#[test]
fn plain_http_is_warned_about_at_every_start_con_9() {
    assert_eq!(codes(&read(&format!("{WHOLE}allow_plain_http: true\n")).warnings), ["plain-http"]);
}

#[test]
fn only_http_addresses_are_addresses() {
    for wrong in [
        "community.acme.example",
        "ftp://community.acme.example",
        "https://",
        "https://user@/t5",
        "https://c.example?x=1",
    ] {
        let text = format!("{}allow_plain_http: true\n", with("https://community.acme.example", wrong));
        let said: Vec<Problem> = refused(&text).into_iter().filter(|problem| !problem.warning).collect();
        assert_eq!(codes(&said), ["not-an-address"], "{wrong}");
    }
}

#[test]
fn a_pace_is_a_number_above_zero() {
    let paced = |pace: &str| with("tenant_id: acme.prod", &format!("tenant_id: acme.prod\n    pace: {pace}"));
    assert_eq!(read(&paced("2.5")).communities["main"].pace, 2.5);
    for wrong in ["fast", "0", "-1", "NaN", "inf", "[4]"] {
        assert_eq!(codes(&refused(&paced(wrong))), ["not-a-number"], "{wrong}");
    }
}

#[test]
fn a_bridge_names_its_packs() {
    let none = refused(&with("    packs: { standard: { path: rules } }\n", ""));
    assert_eq!(codes(&none), ["missing-key"]);
    let list = refused(&with("{ standard: { path: rules } }", "[rules]"));
    assert_eq!(codes(&list), ["wrong-shape"]);
    let wide = refused(&with("{ path: rules }", "{ path: rules, allow_widen: true }"));
    assert_eq!(codes(&wide), ["not-yet"]);
    let config = read(&with("{ path: rules }", "{ path: rules, overlay: overlays/acme.yaml }"));
    let (overlay, at) = config.bridges["acme"].packs[0].overlay.as_ref().expect("an overlay");
    assert_eq!((overlay.to_str(), at.line), (Some("overlays/acme.yaml"), 17));
}

#[test]
fn a_secret_is_read_from_its_file_without_the_last_line_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret");
    fs::write(&path, "geheim\n\n").expect("written");
    let file = folder.path().join(FILE).display().to_string();
    let config = parse(&file, &with("{ env: KHOROS_PASSWORD }", "{ file: secret }")).expect("a configuration");
    let secret = password(&config);
    assert_eq!(secret.reveal().expect("a secret").expose_secret(), "geheim\n");
    fs::remove_file(&path).expect("removed");
    let said = secret.reveal().expect_err("no file");
    assert!(said.what.contains(&path.display().to_string()), "{said:?}");
}

#[test]
fn a_variable_that_is_not_set_is_named_with_its_place() {
    let config = read(&with("KHOROS_PASSWORD", "CASEBRIDGE_TEST_NEVER_SET"));
    let said = password(&config).reveal().expect_err("not set");
    assert!(said.what.contains("CASEBRIDGE_TEST_NEVER_SET"), "{said:?}");
    assert_eq!((said.at.to_string().as_str(), said.at.width), ("casebridge.yaml:8:59", 25));
}

#[test]
fn every_path_is_read_from_the_folder_that_the_file_lies_in() {
    let text = with("{ path: rules }", "{ path: rules, overlay: overlays/acme.yaml }");
    let text = text.replace("{ env: KHOROS_PASSWORD }", "{ file: secrets/khoros }");
    let config = parse("/etc/acme/casebridge.yaml", &text).expect("a configuration");
    let pack = &config.bridges["acme"].packs[0];
    let overlay = pack.overlay.as_ref().map(|(path, _)| path.as_path());
    let SecretSource::File(secret) = &password(&config).source else { panic!("a file") };
    let paths = [Some(pack.path.as_path()), overlay, Some(secret), Some(&config.state)];
    let below = |path: &str| std::path::PathBuf::from(format!("/etc/acme/{path}"));
    let wanted = ["rules", "overlays/acme.yaml", "secrets/khoros", "state"].map(below);
    assert_eq!(paths, wanted.each_ref().map(|path| Some(path.as_path())));
    let absolute = parse("/etc/acme/casebridge.yaml", &with("{ sled: state }", "{ sled: /var/lib/casebridge }"));
    assert_eq!(absolute.expect("a configuration").state.to_str(), Some("/var/lib/casebridge"));
}

#[test]
fn what_becomes_part_of_an_address_or_a_query_is_checked() {
    let org = |line: &str| with("login_url:", &format!("{line}\n    login_url:"));
    read(&org("thread_key_field: acme__Thread_Key__c"));
    read(&org("api_version: v65.0"));
    for (line, code) in [
        ("thread_key_field: \"Key__c = 'x' OR Id\"", "not-a-field-name"),
        ("thread_key_field: 1st__c", "not-a-field-name"),
        ("thread_key_field: Account.Key__c", "not-a-field-name"),
        ("api_version: \"65.0\"", "not-an-api-version"),
        ("api_version: v65.0/../..", "not-an-api-version"),
        ("api_version: v6500.0", "not-an-api-version"),
    ] {
        assert_eq!(codes(&refused(&org(line))), [code], "{line}");
    }
}

#[test]
fn a_context_name_is_the_path_before_the_pages_con_3() {
    read(&with("context_name: t5/s", "context_name: acme_t5/s"));
    for context in ["../admin", "t5?x=1", "t5/s#a"] {
        let said = refused(&with("context_name: t5/s", &format!("context_name: \"{context}\"")));
        assert_eq!(codes(&said), ["not-a-context-name"], "{context}");
    }
}

#[test]
fn everything_that_one_community_lacks_is_said_at_once() {
    let text = with("    base_url: https://community.acme.example\n", "").replace("    tenant_id: acme.prod\n", "");
    let text = text.replace("user: connector, password: { env: KHOROS_PASSWORD }", "user: connector");
    let said = refused(&text);
    assert_eq!(codes(&said), ["missing-key"; 3], "{said:?}");
    for key in ["`base_url`", "`tenant_id`", "`password`"] {
        assert!(said.iter().any(|problem| problem.what.contains(key)), "{key}: {said:?}");
    }
}

#[test]
fn the_streams_of_the_page_on_operating_are_read() {
    let page = include_str!("../docs/operating.md");
    let lines: Vec<&str> = page.lines().skip_while(|line| *line != "    streams:").collect();
    let lines: Vec<&str> = lines.into_iter().take_while(|line| line.starts_with("    ")).collect();
    let login = "client_secret: { env: SALESFORCE_SECRET } } }\n";
    let streams = &read(&with(login, &format!("{login}{}\n", lines.join("\n")))).orgs["main"].streams;
    let channels: Vec<&str> = streams.iter().map(|stream| stream.channel.as_str()).collect();
    assert_eq!(channels, ["/data/CaseChangeEvent", "/event/Support_Update__e", "/topic/OpenCases"]);
    assert_eq!(streams[1].record_id.as_ref().map(|path| path.as_str()), Some("Case_Id__c"));
}
