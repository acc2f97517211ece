//! `mail.send_mail`: one mail to each address, to none that is not listed, and none twice, whatever breaks.

use casebridge::app::bridge::NotOpened;
use casebridge::app::mail::mailing;
use casebridge::config;
use casebridge::ports::Store;
use serde_json::json;

use crate::world::killing::{Killer, run_until};
use crate::world::smtp::{Manner, Sink, header};
use crate::world::{Seen, Told, World};

const MAIL: &str = "mail.send_mail";
const LEAD: &str = "lead@acme.test";
const ZOE: &str = "zoe@acme.test";
const TWO: &str = "to: [ lead@acme.test, zoe@acme.test ], subject: = thread.subject, body: = thread.url";
const ONE: &str = "to: lead@acme.test, subject: = thread.subject, body: = thread.url";

/// One due thread, and a rule that mails about it.
async fn world(mail: &str, sink: &Sink) -> World {
    let rule = format!(
        "rules:\n  tell:\n    every: 15 minutes\n    look_at: khoros.find_threads\n    then: [ {{ mail.send_mail: {{ {mail} }} }} ]\n"
    );
    let world = World::with_threads(1).await.rules("escalations.yaml", "").rules("more.yaml", &rule);
    world.mailing(sink, &[LEAD, "Zoe@Acme.test"])
}

/// The code with which nothing is opened, and what is said.
fn not_loaded(world: &World) -> String {
    match world.open(world.store(), world.web(), &Seen::default()) {
        Err(NotOpened::Rules(problems)) => world.sources.show(&problems),
        _ => panic!("it is loaded"),
    }
}

fn recipients(sink: &Sink) -> Vec<String> {
    sink.read().into_iter().map(|(to, ..)| to).collect()
}

#[tokio::test]
async fn each_of_a_list_gets_one_mail_of_its_own_and_a_preview_counts_them() {
    let sink = Sink::start(false).await;
    let world = world(TWO, &sink).await;
    let preview = world.preview().await;
    let catalog = casebridge::app::bridge::offline_catalog();
    let cost = casebridge::cli::sums::cost_text(&preview.report, &preview.summary, &catalog);
    assert!(cost.contains("Cost at mail: 2 write calls and at most 0 reads"), "{cost}");
    assert!(sink.mails().is_empty());
    let told = world.run().await;
    assert_eq!(told.outcomes(MAIL), ["done", "done"], "{}", told.text());
    assert!(told.text().contains("2 mail.send_mail"), "{}", told.text());
    assert_eq!(recipients(&sink), [LEAD, ZOE]);
    let ids: Vec<String> = sink.mails().iter().map(|mail| header(mail, "Message-ID")).collect();
    assert!(ids[0] != ids[1] && ids.iter().all(|id| id.ends_with("@acme.test>")), "{ids:?}");
    world.advance("1 hour");
    assert!(world.run().await.outcomes(MAIL).is_empty());
    assert_eq!(sink.mails().len(), 2);
}

#[tokio::test]
async fn an_address_that_comes_twice_gets_one_mail() {
    let sink = Sink::start(false).await;
    let world = world("to: [ zoe@acme.test, ZOE@acme.test ], subject: Hello, body: You", &sink).await;
    assert_eq!(world.run().await.outcomes(MAIL), ["done"]);
    assert_eq!(recipients(&sink), [ZOE]);
}

#[tokio::test]
async fn an_address_that_the_server_refuses_waits_for_a_person_and_the_others_get_their_mail() {
    let sink = Sink::with(Manner::Refuses(Some(LEAD))).await;
    let world = world(TWO, &sink).await;
    let told = world.run().await;
    assert_eq!(told.outcomes(MAIL), ["parked: refused: permanent error (550): nobody here", "done"]);
    assert_eq!(recipients(&sink), [ZOE]);
    let script = "//! Somebody is told.\nfn rule() { #{ every: \"15 minutes\" } }\n\
                  fn then(thread) { mail::send_mail(#{ to: [\"lead@acme.test\", \"zoe@acme.test\"], subject: thread.subject, body: \"x\" }); }\n";
    let world = World::with_threads(1).await.rules("escalations.yaml", "").rules("tell.rhai", script);
    let world = world.mailing(&sink, &[LEAD, ZOE]);
    let told = world.run().await;
    assert_eq!(told.outcomes(MAIL), ["parked: refused: permanent error (550): nobody here", "done"], "{}", told.text());
}

#[tokio::test]
async fn a_server_that_is_down_is_waited_for() {
    let sink = Sink::down().await;
    let world = world(ONE, &sink).await;
    let told = world.run().await;
    assert_eq!((told.outcomes(MAIL), told.summary.waiting.len()), (vec![], 1), "{}", told.text());
    sink.up().await;
    world.advance("30 minutes");
    let told = world.run().await;
    assert_eq!(told.outcomes(MAIL), ["done"], "{}", told.text());
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn what_passes_is_no_refusal_and_parks_nothing() {
    for manner in [Manner::IsBusy, Manner::HangsUp, Manner::KnowsNobody] {
        let sink = Sink::with(manner).await;
        let mut world = world(ONE, &sink).await;
        if manner == Manner::KnowsNobody {
            let sender = world.connections.mail.sender.as_mut().expect("there is a server");
            sender.server.login = Some(("casebridge".into(), "planted-secret".to_owned().into()));
        }
        let told = world.run().await;
        assert_eq!((told.outcomes(MAIL), told.summary.waiting.len()), (vec![], 1), "{manner:?}: {}", told.text());
        assert!(!format!("{:?}", told.summary.waiting).contains("planted-secret"));
    }
}

#[tokio::test]
async fn a_mail_whose_answer_was_lost_is_a_persons_and_is_not_sent_again() {
    let sink = Sink::with(Manner::KeepsSilent).await;
    let world = world(ONE, &sink).await;
    let told = world.run().await;
    assert!(told.outcomes(MAIL)[0].starts_with("parked: uncertain"), "{:?}", told.outcomes(MAIL));
    world.advance("1 hour");
    assert!(world.run().await.outcomes(MAIL).is_empty());
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_place_a_mail_is_sent_once_or_waits_for_a_person() {
    let counting = Killer::at(0);
    let sink = Sink::start(false).await;
    assert!(run_until(&world(ONE, &sink).await, &counting).await);
    let mut uncertain = 0;
    for place in 1..=counting.places() {
        let sink = Sink::start(false).await;
        let world = world(ONE, &sink).await;
        run_until(&world, &Killer::at(place)).await;
        let before = sink.mails().len();
        world.advance("20 minutes");
        let told = world.run().await;
        let parked = told.outcomes(MAIL).iter().filter(|outcome| outcome.starts_with("parked")).count();
        uncertain += parked;
        assert!(sink.mails().len() <= 1, "place {place}: {} mails", sink.mails().len());
        assert!(sink.mails().len() + parked >= 1, "place {place}: {}", told.text());
        assert!(before == 0 || sink.mails().len() == before, "place {place}: a second one");
        let open = world.store().range("open/").expect("readable");
        assert!(open.is_empty(), "place {place}: it is still open");
    }
    // Sent and not settled: before the call, and after it.
    assert!(uncertain >= 2, "{uncertain} of {} places", counting.places());
}

#[tokio::test]
async fn a_break_in_a_subject_adds_no_header_and_letters_of_all_kinds_arrive() {
    let sink = Sink::start(false).await;
    let mail = "to: lead@acme.test, subject: \"Grüße 🚀\\r\\nBcc: eve@evil.test\\u2028x\", body: \"Schöne Grüße 👩‍🚀\\n.\\nzweite Zeile\"";
    let world = world(mail, &sink).await;
    let told = world.run().await;
    assert_eq!(told.outcomes(MAIL), ["done"], "{}", told.text());
    let (to, subject, body) = sink.read().remove(0);
    assert_eq!((to.as_str(), subject.as_str()), (LEAD, "Grüße 🚀 Bcc: eve@evil.test x"));
    assert_eq!(body, "Schöne Grüße 👩‍🚀\n.\nzweite Zeile");
    assert!(!sink.mails()[0].lines().any(|line| line.to_lowercase().starts_with("bcc")), "{}", sink.mails()[0]);
}

#[tokio::test]
async fn a_known_address_that_is_not_listed_is_found_while_the_rules_are_loaded() {
    let sink = Sink::start(false).await;
    let said = not_loaded(&world("to: [ lead@acme.test, ceo@acme.test ], subject: Hello, body: You", &sink).await);
    assert!(said.contains("`ceo@acme.test` is not under `mail_to` in casebridge.yaml"), "{said}");
    assert!(!said.contains("`lead@acme.test` is not"), "{said}");
    let said = not_loaded(
        &world("to: = settings.fallback_username, subject: Hello, body: You", &sink)
            .await
            .settings("support_boards: [support]\nstaff_roles: [Employee]\nfallback_username: leat@acme.test\n"),
    );
    assert!(said.contains("next: add it there; listed are: lead@acme.test, Zoe@Acme.test"), "{said}");
}

#[tokio::test]
async fn an_address_that_comes_from_the_data_and_is_not_listed_waits_for_a_person() {
    let sink = Sink::start(false).await;
    let world = world("to: = thread.author.login + \"@acme.test\", subject: Hello, body: You", &sink).await;
    let told = world.run().await;
    let said = &told.outcomes(MAIL)[0];
    assert!(
        said.starts_with("parked: not_allowed") && said.contains("is not under `mail_to` in casebridge.yaml"),
        "{said}"
    );
    assert!(sink.mails().is_empty());
}

#[tokio::test]
async fn a_lead_is_told_by_mail_a_day_after_a_case_is_opened_and_still_new() {
    let sink = Sink::start(false).await;
    let after = "    after:\n      still-new:\n        of: case\n        wait: 1 day\n        \
                 when: [ case.Status == \"New\", result.outcome == \"done\" ]\n        then:\n          \
                 - mail.send_mail: { to: [lead@acme.test], subject: \"Case ${case.CaseNumber} is still new\", body: = case.url }\n";
    let rules = format!("{}{after}", include_str!("../rules/escalations.yaml"));
    let world = World::with_threads(1).await.rules("escalations.yaml", &rules).mailing(&sink, &[LEAD]);
    world.run().await;
    assert!(sink.mails().is_empty());
    world.advance("25 hours");
    let told = world.run().await;
    assert_eq!(told.outcomes(MAIL), ["done"], "{}", told.text());
    let number = world.cases()[0]["fields"]["CaseNumber"].as_str().expect("a number").to_owned();
    let (to, subject, body) = sink.read().remove(0);
    assert_eq!((to.as_str(), subject), (LEAD, format!("Case {number} is still new")));
    assert!(body.starts_with("http") && body.contains(world.cases()[0]["id"].as_str().expect("an id")), "{body}");
}

#[tokio::test]
async fn with_a_sandbox_no_mail_leaves_this_machine() {
    let config = |host: &str| {
        let mails =
            format!("failure_mails: {{ to: [ops@acme.test], smtp: {{ host: {host} }} }}\nmail_to: [ {LEAD} ]\n");
        config::parse("casebridge.yaml", &(include_str!("../casebridge.yaml").to_owned() + &mails))
            .expect("it is right")
    };
    let (near, far) = (config("localhost"), config("mail.acme.test"));
    assert!(mailing(&near, true).is_ok_and(|mailing| mailing.sender.is_some()));
    assert!(mailing(&far, false).is_ok_and(|mailing| mailing.sender.is_some()));
    let sink = Sink::start(false).await;
    let mut world = world(ONE, &sink).await;
    world.connections.mail = mailing(&far, true).unwrap_or_else(|problems| panic!("{problems:?}"));
    let told: Told = world.run().await;
    assert_eq!(told.outcomes(MAIL), ["refused: sandbox: with --sandbox mail goes to a server on this machine alone"]);
    assert_eq!(json!(sink.mails()), json!([]));
}
