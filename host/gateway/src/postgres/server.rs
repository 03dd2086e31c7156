//! Attaching to the server of a data folder: adopt or start, and stop when the last user leaves.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::process::Child;
use tokio::time::Instant;

use super::binaries::Binaries;
use super::cluster;
use super::identity::Identity;
use super::layout::Layout;
use super::postmaster::Postmaster;
use super::{PostgresError, ROLE};

/// How long a start may take; after a crash it replays its log first.
const START_PATIENCE: Duration = Duration::from_secs(90);
/// How long a fast stop may take before the server is told to drop everything.
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// How often the server's state is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// A living server that this process uses. Leave it with [`Server::detach`]; dropped without it (a crash), the
/// server lives on and is adopted by the next to come.
#[derive(Debug)]
pub(crate) struct Server {
    layout: Layout,
    sockets: PathBuf,
    password: SecretString,
    adopted: bool,
    /// The server when this process started it; held so that it is reaped.
    child: Option<Child>,
    /// Locked shared as long as this process uses the server.
    users: File,
}

impl Server {
    /// Whether a server was ever made in `data_dir`.
    pub(crate) fn was_made(data_dir: &Path) -> bool {
        Layout::of(data_dir).data.exists()
    }

    /// Attaches to the server of `data_dir`, an existing folder that the gateway owns.
    pub(crate) async fn attach(data_dir: &Path) -> Result<Self, PostgresError> {
        let data_dir = data_dir
            .canonicalize()
            .map_err(PostgresError::file("open", data_dir))?;
        let layout = Layout::of(&data_dir);
        let identity = Identity::detect()?;
        layout.prepare(&identity)?;
        let _turn = take_turn(&layout).await?;
        let binaries = Binaries::find(&layout.data)?;
        let password = cluster::ensure(&layout, &identity, &binaries).await?;

        let (mut child, adopted) = match Postmaster::living(&layout.data) {
            Some(_) => (None, true),
            None => (Some(spawn(&layout, &identity, &binaries)?), false),
        };
        let postmaster = wait_until_ready(&layout, &mut child).await?;
        let sockets = postmaster.sockets.unwrap_or_else(|| layout.sockets.clone());
        let made = cluster::ensure_database(&layout, &identity, &binaries, &sockets, &password);
        if let Err(error) = made.await {
            if !adopted {
                stop(&layout, child).await?;
                return Err(error);
            }
            return Err(PostgresError::Foreign {
                folder: layout.data,
                password: layout.password,
                detail: error.to_string(),
            });
        }
        let users = lock_file(&layout.users)?;
        users
            .lock_shared()
            .map_err(PostgresError::file("lock", &layout.users))?;
        if adopted {
            tracing::info!(data_dir = %data_dir.display(), "adopted the living database server");
        } else {
            tracing::info!(data_dir = %data_dir.display(), "started the database server");
        }
        Ok(Self {
            layout,
            sockets,
            password,
            adopted,
            child,
            users,
        })
    }

    /// Where to connect, with the password.
    pub(crate) fn url(&self) -> SecretString {
        let host: String = url::form_urlencoded::byte_serialize(
            std::os::unix::ffi::OsStrExt::as_bytes(self.sockets.as_os_str()),
        )
        .collect();
        SecretString::from(format!(
            "postgres://{ROLE}:{}@localhost/{ROLE}?host={host}",
            self.password.expose_secret()
        ))
    }

    /// What to say when the server that was adopted does not take our password.
    pub(crate) fn refused(&self, detail: String) -> PostgresError {
        PostgresError::Foreign {
            folder: self.layout.data.clone(),
            password: self.layout.password.clone(),
            detail,
        }
    }

    /// True when the server was alive before this process came.
    pub(crate) fn adopted(&self) -> bool {
        self.adopted
    }

    /// Leaves the server and stops it when nobody else uses it. Answers whether it was stopped.
    pub(crate) async fn detach(self) -> Result<bool, PostgresError> {
        let _turn = take_turn(&self.layout).await?;
        self.users
            .unlock()
            .map_err(PostgresError::file("unlock", &self.layout.users))?;
        if self.users.try_lock().is_err() {
            tracing::info!("the database server stays: another process uses it");
            return Ok(false);
        }
        stop(&self.layout, self.child).await?;
        tracing::info!("stopped the database server");
        Ok(true)
    }
}

fn spawn(
    layout: &Layout,
    identity: &Identity,
    binaries: &Binaries,
) -> Result<Child, PostgresError> {
    let log =
        File::create(&layout.start_log).map_err(PostgresError::file("write", &layout.start_log))?;
    let log_too = log
        .try_clone()
        .map_err(PostgresError::file("write", &layout.start_log))?;
    let mut command = identity.command(&binaries.program("postgres"), &layout.home);
    command
        .arg("-D")
        .arg(&layout.data)
        .arg("-k")
        .arg(&layout.sockets)
        .stdout(log)
        .stderr(log_too);
    for (name, value) in SETTINGS {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    command.spawn().map_err(|error| PostgresError::Start {
        detail: error.to_string(),
        log: layout.start_log.clone(),
    })
}

/// Settings given on the command line, so that an upgrade changes them for old clusters too.
const SETTINGS: [(&str, &str); 14] = [
    // Only the socket, whose folder is closed to all others.
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("port", "5432"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    // The gateway's pool plus subcommands and psql.
    ("max_connections", "100"),
    // A first sync writes a lot in a short time: fewer forced checkpoints.
    ("shared_buffers", "256MB"),
    ("max_wal_size", "2GB"),
    // A week of logs in the cluster's folder, each day over the one of last week.
    ("logging_collector", "on"),
    ("log_filename", "postgresql-%a.log"),
    ("log_truncate_on_rotation", "on"),
    ("log_rotation_size", "0"),
    // Statements and the rows in error details carry personal data: they stay out of the log.
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
];

async fn wait_until_ready(
    layout: &Layout,
    child: &mut Option<Child>,
) -> Result<Postmaster, PostgresError> {
    let deadline = Instant::now() + START_PATIENCE;
    loop {
        let ended = match child {
            Some(child) => child.try_wait().ok().flatten(),
            None => None,
        };
        if let Some(status) = ended {
            let said = std::fs::read_to_string(&layout.start_log).unwrap_or_default();
            return Err(PostgresError::Start {
                detail: format!("{status}: {}", cluster::last_words(&said)),
                log: layout.start_log.clone(),
            });
        }
        let postmaster = Postmaster::living(&layout.data);
        match postmaster {
            Some(postmaster) if postmaster.ready => return Ok(postmaster),
            // Adopted while it was ending.
            None if child.is_none() => {
                return Err(PostgresError::Start {
                    detail: "the server that was alive has just ended; try again".to_owned(),
                    log: layout.start_log.clone(),
                });
            }
            _ => {}
        }
        if Instant::now() > deadline {
            return Err(PostgresError::Start {
                detail: format!("not ready within {} s", START_PATIENCE.as_secs()),
                log: layout.start_log.clone(),
            });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Stops the server like `pg_ctl stop -m fast`, and harder when that does not do.
async fn stop(layout: &Layout, mut child: Option<Child>) -> Result<(), PostgresError> {
    let Some(postmaster) = Postmaster::living(&layout.data) else {
        return Ok(());
    };
    for (fast, patience) in [(true, STOP_PATIENCE), (false, Duration::from_secs(5))] {
        postmaster.ask_to_stop(fast);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            let reaped = match &mut child {
                Some(child) => matches!(child.try_wait(), Ok(Some(_))),
                None => false,
            };
            if reaped || Postmaster::living(&layout.data).is_none() {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
    Err(PostgresError::Stop {
        pid: postmaster.pid,
        seconds: STOP_PATIENCE.as_secs() + 5,
    })
}

/// Takes the lock under which servers are started and stopped; given back when dropped.
async fn take_turn(layout: &Layout) -> Result<File, PostgresError> {
    let file = lock_file(&layout.turn)?;
    let deadline = Instant::now() + START_PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => {}
            Err(std::fs::TryLockError::Error(error)) => {
                return Err(PostgresError::file("lock", &layout.turn)(error));
            }
        }
        if Instant::now() > deadline {
            return Err(PostgresError::Busy {
                folder: layout.home.clone(),
                seconds: START_PATIENCE.as_secs(),
            });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn lock_file(path: &Path) -> Result<File, PostgresError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(PostgresError::file("open", path))
}

#[cfg(test)]
mod tests;
