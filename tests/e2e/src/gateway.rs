//! The gateway as a process.

mod restored;

use crate::artefacts::{compiled_dir, component, program};
use crate::client::Client;
use crate::{TestDatabase, eventually};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How to start a gateway.
#[derive(Debug, Clone)]
pub struct Start {
    /// Let every connector serve without approval.
    pub trust: bool,
    /// Components that lie in the connectors folder from the start, by crate name.
    pub components: Vec<&'static str>,
    /// Use a Postgres that the gateway manages itself, durable as in production, in place of the test's database.
    pub managed_postgres: bool,
    /// Further environment variables.
    pub env: Vec<(String, String)>,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            trust: true,
            components: vec!["connector_buildium"],
            managed_postgres: false,
            env: Vec::new(),
        }
    }
}

impl Start {
    /// With another environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A running gateway with a database, a data folder and a connectors folder of its own.
#[derive(Debug)]
pub struct Gateway {
    /// Its database.
    pub database: TestDatabase,
    /// Its HTTP interface with the first admin key, for the sandbox.
    pub admin: Client,
    /// The account that the first start made.
    pub account_id: String,
    /// The first admin key.
    pub admin_key: String,
    /// Where it listens.
    pub base_url: String,
    /// The one-time link for the first admin of the console, which the newest start printed.
    pub first_admin_link: Option<String>,
    start: Start,
    folder: TempDir,
    child: Child,
}

impl Gateway {
    /// Starts one on a new database.
    pub async fn start(start: Start) -> Self {
        let folder = TempDir::new().unwrap_or_else(|error| panic!("a folder: {error}"));
        // A managed Postgres runs as a user of its own, who must be able to walk in.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711))
            .unwrap_or_else(|error| panic!("{error}"));
        let connectors = folder.path().join("connectors");
        std::fs::create_dir(&connectors).unwrap_or_else(|error| panic!("{error}"));
        for name in &start.components {
            let into = connectors.join(format!("{name}.wasm"));
            std::fs::copy(component(name), into).unwrap_or_else(|error| panic!("{error}"));
        }
        let database = TestDatabase::create().await;
        let (child, facts) = launch(&start, &database.url, folder.path()).await;
        let key = facts
            .key
            .unwrap_or_else(|| panic!("the first start printed no key"));
        Self {
            admin: Client::new(&facts.base_url, Some(&key)),
            account_id: facts.account_id.unwrap_or_default(),
            admin_key: key,
            base_url: facts.base_url,
            first_admin_link: facts.first_admin_link,
            database,
            start,
            folder,
            child,
        }
    }

    /// The watched folder.
    #[must_use]
    pub fn connectors(&self) -> PathBuf {
        self.folder.path().join("connectors")
    }

    /// All that the gateway has logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The folder of this gateway: its log, its data folder `data`, the watched folder `connectors`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends the process like a power cut, and starts it again on the same database and folders.
    pub async fn kill_and_restart(&mut self) {
        self.kill().await;
        self.restart().await;
    }

    /// Ends the process like a power cut.
    pub async fn kill(&mut self) {
        self.child
            .kill()
            .await
            .unwrap_or_else(|error| panic!("kill: {error}"));
    }

    /// Asks it to stop, and waits until it did.
    pub async fn stop(&mut self) {
        let pid = self
            .child
            .id()
            .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        kill_process(
            pid.unwrap_or_else(|| panic!("it is gone already")),
            Signal::TERM,
        )
        .unwrap_or_else(|error| panic!("SIGTERM: {error}"));
        let status = self
            .child
            .wait()
            .await
            .unwrap_or_else(|error| panic!("wait: {error}"));
        assert!(status.success(), "{status}: {}", self.log());
    }

    /// Starts it again.
    pub async fn restart(&mut self) {
        let (child, facts) = launch(&self.start, &self.database.url, self.folder.path()).await;
        self.child = child;
        self.base_url = facts.base_url;
        self.first_admin_link = facts.first_admin_link;
        self.admin = Client::new(&self.base_url, Some(&self.admin_key));
    }

    /// Runs a command of the binary against the same database; gives its standard output as JSON.
    ///
    /// # Panics
    ///
    /// When the command fails.
    pub async fn command(&self, arguments: &[&str]) -> Value {
        let mut command = command(&self.start, &self.database.url, self.folder.path());
        let output = command
            .args(arguments)
            .arg("--json")
            .output()
            .await
            .unwrap_or_else(|error| panic!("portcullis {arguments:?}: {error}"));
        assert!(
            output.status.success(),
            "portcullis {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
    }

    /// A shell in which `portcullis` finds this gateway's database and folders.
    #[must_use]
    pub fn shell(&self) -> Command {
        let mut shell = surrounded(Command::new("bash"), &self.start, &self.database.url);
        shell
            .env("PORTCULLIS_DATA_DIR", self.folder.path().join("data"))
            .env("PORTCULLIS_CONNECTORS_DIR", self.connectors());
        shell
    }

    /// A command of the binary on the same database and folders, to be started.
    #[must_use]
    pub fn process(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.start, &self.database.url, self.folder.path());
        command.args(arguments);
        command
    }

    /// Runs a command with further environment variables to its end, whichever that is; gives its exit code and its
    /// standard output as JSON.
    ///
    /// # Panics
    ///
    /// When it does not run, or prints no JSON.
    pub async fn try_command(&self, arguments: &[&str], env: &[(&str, &str)]) -> (i32, Value) {
        let output = self
            .process(arguments)
            .arg("--json")
            .envs(env.iter().copied())
            .output()
            .await
            .unwrap_or_else(|error| panic!("portcullis {arguments:?}: {error}"));
        let answer: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        portcullis_test_codes::record_all(&answer);
        (output.status.code().unwrap_or(-1), answer)
    }

    /// A client with a new key.
    pub async fn client(&self, environment: &str, role: &str) -> Client {
        let key = self
            .command(&[
                "key",
                "create",
                "a test",
                "--environment",
                environment,
                "--role",
                role,
            ])
            .await;
        let key = key["key"]
            .as_str()
            .unwrap_or_else(|| panic!("no key: {key}"));
        Client::new(&self.base_url, Some(key))
    }

    /// The vendor's entry, once there is one.
    pub async fn vendor(&self, vendor: &str) -> Option<Value> {
        let vendors = self.admin.get("/v1/admin/vendors/").await.expect(200);
        let all = vendors["results"]["vendors"].as_array()?;
        all.iter().find(|it| it["vendor"] == vendor).cloned()
    }

    /// Waits until the vendor is offered.
    pub async fn offered(&self, vendor: &str) -> Value {
        eventually(&format!("{vendor} is offered"), async || {
            self.vendor(vendor)
                .await
                .filter(|found| found["status"] == "active")
        })
        .await
    }

    /// Adds an integration and waits until its check has ended; gives its id.
    pub async fn integration(&self, body: Value) -> String {
        self.offered(body["integration_vendor"].as_str().unwrap_or_default())
            .await;
        let made = self
            .admin
            .post("/v1/admin/integrations/", Some(body))
            .await
            .expect(201);
        let id = made["results"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no id: {made}"))
            .to_owned();
        self.checked(&id).await;
        id
    }

    /// Waits until the check of an integration has ended; gives its data access.
    pub async fn checked(&self, id: &str) -> Value {
        eventually("the access check ends", async || {
            let access = self
                .admin
                .get(&format!("/v1/admin/integrations/{id}/data-access"))
                .await
                .expect(200);
            let result = access["result"].clone();
            let ended = result["data_access_check_in_process"] == false
                && !result["last_data_access_check"].is_null();
            ended.then_some(result)
        })
        .await
    }

    /// Enables an integration.
    pub async fn enable(&self, id: &str) -> Value {
        self.admin
            .post(&format!("/v1/admin/integrations/{id}/enable"), None)
            .await
            .expect(200)
    }

    /// The newest sync.
    pub async fn sync(&self, id: &str) -> Option<Value> {
        let syncs = self
            .admin
            .get(&format!("/v1/admin/integrations/{id}/syncs"))
            .await
            .expect(200);
        syncs["results"].as_array()?.first().cloned()
    }

    /// Waits until the newest sync has ended; gives it.
    pub async fn synced(&self, id: &str) -> Value {
        eventually("the sync ends", async || {
            self.sync(id)
                .await
                .filter(|sync| !sync["finished_at"].is_null())
        })
        .await
    }

    /// The word of one model's run in a sync.
    #[must_use]
    pub fn run<'s>(sync: &'s Value, model: &str) -> &'s Value {
        sync["runs"]
            .as_array()
            .and_then(|runs| runs.iter().find(|run| run["model"] == model))
            .unwrap_or_else(|| panic!("no run of {model}: {sync}"))
    }
}

/// Another gateway on the same database, with folders of its own; dropped, it is killed.
#[derive(Debug)]
pub struct Replica {
    /// Where it listens.
    pub base_url: String,
    folder: TempDir,
    child: Child,
}

impl Replica {
    /// All that it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends the process like a power cut.
    pub async fn kill(&mut self) {
        self.child
            .kill()
            .await
            .unwrap_or_else(|error| panic!("kill: {error}"));
    }
}

impl Gateway {
    /// Starts another gateway on the same database, with the same vault key and a copy of the watched folder.
    pub async fn replica(&self) -> Replica {
        let folder = TempDir::new().unwrap_or_else(|error| panic!("a folder: {error}"));
        let copy = |from: PathBuf, to: PathBuf| {
            std::fs::copy(&from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        };
        for made in ["data", "connectors"] {
            std::fs::create_dir(folder.path().join(made))
                .unwrap_or_else(|error| panic!("{made}: {error}"));
        }
        // A copy keeps the key file's mode, without which it is refused.
        let key = Path::new("data").join("vault.key");
        copy(self.folder.path().join(&key), folder.path().join(&key));
        let files = std::fs::read_dir(self.connectors()).unwrap_or_else(|error| panic!("{error}"));
        for file in files.filter_map(Result::ok) {
            let to = folder.path().join("connectors").join(file.file_name());
            copy(file.path(), to);
        }
        let (child, facts) = launch(&self.start, &self.database.url, folder.path()).await;
        Replica {
            base_url: facts.base_url,
            folder,
            child,
        }
    }
}

/// What a gateway says when it starts.
struct Facts {
    base_url: String,
    account_id: Option<String>,
    key: Option<String>,
    first_admin_link: Option<String>,
}

fn command(start: &Start, database_url: &str, folder: &Path) -> Command {
    let mut command = surrounded(Command::new(program("portcullis")), start, database_url);
    command.arg("--data-dir").arg(folder.join("data"));
    command
}

/// A command with the environment that a gateway's commands need.
fn surrounded(mut command: Command, start: &Start, database_url: &str) -> Command {
    command
        .env("PORTCULLIS_EGRESS_ALLOW_LOOPBACK", "1")
        .env("PORTCULLIS_SYNC_LEASE", "2s")
        // Compiled once for all tests.
        .env("PORTCULLIS_CONNECTORS_CACHE_DIR", compiled_dir())
        .kill_on_drop(true)
        .stdin(Stdio::null());
    if !start.managed_postgres {
        command.env("PORTCULLIS_DATABASE_URL", database_url);
    }
    for (name, value) in &start.env {
        command.env(name, value);
    }
    command
}

async fn launch(start: &Start, database_url: &str, folder: &Path) -> (Child, Facts) {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap_or_else(|error| panic!("a log: {error}"));
    let mut command = command(start, database_url, folder);
    command
        .args([
            "serve",
            "--json",
            "--exit-with-parent",
            "--listen",
            "127.0.0.1:0",
            "--connectors",
        ])
        .arg(folder.join("connectors"))
        .stdout(Stdio::piped())
        .stderr(log);
    if start.trust {
        command.arg("--trust-connectors");
    }
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("portcullis serve: {error}"));
    let output = child
        .stdout
        .take()
        .unwrap_or_else(|| panic!("standard output is a pipe"));
    let mut lines = BufReader::new(output).lines();
    let (mut account_id, mut key, mut first_admin_link) = (None, None, None);
    while let Ok(Some(line)) = lines.next_line().await {
        let event: Value = serde_json::from_str(&line).unwrap_or_default();
        let text = |name: &str| event[name].as_str().map(str::to_owned);
        match event["event"].as_str() {
            Some("first_key") => (account_id, key) = (text("account_id"), text("key")),
            Some("first_admin") => first_admin_link = text("link"),
            Some("listening") => {
                // Where it listens, whatever it is known as.
                let base_url = text("address").unwrap_or_default();
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return (
                    child,
                    Facts {
                        base_url,
                        account_id,
                        key,
                        first_admin_link,
                    },
                );
            }
            _ => {}
        }
    }
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    panic!("the gateway did not start: {log}");
}
