//! One gateway process among several on the same database.

use crate::http::Http;
use anyhow::{Context as _, Result, bail};
use portcullis_e2e::program;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long a gateway may take to start.
const START: Duration = Duration::from_secs(60);

/// What a gateway is started with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The role under which it connects: the history tells replicas apart by it.
    pub role: String,
    /// Its database.
    pub database_url: String,
    /// Its folder: data, log.
    pub folder: PathBuf,
    /// The watched folder, shared by all replicas.
    pub connectors: PathBuf,
    /// The subcommand: `serve` or `worker`.
    pub command: &'static str,
    /// Further environment variables.
    pub env: Vec<(String, String)>,
}

/// A gateway, running or not.
#[derive(Debug)]
pub struct Replica {
    /// What it is started with; a change counts from the next start.
    pub setup: Setup,
    /// Where it listens; empty before the first start.
    pub base_url: String,
    child: Option<Child>,
}

/// What the first start on a new database says once.
#[derive(Debug, Clone)]
pub struct FirstKey {
    /// The account that was made.
    pub account_id: String,
    /// Its admin key.
    pub key: String,
}

impl Replica {
    /// One that does not run yet.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub fn new(setup: Setup) -> Result<Self> {
        std::fs::create_dir_all(&setup.folder)?;
        Ok(Self {
            setup,
            base_url: String::new(),
            child: None,
        })
    }

    /// A command of the binary with this replica's database and folders.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(program("portcullis"));
        command
            .arg("--data-dir")
            .arg(self.setup.folder.join("data"))
            .env("PORTCULLIS_DATABASE_URL", &self.setup.database_url)
            .env("PORTCULLIS_EGRESS_ALLOW_LOOPBACK", "1")
            .env("PORTCULLIS_SYNC_LEASE", "2s")
            .kill_on_drop(true)
            .stdin(Stdio::null());
        for (name, value) in &self.setup.env {
            command.env(name, value);
        }
        command
    }

    /// Starts it and waits until it listens.
    ///
    /// # Errors
    /// When it does not start, with the end of its log.
    pub async fn start(&mut self) -> Result<Option<FirstKey>> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_path())?;
        let mut command = self.command();
        command
            .args([self.setup.command, "--json", "--exit-with-parent"])
            .args([
                "--listen",
                "127.0.0.1:0",
                "--trust-connectors",
                "--connectors",
            ])
            .arg(&self.setup.connectors)
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().context("portcullis")?;
        let output = child.stdout.take().context("standard output is a pipe")?;
        self.child = Some(child);
        let mut lines = BufReader::new(output).lines();
        let mut first = None;
        let listening = tokio::time::timeout(START, async {
            while let Ok(Some(line)) = lines.next_line().await {
                let event: Value = serde_json::from_str(&line).unwrap_or_default();
                let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
                match event["event"].as_str() {
                    Some("first_key") => {
                        first = Some(FirstKey {
                            account_id: text("account_id"),
                            key: text("key"),
                        });
                    }
                    Some("listening") => return Some(text("base_url")),
                    _ => {}
                }
            }
            None
        })
        .await;
        match listening {
            Ok(Some(base_url)) => {
                self.base_url = base_url;
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                Ok(first)
            }
            _ => bail!("{} did not start: {}", self.setup.role, self.log_tail()),
        }
    }

    /// Its HTTP interface with a key.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn http(&self, key: &str) -> Result<Http> {
        Http::new(&self.base_url, Some(key))
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref()?.id()
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self
            .pid()
            .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        Ok(kill_process(pid.context("it does not run")?, signal)?)
    }

    /// Ends it like a power cut.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill(&mut self) -> Result<()> {
        self.signal(Signal::KILL)?;
        self.reap().await
    }

    /// Waits for the end of a process that was killed.
    ///
    /// # Errors
    /// When the system does not tell.
    pub async fn reap(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.wait().await?;
        }
        Ok(())
    }

    /// Asks it to end, and waits; gives its exit code and how long it took.
    ///
    /// # Errors
    /// When it does not run, or does not end within a minute.
    pub async fn terminate(&mut self) -> Result<(Option<i32>, Duration)> {
        let begun = Instant::now();
        self.signal(Signal::TERM)?;
        let mut child = self.child.take().context("it does not run")?;
        let status = tokio::time::timeout(Duration::from_secs(60), child.wait())
            .await
            .context("it did not end after SIGTERM")??;
        Ok((status.code(), begun.elapsed()))
    }

    /// Whether the process lives.
    pub fn is_alive(&mut self) -> bool {
        self.child
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Where its log lies.
    #[must_use]
    pub fn log_path(&self) -> PathBuf {
        self.setup.folder.join("log")
    }

    /// The end of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let log = std::fs::read(self.log_path()).unwrap_or_default();
        let from = log.len().saturating_sub(4000);
        String::from_utf8_lossy(&log[from..]).into_owned()
    }
}
