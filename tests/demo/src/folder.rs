//! Where the demonstration keeps its data, and `.portcullis/demo.json`, which says that all is ready.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest, Sha256};
use tokio::process::Command;

use crate::report::Ready;

/// What a later demonstration may use again: compiled components, which are checked by their own key and hash.
const KEPT: &str = "compiled";

/// The folders of one demonstration at a time.
#[derive(Debug)]
pub(crate) struct Folder {
    /// The gateway's data folder.
    pub(crate) data: PathBuf,
    announcement: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes the folder, stops what a killed demonstration left running, and clears its data.
    pub(crate) async fn fresh(root: &Path, gateway: &Path) -> Result<Self> {
        let root = root.canonicalize().context("find the project's folder")?;
        let home = root.join(".portcullis");
        make(&home)?;
        let lock = lock_file(&home.join("demo.lock"))?;
        if lock.try_lock().is_err() {
            bail!(
                "another demonstration runs from {}: end it first",
                root.display()
            );
        }
        let data = data_folder(&root, &home);
        make(&data)?;
        clear(&data, gateway).await?;
        let folder = Self {
            data,
            announcement: home.join("demo.json"),
            _lock: lock,
        };
        folder.withdraw()?;
        Ok(folder)
    }

    /// Writes `demo.json`.
    pub(crate) fn announce(&self, ready: &Ready) -> Result<()> {
        write(&self.announcement, ready)
    }

    /// Writes `console.json`, with which the console's form offers to fill itself; gives its path.
    pub(crate) fn offer(&self, customers: &serde_json::Value) -> Result<PathBuf> {
        let path = self.announcement.with_file_name("console.json");
        write(&path, customers)?;
        Ok(path)
    }

    /// Removes `demo.json`, if it is there.
    pub(crate) fn withdraw(&self) -> Result<()> {
        match std::fs::remove_file(&self.announcement) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("remove {}", self.announcement.display()))
            }
            _ => Ok(()),
        }
    }
}

/// Writes a file, closed to others and all at once.
fn write(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    let home = path.parent().context("the file has no folder")?;
    // A named temporary file has mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(home)?;
    serde_json::to_writer_pretty(&mut file, value)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)
        .with_context(|| format!("write {}", path.display()))?;
    Ok(())
}

/// `.portcullis/demo`; or, when this is root and the database's unprivileged user cannot walk down to it (a clone
/// below /root), a folder of this clone's own below /var/lib.
fn data_folder(root: &Path, home: &Path) -> PathBuf {
    let passable = |folder: &Path| {
        folder
            .metadata()
            .is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
    };
    if !rustix::process::geteuid().is_root() || home.ancestors().all(passable) {
        return home.join("demo");
    }
    let digest = Sha256::digest(root.as_os_str().as_bytes());
    let name = format!(
        "portcullis-demo-{}",
        data_encoding::HEXLOWER.encode(&digest[..6])
    );
    Path::new("/var/lib").join(name)
}

fn make(folder: &Path) -> Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(folder)
        .with_context(|| format!("make the folder {}", folder.display()))?;
    let own = rustix::process::geteuid().as_raw();
    let owner = folder.metadata()?.uid();
    if owner != own {
        bail!(
            "{} belongs to user id {owner}, but this runs as user id {own}: remove it first",
            folder.display()
        );
    }
    Ok(())
}

/// Empties the data folder. A demonstration that was killed may have left its gateway draining and its database alive.
async fn clear(data: &Path, gateway: &Path) -> Result<()> {
    let serving = lock_file(&data.join("serve.lock"))?;
    let deadline = Instant::now() + Duration::from_secs(30);
    while serving.try_lock().is_err() {
        if Instant::now() > deadline {
            bail!(
                "a gateway still serves from {}: end it first",
                data.display()
            );
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    if data.join("postgres/data/postmaster.pid").exists() {
        // Any command adopts the living server and, as its last user, stops it.
        let output = Command::new(gateway)
            .args([
                "--data-dir".as_ref(),
                data.as_os_str(),
                "account".as_ref(),
                "list".as_ref(),
            ])
            .output()
            .await
            .context("stop the database of the demonstration before")?;
        if data.join("postgres/data/postmaster.pid").exists() {
            bail!(
                "the database of the demonstration before does not stop: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
    }
    for entry in std::fs::read_dir(data)? {
        let entry = entry?;
        if entry.file_name() == KEPT {
            continue;
        }
        let path = entry.path();
        let removed = match entry.file_type()?.is_dir() {
            true => std::fs::remove_dir_all(&path),
            false => std::fs::remove_file(&path),
        };
        removed.with_context(|| format!("remove {}", path.display()))?;
    }
    Ok(())
}

fn lock_file(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .with_context(|| format!("open {}", path.display()))
}
