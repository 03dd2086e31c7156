//! A client, generated from the document by openapi-python-client, that lists, pages and gets.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use portcullis_e2e::Gateway;

use crate::Arguments;

/// Generates the client without a warning, and runs `client.py` with it.
pub(crate) fn check(arguments: &Arguments, document: &Path, gateway: &Gateway) -> Result<()> {
    let folder = arguments.report.join("client");
    let output = Command::new(arguments.python.join("openapi-python-client"))
        .args([
            "generate",
            "--meta",
            "none",
            "--overwrite",
            "--fail-on-warning",
            "--path",
        ])
        .arg(document)
        .arg("--config")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("client.yml"))
        .arg("--output-path")
        .arg(folder.join("portcullis_client"))
        .output()
        .context("openapi-python-client")?;
    ensure!(
        output.status.success(),
        "the client cannot be generated: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let output = Command::new(arguments.python.join("python"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("client.py"))
        .args([&gateway.base_url, &gateway.admin_key])
        .env("PYTHONPATH", &folder)
        .output()
        .context("python")?;
    ensure!(
        output.status.success(),
        "the client does not work: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    eprintln!(
        "   generated client: {}",
        String::from_utf8_lossy(&output.stdout).trim()
    );
    Ok(())
}
