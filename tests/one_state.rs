//! Two processes and one state: a service that is at work is asked, and a left-over of one that was killed is in
//! nobody's way.
//!
//! `CASEBRIDGE_STARTS`: how many starts are killed.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::home::{Home, Running};
use crate::killed::from_environment;

/// A home whose service takes any free ports.
fn home() -> Home {
    let home = Home::new();
    let file = std::fs::read_to_string(home.path("casebridge.yaml")).expect("a configuration");
    home.write("casebridge.yaml", &format!("{file}listen: {{ public: 127.0.0.1:0, operators: 127.0.0.1:0 }}\n"));
    home
}

#[test]
fn a_second_process_asks_the_service_or_says_in_one_sentence_who_has_the_state_f_105() {
    let home = home();
    let sandbox = Running::start(&home, &["sandbox"]);
    let at = sandbox.says("/khoros/url");
    let _serving = Running::start(&home, &["serve", "--sandbox", at]);
    let parked = home.run(&["parked", "list", "--sandbox", at]);
    assert_eq!(parked.code, 0, "{parked:?}");
    let info = home.run(&["state", "info", "--sandbox"]);
    assert!(info.code == 0 && info.out.contains("state-sandbox: "), "{info:?}");
    for command in ["run", "serve"] {
        let said = home.run(&[command, "--sandbox", at]);
        assert_eq!(said.code, 1, "{said:?}");
        let sentence = said.err.lines().find(|line| line.contains("is in use by process")).unwrap_or_default();
        assert!(sentence.contains("serve") && sentence.contains("wait for it or stop it"), "{said:?}");
        assert!(!said.err.contains("os error") && !said.err.contains("temporarily unavailable"), "{said:?}");
    }
}

#[test]
fn however_early_a_start_was_killed_the_next_one_works_f_106() {
    let home = home();
    let sandbox = Running::start(&home, &["sandbox"]);
    let serve = ["serve", "--sandbox", sandbox.says("/khoros/url")];
    for start in 0..from_environment("CASEBRIDGE_STARTS", 5) {
        let mut killed = home.command(&serve).stdout(std::process::Stdio::null()).spawn().expect("it starts");
        // From before it has read its file to when it is at work.
        std::thread::sleep(Duration::from_millis(start * 37 % 400));
        killed.kill().expect("it is killed");
        killed.wait().expect("it ends");
    }
    let serving = Running::start(&home, &serve);
    assert!(serving.says("/operators").starts_with("http://127.0.0.1:"));
    let parked = home.run(&["parked", "list", "--sandbox", sandbox.says("/khoros/url")]);
    assert_eq!(parked.code, 0, "{parked:?}");
    drop(serving);
    let after = home.run(&["parked", "list", "--sandbox", sandbox.says("/khoros/url")]);
    assert_eq!(after.code, 0, "without the service the state is opened here: {after:?}");
}

/// A second bridge between the same hosts, whose rule has another name.
fn with_another_bridge(home: &Home) {
    for file in ["pack.yaml", "mappings.yaml", "escalations.yaml"] {
        let text = std::fs::read_to_string(home.path("rules").join(file)).expect("a file of the pack");
        home.write(&format!("others/{file}"), &text.replace("unanswered-support", "waiting"));
    }
    let beta = "  beta:\n    community: main\n    org: main\n    packs: { standard: { path: others } }\n    settings: { support_boards: [support], staff_roles: [Employee] }\n";
    home.replace("casebridge.yaml", "state: {", &format!("{beta}state: {{"));
}

/// What waits for a person, of all bridges; every line of it is JSON.
fn parked(home: &Home, at: &str) -> Vec<Json> {
    let said = home.run(&["parked", "list", "--format", "json", "--sandbox", at]);
    assert_eq!(said.code, 0, "{said:?}");
    said.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{said:?}"))).collect()
}

fn run_of(parked: &Json) -> &str {
    parked["parked"].as_str().expect("a run")
}

#[tokio::test]
async fn what_one_of_two_bridges_knows_is_known_and_a_name_that_could_be_several_is_refused() {
    let home = home();
    with_another_bridge(&home);
    home.write("token", "t0ken");
    home.replace("casebridge.yaml", "operators: 127.0.0.1:0 }", "operators: 127.0.0.1:0, api_token: { file: token } }");
    let sandbox = Running::start(&home, &["sandbox"]);
    let at = sandbox.says("/khoros/url");
    let refusal = json!({ "validation_rule": { "word": "e", "text": "No" } });
    sandbox.control("salesforce", "switches", refusal).await;
    home.run(&["run", "--sandbox", at]);
    for is_served in [true, false] {
        let serving = is_served.then(|| Running::start(&home, &["serve", "--sandbox", at]));
        let pause = |rule: &str| home.run(&["pause", rule, "--sandbox", at]);
        let said = pause("escalations.waiting");
        assert_eq!(said.code, 0, "one bridge has it: {said:?}");
        let said = pause("escalations.wating");
        assert!(said.code == 2 && said.err.matches("there is no rule").count() == 1, "{said:?}");

        let before = parked(&home, at);
        let drop = |name: &str| home.run(&["parked", "drop", name, "--sandbox", at]);
        let last = before.iter().rfind(|parked| parked["bridge"] == "beta").expect("something of the second bridge");
        let said = drop(&run_of(last)[..12]);
        assert_eq!(said.code, 0, "{said:?}");
        let left = parked(&home, at);
        assert_eq!(left.len() + 1, before.len(), "that one and no other");
        let letter = |parked: &Json| run_of(parked)[..1].to_owned();
        let starts = |start: &str| left.iter().filter(|parked| run_of(parked).starts_with(start)).count();
        let several = left.iter().map(letter).find(|start| starts(start) > 1).expect("more runs than letters");
        for name in [several.as_str(), "", "nothing"] {
            let said = drop(name);
            assert!(said.code == 2 && said.err.contains("next: `casebridge parked list`"), "`{name}`: {said:?}");
        }
        if let Some(serving) = &serving {
            for (verb, what) in
                [("retry", json!([])), ("drop", json!([])), ("drop", json!([""])), ("retry", json!([""]))]
            {
                let body = json!({ "what": what });
                let (status, said) = ask(serving, "POST", &format!("/api/parked/{verb}"), "t0ken", Some(body)).await;
                assert!(status == 422 && said["exit_code"] == 2, "{verb} {what}: {said}");
            }
        }
        assert_eq!(parked(&home, at), left, "nothing else was touched");
    }
}

/// Asks the API of a service.
async fn ask(serving: &Running, method: &str, path: &str, token: &str, body: Option<Json>) -> (u16, Json) {
    let url = format!("{}{path}", serving.says("/operators"));
    let request = reqwest::Client::new().request(method.parse().expect("a method"), url).bearer_auth(token);
    let request = body.iter().fold(request, |request, body| request.json(body));
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.expect("a text")).unwrap_or_default())
}

#[tokio::test]
async fn programs_do_over_the_api_what_people_do_by_command_and_strangers_hear_nothing() {
    let home = Home::new();
    let file = std::fs::read_to_string(home.path("casebridge.yaml")).expect("a configuration");
    home.write("token", "t0ken\n");
    let listen = "listen: { public: 127.0.0.1:0, operators: 127.0.0.1:0, api_token: { file: token } }\n";
    home.write("casebridge.yaml", &format!("{file}{listen}"));
    let sandbox = Running::start(&home, &["sandbox"]);
    let serving = Running::start(&home, &["serve", "--sandbox", sandbox.says("/khoros/url")]);
    for token in ["", "t0ke", "t0ken2", "' OR 1=1"] {
        for path in ["/api/parked", "/api/nowhere", "/api"] {
            assert_eq!(ask(&serving, "GET", path, token, None).await, (401, Json::Null), "{path}");
        }
    }
    assert_eq!(ask(&serving, "GET", "/api/nowhere", "t0ken", None).await.0, 404);
    for (kind, body, expected) in
        [("application/json", "{", 400), ("text/plain", "{}", 415), ("application/json", "{\"rules\": 1}", 422)]
    {
        let request = reqwest::Client::new().post(format!("{}/api/pause", serving.says("/operators")));
        let request = request.bearer_auth("t0ken").header("content-type", kind).body(body);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), expected, "{body}");
        let said: Json = answer.json().await.expect("the shape of every answer");
        assert!(said["exit_code"] == 2 && said["notes"].as_str().is_some_and(|notes| notes.len() > 5), "{said}");
    }
    let rule = "escalations.unanswered-support";
    let (status, said) = ask(&serving, "POST", "/api/pause", "t0ken", Some(json!({ "rule": rule }))).await;
    assert_eq!((status, &said["exit_code"]), (200, &json!(0)), "{said}");
    let health = ask(&serving, "GET", "/health", "", None).await.1;
    assert_eq!(health["bridges"]["acme"]["paused"], json!([rule]), "{health}");
    // What looks like an option is a word.
    let (status, said) = ask(&serving, "POST", "/api/resume", "t0ken", Some(json!({ "rule": "--help" }))).await;
    assert!(status == 422 && said["notes"].as_str().is_some_and(|notes| notes.contains("no rule `--help`")), "{said}");
    assert_eq!(ask(&serving, "POST", "/api/resume", "t0ken", Some(json!({ "rule": rule }))).await.0, 200);
    assert_eq!(ask(&serving, "GET", "/api/parked", "t0ken", None).await.0, 200);
    let (status, state) = ask(&serving, "GET", "/api/state", "t0ken", None).await;
    assert!(status == 200 && state["said"][0]["records"].is_object(), "{state}");
    let (status, plan) = ask(&serving, "POST", "/api/preview", "t0ken", None).await;
    assert!(status == 200 && plan["said"].to_string().contains("\"preview\":true"), "{plan}");
}

#[tokio::test]
async fn every_path_of_the_openapi_document_is_answered() {
    let document: serde_yaml::Value = serde_yaml::from_str(include_str!("../docs/openapi.yaml")).expect("YAML");
    let home = home();
    let sandbox = Running::start(&home, &["sandbox"]);
    home.write("token", "t0ken");
    home.replace("casebridge.yaml", "operators: 127.0.0.1:0 }", "operators: 127.0.0.1:0, api_token: { file: token } }");
    let serving = Running::start(&home, &["serve", "--sandbox", sandbox.says("/khoros/url")]);
    let paths = document["paths"].as_mapping().expect("paths");
    assert_eq!(paths.len(), 8);
    for (path, methods) in paths {
        for (method, _) in methods.as_mapping().expect("methods") {
            let (path, method) = (path.as_str().expect("a path"), method.as_str().expect("a method").to_uppercase());
            let body = match path {
                "/api/pause" | "/api/resume" => Some(json!({ "rule": null })),
                "/api/explain" => Some(json!({ "subject": "102" })),
                "/api/parked/retry" | "/api/parked/drop" => Some(json!({ "what": ["nothing"] })),
                _ => None,
            };
            let (status, said) = ask(&serving, &method, path, "t0ken", body).await;
            // Nothing is parked; everything else can be done.
            let expected = if path.starts_with("/api/parked/") { (422, 2) } else { (200, 0) };
            assert_eq!((status, &said["exit_code"]), (expected.0, &json!(expected.1)), "{method} {path}: {said}");
        }
    }
}
