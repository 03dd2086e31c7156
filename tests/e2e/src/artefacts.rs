//! What was built before the tests: programs and components.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the programs of the build that this code belongs to: `target/debug`, or what else was asked for.
fn programs() -> PathBuf {
    let own =
        std::env::current_exe().unwrap_or_else(|error| panic!("this program has no path: {error}"));
    let folder = own.parent().unwrap_or(Path::new("."));
    // Tests lie one level deeper than programs.
    if folder.ends_with("deps") {
        folder.parent().unwrap_or(folder)
    } else {
        folder
    }
    .to_owned()
}

/// A program of the workspace.
///
/// # Panics
///
/// When it was not built, with the command that builds it.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let path = programs().join(name);
    assert!(
        path.is_file(),
        "{} is missing: run cargo build --workspace --bins",
        path.display()
    );
    path
}

/// A component, by its crate's name with underscores: `connector_buildium`, `guest_minimal`, `guest_hostile`.
///
/// # Panics
///
/// When it was not built, with the command that builds it.
#[must_use]
pub fn component(name: &str) -> PathBuf {
    let target = programs().parent().map(Path::to_owned).unwrap_or_default();
    let path = target
        .join("wasm32-wasip2/connector")
        .join(format!("{name}.wasm"));
    assert!(
        path.is_file(),
        "{} is missing: run make connectors guests",
        path.display()
    );
    path
}

/// Packs a manifest onto a component that has none, with the gateway's own command.
///
/// # Panics
///
/// When the command fails.
pub fn pack(component: &Path, manifest: &str, into: &Path) {
    let text = into.with_extension("toml");
    std::fs::write(&text, manifest).unwrap_or_else(|error| panic!("{}: {error}", text.display()));
    let packed = into.with_extension("packed");
    std::fs::copy(component, &packed)
        .unwrap_or_else(|error| panic!("{}: {error}", packed.display()));
    let done = Command::new(program("portcullis"))
        .args(["connector", "pack"])
        .arg(&packed)
        .arg(&text)
        .output()
        .unwrap_or_else(|error| panic!("portcullis connector pack: {error}"));
    assert!(
        done.status.success(),
        "pack: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    std::fs::rename(&packed, into).unwrap_or_else(|error| panic!("{}: {error}", into.display()));
}
