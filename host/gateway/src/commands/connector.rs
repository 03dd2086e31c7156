//! `portcullis connector list | approve | pack`.

use std::path::{Path, PathBuf};

use portcullis_store::{ConnectorStatus, ConnectorVersionRow, StoreError};
use serde_json::json;

use super::time;
use crate::database::Database;
use crate::failure::Failure;
use crate::output::{Output, table};

pub(super) async fn list(database: &Database, output: Output) -> Result<(), Failure> {
    let versions = database.store.list_connectors().await?;
    let refusals = database.store.list_refusals().await?;
    output.answer(&json!({"connectors": versions, "refused_files": refusals}), || {
        let shown = |row: &&ConnectorVersionRow| {
            matches!(row.status, ConnectorStatus::Active | ConnectorStatus::PendingApproval)
        };
        let mut text = table(
            ["VENDOR", "CONNECTOR", "VERSION", "STATUS", "LOADED", "DIGEST"],
            versions.iter().filter(shown).map(|row| {
                [
                    row.vendor.clone(),
                    row.connector_id.clone(),
                    row.version.clone(),
                    row.status.to_string(),
                    time(row.loaded_at),
                    row.digest.clone(),
                ]
            }),
        );
        for row in versions.iter().filter(|row| row.status == ConnectorStatus::PendingApproval) {
            let asks = row.difference.as_ref().unwrap_or(&row.grants);
            text.push_str(&format!(
                "\n{} {} asks for: {asks}\nApprove it: portcullis connector approve {0} --digest {}\n",
                row.connector_id, row.version, row.digest
            ));
        }
        for refusal in &refusals {
            text.push_str(&format!("\n{} was refused: {} ({})\n", refusal.file, refusal.detail, refusal.code));
        }
        text
    });
    Ok(())
}

pub(super) async fn approve(
    id: &str,
    digest: &str,
    database: &Database,
    output: Output,
) -> Result<(), Failure> {
    let row = database.store.approve_connector(id, digest, "operator").await.map_err(|error| match error {
        StoreError::NotFound | StoreError::Conflict { .. } => Failure::new(
            "nothing_pending",
            format!("no version of {id} with digest {digest} waits for approval; see `portcullis connector list`"),
        ),
        other => other.into(),
    })?;
    let detail = json!({"version": row.version, "digest": row.digest});
    super::audit(database, None, "connector.approve", id, detail).await?;
    output.answer(&json!(row), || {
        format!(
            "Approved {} {}. A running gateway lets it serve within a second.",
            row.connector_id, row.version
        )
    });
    Ok(())
}

pub(super) fn pack(
    component: &Path,
    manifest: &Path,
    packed: Option<PathBuf>,
    output: Output,
) -> Result<(), Failure> {
    let unreadable = |path: &Path, error: std::io::Error| {
        Failure::new(
            "file_unreadable",
            format!("cannot read {}: {error}", path.display()),
        )
    };
    let bytes = std::fs::read(component).map_err(|error| unreadable(component, error))?;
    let text = std::fs::read_to_string(manifest).map_err(|error| unreadable(manifest, error))?;
    let whole = portcullis_runtime::pack(&bytes, &text).map_err(super::refused)?;
    let path = packed.unwrap_or_else(|| component.to_owned());
    replace(&path, &whole)?;
    output.answer(&json!({"file": path, "bytes": whole.len()}), || {
        format!("Packed {} ({} bytes).", path.display(), whole.len())
    });
    Ok(())
}

/// Writes a component over whatever lies at its place, in one step: a gateway that watches the folder never sees half of it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let unwritable = |error: std::io::Error| {
        Failure::new(
            "file_unwritable",
            format!("cannot write {}: {error}", path.display()),
        )
    };
    let draft = tempfile::Builder::new()
        .prefix(".packing-")
        .tempfile_in(folder)
        .map_err(unwritable)?;
    std::fs::write(draft.path(), bytes).map_err(unwritable)?;
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(draft.path(), readable).map_err(unwritable)?;
    draft
        .persist(path)
        .map_err(|error| unwritable(error.error))?;
    Ok(())
}
