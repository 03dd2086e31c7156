//! The binary as an operator meets it: what it says when something is wrong, and that it starts and stops cleanly.

#![expect(
    clippy::unwrap_used,
    reason = "tests and their fixtures say what they expect by panicking"
)]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A data folder that the database's user can reach.
fn data_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
    folder
}

fn portcullis(folder: &Path) -> Command {
    portcullis_on(folder, &folder.join("data"))
}

fn portcullis_on(folder: &Path, data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .current_dir(folder)
        .arg("--data-dir")
        .arg(data)
        .stdin(Stdio::null());
    command
}

/// Runs to the end, expects a failure, and gives its one sentence.
#[track_caller]
fn refusal(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        !said.contains("panicked") && !said.contains("backtrace"),
        "{said}"
    );
    let errors: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("error: "))
        .collect();
    assert_eq!(errors.len(), 1, "{said}");
    portcullis_test_codes::record_sentence(errors[0]);
    errors[0].to_owned()
}

#[track_caller]
fn succeeds(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

#[track_caller]
fn json(command: &mut Command) -> Value {
    serde_json::from_slice(&succeeds(command.arg("--json")).stdout).unwrap()
}

/// A gateway at work.
struct Serving {
    child: Child,
    events: Vec<Value>,
}

impl Serving {
    #[track_caller]
    fn start(mut command: Command) -> Self {
        let mut child = command
            .args([
                "--json",
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--exit-with-parent",
            ])
            .env("PORTCULLIS_LOG_LEVEL", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut events: Vec<Value> = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            events.push(serde_json::from_str(&line.unwrap()).unwrap());
            if events.last().unwrap()["event"] == "listening" {
                return Self { child, events };
            }
        }
        // Its output has ended without the word, so it has ended too.
        child.wait().unwrap();
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        panic!("it did not start: {said}");
    }

    fn event(&self, name: &str) -> Option<&Value> {
        self.events.iter().find(|event| event["event"] == name)
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    #[track_caller]
    fn stop(mut self) {
        self.signal(rustix::process::Signal::TERM);
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it did not stop");
    }
}

fn postmaster(folder: &Path) -> Option<String> {
    let text = std::fs::read_to_string(folder.join("data/postgres/data/postmaster.pid")).ok()?;
    text.lines().next().map(str::to_owned)
}

#[test]
fn whatever_is_wrong_is_one_sentence() {
    let folder = data_folder();
    let here = folder.path();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    std::fs::write(here.join("wrong.toml"), "[server]\nlisen = '127.0.0.1:1'\n").unwrap();
    std::fs::write(here.join("no.wasm"), "this is no component").unwrap();

    let said = refusal(portcullis(here).args(["serve", "--listen", &address]));
    assert!(
        said.contains(&address) && said.contains("--listen") && said.ends_with("(address_in_use)"),
        "{said}"
    );

    // The address is reserved for documentation, so no machine has it.
    let said = refusal(portcullis(here).args(["serve", "--listen", "192.0.2.1:7700"]));
    assert!(
        said.contains("192.0.2.1:7700") && said.ends_with("(address_unusable)"),
        "{said}"
    );

    let said = refusal(portcullis(here).args(["--config", "wrong.toml", "config", "print"]));
    assert_eq!(
        said,
        "error: wrong.toml has no key server.lisen; did you mean server.listen? (config_unknown_key)"
    );

    let said = refusal(
        portcullis(here)
            .args(["serve"])
            .env("PORTCULLIS_CACHE_TTL", "901s"),
    );
    assert!(
        said.contains("cache.ttl") && said.ends_with("(config_invalid)"),
        "{said}"
    );

    // Port 1 is reserved and nobody listens there.
    let mut unreachable = portcullis(here);
    unreachable.args(["key", "list"]).env(
        "PORTCULLIS_DATABASE_URL",
        "postgres://ann:hunter2hunter2@127.0.0.1:1/db",
    );
    let said = refusal(&mut unreachable);
    assert!(
        said.contains("database.url") && said.ends_with("(database_unavailable)"),
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");

    let said = refusal(portcullis(here).args(["connector", "pack", "no.wasm", "wrong.toml"]));
    assert!(said.ends_with("(manifest_invalid)"), "{said}");

    let output = portcullis(here)
        .args(["connector", "check", "no.wasm"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");

    let output = portcullis(here)
        .args(["serve", "--lisen", "x"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64), "{output:?}");
}

#[test]
fn with_json_an_error_is_json_too() {
    let folder = data_folder();
    let output = portcullis(folder.path())
        .args(["--json", "--config", "none.toml", "config", "print"])
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["error"]["code"], "config_file_missing");
    portcullis_test_codes::record_all(&answer);
}

#[test]
fn a_first_start_makes_a_way_in_and_a_second_does_not() {
    let folder = data_folder();
    let here = folder.path();
    let first = Serving::start(portcullis(here));
    let key = first
        .event("first_key")
        .expect("the first start prints a key");
    assert!(key["key"].as_str().unwrap().starts_with("pk_sandbox_"));
    assert_eq!(key["role"], "admin");
    for (file, mode) in [("vault.key", 0o600), ("postgres-password", 0o600)] {
        let found = here
            .join("data")
            .join(file)
            .metadata()
            .unwrap()
            .permissions()
            .mode()
            & 0o777;
        assert_eq!(found, mode, "{file}");
    }

    // A second gateway on the same folder is refused, and commands work beside the first.
    let said = refusal(portcullis(here).args(["serve", "--listen", "127.0.0.1:0"]));
    assert!(
        said.contains(&first.child.id().to_string()) && said.ends_with("(data_dir_locked)"),
        "{said}"
    );
    let before = postmaster(here);
    let made = json(portcullis(here).args(["key", "create", "reader"]));
    assert!(made["key"].as_str().unwrap().starts_with("pk_sandbox_"));
    let id = made["id"].as_str().unwrap();
    json(portcullis(here).args(["key", "revoke", id]));
    let listed = json(portcullis(here).args(["key", "list"]));
    let keys = listed["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    assert!(
        keys.iter()
            .any(|key| key["id"] == id && !key["revoked_at"].is_null())
    );
    assert!(
        !listed.to_string().contains(made["key"].as_str().unwrap()),
        "the key itself is never listed"
    );
    assert_eq!(
        postmaster(here),
        before,
        "a command stops nothing that is in use"
    );

    let said = refusal(portcullis(here).args(["key", "revoke", "key_none"]));
    assert!(said.ends_with("(key_not_found)"), "{said}");

    first.stop();
    assert_eq!(
        postmaster(here),
        None,
        "the last one out stops the database"
    );
    // Without a gateway a command starts the database for its own duration.
    let accounts = json(portcullis(here).args(["account", "list"]));
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(postmaster(here), None);

    let second = Serving::start(portcullis(here));
    assert!(second.event("first_key").is_none());
    second.stop();
}

#[test]
fn after_a_kill_the_living_database_is_adopted() {
    let folder = data_folder();
    let here = folder.path();
    let mut first = Serving::start(portcullis(here));
    let before = postmaster(here);
    assert!(before.is_some());
    first.signal(rustix::process::Signal::KILL);
    first.child.wait().unwrap();
    assert_eq!(postmaster(here), before, "it outlives its gateway");
    let second = Serving::start(portcullis(here));
    assert_eq!(postmaster(here), before, "adopted, not started again");
    assert!(second.event("first_key").is_none());
    second.stop();
    assert_eq!(postmaster(here), None);
}

#[test]
fn ctrl_c_in_a_terminal_reaches_the_gateway_before_its_database() {
    let folder = data_folder();
    let here = folder.path();
    let serving = Serving::start(portcullis(here));
    let group = |pid: &str| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        // Behind the name in brackets: state, parent, process group.
        stat.rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .nth(2)
            .unwrap()
            .to_owned()
    };
    assert_ne!(
        group(&postmaster(here).unwrap()),
        group(&serving.child.id().to_string())
    );
    serving.stop();
}

#[test]
fn a_wrong_vault_key_is_named() {
    let folder = data_folder();
    let here = folder.path();
    Serving::start(portcullis(here)).stop();
    let key = here.join("data/vault.key");
    let right = std::fs::read_to_string(&key).unwrap();

    let wrong = "ab".repeat(32);
    let said = refusal(
        portcullis(here)
            .arg("serve")
            .args(["--listen", "127.0.0.1:0"])
            .env("PORTCULLIS_VAULT_KEY", &wrong),
    );
    assert!(
        said.contains("vault.key is key ") && said.ends_with("(wrong_vault_key)"),
        "{said}"
    );
    assert!(
        !said.contains(&wrong) && !said.contains(right.trim()),
        "{said}"
    );
    assert_eq!(
        postmaster(here),
        None,
        "a refused start leaves nothing behind"
    );

    std::fs::remove_file(&key).unwrap();
    let said = refusal(portcullis(here).args(["serve", "--listen", "127.0.0.1:0"]));
    assert!(
        said.contains("put that key back") && said.ends_with("(wrong_vault_key)"),
        "{said}"
    );
    assert!(!key.exists(), "no new key takes the place of the lost one");

    std::fs::write(&key, right).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = refusal(portcullis(here).args(["serve", "--listen", "127.0.0.1:0"]));
    assert!(
        said.contains("chmod 600") && said.ends_with("(vault_key_open)"),
        "{said}"
    );
}

#[test]
fn the_account_that_is_meant_is_asked_for() {
    let folder = data_folder();
    let here = folder.path();
    let create = |more: &[&str]| {
        let mut command = portcullis(here);
        command.args(["key", "create", "reader"]).args(more);
        refusal(&mut command)
    };
    let said = create(&[]);
    assert!(said.ends_with("(account_missing)"), "{said}");
    for name in ["One", "Two"] {
        json(portcullis(here).args(["account", "create", name]));
    }
    let said = create(&[]);
    assert!(said.ends_with("(account_ambiguous)"), "{said}");
    let said = create(&["--account", "acc_none"]);
    assert!(said.ends_with("(account_not_found)"), "{said}");
}

#[test]
fn a_key_is_not_put_over_another_one() {
    let folder = data_folder();
    let here = folder.path();
    std::fs::create_dir(here.join("data")).unwrap();
    for (name, byte) in [("data/vault.key", "ab"), ("saved.key", "cd")] {
        let path = here.join(name);
        std::fs::write(&path, byte.repeat(32)).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let said = refusal(portcullis(here).args(["vault-key", "put", "saved.key"]));
    assert!(said.ends_with("(vault_key_exists)"), "{said}");
    let kept = std::fs::read_to_string(here.join("data/vault.key")).unwrap();
    assert_eq!(kept, "ab".repeat(32));
}

#[test]
fn folders_of_others_are_left_alone() {
    let folder = data_folder();
    let here = folder.path();
    let data: PathBuf = here.join("data");
    std::fs::create_dir(&data).unwrap();
    if !rustix::process::geteuid().is_root() {
        // Only root can give a folder away; anybody else meets one of root's.
        let said = refusal(portcullis_on(here, Path::new("/")).args(["account", "list"]));
        assert!(said.ends_with("(data_dir_wrong_owner)"), "{said}");
        return;
    }
    std::os::unix::fs::chown(&data, Some(65_533), None).unwrap();
    let said = refusal(portcullis(here).args(["account", "list"]));
    assert!(
        said.contains("65533") && said.ends_with("(data_dir_wrong_owner)"),
        "{said}"
    );
}
