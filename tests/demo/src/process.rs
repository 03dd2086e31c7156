//! The simulator and the gateway as processes. Each has a process group of its own, so that Ctrl-C reaches the
//! demonstration alone, which then stops them in order.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::api::Client;
use crate::folder::Folder;
use crate::steps::VENDOR;

/// How long a start may take: making a database and compiling a connector are part of it.
const START_PATIENCE: Duration = Duration::from_secs(120);
/// How long a stop may take.
const STOP_PATIENCE: Duration = Duration::from_secs(60);

/// A running simulated vendor.
#[derive(Debug)]
pub(crate) struct Simulator {
    child: Child,
    /// Where the vendor answers.
    pub(crate) url: String,
    /// Where its control plane answers.
    pub(crate) control_url: String,
    /// The credentials that it takes.
    pub(crate) client_id: String,
    pub(crate) secret: String,
}

impl Simulator {
    /// Starts it on free ports and waits until it is ready.
    pub(crate) async fn start(program: &Path, folder: &Folder) -> Result<Self> {
        let mut command = Command::new(program);
        command.args([
            "buildium",
            "--properties",
            "100",
            "--units",
            "2000",
            "--exit-with-parent",
        ]);
        let (child, mut lines) = spawn(command, folder)?;
        let ready = next_line(&mut lines)
            .await
            .context("wait for the simulator")?;
        let ready: Value = serde_json::from_str(&ready).context("read the simulator's line")?;
        let text = |name: &str| -> Result<String> {
            Ok(ready[name]
                .as_str()
                .with_context(|| format!("the simulator does not say its {name}"))?
                .to_owned())
        };
        Ok(Self {
            child,
            url: text("url")?,
            control_url: text("control_url")?,
            client_id: text("client_id")?,
            secret: text("secret")?,
        })
    }

    /// How many records of each model these credentials can reach, computed by the simulator from its seed.
    pub(crate) async fn truth(&self) -> Result<BTreeMap<String, u64>> {
        let truth = Client::new(&self.control_url, None)?
            .get("/_control/truth")
            .await?;
        serde_json::from_value(truth["models"].clone()).context("read the simulator's truth")
    }

    /// Ends it; it keeps nothing.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.child.kill().await.context("stop the simulator")
    }
}

/// A running gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    child: Child,
    /// What it prints; none once it is ready.
    lines: Option<Lines<BufReader<ChildStdout>>>,
    program: std::path::PathBuf,
}

/// What the gateway printed when it started.
#[derive(Debug)]
pub(crate) struct Facts {
    program: std::path::PathBuf,
    /// Where the API answers.
    pub(crate) base_url: String,
    /// The account that the first start made, and the admin key that it printed.
    pub(crate) account_id: String,
    pub(crate) admin_key: String,
    /// The one-time link into the console.
    pub(crate) console_url: String,
}

impl Gateway {
    /// Starts it on a fresh data folder.
    pub(crate) fn spawn(
        program: &Path,
        connectors: &Path,
        listen: Option<SocketAddr>,
        folder: &Folder,
        simulator: &Simulator,
    ) -> Result<Self> {
        // For the console's form: somebody who tries it has no credentials of a PMS.
        let offer = folder.offer(&json!({VENDOR: {
            "name": "My first customer",
            "base_url": simulator.url,
            "fields": {"clientId": simulator.client_id, "secret": simulator.secret},
        }}))?;
        let mut command = Command::new(program);
        command
            .args([
                "serve",
                "--json",
                "--trust-connectors",
                "--exit-with-parent",
            ])
            .arg("--connectors")
            .arg(connectors)
            .arg("--data-dir")
            .arg(&folder.data)
            .arg("--listen")
            .arg(listen.unwrap_or_else(usual_address).to_string())
            .env("PORTCULLIS_CONSOLE_DEMO", offer)
            .env("PORTCULLIS_EGRESS_ALLOW_LOOPBACK", "1")
            .env("PORTCULLIS_LOG_LEVEL", "warn");
        let (child, lines) = spawn(command, folder)?;
        Ok(Self {
            child,
            lines: Some(lines),
            program: program.to_owned(),
        })
    }

    /// Reads what it prints until it listens: the first key, and where it listens.
    pub(crate) async fn ready(&mut self) -> Result<Facts> {
        let mut lines = self.lines.take().context("it is ready already")?;
        let (mut account_id, mut admin_key, mut base_url) = (None, None, None);
        let mut console_url = None;
        while base_url.is_none() {
            let line = match next_line(&mut lines).await {
                Ok(line) => line,
                Err(error) => {
                    let status = self.child.wait().await?;
                    return Err(error.context(format!("the gateway did not start ({status})")));
                }
            };
            let event: Value = serde_json::from_str(&line).context("read a line of the gateway")?;
            let text = |name: &str| event[name].as_str().map(str::to_owned);
            match event["event"].as_str() {
                Some("first_key") => (account_id, admin_key) = (text("account_id"), text("key")),
                Some("first_admin") => console_url = text("link"),
                Some("listening") => base_url = text("base_url"),
                _ if event.get("error").is_some() => {
                    self.child.wait().await?;
                    bail!("the gateway did not start: {}", event["error"]["message"]);
                }
                _ => {}
            }
        }
        // Whatever it prints later is nothing to us, but a full pipe would stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Facts {
            program: self.program.clone(),
            base_url: base_url.context("the gateway does not say where it listens")?,
            account_id: account_id.context("the gateway made no account")?,
            admin_key: admin_key.context("the gateway printed no key")?,
            console_url: console_url.context("the gateway printed no link to the console")?,
        })
    }

    /// Waits until it ends by itself; says that it did.
    pub(crate) async fn died(&mut self) -> anyhow::Error {
        match self.child.wait().await {
            Ok(status) => anyhow::anyhow!("the gateway ended by itself: {status}"),
            Err(error) => error.into(),
        }
    }

    /// Asks it to stop and waits until it has drained and stopped its database.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let pid = self
            .child
            .id()
            .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
        let Some(pid) = pid else {
            return Ok(());
        };
        kill_process(pid, Signal::TERM).context("stop the gateway")?;
        let status = tokio::time::timeout(STOP_PATIENCE, self.child.wait())
            .await
            .with_context(|| {
                format!(
                    "the gateway does not stop within {} s",
                    STOP_PATIENCE.as_secs()
                )
            })??;
        // The signal ends a process that has not begun to listen for it, and so has nothing to stop yet.
        let too_early = status.signal() == Some(Signal::TERM.as_raw());
        if !status.success() && !too_early {
            bail!("the gateway did not stop cleanly: {status}");
        }
        Ok(())
    }
}

impl Facts {
    /// Makes a read key with the command line, beside the running gateway, as an operator would.
    pub(crate) async fn create_read_key(&self, folder: &Folder) -> Result<String> {
        let output = Command::new(&self.program)
            .arg("--data-dir")
            .arg(&folder.data)
            .args([
                "--json",
                "key",
                "create",
                "demo",
                "--role",
                "read",
                "--environment",
                "sandbox",
            ])
            .output()
            .await
            .context("make a read key")?;
        if !output.status.success() {
            bail!(
                "make a read key: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let key: Value = serde_json::from_slice(&output.stdout)?;
        Ok(key["key"]
            .as_str()
            .context("the key is not in the answer")?
            .to_owned())
    }
}

/// The default address when it is free, so that what is printed looks like the documentation; else any free port.
fn usual_address() -> SocketAddr {
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    match TcpListener::bind(usual) {
        Ok(_) => usual,
        Err(_) => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
    }
}

fn spawn(mut command: Command, folder: &Folder) -> Result<(Child, Lines<BufReader<ChildStdout>>)> {
    let name = command.as_std().get_program().display().to_string();
    let mut child = command
        .current_dir(&folder.data)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("start {name}"))?;
    let stdout = child.stdout.take().context("no standard output")?;
    Ok((child, BufReader::new(stdout).lines()))
}

async fn next_line(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<String> {
    tokio::time::timeout(START_PATIENCE, lines.next_line())
        .await
        .with_context(|| format!("nothing within {} s", START_PATIENCE.as_secs()))??
        .context("it ended before it was ready")
}
