//! The sources of a project, watched.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::failure::Failure;

/// How long nothing must have changed before a build begins: editors write a file in several steps.
const STILL: Duration = Duration::from_millis(200);

/// Says when the sources of a project change.
pub(super) struct Sources {
    project: PathBuf,
    watcher: RecommendedWatcher,
    changes: UnboundedReceiver<PathBuf>,
}

impl Sources {
    /// Watches a project's folder.
    pub(super) fn watch(project: &Path) -> Result<Self, Failure> {
        let project = project
            .canonicalize()
            .map_err(|error| unwatched(project, &error.into()))?;
        let (tell, changes) = mpsc::unbounded_channel();
        let root = project.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            if matches!(event.kind, EventKind::Access(_)) {
                return;
            }
            if let Some(path) = event.paths.into_iter().find(|path| is_source(&root, path)) {
                // Nobody listens any more when the command ends.
                let _ = tell.send(path);
            }
        })
        .map_err(|error| unwatched(&project, &error))?;
        let mut sources = Self {
            project,
            watcher,
            changes,
        };
        sources.look_around()?;
        Ok(sources)
    }

    /// Waits for a change, and until it is over; answers what changed first. Cancel safe.
    pub(super) async fn changed(&mut self) -> Result<PathBuf, Failure> {
        let first = self.changes.recv().await.unwrap_or_default();
        while let Ok(Some(_)) = tokio::time::timeout(STILL, self.changes.recv()).await {}
        // A folder may be new.
        self.look_around()?;
        Ok(first
            .strip_prefix(&self.project)
            .map_or_else(|_| first.clone(), Path::to_owned))
    }

    /// Watches each folder of sources. Not all at once from the root: there lies what cargo builds, too.
    fn look_around(&mut self) -> Result<(), Failure> {
        let watch = |watcher: &mut RecommendedWatcher, path: &Path, mode| {
            watcher
                .watch(path, mode)
                .map_err(|error| unwatched(path, &error))
        };
        watch(
            &mut self.watcher,
            &self.project,
            RecursiveMode::NonRecursive,
        )?;
        let entries = std::fs::read_dir(&self.project)
            .map_err(|error| unwatched(&self.project, &error.into()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() && is_source(&self.project, &path) {
                watch(&mut self.watcher, &path, RecursiveMode::Recursive)?;
            }
        }
        Ok(())
    }
}

/// Whether a path is something that is built, not something that was built or that an editor keeps for itself.
fn is_source(project: &Path, path: &Path) -> bool {
    let Ok(inside) = path.strip_prefix(project) else {
        return false;
    };
    let mut parts = inside.iter().map(|part| part.to_string_lossy());
    if inside.starts_with("target") || parts.any(|part| part.starts_with('.')) {
        return false;
    }
    let name = inside.file_name().map(|name| name.to_string_lossy());
    name.is_some_and(|name| {
        name != "Cargo.lock" && !name.ends_with('~') && !name.ends_with(".wasm")
    })
}

fn unwatched(path: &Path, error: &notify::Error) -> Failure {
    Failure::new(
        "file_unreadable",
        format!("{} cannot be watched: {error}", path.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_built_is_no_source() {
        let source = |path: &str| is_source(Path::new("/acme"), &Path::new("/acme").join(path));
        for path in [
            "src/lib.rs",
            "connector.toml",
            "fixtures/units.json",
            "Cargo.toml",
            "src/target.rs",
        ] {
            assert!(source(path), "{path}");
        }
        for path in [
            "",
            "target/debug/a.rs",
            "Cargo.lock",
            "acme.wasm",
            ".git/index",
            "src/.lib.rs.swp",
            "src/lib.rs~",
            "/etc/passwd",
        ] {
            assert!(!source(path), "{path}");
        }
    }

    #[tokio::test]
    async fn a_saved_file_and_a_new_folder_are_noticed() {
        let project = tempfile::tempdir().unwrap();
        let root = project.path();
        std::fs::create_dir(root.join("src")).unwrap();
        let mut sources = Sources::watch(root).unwrap();
        std::fs::write(root.join("Cargo.lock"), "no source").unwrap();
        std::fs::write(root.join("src/lib.rs"), "one").unwrap();
        assert_eq!(sources.changed().await.unwrap(), Path::new("src/lib.rs"));
        std::fs::create_dir(root.join("fixtures")).unwrap();
        assert_eq!(sources.changed().await.unwrap(), Path::new("fixtures"));
        std::fs::write(root.join("fixtures/units.json"), "[]").unwrap();
        assert_eq!(
            sources.changed().await.unwrap(),
            Path::new("fixtures/units.json")
        );
    }
}
