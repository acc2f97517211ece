//! `check --online`: what rules name is held against the org and the community, all at once, and nothing is written.

use casebridge::app::online::check_online;
use casebridge::problem::Place;
use serde_json::json;

use crate::world::World;

/// What is said about a bridge, as a person reads it.
async fn said(world: &World) -> String {
    let before = world.all_applied();
    let problems = check_online(&world.opening(world.store(), world.web()), &Place::file("casebridge.yaml"))
        .await
        .expect("both hosts answer");
    assert_eq!(world.all_applied(), before, "nothing is written");
    world.sources.show(&problems)
}

#[tokio::test]
async fn the_standard_pack_names_nothing_that_the_sandbox_has_not() {
    let world = World::small().await;
    assert_eq!(said(&world).await, "");
}

#[tokio::test]
async fn everything_that_the_org_has_not_is_named_at_once_with_its_line_and_what_was_meant() {
    let mapping = r#"mappings:
  thread-to-case:
    Subject: { value: = thread.subject, too_long: cut }
    Status: Solved
    OwnerId: = if thread.solved { cases::queue("Suport") } else { cases::user("kai@acme.test") }
    RecordTypeId: = cases::record_type("Comunity")
    Community_Reply__c: { value: = thread.replies, type: "Number(5,0)", too_big: cap }
    Community_Tags__c: = thread.subject
    IsClosed: true
"#;
    let world = World::small().await.rules("mappings.yaml", mapping);
    let said = said(&world).await;
    for wanted in [
        "`Status` of `Case` does not offer `Solved`",
        "known are Closed, Escalated, New, Reopened, Resolved, Waiting on Customer, Working",
        "mappings.yaml:5:48  the org has no queue `Suport`",
        "did you mean `Support`?",
        "the org has no record type of cases `Comunity`",
        "`Case` has no field `Community_Reply__c` that this login can see",
        "did you mean `Community_Replies__c`?",
        "nothing says what happens to more than 255 characters in `Community_Tags__c`",
        "`IsClosed` of `Case` cannot be written",
    ] {
        assert!(said.contains(wanted), "{wanted} is missing in:\n{said}");
    }
    assert!(!said.contains("active user"), "there is one such user:\n{said}");
}

#[tokio::test]
async fn everything_that_the_community_has_not_is_named_at_once() {
    let settings = "support_boards: [support, retruns]\nstaff_roles: [Employe]\nvip_rank: Vip\nfallback_username: suport-team\nescalated_label: urgent\n";
    let said = said(&World::small().await.settings(settings)).await;
    for wanted in [
        "settings:1:27  the community has no board `retruns`",
        "did you mean `returns`?",
        "settings:2:15  the community has no role `Employe`",
        "settings:3:11  the community has no rank `Vip`",
        "settings:4:20  the community has no member `suport-team`",
    ] {
        assert!(said.contains(wanted), "{wanted} is missing in:\n{said}");
    }
    assert!(!said.contains("urgent"), "a board that lists no labels takes any:\n{said}");
}

#[tokio::test]
async fn an_external_id_that_is_not_unique_is_named_f_054() {
    let world = World::small().await;
    world.switch_org(json!({ "external_id_unique": false }));
    let said = said(&world).await;
    assert!(
        said.starts_with("casebridge.yaml:1:1  `Community_Thread_Key__c` of `Case` is not unique in the org"),
        "{said}"
    );
    assert_eq!(said.matches("in the org").count(), 1, "{said}");
}

#[tokio::test]
async fn the_program_ends_with_2_when_something_is_wrong_and_with_3_when_it_is_signed_out() {
    let world = World::small().await;
    let home = tempfile::tempdir().expect("a folder");
    let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir(home.path().join("rules")).expect("a folder");
    for file in ["casebridge.yaml", "rules/pack.yaml", "rules/escalations.yaml", "rules/mappings.yaml"] {
        std::fs::copy(project.join(file), home.path().join(file)).expect("a copy");
    }
    let url = world.sandbox.khoros_url.clone();
    let check = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_casebridge"));
        command.args(["check", "--online", "--sandbox", &url]).current_dir(home.path());
        command.env("KHOROS_PASSWORD", "a-password").env("SALESFORCE_SECRET", "a-secret");
        // The sandbox answers on this thread.
        tokio::task::spawn_blocking(move || command.output().expect("it runs"))
    };
    let output = check().await.expect("it runs");
    let text = |output: &std::process::Output| {
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let pack = std::fs::read_to_string(home.path().join("rules/mappings.yaml")).expect("a file");
    std::fs::write(home.path().join("rules/mappings.yaml"), pack.replace("use: High", "use: Hihg")).expect("written");
    let output = check().await.expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("did you mean `High`?"), "{}", text(&output));
    let refused = json!({ "match": { "path": "oauth2/token" }, "do": "status", "status": 400, "times": 50 });
    world.org_fault(refused).await;
    std::fs::remove_dir_all(home.path().join("state-sandbox")).expect("the tokens are gone");
    let output = check().await.expect("it runs");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
}
