//! Cargo and the compiler, as the author has them.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::failure::Failure;

/// What connectors are compiled for.
pub(super) const TARGET: &str = "wasm32-wasip2";

/// The profile of connectors; a project may say more about it.
const PROFILE: &str = "connector";

/// Compiles the library of a project and answers where its component lies. Cargo's own words go to standard error.
///
/// Dropping the future ends cargo.
pub(super) async fn compile(project: &Path) -> Result<PathBuf, Failure> {
    let manifest = project.join("Cargo.toml");
    let manifest = manifest.canonicalize().map_err(|_| {
        Failure::new(
            "project_missing",
            format!(
                "{} holds no Cargo.toml; name the folder of a connector, or make one with `portcullis connector new`",
                project.display()
            ),
        )
    })?;
    let folder = manifest.parent().unwrap_or(project);
    look_for_the_target(folder).await?;
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--lib", "--target", TARGET, "--profile", PROFILE])
        // A project without the profile gets it, and one with it keeps what it says.
        .args([
            "--config",
            &format!("profile.{PROFILE}.inherits=\"release\""),
        ])
        .args([
            "--message-format",
            "json-render-diagnostics",
            "--manifest-path",
        ])
        .arg(&manifest)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut child = cargo.spawn().map_err(|error| unusable("cargo", &error))?;
    let mut component = None;
    if let Some(out) = child.stdout.take() {
        let mut lines = BufReader::new(out).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            component = artifact(&line, &manifest).or(component);
        }
    }
    let ended = child
        .wait()
        .await
        .map_err(|error| unusable("cargo", &error))?;
    if !ended.success() {
        return Err(Failure::new(
            "build_failed",
            "cargo could not build the connector; its own words stand above",
        ));
    }
    component.ok_or_else(|| {
        Failure::new(
            "build_failed",
            format!(
                "{} builds no component; its library needs crate-type = [\"cdylib\"]",
                manifest.display()
            ),
        )
    })
}

/// The component that a line of cargo's tells of, if it is the project's own.
fn artifact(line: &str, manifest: &Path) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        reason: String,
        #[serde(default)]
        manifest_path: PathBuf,
        #[serde(default)]
        filenames: Vec<PathBuf>,
    }

    let message: Message = serde_json::from_str(line).ok()?;
    if message.reason != "compiler-artifact" || message.manifest_path != manifest {
        return None;
    }
    let mut files = message.filenames.into_iter();
    files.find(|file| {
        file.extension()
            .is_some_and(|extension| extension == "wasm")
    })
}

/// Says what to do when the compiler does not know the target: cargo's own words for it are about a missing `core`.
async fn look_for_the_target(folder: &Path) -> Result<(), Failure> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| unusable("rustc", &error))?;
    let libraries = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().find(|line| !line.trim().is_empty());
    Err(Failure::new(
        "wasm_target_missing",
        format!(
            "the compiler cannot build for {TARGET}{}; run `rustup target add {TARGET}` in {}",
            said.map_or_else(String::new, |line| format!(" ({})", line.trim())),
            folder.display()
        ),
    ))
}

fn unusable(program: &str, error: &std::io::Error) -> Failure {
    Failure::new(
        "cargo_missing",
        format!(
            "{program} cannot be run: {error}; install Rust from https://rustup.rs and try again"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_projects_own_component_is_found_among_cargos_words() {
        let manifest = Path::new("/acme/Cargo.toml");
        let line = r#"{"reason":"compiler-artifact","manifest_path":"/acme/Cargo.toml","filenames":["/t/a.rlib","/t/a.wasm"]}"#;
        assert_eq!(artifact(line, manifest), Some("/t/a.wasm".into()));
        for other in [
            r#"{"reason":"compiler-artifact","manifest_path":"/dep/Cargo.toml","filenames":["/t/a.wasm"]}"#,
            r#"{"reason":"compiler-artifact","manifest_path":"/acme/Cargo.toml","filenames":["/t/a.rlib"]}"#,
            r#"{"reason":"build-finished","success":true}"#,
            "warning: not JSON",
        ] {
            assert_eq!(artifact(other, manifest), None, "{other}");
        }
    }
}
