//! `casebridge.yaml`: what is read from it, what is refused, and that a secret is never repeated.

use std::fs;

use casebridge::config::{Config, SecretSource, parse};
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

fn codes(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.code.as_str()).collect()
}

#[test]
fn the_file_that_we_ship_is_read_whole() {
    let config = read(WHOLE);
    let community = &config.communities["main"];
    assert_eq!(community.base_url.expose_secret(), "https://community.acme.example");
    assert_eq!((community.context_name.as_str(), community.tenant_id.as_str()), ("t5/s", "acme.prod"));
    assert_eq!(community.password.source, SecretSource::Env("KHOROS_PASSWORD".into()));
    let org = &config.orgs["main"];
    assert_eq!(org.client_id, "3MVG9");
    assert_eq!(org.client_secret.source, SecretSource::Env("SALESFORCE_SECRET".into()));
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
fn a_key_of_a_later_version_is_a_warning() {
    let config = read(&format!("{WHOLE}mail_to: []\n"));
    assert_eq!(codes(&config.warnings), ["not-yet"]);
    assert!(config.warnings.iter().all(|problem| problem.warning));
    assert!(config.warnings[0].what.contains("`mail_to`"), "{}", config.warnings[0].what);
}

#[test]
fn a_login_of_a_later_version_is_refused_as_not_yet() {
    let khoros = refused(&with(
        "{ session: { user: connector, password: { env: KHOROS_PASSWORD } } }",
        "{ oauth: { client_id: x } }",
    ));
    let salesforce = refused(&with("client_credentials:", "jwt:"));
    for problems in [khoros, salesforce] {
        assert!(
            codes(&problems).contains(&"not-yet") && problems.iter().any(|problem| !problem.warning),
            "{problems:?}"
        );
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
fn only_http_addresses_are_addresses() {
    for wrong in [
        "community.acme.example",
        "ftp://community.acme.example",
        "https://",
        "https://user@/t5",
        "https://c.example?x=1",
    ] {
        let text = format!("{}allow_plain_http: true\n", with("https://community.acme.example", wrong));
        assert_eq!(codes(&refused(&text)), ["not-an-address"], "{wrong}");
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
    let secret = &config.communities["main"].password;
    assert_eq!(secret.reveal().expect("a secret").expose_secret(), "geheim\n");
    fs::remove_file(&path).expect("removed");
    let said = secret.reveal().expect_err("no file");
    assert!(said.what.contains(&path.display().to_string()), "{said:?}");
}

#[test]
fn a_variable_that_is_not_set_is_named_with_its_place() {
    let config = read(&with("KHOROS_PASSWORD", "CASEBRIDGE_TEST_NEVER_SET"));
    let said = config.communities["main"].password.reveal().expect_err("not set");
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
    let SecretSource::File(secret) = &config.communities["main"].password.source else { panic!("a file") };
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
