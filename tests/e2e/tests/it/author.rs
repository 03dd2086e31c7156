//! The way of an author: from a name to a connector that serves, outside of this workspace.

use crate::docs::commands;
use portcullis_e2e::{Gateway, Start, program};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

fn portcullis(folder: &Path) -> Command {
    let mut command = Command::new(program("portcullis"));
    command.env_clear().env("HOME", folder).current_dir(folder);
    command
}

/// The code and the sentence of a command that fails.
fn refusal(command: &mut Command) -> String {
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let sentence = said.lines().find(|line| line.starts_with("error: "));
    let sentence = sentence.unwrap_or_else(|| panic!("no sentence: {said}"));
    portcullis_test_codes::record_sentence(sentence);
    sentence.to_owned()
}

#[test]
fn a_name_that_is_none_and_a_folder_that_is_there_are_refused() {
    let folder = TempDir::new().expect("a folder");
    let new = |name: &str| {
        let mut command = portcullis(folder.path());
        command.args(["connector", "new", name]);
        command
    };
    let said = refusal(&mut new("../up"));
    assert!(said.ends_with("(connector_name_invalid)"), "{said}");
    std::fs::create_dir(folder.path().join("there")).expect("a folder");
    let said = refusal(&mut new("there"));
    assert!(
        said.contains("there exists already") && said.ends_with("(file_exists)"),
        "{said}"
    );
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("the folder")
        .collect();
    assert_eq!(left.len(), 1, "nothing was written: {left:?}");

    assert!(new("sunny-hills").status().expect("it runs").success());
    let said = refusal(&mut new("sunny-hills"));
    assert!(said.ends_with("(file_exists)"), "{said}");
}

/// A folder of programs, each of which is a line of shell.
fn programs(programs: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, line) in programs {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{line}\n")).expect("a program");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&path, mode).expect("a program");
    }
    folder
}

#[test]
fn what_an_author_lacks_is_said() {
    let folder = TempDir::new().expect("a folder");
    let build = |tools: &TempDir| {
        let mut command = portcullis(folder.path());
        command
            .args(["connector", "build"])
            .env("PATH", tools.path());
        command
    };
    let none = programs(&[]);
    let said = refusal(&mut build(&none));
    assert!(said.ends_with("(project_missing)"), "{said}");

    std::fs::write(folder.path().join("Cargo.toml"), "").expect("a file");
    let said = refusal(&mut build(&none));
    assert!(
        said.contains("rustup.rs") && said.ends_with("(cargo_missing)"),
        "{said}"
    );

    let no_target = programs(&[("rustc", "echo /there/is/no/such/folder")]);
    let said = refusal(&mut build(&no_target));
    assert!(said.contains("rustup target add wasm32-wasip2"), "{said}");
    assert!(said.ends_with("(wasm_target_missing)"), "{said}");

    let fails = programs(&[("rustc", "echo /"), ("cargo", "exit 101")]);
    let said = refusal(&mut build(&fails));
    assert!(said.ends_with("(build_failed)"), "{said}");
    let nothing = programs(&[("rustc", "echo /"), ("cargo", "exit 0")]);
    let said = refusal(&mut build(&nothing));
    assert!(
        said.contains("cdylib") && said.ends_with("(build_failed)"),
        "{said}"
    );
}

/// Where the tutorial's project is compiled: kept, so that a second run is quick.
fn target() -> PathBuf {
    let programs = program("portcullis");
    let target = programs.ancestors().nth(2).expect("the build folder");
    target.join("tutorial")
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("an address").port()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tutorial_leads_from_an_empty_folder_to_a_connector_that_serves() {
    let gateway = Gateway::start(Start {
        components: Vec::new(),
        ..Start::default()
    })
    .await;
    let empty = TempDir::new().expect("a folder");
    let programs = program("portcullis");
    let programs = programs.parent().expect("a folder").display().to_string();
    // The page has the port that the fake vendor takes by itself; here others may want it.
    let script = commands("docs/connectors/README.md").replace("7878", &free_port().to_string());
    let log = empty.path().join("log");
    let output = std::fs::File::create(&log).expect("a log");
    let mut shell = gateway.shell();
    let ended = shell
        .args(["-euxo", "pipefail", "-c", &script])
        .env(
            "PATH",
            format!("{programs}:{}", std::env::var("PATH").unwrap_or_default()),
        )
        .env("CONNECTORS", gateway.connectors())
        .env("CARGO_TARGET_DIR", target())
        .current_dir(empty.path())
        .stdin(std::process::Stdio::null())
        .stdout(output.try_clone().expect("a log"))
        .stderr(output)
        .kill_on_drop(true)
        .status()
        .await
        .expect("a shell");
    let said = std::fs::read_to_string(&log).expect("a log");
    assert!(ended.success(), "{said}");
    let tail = |words: &str| said.contains(words);
    assert!(tail("test result: ok"), "{said}");
    assert!(tail("portcullis:connector@0.1.0 connector"), "{said}");
    assert!(tail("units page 3: 30 units; the end"), "{said}");
    // The suite ends the tutorial, and everything in it is green.
    let verdict = said
        .lines()
        .find(|line| line.contains("requests to the vendor"));
    let verdict = verdict.unwrap_or_else(|| panic!("no verdict: {said}"));
    assert!(verdict.contains(" pass, 0 fail, 0 not judged;"), "{said}");
    // What `dev` swapped in serves.
    let vendor = gateway.offered("SUNNY_HILLS").await;
    assert_eq!(vendor["connector"]["version"], "0.2.0", "{vendor}");
}
