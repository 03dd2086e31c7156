//! `make demo EXIT=1` as a newcomer runs it.

use anyhow::{Context as _, Result, ensure};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Seconds with everything built, if a run before this one has built it.
pub(crate) fn warm(root: &Path) -> Result<f64> {
    seconds(&mut demo(root))
}

/// Seconds in a new clone, with a build folder of its own. Downloaded crates are kept: they are the registry's speed.
pub(crate) fn cold(root: &Path) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    // The database's user must be able to walk in; else the demonstration keeps its data below /var/lib, for good.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
    let clone = folder.path().join("clone");
    let done = Command::new("git")
        .args(["clone", "--quiet"])
        .arg(root)
        .arg(&clone)
        .status()?;
    ensure!(done.success(), "git clone failed");
    seconds(demo(&clone).env("CARGO_TARGET_DIR", folder.path().join("target")))
}

fn demo(root: &Path) -> Command {
    let mut command = Command::new("make");
    command
        .args(["--no-print-directory", "demo", "EXIT=1"])
        .current_dir(root);
    command
}

fn seconds(command: &mut Command) -> Result<f64> {
    let begin = Instant::now();
    let output = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .context("run make demo")?;
    let seconds = begin.elapsed().as_secs_f64();
    ensure!(
        output.status.success(),
        "make demo failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(seconds)
}
