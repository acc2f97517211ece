//! Every example and the page on writing rules do what they show: their files are written, their commands are run, and
//! what they say is printed is there.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Blocks of a page in order: `sh` holds commands, `text` what they print, others a file when they name one.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let mut blocks = vec![];
    let mut rest = page;
    while let Some((_, behind)) = rest.split_once("\n```") {
        let (block, after) = behind.split_once("\n```").expect("a block is closed");
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

/// Runs one line of a page; `# exit 2` says how it ends when that is not 0.
fn output(folder: &Path, line: &str) -> String {
    let (command, exit) = line.split_once(" # exit ").unwrap_or((line, "0"));
    if let Some(file) = command.strip_prefix("rm ") {
        fs::remove_file(folder.join(file)).expect("the file is there");
        return String::new();
    }
    let args = command.trim().strip_prefix("casebridge ").expect("a command of ours").split_whitespace();
    let mut program = Command::new(env!("CARGO_BIN_EXE_casebridge"));
    program.args(args).current_dir(folder).env("KHOROS_PASSWORD", "a-password").env("SALESFORCE_SECRET", "a-secret");
    let output = program.output().expect("the program starts");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert_eq!(output.status.code().map(|code| code.to_string()).as_deref(), Some(exit), "{command}: {said}");
    said
}

/// Follows a page in a folder; gives how many commands it ran.
fn follow(page: &str, folder: &Path) -> usize {
    let (mut said, mut ran) = (String::new(), 0);
    for (kind, block) in blocks(page) {
        match kind.split_once(' ') {
            Some((_, file)) => {
                let file = folder.join(file);
                fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
                fs::write(file, format!("{block}\n")).expect("a file");
            }
            None if kind == "sh" => {
                said = block.lines().map(|line| output(folder, line)).collect();
                ran += block.lines().count();
            }
            None => {
                assert_eq!(kind, "text", "a block of a page names its file, or is a command or what it prints");
                block.lines().for_each(|line| assert!(said.contains(line), "`{line}` is not in {said}"));
            }
        }
    }
    ran
}

#[test]
fn every_example_prints_what_its_page_shows() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut tried = 0;
    for example in fs::read_dir(examples).expect("examples/").flatten() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(&example.path(), folder.path());
        let page = fs::read_to_string(example.path().join("README.md")).expect("an example has a README");
        assert!(follow(&page, folder.path()) > 0, "{} runs nothing", example.path().display());
        tried += 1;
    }
    assert_eq!(tried, 10);
}

#[test]
fn the_page_on_writing_rules_leads_from_an_empty_folder_to_what_it_shows() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ran = follow(include_str!("../docs/writing-rules.md"), folder.path());
    assert!(ran >= 12, "{ran} commands");
}

#[test]
fn the_page_on_operating_shows_connections_as_they_are_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(follow(include_str!("../docs/operating.md"), folder.path()), 1);
}

#[test]
fn the_page_on_writing_packs_leads_from_a_manifest_to_a_customer() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ran = follow(include_str!("../docs/writing-packs.md"), folder.path());
    assert!(ran >= 5, "{ran} commands");
}
