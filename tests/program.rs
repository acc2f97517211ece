//! The program as a person starts it: the tour, the README's commands, two at once, and what its output never holds.

use std::fs;
use std::process::Stdio;

use serde_json::{Value as Json, json};

use crate::home::{Home, Running, Said};

#[test]
fn the_tour_ends_well_and_shows_preview_cases_and_cost() {
    let said = Home::new().run(&["demo"]);
    assert_eq!(said.code, 0, "{said:?}");
    for words in [
        "16 cases opened",
        "0 cases opened",
        "1 case opened",
        "Cost at salesforce",
        "✓ case ",
        " found by its search, ",
        "nothing: `when.not-solved` does not hold",
        "; goes along in the search",
    ] {
        assert!(said.out.contains(words), "{words} is not in {}", said.out);
    }
    assert!(!said.out.contains("✗ salesforce.") && said.err.is_empty(), "{said:?}");
}

#[tokio::test]
async fn the_commands_of_the_readme_do_what_it_says() {
    let home = Home::new();
    let mut blocks = sh_blocks(include_str!("../README.md"));
    assert_eq!(blocks.remove(0), ["demo"]);
    let sandbox = &blocks.remove(0)[0];
    assert_eq!(sandbox, "sandbox --khoros 127.0.0.1:8070");
    let running = Running::start(&home, &words(&sandbox.replace(":8070", ":0")));
    let by_hand = blocks.remove(0);
    let mut opened = vec![];
    for line in &by_hand {
        let said = home.run(&words(&line.replace("http://127.0.0.1:8070", running.says("/khoros/url"))));
        assert_eq!(said.code, 0, "{line}: {said:?}");
        opened.push(running.cases().await);
    }
    assert_eq!(opened, [0, 15, 15], "{by_hand:?}");
    let real = blocks.remove(0);
    assert_eq!(real, ["check", "test", "run --dry-run", "run", "explain 42", "functions", "schema rules"]);
    for command in ["check", "functions", "schema rules"] {
        assert_eq!(home.run(&words(command)).code, 0, "{command}");
    }
    let explained = home.run(&["explain", "101", "--sandbox", running.says("/khoros/url")]);
    assert!(explained.code == 0 && explained.out.contains("✗ thread.author.staff == false"), "{explained:?}");
    let unknown = home.run(&["explain", "abc", "--sandbox", running.says("/khoros/url")]);
    assert!(unknown.code == 2 && unknown.err.contains("next: give a thread's id"), "{unknown:?}");
    assert_eq!(blocks, [["tests/run"]]);
}

#[test]
fn the_readme_shows_the_standard_rule_as_it_stands_and_every_field_that_it_fills() {
    let page = include_str!("../README.md");
    let shown = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a rule");
    let rule = include_str!("../rules/escalations.yaml");
    assert!(shown.lines().count() > 10 && rule.starts_with(shown), "README.md shows another rule: {shown}");
    let mut fields = 0;
    for line in include_str!("../rules/mappings.yaml").lines() {
        let Some((field, rest)) = line.trim().split_once("__c: {") else { continue };
        let takes = rest.split("type: ").nth(1).expect("a custom field says its type").trim_start_matches('"');
        let takes = &takes[..=takes.find(')').expect("a type with its size")];
        assert!(page.contains(&format!("| `{field}__c` | {takes} |")), "README.md has no `{field}__c` with {takes}");
        fields += 1;
    }
    assert!(fields > 3, "the standard mapping has {fields} fields of its own");
}

#[test]
fn check_prints_the_next_five_moments_of_a_schedule_with_their_offsets() {
    let said = Home::new().run(&["check"]);
    assert!(said.out.contains("escalations.unanswered-support  */15 * * * * (America/Chicago)"), "{said:?}");
    let next = said.out.lines().find_map(|line| line.trim().strip_prefix("next ")).expect("a line of moments");
    let moments: Vec<&str> = next.split(", ").collect();
    assert_eq!(moments.len(), 5, "{next}");
    assert!(moments.iter().all(|moment| moment.ends_with(" -06:00") || moment.ends_with(" -05:00")), "{next}");
}

#[tokio::test]
async fn run_due_runs_a_rule_once_and_then_when_its_next_moment_has_come() {
    let home = Home::new();
    let running = Running::start(&home, &["sandbox"]);
    // A minute behind the next quarter of an hour, so that none passes in between.
    let quarter = jiff::Timestamp::now().as_second() / 900 * 900 + 960;
    let moment = |second| jiff::Timestamp::from_second(second).expect("a moment").to_string();
    running.control("khoros", "clock", json!({ "now": moment(quarter) })).await;
    let due = |more: &[&str]| {
        let args = [&["run", "--due", "--sandbox", running.says("/khoros/url")], more].concat();
        let said = home.run(&args);
        assert_eq!(said.code, 0, "{said:?}");
        said.out
    };
    assert!(due(&["--dry-run"]).contains("escalations.unanswered-support: due, it never ran; next "));
    assert!(due(&[]).contains("escalations.unanswered-support: due, it never ran; next "));
    let cases = running.cases().await;
    assert!(cases > 0);
    let again = due(&[]);
    assert!(again.contains("escalations.unanswered-support: not due; next "), "{again}");
    running.control("khoros", "clock", json!({ "now": moment(quarter + 900) })).await;
    let json = due(&["--format", "json"]);
    let standing = json.lines().find(|line| line.contains("\"scheduled\"")).expect("where the rule stands");
    let standing: Json = serde_json::from_str(standing).expect("a JSON object a line");
    assert_eq!(
        (&standing["due"], &standing["moved"], &standing["moments"]),
        (&json!(true), &json!("passed"), &json!(1))
    );
}

#[test]
fn functions_tells_one_of_them_and_what_a_misspelt_one_was_meant_to_be() {
    let home = Home::new();
    let said = home.run(&["functions", "khoros.label_thread"]);
    assert!(said.code == 0 && said.out.contains("example: "), "{said:?}");
    let said = home.run(&["functions", "khoros.lable_thread"]);
    assert!(said.code == 2 && said.err.contains("did you mean `khoros.label_thread`?"), "{said:?}");
}

/// The lines of each block of commands, without their comments and without how the program is called.
fn sh_blocks(page: &str) -> Vec<Vec<String>> {
    let blocks = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    let line = |line: &str| {
        let line = line.split('#').next().unwrap_or_default().trim();
        let line = line.strip_prefix("cargo run --release -- ").or(line.strip_prefix("casebridge ")).unwrap_or(line);
        line.to_owned()
    };
    blocks.map(|block| block.lines().map(line).collect()).collect()
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_run_on_one_state_folder_names_the_process_that_holds_it() {
    let home = Home::new();
    let running = Running::start(&home, &["sandbox"]);
    let slow = json!({ "match": { "path": "/query" }, "do": "delay", "ms": 4000 });
    running.control("salesforce", "faults", slow).await;
    let args = ["run", "--sandbox", running.says("/khoros/url")];
    let mut first = home.command(&args).stdout(Stdio::null()).spawn().expect("it starts");
    let held = home.path("state-sandbox/lock");
    while !fs::read_to_string(&held).is_ok_and(|text| text.starts_with(&first.id().to_string())) {
        assert!(first.try_wait().expect("it is ours").is_none(), "the first ended before it held the folder");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let second = home.run(&args);
    assert_eq!(second.code, 1, "{second:?}");
    let sentence = second.err.trim();
    assert!(sentence.contains(&first.id().to_string()) && sentence.lines().count() <= 2, "{sentence}");
    assert!(first.wait().expect("it ends").success());
    assert_eq!(running.cases().await, 15);
}

/// What a run is configured with, planted where an admin may write it.
const PLANTED: [&str; 5] =
    ["ht-user-planted", "ht-pass-planted", "khoros-pass-planted", "client-planted", "a-token-planted"];

fn configuration(running: &Running, user: &str, client: &str) -> String {
    let plain = |pointer: &str| running.says(pointer).trim_start_matches("http://").to_owned();
    let (khoros, salesforce) = (plain("/khoros/url"), plain("/salesforce/url"));
    let (tenant, [ht_user, ht_password, ..]) = (running.says("/khoros/tenant_id"), PLANTED);
    format!(
        "communities:\n  main:\n    base_url: http://{ht_user}:{ht_password}@{khoros}\n    context_name: t5/s\n    tenant_id: {tenant}\n    \
         login: {{ session: {{ user: {user}, password: {{ env: KHOROS_PASSWORD }} }} }}\n\
         orgs:\n  main:\n    login_url: http://{salesforce}\n    \
         login: {{ client_credentials: {{ client_id: {client}, client_secret: {{ env: SALESFORCE_SECRET }} }} }}\n\
         bridges:\n  acme:\n    community: main\n    org: main\n    packs: {{ standard: {{ path: rules }} }}\n    \
         settings: {{ support_boards: [support], staff_roles: [Employee] }}\n"
    )
}

#[tokio::test]
async fn no_secret_stands_in_any_output_or_in_the_state_f_115() {
    let home = Home::new();
    let running = Running::start(&home, &["sandbox"]);
    let [ht_user, ht_password, password, secret, _] = PLANTED;
    let ht = json!({ "ht_access": format!("{ht_user}:{ht_password}") });
    running.control("khoros", "switches", ht).await;
    let (user, client) = (running.says("/khoros/login").to_owned(), running.says("/salesforce/client_id").to_owned());
    fs::write(home.path("casebridge.yaml"), configuration(&running, &user, &client)).expect("written");
    let mut secrets: Vec<String> = PLANTED.map(str::to_owned).into();
    let real = [running.says("/khoros/password").to_owned(), running.says("/salesforce/client_secret").to_owned()];
    let wrong = [password.to_owned(), secret.to_owned()];
    secrets.extend(real.clone());
    let mut said = vec![];
    for (held, wants) in [(&wrong, 3), (&real, 0)] {
        for args in [&["run", "-vv"][..], &["run", "--format", "json"], &["run", "--dry-run", "-v"], &["check"]] {
            let mut command = home.command(args);
            command.env("KHOROS_PASSWORD", &held[0]).env("SALESFORCE_SECRET", &held[1]);
            let output: Said = command.output().expect("the program starts").into();
            let wants = if args[0] == "check" { 0 } else { wants };
            assert_eq!(output.code, wants, "{args:?}: {output:?}");
            said.push(output.out);
            said.push(output.err);
        }
    }
    assert!(running.cases().await > 0);
    let tokens = fs::read_to_string(home.path("state/tokens")).expect("tokens are kept");
    secrets.extend(texts(&serde_json::from_str(&tokens).expect("tokens are JSON")));
    assert!(secrets.len() >= 9, "two tokens are kept: {tokens}");
    said.push(home.run(&["state", "export"]).out);
    // A secret in a file where a reference belongs: refused, and covered in what is shown.
    let bad = configuration(&running, &user, &client).replace("{ env: KHOROS_PASSWORD }", PLANTED[4]);
    fs::write(home.path("casebridge.yaml"), bad).expect("written");
    let refused = home.run(&["check"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    said.extend([refused.out, refused.err]);
    for (text, secret) in said.iter().flat_map(|text| secrets.iter().map(move |secret| (text, secret))) {
        assert!(!text.contains(secret.as_str()), "{secret} stands in {text}");
    }
}

/// All texts in it that are long enough to be a token.
fn texts(json: &Json) -> Vec<String> {
    match json {
        Json::String(text) if text.len() > 12 => vec![text.clone()],
        Json::Array(list) => list.iter().flat_map(texts).collect(),
        Json::Object(map) => map.values().flat_map(texts).collect(),
        _ => vec![],
    }
}
