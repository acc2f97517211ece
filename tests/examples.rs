//! Every example does what its README shows: its commands are run in its folder, and what it says they print is there.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Blocks of a page in order: commands (`sh`) and what they print (`text`).
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let mut blocks = vec![];
    let mut rest = page;
    while let Some((_, behind)) = rest.split_once("```") {
        let (block, after) = behind.split_once("```").expect("a block is closed");
        blocks.push(block.split_once('\n').expect("a block has lines"));
        rest = after;
    }
    blocks
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        match entry.path() {
            path if path.is_dir() => copy(&path, &target),
            path => _ = fs::copy(path, target).expect("a copy"),
        }
    }
}

fn output(folder: &Path, command: &str) -> String {
    let args = command.trim().strip_prefix("casebridge ").expect("a command of ours").split_whitespace();
    let mut program = Command::new(env!("CARGO_BIN_EXE_casebridge"));
    program.args(args).current_dir(folder).env("KHOROS_PASSWORD", "a-password").env("SALESFORCE_SECRET", "a-secret");
    let output = program.output().expect("the program starts");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{command}: {said}");
    said
}

#[test]
fn every_example_prints_what_its_page_shows() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut tried = 0;
    for example in fs::read_dir(examples).expect("examples/").flatten() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(&example.path(), folder.path());
        let page = fs::read_to_string(example.path().join("README.md")).expect("an example has a README");
        let mut said = String::new();
        for (kind, block) in blocks(&page) {
            match kind {
                "sh" => said = block.lines().map(|line| output(folder.path(), line)).collect(),
                _ => block.lines().for_each(|line| assert!(said.contains(line), "`{line}` is not in {said}")),
            }
        }
        tried += 1;
    }
    assert_eq!(tried, 3);
}
