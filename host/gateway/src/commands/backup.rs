//! `portcullis backup` and `portcullis restore`: the database as a file, for either kind of database.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;

use bytesize::ByteSize;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use portcullis_store::BackupError;
use serde_json::json;

use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;
use crate::output::Output;

/// Bytes that are read or written at once.
const BUFFER: usize = 1 << 20;

pub(super) async fn back_up(
    path: &Path,
    database: &Database,
    output: Output,
) -> Result<(), Failure> {
    let unwritable = |error: std::io::Error| {
        Failure::new(
            "file_unwritable",
            format!("cannot write {}: {error}", path.display()),
        )
    };
    if path.exists() {
        return Err(exists(path));
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // Under its name only when it is whole; only its owner can read it, since it is all of the customers' data.
    let draft = tempfile::Builder::new()
        .prefix(".backup-")
        .tempfile_in(folder)
        .map_err(unwritable)?;
    let file = BufWriter::with_capacity(BUFFER, draft.as_file().try_clone().map_err(unwritable)?);
    let mut compressed = GzEncoder::new(file, Compression::fast());
    let done = database
        .store
        .back_up(&mut compressed)
        .await
        .map_err(|error| failed(&error, path))?;
    compressed
        .finish()
        .and_then(|mut file| file.flush())
        .and_then(|()| draft.as_file().sync_all())
        .map_err(unwritable)?;
    let bytes = draft.as_file().metadata().map_err(unwritable)?.len();
    draft
        .persist_noclobber(path)
        .map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => exists(path),
            _ => unwritable(error.error),
        })?;
    let answer = json!({"file": path, "bytes": bytes, "tables": done.tables, "rows": done.rows, "header": done.header});
    output.answer(&answer, || {
        format!(
            "Wrote {} rows into {} ({}).\nThe vault key{} is not in it. Keep a copy of it elsewhere: portcullis vault-key save FILE",
            done.rows,
            path.display(),
            ByteSize(bytes),
            named(done.header.vault_key_id.as_deref()),
        )
    });
    Ok(())
}

pub(super) async fn restore(path: &Path, config: &Config, output: Output) -> Result<(), Failure> {
    let file = File::open(path).map_err(|error| failed(&error.into(), path))?;
    let mut input = BufReader::with_capacity(
        BUFFER,
        GzDecoder::new(BufReader::with_capacity(BUFFER, file)),
    );
    let database = Database::open_bare(config).await?;
    let restored = database.store.restore(&mut input).await;
    let closed = database.close().await;
    let restored = restored.map_err(|error| failed(&error, path))?;
    closed?;
    output.answer(&json!(restored), || {
        format!(
            "Restored {} rows as of {}.\nNow put vault key{} in place, unless it is: portcullis vault-key put FILE",
            restored.rows,
            super::time(restored.header.at),
            named(restored.header.vault_key_id.as_deref()),
        )
    });
    Ok(())
}

fn named(key: Option<&str>) -> String {
    key.map(|id| format!(" {id}")).unwrap_or_default()
}

pub(super) fn exists(path: &Path) -> Failure {
    Failure::new(
        "file_exists",
        format!("{} exists already; choose another name", path.display()),
    )
}

fn failed(error: &BackupError, path: &Path) -> Failure {
    let place = path.display();
    match error {
        // What gzip cannot unpack is as good as cut off.
        BackupError::Stream(inner)
            if matches!(
                inner.kind(),
                std::io::ErrorKind::InvalidInput
                    | std::io::ErrorKind::InvalidData
                    | std::io::ErrorKind::UnexpectedEof
            ) =>
        {
            Failure::new(
                "backup_damaged",
                format!("{place} is not a whole backup: {inner}"),
            )
        }
        other => Failure::new(other.code(), format!("{place}: {other}")),
    }
}
