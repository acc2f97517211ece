//! Texts that are too long for one comment or post, byte by byte (X-7, F-123).

use casebridge::marker;
use casebridge::rules::{Measure, parts};
use serde_json::{Value as Json, json};

use crate::both_ways::{case, with_a_case};
use crate::world::Told;
use crate::world::noting::Noting;

/// What a comment of the org holds beside our marker.
fn comment() -> Measure {
    Measure::Bytes(4000 - marker::BYTES)
}

fn bare(part: &str) -> &str {
    part.split_once(") ").map_or(part, |(_, bare)| bare)
}

fn of_text(text: &str) -> Vec<String> {
    let parts = parts::of_text(text, comment()).expect("parts");
    assert!(parts.iter().all(|part| part.len() + marker::of("key").len() <= 4000), "with all that is added");
    parts
}

#[test]
fn a_comment_of_4000_bytes_with_all_that_we_add_is_one_and_4001_are_two_f_123() {
    let fits = "x".repeat(4000 - marker::BYTES);
    assert_eq!(of_text(&fits), std::slice::from_ref(&fits));
    let two = of_text(&format!("{fits}x"));
    assert_eq!(two.len(), 2);
    assert!(two[0].starts_with("(1/2) x") && two[1].starts_with("(2/2) x"));
    assert_eq!(two.iter().map(|part| bare(part)).collect::<String>(), format!("{fits}x"));
}

#[test]
fn the_last_byte_that_fits_may_be_the_middle_of_nothing() {
    for signs in ["é", "שלום ", "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}", "e\u{301}"] {
        let text = signs.repeat(5000 / signs.len());
        let parts = of_text(&text);
        assert_eq!(parts.len(), 2, "{signs}");
        let of_words = |part: &String| bare(part).replace(' ', "");
        let word = signs.trim_end();
        assert!(parts.iter().all(|part| of_words(part).replace(word, "").is_empty()), "{signs} is never torn");
        assert_eq!(parts.iter().map(of_words).collect::<String>(), text.replace(' ', ""), "nothing is lost");
    }
}

#[test]
fn forty_thousand_characters_with_code_quotes_and_mentions_are_all_there() {
    let block = "> said before\n\n    let a = 1;\n    b(&a);\n\n@ana look: שלום, \u{1F680}.\n\n";
    let text = block.repeat(40_000 / block.chars().count() + 1);
    let parts = of_text(text.trim_end());
    assert!(parts.len() > 10);
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(parts.iter().flat_map(|part| words(bare(part))).collect::<Vec<_>>(), words(&text));
    let torn = parts.iter().find(|part| bare(part).starts_with("let") || bare(part).starts_with("b(&a)"));
    assert_eq!(torn, None, "code keeps the blanks in front of it");
}

#[test]
fn a_long_post_is_cut_into_whole_html_and_reads_the_same() {
    let block = "<p>Hello <li-user uid=\"42\" login=\"@ana\"></li-user></p><ul><li>one</li></ul><pre>a &lt; b</pre>";
    let html = block.repeat(60);
    let parts = parts::of_html(&html, Measure::Characters(1000)).expect("parts");
    assert!(parts.iter().all(|part| part.encode_utf16().count() <= 1000 && casebridge::script::tidy(part) == *part));
    let unnumbered = |part: &String| part.split_once("</p>").expect("a number").1.to_owned();
    assert_eq!(parts.iter().map(unnumbered).collect::<String>(), html);
}

/// A private message whose rule gives it a subject: as it was sent, how its record stands, and what was told.
async fn message(too_long: &str, subject: &str) -> (Vec<String>, Json, Told) {
    let rule = "private_messages.from-the-case.subject";
    let set = format!("set:\n  {rule}.value: \"{subject}\"\n  {rule}.too_long: {too_long}\n");
    let world = with_a_case().await.overlay(&format!("overlay: standard\nmade_for: 0.1.0\n{set}"));
    let ana = json!({ "fields": { "Name": "ana", "Khoros_SSOID__c": "ana", "Community_ID__c": "ana" } });
    let to = world.org(json!({ "community_users": [ana] }))["community_users"][0]["id"].clone();
    let fields = json!({ "Recipient__c": to, "Subject__c": "?", "Body__c": "It is done", "Case__c": case(&world) });
    world.org(json!({ "private_messages": [{ "fields": fields, "by": "zoe@acme.test" }] }));
    let web = Noting::over(world.web());
    let told = world.run_over(web.clone()).await;
    let status = world.sandbox.salesforce.world()["private_messages"][0]["fields"]["Status__c"].clone();
    (web.with("notes.subject="), status, told)
}

#[tokio::test]
async fn a_family_of_seven_characters_is_one_of_the_43_of_a_subject_pm_1_f_123() {
    let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}";
    // 43 as a reader counts, 223 as the org does.
    let longest = format!("{}{}", family.repeat(18), "x".repeat(25));
    let (sent, status, told) = message("refuse", &longest).await;
    assert_eq!((sent, status), (vec![format!("notes.subject={longest}")], json!("Sent")), "{}", told.text());
    let (sent, _, told) = message("refuse", &format!("x{longest}")).await;
    let problems: Vec<&str> =
        told.report.planned.iter().flat_map(|plan| &plan.plan.problems).map(|problem| problem.what.as_str()).collect();
    assert_eq!(sent, Vec::<String>::new());
    assert!(problems.iter().any(|what| what.contains("`subject` has 44 characters and may have 43")), "{problems:?}");
    let (sent, status, told) = message("cut", &format!("{}{}", "x".repeat(25), family.repeat(19))).await;
    let cut = format!("notes.subject={}{}…", "x".repeat(25), family.repeat(17));
    assert_eq!((sent, status), (vec![cut], json!("Sent")), "{}", told.text());
}

#[tokio::test]
async fn a_written_length_never_takes_the_room_of_our_marker_x_7() {
    let rules = "overlay: standard\nmade_for: 0.1.0\nset:\n  replies.reply.max: 4000 bytes\n";
    let world = with_a_case().await.overlay(rules);
    let body = format!("<p>{}</p>", "x".repeat(3_980));
    world.community(json!({ "replies": [{ "thread": "9001", "author": "ana", "body": body }] }));
    let told = world.run().await;
    assert_eq!(told.outcomes("salesforce.comment_on_case"), ["done", "done"], "{}", told.text());
}
