//! A server of one's own, for tests that break it: stopped and started again on the same data and the same socket.

use crate::server::{binaries, id};
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a server may take to start, crash recovery included, or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Sessions are cut off, then it shuts down in order.
    Fast,
    /// It ends at once, and recovers from its log when it starts again.
    Immediate,
}

/// A private server with its data, its socket and its log in one temporary folder. Dropped, it is gone; it also ends
/// when this process dies.
#[derive(Debug)]
pub struct Cluster {
    home: TempDir,
    bin: PathBuf,
    owner: Option<(u32, u32)>,
    settings: Vec<String>,
    server: Option<Running>,
}

#[derive(Debug)]
struct Running {
    server: Child,
    guard: Child,
}

impl Cluster {
    /// Makes and starts a server with these settings (`name=value`) beside its defaults. It is durable.
    ///
    /// # Errors
    /// When there are no programs of Postgres, or the server does not start, with what it said.
    pub fn start(settings: &[&str]) -> Result<Self> {
        let home = tempfile::Builder::new()
            .prefix("portcullis-cluster-")
            .tempdir()?;
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755))?;
        let as_root = fs::metadata("/proc/self")?.uid() == 0;
        let owner = if as_root {
            Some((id("-u")?, id("-g")?))
        } else {
            None
        };
        let mut cluster = Self {
            bin: binaries()?,
            home,
            owner,
            settings: settings.iter().map(|&it| it.to_owned()).collect(),
            server: None,
        };
        for folder in [cluster.data(), cluster.socket()] {
            fs::create_dir(&folder)?;
            if let Some((uid, gid)) = owner {
                chown(&folder, Some(uid), Some(gid))?;
            }
        }
        fs::set_permissions(cluster.data(), fs::Permissions::from_mode(0o700))?;
        let made = cluster
            .program("initdb")
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--pgdata",
            ])
            .arg(cluster.data())
            .output()?;
        if !made.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        }
        cluster.start_again()?;
        Ok(cluster)
    }

    /// Where a role connects to a database.
    #[must_use]
    pub fn url(&self, role: &str, database: &str) -> String {
        format!(
            "postgres://{role}@localhost/{database}?host={}",
            self.socket().display()
        )
    }

    /// The folder of the server's files.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn socket(&self) -> PathBuf {
        self.home.path().join("run")
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("log")
    }

    /// Starts the server on its data, and waits until it answers.
    ///
    /// # Errors
    /// When it ends or is not ready in time, with its log's place.
    pub fn start_again(&mut self) -> Result<()> {
        if self.server.is_some() {
            return Ok(());
        }
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.data());
        command.arg("-k").arg(self.socket());
        for setting in [
            "listen_addresses=",
            "max_connections=200",
            "max_wal_size=2GB",
        ] {
            command.arg("-c").arg(setting);
        }
        for setting in &self.settings {
            command.arg("-c").arg(setting);
        }
        let server = command
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .context("starting postgres")?;
        let guard = guard(server.id())?;
        let mut running = Running { server, guard };
        let deadline = Instant::now() + PATIENCE;
        while !self.is_ready() {
            if let Some(status) = running.server.try_wait()? {
                bail!("postgres ended with {status}; see {}", self.log().display());
            }
            if Instant::now() > deadline {
                running.end(Stop::Immediate)?;
                bail!("postgres is not ready; see {}", self.log().display());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.server = Some(running);
        Ok(())
    }

    /// Stops the server and waits until it is gone.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn stop(&mut self, how: Stop) -> Result<()> {
        match self.server.take() {
            Some(running) => running.end(how),
            None => Ok(()),
        }
    }

    fn is_ready(&self) -> bool {
        self.program("pg_isready")
            .arg("--quiet")
            .arg("--host")
            .arg(self.socket())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// A program of Postgres, as the user who owns the data: the server refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.bin.join(name));
        if let Some((uid, gid)) = self.owner {
            command.uid(uid).gid(gid);
        }
        command.stdin(Stdio::null()).current_dir("/");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The folder goes next, so there is nothing to shut down in order for.
        let _ = self.stop(Stop::Immediate);
    }
}

impl Running {
    fn end(mut self, how: Stop) -> Result<()> {
        let signal = match how {
            Stop::Fast => "-INT",
            Stop::Immediate => "-QUIT",
        };
        let sent = Command::new("kill")
            .arg(signal)
            .arg(self.server.id().to_string())
            .status()?;
        let deadline = Instant::now() + PATIENCE;
        while self.server.try_wait()?.is_none() {
            if Instant::now() > deadline {
                bail!("postgres did not stop ({sent})");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // The guard goes after the server, so that it never signals a process that came later under the same number.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        Ok(())
    }
}

/// Waits for the end of this process, which closes the pipe, and ends the server then.
fn guard(server: u32) -> Result<Child> {
    Command::new("sh")
        .args(["-c", "cat >/dev/null; kill -QUIT \"$1\"", "guard"])
        .arg(server.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("starting the server's guard")
}
