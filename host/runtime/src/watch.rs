//! A folder whose `*.wasm` files are connectors.
//!
//! Polled, because notifications do not exist on every file system that operators mount,
//! and because "the file is there" never means "the file is whole" anyway: a copy in
//! progress looks like a broken component.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::gate::MAX_COMPONENT_BYTES;
use crate::refusal::{Refusal, RefusalCode};
use crate::section::is_whole;

/// How often the folder is looked at.
const POLL: Duration = Duration::from_millis(250);
/// How long a file must not have changed before it is read.
const STILL: Duration = Duration::from_millis(750);
/// How long an incomplete file must not have changed before it counts as broken.
const GIVEN_UP: Duration = Duration::from_secs(30);

/// Something happened in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderEvent {
    /// A whole file, new or replaced.
    Complete {
        /// Where it lies.
        path: PathBuf,
        /// All of it.
        bytes: Arc<[u8]>,
    },
    /// A file that will not become whole.
    Refused {
        /// Where it lies.
        path: PathBuf,
        /// `not_a_component` or `too_large`.
        refusal: Refusal,
    },
    /// A file that was there is gone.
    Removed {
        /// Where it lay.
        path: PathBuf,
    },
}

/// A watched folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    files: BTreeMap<PathBuf, File>,
    /// It was looked at.
    listed: bool,
    /// Found but not handed out yet.
    pending: std::collections::VecDeque<FolderEvent>,
}

/// What stands still when a file is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Stamp {
    /// Nobody has written to it for a while, by the clock of the machine.
    fn is_old(&self) -> bool {
        self.modified
            .and_then(|at| at.elapsed().ok())
            .is_some_and(|age| age >= STILL)
    }
}

#[derive(Debug)]
struct File {
    stamp: Stamp,
    since: Instant,
    state: FileState,
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum FileState {
    /// Changing, or not yet still for long enough.
    Fresh,
    /// Still, but its sections do not add up, or it may not be read.
    Incomplete,
    /// Handed out, whole or refused.
    Reported,
}

impl Folder {
    /// Watches `path`. The folder need not exist yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            files: BTreeMap::new(),
            listed: false,
            pending: Default::default(),
        }
    }

    /// Whether everything that lay there was handed out, as far as it is whole.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let settled = |file: &File| file.state != FileState::Fresh;
        self.listed && self.pending.is_empty() && self.files.values().all(settled)
    }

    /// The next thing that happens. Cancel safe: nothing found is lost.
    pub async fn next(&mut self) -> FolderEvent {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return event;
            }
            let path = self.path.clone();
            let found = tokio::task::spawn_blocking(move || list(&path)).await;
            match found {
                Ok(Ok(found)) => self.observe(&found, Instant::now()).await,
                Ok(Err(error)) => {
                    tracing::debug!(folder = %self.path.display(), %error, "cannot list the folder");
                }
                Err(error) => tracing::error!(%error, "listing the folder failed"),
            }
            if self.pending.is_empty() {
                tokio::time::sleep(POLL).await;
            }
        }
    }

    /// Compares the folder with what was there before, and queues what follows.
    async fn observe(&mut self, found: &BTreeMap<PathBuf, Stamp>, now: Instant) {
        let gone: BTreeSet<PathBuf> = self
            .files
            .keys()
            .filter(|path| !found.contains_key(*path))
            .cloned()
            .collect();
        for path in gone {
            let file = self.files.remove(&path);
            // Of a file that was never reported, nobody needs to hear that it is gone.
            if file.is_some_and(|file| file.state == FileState::Reported) {
                self.pending.push_back(FolderEvent::Removed { path });
            }
        }
        let first = !std::mem::replace(&mut self.listed, true);
        for (path, stamp) in found {
            // Before the first look a file may have stood still for long; a gateway that starts again need not wait.
            let has_stood = first && stamp.is_old();
            let file = self.files.entry(path.clone()).or_insert(File {
                stamp: *stamp,
                since: if has_stood {
                    now.checked_sub(STILL).unwrap_or(now)
                } else {
                    now
                },
                state: FileState::Fresh,
            });
            if file.stamp != *stamp {
                *file = File {
                    stamp: *stamp,
                    since: now,
                    state: FileState::Fresh,
                };
            }
            let still = now.duration_since(file.since);
            let due = match file.state {
                FileState::Fresh => still >= STILL,
                FileState::Incomplete => still >= GIVEN_UP,
                FileState::Reported => false,
            };
            if !due {
                continue;
            }
            match examine(path.clone(), *stamp).await {
                Examined::Whole(bytes) => {
                    file.state = FileState::Reported;
                    let path = path.clone();
                    self.pending
                        .push_back(FolderEvent::Complete { path, bytes });
                }
                Examined::Broken(refusal) if still >= GIVEN_UP => {
                    file.state = FileState::Reported;
                    let path = path.clone();
                    self.pending
                        .push_back(FolderEvent::Refused { path, refusal });
                }
                Examined::TooLarge(refusal) => {
                    file.state = FileState::Reported;
                    let path = path.clone();
                    self.pending
                        .push_back(FolderEvent::Refused { path, refusal });
                }
                Examined::Broken(_) => file.state = FileState::Incomplete,
                Examined::Forbidden => {
                    if file.state == FileState::Fresh {
                        tracing::warn!(file = %path.display(), "a connector's file may not be read");
                    }
                    file.state = FileState::Incomplete;
                }
                Examined::Changed => {}
            }
        }
    }
}

enum Examined {
    Whole(Arc<[u8]>),
    Broken(Refusal),
    TooLarge(Refusal),
    /// It changed between listing and reading; the next look sees the new stamp.
    Changed,
    /// It may not be read, by now.
    Forbidden,
}

async fn examine(path: PathBuf, stamp: Stamp) -> Examined {
    tokio::task::spawn_blocking(move || read(&path, stamp))
        .await
        .unwrap_or(Examined::Changed)
}

fn read(path: &Path, stamp: Stamp) -> Examined {
    if stamp.size > MAX_COMPONENT_BYTES {
        return Examined::TooLarge(Refusal::new(
            RefusalCode::TooLarge,
            format!(
                "{} bytes, at most {MAX_COMPONENT_BYTES} are accepted",
                stamp.size
            ),
        ));
    }
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Examined::Forbidden;
        }
        Err(_) => return Examined::Changed,
    };
    if stamp_of(path).ok() != Some(stamp) || bytes.len() as u64 != stamp.size {
        return Examined::Changed;
    }
    if is_whole(&bytes) {
        return Examined::Whole(bytes.into());
    }
    Examined::Broken(Refusal::new(
        RefusalCode::NotAComponent,
        "the file is truncated or no WebAssembly at all: its sections do not add up to its length",
    ))
}

fn list(folder: &Path) -> io::Result<BTreeMap<PathBuf, Stamp>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error),
    };
    let mut found = BTreeMap::new();
    for entry in entries {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden || path.extension().is_none_or(|extension| extension != "wasm") {
            continue;
        }
        // Following links, so that an operator may link files into the folder.
        if let Ok(stamp) = stamp_of(&path) {
            found.insert(path, stamp);
        }
    }
    Ok(found)
}

fn stamp_of(path: &Path) -> io::Result<Stamp> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    Ok(Stamp {
        size: metadata.len(),
        modified: metadata.modified().ok(),
        inode: metadata.ino(),
    })
}

#[cfg(test)]
mod tests;
