//! Machine code on disk, which only this host may have written.
//!
//! A file is named by what decides whether it fits: the compatibility of the engine and
//! the digest of the component. It is written under another name, synced and renamed,
//! never changed, and accompanied by a MAC under a key that lives beside it with mode
//! 0600: loading machine code is running it.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tempfile::TempPath;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::engine::compatibility;

const KEY_BYTES: usize = 32;

/// Machine code that nothing loaded for so long is of a connector or an engine that is gone.
const KEPT_UNUSED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Why there is nothing to load.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Miss {
    /// Never compiled here.
    #[error("there is none")]
    Absent,
    /// The MAC is not this host's.
    #[error("this host did not write it")]
    Foreign,
    /// wasmtime or the pool refuses it, such as for too large a table.
    #[error("{0}")]
    Unfit(String),
}

/// A file that is not there is no error.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The folder of one process. Several processes may share it.
pub(crate) struct Cache {
    folder: PathBuf,
    key: [u8; KEY_BYTES],
    compatibility: String,
}

impl Cache {
    /// Opens `folder`, making it and its key where they are missing.
    pub(crate) fn open(folder: &Path, engine: &Engine) -> io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        // The folder may be older than this rule.
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        forget_unused(folder, SystemTime::now())?;
        Ok(Self {
            folder: folder.to_owned(),
            key: host_key(folder)?,
            compatibility: compatibility(engine),
        })
    }

    /// Loads the machine code of the component with this digest.
    pub(crate) fn load(
        &self,
        engine: &Engine,
        digest: &str,
    ) -> io::Result<Result<Component, Miss>> {
        let path = self.code_path(digest);
        let Some(mac) = found(fs::read(self.mac_path(digest)))? else {
            return Ok(Err(Miss::Absent));
        };
        let Some(code) = found(fs::File::open(&path))? else {
            return Ok(Err(Miss::Absent));
        };
        if self.mac(digest, code)?.verify_slice(&mac).is_err() {
            return Ok(Err(Miss::Foreign));
        }
        // The time of the MAC says when the code was last of use.
        let now = SystemTime::now();
        if let Err(error) = fs::File::options()
            .append(true)
            .open(self.mac_path(digest))
            .and_then(|file| file.set_modified(now))
        {
            tracing::debug!(error = %error, "the use of compiled code is not noted");
        }
        // SAFETY: the bytes carry a MAC under this host's key, so this host made them with
        // the compiler of this engine's compatibility; the folder admits nobody else, and
        // the file is never changed after its rename.
        #[expect(unsafe_code, reason = "the one loader of machine code")]
        match unsafe { Component::deserialize_file(engine, &path) } {
            Ok(component) => Ok(Ok(component)),
            // That the file cannot be opened now says nothing about it.
            Err(error) => match error.downcast::<io::Error>() {
                Ok(error) => Err(error),
                Err(error) => Ok(Err(Miss::Unfit(format!("{error:#}")))),
            },
        }
    }

    /// A name in the folder that is nobody else's, for a file that goes when it is dropped. tempfile's own files hide
    /// which error of the system kept them from being made.
    pub(crate) fn draft(&self) -> io::Result<TempPath> {
        let name = format!("draft-{:032x}", rand::random::<u128>());
        TempPath::try_from_path(self.folder.join(name))
    }

    /// Takes in the machine code that the compiler left at `made`.
    pub(crate) fn keep(&self, digest: &str, made: &Path) -> io::Result<()> {
        let file = fs::File::open(made)?;
        let mac = self.mac(digest, &file)?.finalize().into_bytes();
        file.sync_all()?;
        fs::rename(made, self.code_path(digest))?;
        let beside = self.draft()?;
        let mut file = fs::File::create_new(&beside)?;
        file.write_all(&mac)?;
        file.sync_all()?;
        beside
            .persist(self.mac_path(digest))
            .map_err(|error| error.error)?;
        fs::File::open(&self.folder)?.sync_all()
    }

    fn code_path(&self, digest: &str) -> PathBuf {
        self.folder
            .join(format!("{}-{digest}.cwasm", self.compatibility))
    }

    fn mac_path(&self, digest: &str) -> PathBuf {
        self.folder
            .join(format!("{}-{digest}.mac", self.compatibility))
    }

    /// Over the name as well as the bytes, so that no file can stand in for another.
    fn mac(&self, digest: &str, mut code: impl io::Read) -> io::Result<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)
            .map_err(|error| io::Error::other(error.to_string()))?;
        mac.update(self.compatibility.as_bytes());
        mac.update(digest.as_bytes());
        let mut buffer = vec![0; 64 << 10];
        loop {
            match code.read(&mut buffer)? {
                0 => return Ok(mac),
                read => mac.update(&buffer[..read]),
            }
        }
    }
}

/// Removes machine code that was not loaded for [`KEPT_UNUSED`], with its MAC: the MAC first, since code without one
/// is not loaded.
fn forget_unused(folder: &Path, now: SystemTime) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "mac") {
            continue;
        }
        // Another process may have removed it meanwhile.
        let Some(metadata) = found(fs::metadata(&path))? else {
            continue;
        };
        let unused = now.duration_since(metadata.modified()?).unwrap_or_default();
        if unused > KEPT_UNUSED {
            found(fs::remove_file(&path))?;
            found(fs::remove_file(path.with_extension("cwasm")))?;
        }
    }
    Ok(())
}

/// The key of this host, made on first use. Two processes that start at once agree,
/// since a link to a name that exists fails.
fn host_key(folder: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let path = folder.join("host.key");
    if let Some(key) = read_key(&path)? {
        return Ok(key);
    }
    let mut fresh = [0; KEY_BYTES];
    rand::fill(&mut fresh);
    let draft = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    draft.as_file().write_all(&fresh)?;
    draft.as_file().sync_all()?;
    match draft.persist_noclobber(&path) {
        Ok(_) => Ok(fresh),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => read_key(&path)?
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the host key vanished")),
        Err(error) => Err(error.error),
    }
}

fn read_key(path: &Path) -> io::Result<Option<[u8; KEY_BYTES]>> {
    let Some(mut file) = found(fs::File::open(path))? else {
        return Ok(None);
    };
    let mode = file.metadata()?.permissions().mode() & 0o077;
    if mode != 0 {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "{} must be readable by its owner alone (chmod 600)",
                path.display()
            ),
        ));
    }
    let mut key = Vec::new();
    file.read_to_end(&mut key)?;
    <[u8; KEY_BYTES]>::try_from(key.as_slice())
        .map(Some)
        .map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "{} is no host key; remove it and it is made anew",
                    path.display()
                ),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_loaded_for_long_is_removed_and_the_rest_stays() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let now = SystemTime::now();
        for (name, age) in [("old", KEPT_UNUSED * 2), ("new", KEPT_UNUSED / 2)] {
            for extension in ["mac", "cwasm"] {
                let file = fs::File::create(folder.path().join(format!("{name}.{extension}")))?;
                file.set_modified(now - age)?;
            }
        }
        forget_unused(folder.path(), now)?;
        let mut left: Vec<_> = fs::read_dir(folder.path())?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<io::Result<_>>()?;
        left.sort();
        assert_eq!(left, ["new.cwasm", "new.mac"]);
        Ok(())
    }
}
