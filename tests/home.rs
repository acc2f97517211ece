//! The program as a person starts it, in a folder of its own, and a sandbox in a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tempfile::TempDir;

/// A folder with the standard pack and a configuration, and the program in it.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        let home = Home(tempfile::tempdir().expect("a temporary folder"));
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::create_dir(home.path("rules")).expect("a folder");
        for file in ["casebridge.yaml", "rules/pack.yaml", "rules/escalations.yaml", "rules/mappings.yaml"] {
            fs::copy(project.join(file), home.path(file)).expect("a copy");
        }
        home
    }

    /// One whose service listens on free ports.
    pub fn that_serves() -> Self {
        let home = Home::new();
        let listen = "listen: { public: 127.0.0.1:0, operators: 127.0.0.1:0 }\nstate: {";
        home.replace("casebridge.yaml", "state: {", listen);
        home
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    /// Writes a file, with the folders that it lies in.
    pub fn write(&self, file: &str, text: &str) {
        fs::create_dir_all(self.path(file).parent().expect("a folder")).expect("a folder");
        fs::write(self.path(file), text).expect("written");
    }

    /// Replaces a text in a file; it must stand there, so that no test passes by changing nothing.
    pub fn replace(&self, file: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.path(file)).expect("a file");
        assert!(text.contains(old), "{file} has no {old:?}");
        self.write(file, &text.replacen(old, new, 1));
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebridge"));
        command.args(args).current_dir(self.0.path());
        command.env("KHOROS_PASSWORD", "a-password").env("SALESFORCE_SECRET", "a-secret");
        command
    }

    pub fn run(&self, args: &[&str]) -> Said {
        self.command(args).output().expect("the program starts").into()
    }
}

/// What the program said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// A sandbox in a process of its own; it ends with this value.
pub struct Running {
    process: Child,
    hosts: Json,
}

impl Running {
    pub fn start(home: &Home, args: &[&str]) -> Self {
        let mut process = home.command(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        let out = process.stdout.take().expect("stdout is piped");
        BufReader::new(out).read_line(&mut line).expect("the sandbox says where it is");
        Running { process, hosts: serde_json::from_str(&line).expect("one line of JSON") }
    }

    pub fn says(&self, pointer: &str) -> &str {
        self.hosts.pointer(pointer).and_then(Json::as_str).unwrap_or_else(|| panic!("no {pointer}: {}", self.hosts))
    }

    /// Tells it to stop.
    pub fn terminate(&self) {
        let told = Command::new("kill").arg(self.process.id().to_string()).status().expect("kill is there");
        assert!(told.success());
    }

    /// Its exit code; none when it does not end in this time.
    pub fn ended(&mut self, limit: Duration) -> Option<i32> {
        let until = Instant::now() + limit;
        while Instant::now() < until {
            if let Some(status) = self.process.try_wait().expect("it is ours") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }

    pub async fn control(&self, host: &str, what: &str, body: Json) {
        let url = format!("{}/_sandbox/{what}", self.says(&format!("/{host}/url")));
        let answer = reqwest::Client::new().post(url).json(&body).send().await.expect("the sandbox answers");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }

    pub async fn cases(&self) -> usize {
        let url = format!("{}/_sandbox/world", self.says("/salesforce/url"));
        let world: Json = reqwest::get(url).await.expect("it answers").json().await.expect("a world is JSON");
        world["cases"].as_array().expect("a list of cases").len()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
