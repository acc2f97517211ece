//! Which threads an escalation looks at, what counts as an answer, when the clock starts, and where it looks
//! (ESC-3 to ESC-7).

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::explain::{explain, unmet};
use crate::world::{Told, World};

const SETTINGS: &str = "support_boards: [support, blogs, kb, ideas, contests]\nstaff_roles: [Employee]\n\
                        bots: [robo]\nindex_lag: 1 minutes\n";
const MAPPING: &str = "    with: thread-to-case";

/// One thread for each thing that is left out, and an ordinary one; all long due.
fn one_of_each() -> Json {
    let thread = |id: &str, board: &str, author: &str| json!({ "id": id, "board": board, "author": author, "subject": id, "body": "<p>x</p>", "age": "60 hours" });
    let mut threads = vec![
        thread("9001", "support", "ana"),
        thread("9002", "blogs", "ana"),
        thread("9003", "kb", "ana"),
        thread("9004", "ideas", "ana"),
        thread("9005", "contests", "ana"),
        thread("9006", "support", "ana"),
        thread("9007", "support", "robo"),
        thread("9008", "support", "kai"),
        thread("9009", "support", "gone"),
        thread("9010", "support", "loud"),
    ];
    threads[5]["archived"] = json!(true);
    json!({
        "boards": [
            { "id": "blogs", "style": "blog" }, { "id": "kb", "style": "tkb" },
            { "id": "ideas", "style": "idea" }, { "id": "contests", "style": "contest" },
        ],
        "members": [
            { "login": "ana" }, { "login": "robo" }, { "login": "kai", "roles": ["Employee"] },
            { "login": "gone", "deleted": true }, { "login": "loud", "banned": true },
        ],
        "threads": threads,
    })
}

/// The standard escalation with other lines in place of its own, or keys added.
fn rule(lines: &[&str], keys: &str) -> String {
    let standard = include_str!("../rules/escalations.yaml");
    let (head, rest) = standard.split_once("    when:\n").expect("lines");
    let tail = rest.find(MAPPING).map(|at| &rest[at..]).expect("a mapping");
    let lines: String = lines.iter().map(|line| format!("      - {line}\n")).collect();
    format!("{head}    when:\n{lines}{keys}{tail}")
}

/// The first line that stopped each thread.
fn stopped(told: &Told) -> BTreeMap<String, String> {
    let of = |silent: &casebridge::engine::report::Silent| {
        (silent.subject.id().to_owned(), silent.unmet[0].line.to_string())
    };
    told.report.silent.iter().map(of).collect()
}

fn opened(told: &Told) -> Vec<String> {
    let mut opened: Vec<String> = told
        .report
        .settled
        .iter()
        .filter(|finished| finished.action.function.as_str() == "salesforce.create_case")
        .map(|finished| finished.subject.id().to_owned())
        .collect();
    opened.sort();
    opened
}

#[tokio::test]
async fn what_is_left_out_says_so_like_a_line_esc_3() {
    let world = World::with(one_of_each()).await.settings(SETTINGS);
    let told = world.run().await;
    assert_eq!(opened(&told), ["9001"]);
    let wanted = [
        ("9006", "include.archived_threads"),
        ("9007", "include.bot_authors"),
        ("9008", "include.staff_authors"),
        ("9009", "include.deleted_authors"),
        ("9010", "include.banned_authors"),
    ];
    assert_eq!(stopped(&told), wanted.map(|(id, line)| (id.into(), line.into())).into());
    // Styles go along in the search, so a run never meets them; who asks about one is told.
    let styles = ["include.blogs", "include.articles", "include.ideas", "include.contests"];
    for (id, line) in ["9002", "9003", "9004", "9005"].into_iter().zip(styles) {
        let explained = explain(&world, id).await;
        assert_eq!(unmet(&explained)[..2], [line, "candidate.style"], "{id}");
    }
}

#[tokio::test]
async fn what_a_rule_includes_becomes_a_case_like_any_other_esc_3() {
    let all = "    include: [staff_authors, bot_authors, banned_authors, deleted_authors, archived_threads, blogs, articles, ideas, contests]\n";
    let world = World::with(one_of_each()).await.settings(SETTINGS);
    let world = world.rules("escalations.yaml", &rule(&["thread.board in settings.support_boards"], all));
    assert_eq!(opened(&world.run().await).len(), 10);
    let ideas = World::with(one_of_each()).await.settings(SETTINGS);
    let ideas =
        ideas.rules("escalations.yaml", &rule(&["thread.board in settings.support_boards"], "    include: [ideas]\n"));
    let told = ideas.run().await;
    assert_eq!(opened(&told), ["9001", "9004"]);
}

/// The community says nothing of drafts and spam: neither is found by a search.
#[tokio::test]
async fn only_posts_that_everybody_can_read_are_candidates_esc_3() {
    let statuses = ["approved", "marked_approved", "unmoderated", "rejected", "marked_rejected", "marked_undecided"];
    let threads: Vec<Json> = statuses
        .iter()
        .map(|status| json!({ "board": "support", "author": "ana", "subject": status, "body": "x", "age": "60 hours", "moderation_status": status }))
        .chain([json!({ "board": "support", "author": "ana", "subject": "deleted", "body": "x", "age": "60 hours", "deleted": true })])
        .collect();
    let entries = json!({ "members": [{ "login": "ana" }], "threads": threads });
    let subjects = |world: &World| {
        let mut all: Vec<String> = world
            .cases()
            .iter()
            .map(|case| case["fields"]["Subject"].as_str().unwrap_or_default().to_owned())
            .collect();
        all.sort();
        all
    };
    let world = World::with(entries.clone()).await;
    let told = world.run().await;
    assert_eq!(subjects(&world), ["approved", "marked_approved"]);
    assert!(stopped(&told).values().all(|line| line == "candidate.approved"), "{:?}", stopped(&told));
    let after = World::with(entries).await.settings(&format!("{SETTINGS}unmoderated_is_public: true\n"));
    after.run().await;
    assert_eq!(subjects(&after), ["approved", "marked_approved", "unmoderated"]);
}

/// Four threads: nobody wrote, only the author, another member, staff; and one whose only reply nobody can read.
fn answered() -> Json {
    let thread = |id: &str| json!({ "id": id, "board": "support", "author": "ana", "subject": id, "body": "x", "age": "60 hours" });
    let reply =
        |thread: &str, author: &str| json!({ "thread": thread, "author": author, "body": "y", "age": "50 hours" });
    let mut hidden = reply("9005", "noa");
    hidden["moderation_status"] = json!("unmoderated");
    json!({
        "members": [{ "login": "ana" }, { "login": "noa" }, { "login": "kai", "roles": ["Employee"] }],
        "threads": (9001..=9006).map(|id| thread(&id.to_string())).collect::<Vec<_>>(),
        "replies": [reply("9002", "ana"), reply("9003", "noa"), reply("9004", "kai"), hidden, reply("9006", "connector")],
    })
}

#[tokio::test]
async fn a_rule_says_what_unanswered_means_esc_4() {
    for (line, due) in [
        ("thread.replies == 0", vec!["9001"]),
        ("thread.replies_by_others == 0", vec!["9001", "9002", "9005", "9006"]),
        ("thread.replies_by_staff == 0", vec!["9001", "9002", "9003", "9005", "9006"]),
        ("thread.solved == false", vec!["9001", "9002", "9003", "9004", "9005", "9006"]),
    ] {
        let world = World::with(answered()).await.rules("escalations.yaml", &rule(&[line], ""));
        assert_eq!(opened(&world.run().await), due, "{line}");
    }
}

#[tokio::test]
async fn the_clock_of_a_rule_starts_where_the_rule_says_esc_5() {
    let entries = json!({
        "members": [{ "login": "ana" }, { "login": "noa" }],
        "threads": [
            { "id": "9001", "board": "support", "author": "ana", "subject": "moderated", "body": "x", "age": "60 hours", "approved": "40 hours" },
            { "id": "9002", "board": "support", "author": "ana", "subject": "edited", "body": "x", "age": "60 hours" },
            { "id": "9003", "board": "support", "author": "ana", "subject": "asked again", "body": "x", "age": "60 hours" },
            { "id": "9004", "board": "support", "author": "ana", "subject": "answered", "body": "x", "age": "60 hours" },
        ],
        "replies": [
            { "thread": "9003", "author": "ana", "body": "still", "age": "40 hours" },
            { "thread": "9004", "author": "noa", "body": "try this", "age": "40 hours" },
        ],
    });
    for (line, due) in [
        ("thread.age >= hours(48)", vec!["9002", "9003", "9004"]),
        ("thread.author_waits >= hours(48)", vec!["9002", "9004"]),
        ("thread.idle >= hours(48)", vec!["9001", "9002"]),
    ] {
        let world = World::with(entries.clone()).await.rules("escalations.yaml", &rule(&[line], ""));
        world.community(json!({ "threads": [{ "id": "9002", "body": "edited just now" }] }));
        assert_eq!(opened(&world.run().await), due, "{line}");
    }
}

#[tokio::test]
async fn a_rule_says_where_it_looks_esc_7() {
    let thread = |id: &str, board: &str, more: Json| {
        let mut thread =
            json!({ "id": id, "board": board, "author": "ana", "subject": id, "body": "x", "age": "60 hours" });
        thread.as_object_mut().expect("a map").extend(more.as_object().cloned().unwrap_or_default());
        thread
    };
    let entries = json!({
        "categories": [{ "id": "network", "parent": "products" }, { "id": "products" }],
        "boards": [{ "id": "vpn", "category": "network" }, { "id": "lounge", "category": "talk" }],
        "members": [{ "login": "ana", "rank": "VIP" }, { "login": "noa", "roles": ["Partner"] }],
        "threads": [
            thread("9001", "vpn", json!({ "labels": ["Beta"] })),
            thread("9002", "lounge", json!({ "tags": ["Outage"], "subject": "Error 0x80070005" })),
            thread("9003", "lounge", json!({ "language": "DE", "author": "noa" })),
        ],
    });
    for (line, due) in [
        (r#"thread.places.contains("products")"#, vec!["9001"]),
        (r#"thread.places.contains("products") == false"#, vec!["9002", "9003"]),
        (r#"thread.labels.contains("Beta")"#, vec!["9001"]),
        (r#"thread.tags.contains("outage")"#, vec!["9002"]),
        (r#"thread.language == "de""#, vec!["9003"]),
        (r#"thread.author.rank == "VIP""#, vec!["9001", "9002"]),
        (r#"people::has_role(thread.author, "partner")"#, vec!["9003"]),
        (r#"text::matches(thread.subject, "0x[0-9a-f]+")"#, vec!["9002"]),
        (r#"thread.visibility == "public""#, vec!["9001", "9002", "9003"]),
    ] {
        let world = World::with(entries.clone()).await.rules("escalations.yaml", &rule(&[line], ""));
        assert_eq!(opened(&world.run().await), due, "{line}");
    }
}

#[tokio::test]
async fn the_second_of_two_matching_rules_is_recorded_as_shadowed_esc_7() {
    let both = rule(&["thread.board == \"support\""], "    order: 10\n")
        + "  later:\n    every: 15 minutes\n    order: 20\n    when: [ thread.board == \"support\" ]\n    with: thread-to-case\n";
    let thread =
        json!({ "id": "9001", "board": "support", "author": "ana", "subject": "x", "body": "x", "age": "60 hours" });
    let world = World::with(json!({ "members": [{ "login": "ana" }], "threads": [thread] })).await;
    let told = world.rules("escalations.yaml", &both).run().await;
    assert_eq!(opened(&told), ["9001"]);
    let fired = &told.report.planned[0].plan.fired;
    let shadow = fired[1].shadowed_by.as_ref().map(|rule| rule.as_str());
    assert_eq!((fired[1].rule.as_str(), shadow), ("escalations.later", Some("escalations.unanswered-support")));
}

#[tokio::test]
async fn a_thread_moved_into_a_watched_board_is_due_at_the_next_run_and_moved_out_again_keeps_its_case_f_002() {
    let entries = json!({
        "boards": [{ "id": "lounge" }, { "id": "archive" }],
        "members": [{ "login": "ana" }],
        "threads": [{ "id": "201", "board": "lounge", "author": "ana", "subject": "VPN", "body": "x", "age": "50 hours" }],
    });
    let world = World::with(entries).await;
    assert_eq!(opened(&world.run().await), Vec::<String>::new());
    world.community(json!({ "threads": [{ "id": "201", "board": "support" }] }));
    assert_eq!(opened(&world.run().await), ["201"]);
    let case = world.case_of("201").expect("a case");
    world.community(json!({ "threads": [{ "id": "201", "board": "archive" }] }));
    world.advance("1 hour");
    assert_eq!(opened(&world.run().await), Vec::<String>::new());
    assert_eq!((world.cases().len(), world.case_of("201")), (1, Some(case)), "neither a second case nor a change");
    assert!(world.export().contains("201"), "the link stays");
}

#[tokio::test]
async fn threads_older_than_the_rule_looks_back_are_counted_and_the_others_become_cases_f_007() {
    let thread = |n: u64, age: String| json!({ "id": n.to_string(), "board": "support", "author": "ana", "subject": "Old", "body": "x", "age": age });
    let old = (0..40).map(|n| thread(7001 + n, "90 days".into()));
    let young = (0..5).map(|n| thread(8001 + n, format!("{} days", 3 + n)));
    let elsewhere =
        json!({ "id": "6001", "board": "ask", "author": "ana", "subject": "x", "body": "x", "age": "90 days" });
    let threads: Vec<Json> = old.chain(young).chain([elsewhere]).collect();
    let world = World::with(json!({ "members": [{ "login": "ana" }], "threads": threads })).await;
    let told = "40 more are older than its `look_back` and not looked at";

    let preview = world.preview().await;
    assert_eq!((preview.report.planned.len(), preview.summary.scans[0].older), (5, 40));
    assert!(preview.text().contains(told), "{}", preview.text());

    let run = world.run().await;
    assert_eq!((run.report.opened(), world.cases().len()), (5, 5));
    assert!(run.text().contains(told), "{}", run.text());
    let again = world.run().await;
    assert!(!again.text().contains("look_back"), "it is said when the rule is new, and in previews: {}", again.text());
}
