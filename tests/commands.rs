//! What the commands say and where they leave what they keep: state, parked plans, names that nothing has, bridges
//! that do not open.

use std::fs;

use serde_json::{Value as Json, json};

use crate::home::{Home, Running};

/// The bridge of the file again, under another name and with other packs.
fn second_bridge(home: &Home, name: &str, packs: &str) {
    let text = fs::read_to_string(home.path("casebridge.yaml")).expect("a configuration");
    let bridge = format!(
        "  {name}:\n    community: main\n    org: main\n    packs: {packs}\n    settings: {{ support_boards: [support] }}\n"
    );
    let (before, behind) = text.split_once("state:").expect("state is the last key");
    home.write("casebridge.yaml", &format!("{before}{bridge}state:{behind}"));
}

#[test]
fn state_lies_beside_the_file_wherever_the_program_is_started() {
    let home = Home::new();
    let running = Running::start(&home, &["sandbox"]);
    home.write("elsewhere/note", "");
    let file = home.path("casebridge.yaml").display().to_string();
    let args = ["--config", &file, "run", "--sandbox", running.says("/khoros/url")];
    let said = home.command(&args).current_dir(home.path("elsewhere")).output().expect("it runs");
    assert!(said.status.success(), "{said:?}");
    assert!(home.path("state-sandbox").is_dir());
    assert_eq!(fs::read_dir(home.path("elsewhere")).expect("a folder").count(), 1, "nothing is left where it started");
    let exported = home.run(&["state", "export", "--sandbox"]);
    assert!(exported.code == 0 && exported.out.contains("\"run/"), "{exported:?}");
    assert_eq!(exported.out, home.run(&["state", "--sandbox", "export"]).out);
}

#[test]
fn a_state_moves_to_another_folder_and_shrinks_and_nothing_of_it_is_lost() {
    let home = Home::new();
    assert!(home.run(&["state", "info"]).out.contains("there is no state"), "before the first run");
    let running = Running::start(&home, &["sandbox"]);
    assert_eq!(home.run(&["run", "--sandbox", running.says("/khoros/url")]).code, 0);
    let info = home.run(&["state", "info", "--sandbox"]);
    assert!(info.code == 0 && info.out.contains("  runs: what was decided"), "{info:?}");
    let exported = home.run(&["state", "export", "--sandbox"]).out;
    home.write("all.jsonl", &exported);

    home.write("bad.jsonl", &format!("{}{{\"key\": 7}}\n", exported));
    let refused = home.run(&["state", "import", "bad.jsonl"]);
    let line = exported.lines().count() + 1;
    assert!(refused.code == 2 && refused.err.contains(&format!("bad.jsonl:{line} is no record")), "{refused:?}");
    assert!(!home.path("state").exists(), "nothing was written");

    let many: String = (0..1200).map(|n| format!("{{\"key\":\"note/{n:04}\",\"value\":{n}}}\n")).collect();
    home.write("long.jsonl", &format!("{many}{{\"key\":\"x{}\",\"value\":1}}\n", "y".repeat(2000)));
    let refused = home.run(&["state", "import", "long.jsonl"]);
    assert!(refused.code != 0 && refused.err.contains("a key of the state has 2001 bytes"), "{refused:?}");
    assert_eq!(home.run(&["state", "export"]).out, "", "no part of an import is there");

    assert_eq!(home.run(&["state", "import", "all.jsonl"]).code, 0);
    assert_eq!(home.run(&["state", "export"]).out, exported);
    let again = home.run(&["state", "import", "all.jsonl"]);
    assert!(again.code == 2 && again.err.contains("an import would mix the two"), "{again:?}");

    let compacted = home.run(&["state", "compact"]);
    assert!(compacted.code == 0 && compacted.out.contains(" MB now"), "{compacted:?}");
    assert_eq!(home.run(&["state", "export"]).out, exported);
    let json = home.run(&["--format", "json", "state", "info"]).out;
    let json: Json = serde_json::from_str(&json).expect("a JSON line");
    assert!(
        json["bytes"].as_u64().is_some_and(|bytes| bytes > 0) && json["records"]["run"].as_u64() > Some(0),
        "{json}"
    );
}

#[tokio::test]
async fn the_doctor_says_what_is_well_and_what_is_not_and_what_to_do() {
    let home = Home::new();
    let running = Running::start(&home, &["sandbox"]);
    let doctor = || home.run(&["doctor", "--sandbox", running.says("/khoros/url")]);
    assert_eq!(home.run(&["run", "--sandbox", running.says("/khoros/url")]).code, 0);
    let well = doctor();
    assert_eq!(well.code, 0, "{well:?}");
    for words in
        ["✓ state: ", " records, ", "signed in as connector", "have what the rules name", "calls a day at khoros"]
    {
        assert!(well.out.contains(words), "{words} is not in {}", well.out);
    }
    let asked = home.run(&["doctor"]);
    assert!(asked.code == 1 && asked.out.contains("✗ khoros:main: no connection"), "{asked:?}");
    let down = json!({ "match": { "path": "/query" }, "times": "always", "do": "status", "status": 503 });
    running.control("salesforce", "faults", down).await;
    let ill = doctor();
    assert!(ill.code == 1 && ill.out.contains("✗ salesforce:sandbox: "), "{ill:?}");
    assert!(ill.out.contains("next: see whether the host is up"), "{ill:?}");
}

#[test]
fn what_a_day_costs_is_the_same_beside_a_service_and_one_sum_for_all_bridges_of_an_org() {
    let home = Home::that_serves();
    let closures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/closures.yaml");
    fs::copy(closures, home.path("rules/closures.yaml")).expect("a copy");
    home.replace("casebridge.yaml", "    settings:\n", "    settings:\n      case_closure: true\n");
    let running = Running::start(&home, &["sandbox"]);
    let at = running.says("/khoros/url");
    let costs = || {
        let said = home.run(&["doctor", "--sandbox", at]).out;
        let calls: Vec<String> =
            said.lines().filter(|line| line.contains(" calls a day ")).map(str::to_owned).collect();
        assert_eq!(calls.len(), 2, "one for each host: {said}");
        calls.into_iter().find(|line| line.contains("khoros:sandbox")).expect("the community")
    };
    let before = costs();
    assert_eq!(home.run(&["run", "--sandbox", at]).code, 0);
    let alone = costs();
    assert_ne!(alone, before, "15 threads with cases cost more than one call a round");
    let serving = Running::start(&home, &["serve", "--sandbox", at]);
    assert_eq!(costs(), alone);
    drop(serving);
    let bridge = "  beta:\n    community: main\n    org: main\n    packs: { standard: { path: rules } }\n    settings: { support_boards: [support], staff_roles: [Employee] }\n";
    home.replace("casebridge.yaml", "listen: {", &format!("{bridge}listen: {{"));
    assert_ne!(costs(), alone, "the ticks of the other bridge are added");
}

#[test]
fn a_fresh_pair_has_a_fresh_state_that_goes_with_it() {
    let home = Home::new();
    for _ in 0..2 {
        let said = home.run(&["run", "--sandbox"]);
        assert!(said.code == 0 && said.out.contains("15 cases opened"), "{said:?}");
    }
    assert!(!home.path("state").exists() && !home.path("state-sandbox").exists());
}

#[test]
fn a_plan_that_is_parked_says_which_why_and_when_it_is_judged_again() {
    let home = Home::new();
    home.replace("rules/mappings.yaml", "too_long: cut }", "max: 5 characters, too_long: refuse }");
    let running = Running::start(&home, &["sandbox"]);
    let with_sandbox = |args: &[&str]| home.run(&[args, &["--sandbox", running.says("/khoros/url")]].concat());
    let said = with_sandbox(&["run"]);
    assert_eq!(said.code, 1, "{said:?}");
    for words in ["! parked: rules/mappings.yaml:4:", "    for khoros:thread:", "14 parked with problems"] {
        assert!(said.out.contains(words), "{words} is not in {}", said.out);
    }
    let subject = said.out.split("    for ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a subject");
    let explained = with_sandbox(&["explain", subject]);
    assert!(explained.out.contains("  parked at 20") && !explained.out.contains("1970"), "{explained:?}");
    assert!(explained.out.contains("; judged again when the rules change"), "{explained:?}");
}

#[test]
fn a_rule_that_run_does_not_look_at_is_named_before_anything_is_called() {
    let home = Home::new();
    home.write(
        "rules/more.yaml",
        "escalations:\n  off:\n    enabled: false\n    every: 15 minutes\n    with: thread-to-case\n  \
         by-event:\n    on: khoros.thread_posted\n    with: thread-to-case\n",
    );
    let near = "did you mean `escalations.unanswered-support`?";
    for (rule, first, next) in [
        ("nope", "there is no rule `nope`", "known are: "),
        ("escalations.unanswered-suport", "there is no rule `escalations.unanswered-suport`", near),
        ("unanswered-support", "there is no rule `unanswered-support`", near),
        ("escalations.off", "the rule `escalations.off` is not enabled", "enabled:"),
        ("escalations.by-event", "`khoros.thread_posted` wakes it", "casebridge test"),
    ] {
        let said = home.run(&["run", "--rule", rule]);
        assert!(said.code == 2 && said.err.contains(first) && said.err.contains(next), "{rule}: {said:?}");
    }
    let said = home.run(&["run", "--rule", "escalations.unanswered-support", "--sandbox"]);
    assert!(said.code == 0 && said.out.contains("15 cases opened"), "{said:?}");
}

#[test]
fn the_last_line_counts_what_a_cap_drops_or_holds_also_in_a_preview() {
    for (over, words) in
        [("drop", "12 dropped over a cap"), ("ask", "12 held"), ("wait", "12 over a cap and still due")]
    {
        let home = Home::new();
        let limits = format!("    limits: {{ per_run: 3, over: {over} }}\n    with:");
        home.replace("rules/escalations.yaml", "    with:", &limits);
        let preview = home.run(&["run", "--dry-run", "--sandbox"]);
        assert!(preview.out.contains("3 cases would be opened") && preview.out.contains(words), "{preview:?}");
        let said = home.run(&["run", "--sandbox"]);
        assert!(said.out.contains("3 cases opened") && said.out.contains(words), "{said:?}");
    }
}

#[test]
fn a_rule_that_found_nothing_is_told_of_too() {
    let home = Home::new();
    home.replace("casebridge.yaml", "[support, returns]", "[nowhere]");
    let said = home.run(&["run", "--sandbox"]);
    let line = "escalations.unanswered-support: 0 found by its search, 0 due";
    assert!(said.code == 0 && said.out.contains(line), "{said:?}");
}

#[test]
fn a_bridge_that_does_not_open_stops_no_other_and_the_worst_exit_code_counts() {
    let home = Home::new();
    second_bridge(&home, "aaa", "{ standard: { path: nowhere } }");
    second_bridge(&home, "bbb", "{ standard: { path: rules } }");
    let said = home.run(&["run", "--sandbox"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("the bridge aaa:") && said.err.contains("there is no pack in"), "{said:?}");
    for words in ["Bridge aaa\n", "Bridge acme\n", "Bridge bbb\n", "15 cases opened"] {
        assert!(said.out.contains(words), "{words} is not in {}", said.out);
    }
    let checked = home.run(&["check"]);
    assert!(checked.code == 2 && checked.out.contains("there is no pack in"), "{checked:?}");
    assert!(checked.out.contains("acme: 1 rule, nothing wrong"), "{checked:?}");
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_told_of_while_it_is_waited_for() {
    let home = Home::new();
    let running = Running::start(&home, &["sandbox"]);
    let fault = json!({ "match": { "path": "/search" }, "times": 1, "do": "status", "status": 503 });
    running.control("khoros", "faults", fault).await;
    let said = home.run(&["run", "--sandbox", running.says("/khoros/url")]);
    assert!(said.code == 0 && said.out.contains("15 cases opened"), "{said:?}");
    assert!(said.err.contains("khoros does not answer (") && said.err.contains("; asked again at "), "{said:?}");
}

#[test]
fn a_secret_that_is_not_found_names_the_line_of_the_file() {
    let home = Home::new();
    let mut command = home.command(&["run"]);
    let output = command.env_remove("KHOROS_PASSWORD").env_remove("SALESFORCE_SECRET").output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    for words in ["casebridge.yaml:8:", "KHOROS_PASSWORD is not set", "casebridge.yaml:12:", "password: { env: "] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
}

#[test]
fn a_tour_needs_no_files_beside_the_program() {
    let home = Home::new();
    home.write("empty/note", "");
    let said = home.command(&["demo"]).current_dir(home.path("empty")).output().expect("it runs");
    assert!(said.status.success(), "{said:?}");
    assert_eq!(fs::read_dir(home.path("empty")).expect("a folder").count(), 1, "a tour leaves nothing behind");
}

#[test]
fn a_thread_that_is_not_there_is_named_without_an_empty_title() {
    let said = Home::new().run(&["explain", "424242", "--sandbox"]);
    assert!(said.code == 0 && said.out.starts_with("khoros:thread:424242\n"), "{said:?}");
}

#[test]
fn a_line_that_nobody_wrote_is_marked_as_built_in() {
    let home = Home::new();
    let said = home.run(&["explain", "120", "--sandbox"]);
    let at = |text: &str| {
        let line = said.out.lines().find(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {said:?}"));
        line.split_whitespace().collect::<Vec<_>>().split_off(4).join(" ")
    };
    assert_eq!(at("thread.has_case == false"), "(built in)");
    assert_eq!(at("thread.solved == false"), "rules/escalations.yaml:8");
}

#[test]
fn functions_and_schema_kinds_are_json_for_machines() {
    let home = Home::new();
    let json = |args: &[&str]| -> Json {
        let said = home.run(&[&["--format", "json"], args].concat());
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{args:?}: {error}: {said:?}"))
    };
    let all = json(&["functions"]);
    let one = json(&["functions", "khoros.label_thread"]);
    assert_eq!((one["kind"].as_str(), one["params"][0]["name"].as_str()), (Some("write"), Some("thread")));
    assert!(all["functions"].as_array().is_some_and(|all| all.contains(&one)), "{all}");
    let facts = json(&["functions", "thread"]);
    assert!(facts["facts"].as_array().is_some_and(|facts| facts.iter().all(|fact| fact["about"].is_string())));
    assert!(json(&["schema"]).as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"] == "rules")));
}
