//! `make demo` as a newcomer meets it, from the programs that `make` has built.

use portcullis_e2e::{Client, PATIENCE, component, eventually, program};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

/// What `demo.json` tells at least.
const KEYS: [&str; 7] = [
    "base_url",
    "api_key",
    "admin_key",
    "account_id",
    "integration_id",
    "simulator_url",
    "counts",
];

/// A project's folder with one built connector.
struct Project {
    folder: TempDir,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // The database's user must be able to walk in; else the demonstration goes to /var/lib.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))
            .expect("a mode");
        let connectors = folder.path().join("connectors");
        std::fs::create_dir(&connectors).expect("a folder");
        std::fs::copy(
            component("connector_buildium"),
            connectors.join("buildium.wasm"),
        )
        .expect("a connector");
        Self { folder }
    }

    fn announcement(&self) -> PathBuf {
        self.folder.path().join(".portcullis/demo.json")
    }

    fn postmaster(&self) -> PathBuf {
        let data = self.folder.path().join(".portcullis/demo");
        data.join("postgres/data/postmaster.pid")
    }

    fn demo(&self, arguments: &[&str]) -> Child {
        let program = program("portcullis-demo");
        Command::new(&program)
            .arg("--root")
            .arg(self.folder.path())
            .arg("--programs")
            .arg(program.parent().unwrap_or(Path::new(".")))
            .arg("--connectors")
            .arg(self.folder.path().join("connectors"))
            // Several run at once, and all would find the usual address free.
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the demonstration starts")
    }
}

fn terminate(demo: &Child) {
    let pid = demo.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
    kill_process(pid.expect("it runs"), Signal::TERM).expect("SIGTERM");
}

async fn end(demo: Child) -> Output {
    tokio::time::timeout(PATIENCE, demo.wait_with_output())
        .await
        .expect("it ends")
        .expect("its output")
}

#[tokio::test]
async fn with_exit_it_ends_behind_a_table_that_equals_the_truth() {
    let project = Project::new();
    let output = tokio::time::timeout(3 * PATIENCE, project.demo(&["--exit"]).wait_with_output())
        .await
        .expect("it ends")
        .expect("its output");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}{complaints}");

    // Name, read by the API, in the PMS, the verdict.
    let rows: Vec<Vec<&str>> = said
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("MODEL"))
        .skip(1)
        .map(|line| line.split_whitespace().collect())
        .filter(|row: &Vec<&str>| row.len() == 4)
        .collect();
    assert_eq!(rows.len(), 6, "{said}");
    for row in &rows {
        assert_eq!(row[1], row[2], "{said}");
        assert_eq!(row[3], "equal", "{said}");
    }
    let read = |model: &str| {
        let row = rows.iter().find(|row| row[0] == model);
        row.map(|row| row[1])
    };
    assert_eq!(read("properties"), Some("100"), "{said}");
    assert_eq!(read("units"), Some("2000"), "{said}");
    assert!(!project.announcement().exists());
    assert!(!project.postmaster().exists(), "the database still runs");
}

#[tokio::test]
async fn without_it_announces_itself_until_it_is_asked_to_stop() {
    let project = Project::new();
    let mut demo = project.demo(&[]);
    let file = project.announcement();
    let told = eventually("all is ready", async || {
        if let Some(ended) = demo.try_wait().expect("its state") {
            let mut said = String::new();
            if let Some(mut complaints) = demo.stderr.take() {
                let _ = complaints.read_to_string(&mut said).await;
            }
            panic!("it ended by itself, {ended}: {said}");
        }
        // Written all at once: what is there is whole.
        let text = std::fs::read(&file).ok()?;
        Some(serde_json::from_slice::<Value>(&text).expect("whole JSON"))
    })
    .await;
    let mode = file.metadata().expect("its mode").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for key in KEYS {
        assert!(!told[key].is_null(), "{key}: {told}");
    }
    let text = |key: &str| told[key].as_str().unwrap_or_default();

    let control = Client::new(text("simulator_control_url"), None);
    let truth = control.get("/_control/truth").await.expect(200);
    assert_eq!(told["counts"], truth["models"]);
    assert_eq!(told["counts"]["units"], 2000);
    let reader = Client::new(text("base_url"), Some(text("api_key")));
    let units = format!("/v1/units?integration_id={}", text("integration_id"));
    assert_eq!(reader.total(&units).await, 2000);
    let admin = Client::new(text("base_url"), Some(text("admin_key")));
    let integration = format!("/v1/admin/integrations/{}", text("integration_id"));
    let _ = admin.get(&integration).await.expect(200);

    terminate(&demo);
    let output = end(demo).await;
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{complaints}");
    assert!(!file.exists());
    assert!(!project.postmaster().exists(), "the database still runs");
}

#[tokio::test]
async fn asked_to_stop_during_its_start_it_stops_and_leaves_nothing_running() {
    let project = Project::new();
    let demo = project.demo(&[]);
    eventually("the database starts", async || {
        project.postmaster().exists().then_some(())
    })
    .await;
    terminate(&demo);
    let output = end(demo).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(!project.announcement().exists());
    eventually("the database stops", async || {
        (!project.postmaster().exists()).then_some(())
    })
    .await;

    // Before there is a gateway at all.
    let demo = project.demo(&[]);
    tokio::time::sleep(Duration::from_millis(30)).await;
    terminate(&demo);
    let output = end(demo).await;
    assert!(!output.status.success());
    assert!(!project.announcement().exists());
    assert!(!project.postmaster().exists());
}
