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

/// Where all gateways of the tests keep compiled connectors.
pub(crate) fn compiled_dir() -> PathBuf {
    programs().join("compiled-connectors")
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

/// The folder of the built connectors, which `serve --connectors` reads.
#[must_use]
pub fn connectors() -> PathBuf {
    let target = programs().parent().map(Path::to_owned).unwrap_or_default();
    target.join("connectors")
}

/// Gives a component this manifest in place of the one it may have, with the gateway's own command.
///
/// # Panics
///
/// When the command fails.
pub fn pack(component: &Path, manifest: &str, into: &Path) {
    let failed = |error: std::io::Error| -> Vec<u8> { panic!("{}: {error}", into.display()) };
    let text = into.with_extension("toml");
    let packed = into.with_extension("packed");
    let bare = without_manifest(std::fs::read(component).unwrap_or_else(failed));
    std::fs::write(&packed, bare).unwrap_or_else(|error| panic!("{}: {error}", packed.display()));
    std::fs::write(&text, manifest).unwrap_or_else(|error| panic!("{}: {error}", text.display()));
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

/// Renames the section of a manifest, so that it is none: the length of everything stays as it was.
fn without_manifest(mut component: Vec<u8>) -> Vec<u8> {
    const SECTION: &[u8] = b"portcullis:manifest";
    const NONE: &[u8] = b"portcullis:disabled";
    let places: Vec<usize> = component
        .windows(SECTION.len())
        .enumerate()
        .filter_map(|(place, window)| (window == SECTION).then_some(place))
        .collect();
    for place in places {
        component[place..place + SECTION.len()].copy_from_slice(NONE);
    }
    component
}
