//! A disk that is full and is emptied again: senders hear 500, the process ends, and the next start goes on with everything
//! that was acknowledged. A real process on a real small disk, which lies in a namespace of its own.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::home::{Home, Running};

/// A disk of this many megabytes, mounted under `disk/` of a home as long as this lives.
struct SmallDisk(Child);

impl SmallDisk {
    /// None where the machine lets nobody mount one.
    fn mount(home: &Home, megabytes: u32) -> Option<Self> {
        let disk = home.path("disk");
        std::fs::create_dir(&disk).expect("a folder");
        let script =
            format!("mount -t tmpfs -o size={megabytes}m tmpfs {} && echo mounted && exec cat", disk.display());
        let mut keeper = Command::new("unshare");
        keeper.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
        let mut keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(keeper.stdout.take()?).read_line(&mut line).ok()?;
        let disk = SmallDisk(keeper);
        (line == "mounted\n").then_some(disk)
    }

    /// The program, where the disk is to be seen.
    fn command(&self, home: &Home, args: &[&str]) -> Command {
        let program = home.command(args);
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.0.id().to_string(), "--user", "--mount", "--preserve-credentials", "--"]);
        command.arg("env").args(["-C", &home.path("").display().to_string()]);
        for (name, value) in program.get_envs().filter_map(|(name, value)| Some((name, value?))) {
            command.arg(format!("{}={}", name.display(), value.display()));
        }
        command.arg(program.get_program()).args(program.get_args());
        command
    }

    /// A file of the disk, as it is seen from here.
    fn path(&self, home: &Home, file: &str) -> PathBuf {
        let inside = home.path("disk").join(file);
        PathBuf::from(format!("/proc/{}/root{}", self.0.id(), inside.display()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Writes until nothing more goes.
fn fill(path: &PathBuf) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path).expect("a file");
    for size in [1 << 16, 1 << 12, 1] {
        while file.write(&vec![7; size]).is_ok_and(|written| written > 0) {}
    }
}

/// Sends an event about a message; the status, or nothing when nobody answers.
async fn send(public: &str, message: u32) -> Option<u16> {
    let xml =
        format!(r#"<message type="message" href="/messages/id/{message}"><id type="int">{message}</id></message>"#);
    let form = [("token", "9f2c"), ("event.type", "MessageCreate"), ("message", &xml)];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let sent = reqwest::Client::new().post(format!("{public}/events/khoros/main")).body(body).send().await;
    Some(sent.ok()?.status().as_u16())
}

/// Starts the service; none where it ends before it is there.
fn serve(disk: &SmallDisk, home: &Home, at: &str) -> Option<(Child, String)> {
    let mut process = disk.command(home, &["serve", "--sandbox", at]);
    let mut process = process.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("it is piped")).read_line(&mut line).expect("a line");
    let Ok(told) = serde_json::from_str::<Json>(&line) else {
        process.wait().expect("it ends");
        return None;
    };
    Some((process, told["public"].as_str().expect("an address").to_owned()))
}

fn ends(process: &mut Child) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        if process.try_wait().expect("it is ours").is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_senders_hear_500_and_with_room_again_the_next_start_goes_on_with_all_that_was_taken() {
    let home = Home::new();
    let Some(disk) = SmallDisk::mount(&home, 48) else {
        eprintln!("not tried: nobody may mount a disk here");
        return;
    };
    home.write("token", "9f2c");
    home.replace(
        "casebridge.yaml",
        "    login: { session:",
        "    events: { token: { file: token } }\n    login: { session:",
    );
    home.replace(
        "casebridge.yaml",
        "state: { sled: state }",
        "state: { sled: disk/state }\nlisten: { public: 127.0.0.1:0, operators: 127.0.0.1:0 }",
    );
    let sandbox = Running::start(&home, &["sandbox"]);
    let at = sandbox.says("/khoros/url").to_owned();
    // Nobody answers what the events are about, so that they are kept.
    let silent = json!({ "match": { "path": "" }, "times": "always", "do": "status", "status": 503 });
    sandbox.control("khoros", "faults", silent).await;

    let (mut serving, public) = serve(&disk, &home, &at).expect("there is room");
    let mut taken = vec![];
    for message in 70_001..70_011 {
        assert_eq!(send(&public, message).await, Some(200));
        taken.push(message);
    }
    let filler = disk.path(&home, "filler");
    fill(&filler);
    let mut last = Some(200);
    for message in 70_011..74_000 {
        last = send(&public, message).await;
        match last {
            Some(200) => taken.push(message),
            _ => break,
        }
    }
    assert_eq!(last, Some(500), "the sender hears of it; {} were taken", taken.len());
    assert!(ends(&mut serving), "it ends, so that it is started again");
    // Whoever starts it again while there is no room does no harm.
    if let Some((mut again, public)) = serve(&disk, &home, &at) {
        assert_ne!(send(&public, 79_999).await, Some(200), "there is still no room");
        let _ = again.kill();
        let _ = again.wait();
    }

    std::fs::remove_file(&filler).expect("room again");
    let (mut serving, public) = serve(&disk, &home, &at).expect("it goes on");
    assert_eq!(send(&public, 80_001).await, Some(200), "it takes events again");
    taken.push(80_001);
    serving.kill().expect("it is there");
    serving.wait().expect("it ends");
    let export = disk.command(&home, &["state", "export", "--sandbox"]).output().expect("it runs");
    let export = String::from_utf8_lossy(&export.stdout).into_owned();
    let lost: Vec<_> = taken.iter().filter(|message| !export.contains(&format!("khoros:message:{message}"))).collect();
    assert!(lost.is_empty(), "of {} that were taken, {lost:?} are gone", taken.len());
}
