//! C7: the connector is replaced in the middle of a sync, by a broken file, by a newer version, then by the one that was
//! there before, when cursors of the newer one are stored, and at last by one that comes while the database is away.

use super::{Going, between_pages, changes, conclude, dice, first_sync, pages_of, went_on_ms};
use crate::connector::{VERSION, pack_unlimited, unlimited_connector};
use crate::oracle::Expect;
use crate::report::Finding;
use crate::stage::{PATIENCE, Stage};
use anyhow::{Result, ensure};
use portcullis_test_postgres::Stop;
use std::path::Path;
use std::time::{Duration, Instant};

/// A version of a play: every one is newer than those before it on the same stage.
fn version(seed: u64, of: u64) -> String {
    format!("0.1.{}", 2 + 2 * (seed % super::plan::SEEDS) + of)
}

/// Plays once.
///
/// # Errors
/// When the stage breaks.
pub async fn play(stage: &mut Stage, seed: u64) -> Result<Finding> {
    let mut dice = dice(seed);
    let going = first_sync(stage, seed, &mut dice).await?;
    let (version, last) = (version(seed, 0), version(seed, 1));
    let mut finding = Finding::new("C7", seed, format!("to {version} and back"));
    let everybody: Vec<usize> = (0..stage.replicas.len()).collect();
    let hit = between_pages(stage, &going, &everybody).await?;
    finding.interrupted = !hit.is_empty();
    let fault = chrono::Utc::now();
    let whole = packed(stage, &version)?;
    put(stage, &whole[..whole.len() / 2])?;
    // Somebody looks at the broken file while pages are read.
    let seen = pages_of(stage, &going).len();
    let begun = Instant::now();
    while pages_of(stage, &going).len() < seen + 2 && begun.elapsed() < Duration::from_secs(2) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    put(stage, &whole)?;
    conclude(stage, &going, Expect::FirstTruth, &mut finding).await?;
    finding.resume_ms = went_on_ms(&changes(stage, &going).await?, fault, &hit);
    serves(stage, &version).await?;

    // The version before reads what the newer one stored, since both say that their cursors have the same format. Where
    // connectors are trusted, as here, a file may step back.
    put(stage, &std::fs::read(unlimited_connector()?)?)?;
    serves(stage, VERSION).await?;
    let since = stage.mark();
    stage.sync_now(&going.id).await?;
    let again = Going {
        id: going.id.clone(),
        since,
    };
    let refetched = finding.pages_refetched;
    conclude(stage, &again, Expect::Truth, &mut finding).await?;
    finding.pages_refetched = finding.pages_refetched.max(refetched);

    // Long enough that the file is found while nothing can be said of it.
    let coming = packed(stage, &last)?;
    let folder = stage.connectors();
    let arriving = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        replace(&folder, &coming)
    });
    stage
        .restart_postgres(Stop::Fast, Duration::from_secs(4))
        .await?;
    arriving.await??;
    serves(stage, &last).await?;
    stage.forget(&going.id).await?;
    Ok(finding)
}

/// The connector under another version.
fn packed(stage: &Stage, version: &str) -> Result<Vec<u8>> {
    let fresh = stage.folder().join("newer.wasm");
    pack_unlimited(version, 64, &fresh)?;
    Ok(std::fs::read(&fresh)?)
}

/// Puts a component into the watched folder, at once and whole.
fn put(stage: &Stage, bytes: &[u8]) -> Result<()> {
    replace(&stage.connectors(), bytes)
}

fn replace(folder: &Path, bytes: &[u8]) -> Result<()> {
    let hidden = folder.join("buildium.coming");
    std::fs::write(&hidden, bytes)?;
    Ok(std::fs::rename(hidden, folder.join("buildium.wasm"))?)
}

/// Waits until a version serves; meanwhile there may be no answer.
async fn serves(stage: &mut Stage, version: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        let vendor = stage.admin()?.get("/v1/admin/vendors/BUILDIUM").await;
        if let Ok(vendor) = &vendor
            && vendor["results"]["connector"]["version"] == version
        {
            return Ok(());
        }
        ensure!(
            begun.elapsed() < PATIENCE,
            "{version} does not serve: {vendor:?}; {}",
            stage.replicas[0].log_tail()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
