//! Two processes and one state: a service that is at work is asked, and a left-over of one that was killed is in
//! nobody's way.
//!
//! `CASEBRIDGE_STARTS`: how many starts are killed.

use std::time::Duration;

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
