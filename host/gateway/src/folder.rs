//! The data folder: made if missing, checked, and locked by the one `serve` that uses it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Makes the data folder unless it is there, and answers its canonical path.
pub(crate) fn prepare(path: &Path) -> Result<PathBuf, Failure> {
    let unusable = |what: &str, error: std::io::Error| {
        Failure::new(
            "data_dir_unusable",
            format!(
                "cannot {what} the data folder {}: {error}; choose another with --data-dir",
                path.display()
            ),
        )
    };
    // Others may pass through (the database's user must) but not look; the files inside are closed one by one.
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(path)
        .map_err(|error| unusable("make", error))?;
    let path = path
        .canonicalize()
        .map_err(|error| unusable("open", error))?;
    let owner = path
        .metadata()
        .map_err(|error| unusable("look at", error))?
        .uid();
    let own = rustix::process::geteuid().as_raw();
    if owner != own {
        return Err(Failure::new(
            "data_dir_wrong_owner",
            format!(
                "the data folder {} belongs to user id {owner}, but the gateway runs as user id {own}; run as that user, give the folder over with chown, or choose another with --data-dir",
                path.display()
            ),
        ));
    }
    Ok(path)
}

/// Makes a folder inside the data folder that is closed to all others.
pub(crate) fn private(path: PathBuf) -> Result<PathBuf, Failure> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&path)
        .map_err(|error| {
            Failure::new(
                "data_dir_unusable",
                format!("cannot make the folder {}: {error}", path.display()),
            )
        })?;
    Ok(path)
}

/// Held by the `serve` that uses the folder; the system gives it back however the process ends.
#[derive(Debug)]
pub(crate) struct ServeLock {
    _file: File,
}

impl ServeLock {
    /// Takes the lock, or says who has it.
    pub(crate) fn take(data_dir: &Path) -> Result<Self, Failure> {
        let path = data_dir.join("serve.lock");
        let unusable = |error: std::io::Error| {
            Failure::new(
                "data_dir_unusable",
                format!("cannot lock {}: {error}", path.display()),
            )
        };
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(unusable)?;
                return Err(Failure::new(
                    "data_dir_locked",
                    format!(
                        "another gateway (process {}) serves from the data folder {}; stop it, or give this one a folder of its own with --data-dir",
                        holder.trim(),
                        data_dir.display()
                    ),
                ));
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(unusable(error)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_one_gateway() {
        let root = tempfile::tempdir().unwrap();
        let folder = prepare(&root.path().join("a/b")).unwrap();
        let lock = ServeLock::take(&folder).unwrap();
        let refused = ServeLock::take(&folder).unwrap_err();
        assert_eq!(refused.code(), "data_dir_locked");
        assert!(
            refused
                .sentence()
                .contains(&format!("process {}", std::process::id()))
        );
        drop(lock);
        ServeLock::take(&folder).unwrap();
    }

    #[test]
    fn a_file_in_the_way_is_said() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = prepare(file.path()).unwrap_err();
        assert_eq!(refused.code(), "data_dir_unusable");
        portcullis_test_codes::record(refused.code());
    }
}
