//! The connector under test, with the limits that a case wants.

use anyhow::{Context as _, Result, bail};
use portcullis_e2e::component;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The version of [`unlimited_connector`].
pub const VERSION: &str = "0.1.1";

/// The Buildium connector with a limit that never binds: what is tested here is not how long the vendor makes people
/// wait. Packed once per process.
///
/// # Errors
/// When it cannot be packed.
pub fn unlimited_connector() -> Result<PathBuf> {
    static PACKED: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    if let Some((_, path)) = PACKED.get() {
        return Ok(path.clone());
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("buildium.wasm");
    pack_unlimited(VERSION, 64, &path)?;
    // Of two threads that come here at once, one keeps its folder.
    Ok(PACKED.get_or_init(|| (folder, path)).1.clone())
}

/// Packs the Buildium connector under another version, with a limit of connections alone.
///
/// # Errors
/// When the manifest has another form than expected.
pub fn pack_unlimited(version: &str, connections: u32, into: &Path) -> Result<()> {
    let manifest = unlimited(version, connections)?;
    portcullis_e2e::pack(&component("connector_buildium"), &manifest, into);
    Ok(())
}

/// The manifest of the Buildium connector with another version, and a limit of connections alone.
///
/// # Errors
/// When the manifest has another form than expected.
fn unlimited(version: &str, connections: u32) -> Result<String> {
    let manifest = include_str!("../../../connectors/buildium/connector.toml");
    let from = manifest
        .find("[[limit]]")
        .context("the manifest declares a limit")?;
    let length = manifest[from..]
        .find("\n[[model]]")
        .context("models come after the limit")?;
    let limit = &manifest[from..from + length];
    let other = format!(
        "[[limit]]\nname = \"default\"\nrequests = 100000\nper = \"1s\"\nconcurrency = {connections}\nscope = \"credential\"\n"
    );
    let text = manifest.replace(limit, &other);
    let versioned = text.replacen(
        "version = \"0.1.0\"",
        &format!("version = \"{version}\""),
        1,
    );
    if versioned == text {
        bail!("the manifest states another version");
    }
    Ok(versioned)
}
