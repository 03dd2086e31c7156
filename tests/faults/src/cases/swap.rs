//! C7: the connector is replaced in the middle of a sync, by a broken file, by a newer version, and at last by the one
//! that was there before, when cursors of the newer one are stored.

use super::{Going, between_pages, changes, conclude, dice, first_sync, pages_of, went_on_ms};
use crate::connector::{unlimited, unlimited_connector};
use crate::oracle::Expect;
use crate::report::Finding;
use crate::stage::{PATIENCE, Stage};
use anyhow::{Result, ensure};
use portcullis_e2e::component;
use std::path::Path;
use std::time::{Duration, Instant};

/// The version of each play: every one is newer than those before it on the same stage.
fn version(seed: u64) -> String {
    format!("0.1.{}", 2 + seed % super::plan::SEEDS)
}

/// Plays once.
///
/// # Errors
/// When the stage breaks.
pub async fn play(stage: &mut Stage, seed: u64) -> Result<Finding> {
    let mut dice = dice(seed);
    let going = first_sync(stage, seed, &mut dice).await?;
    let version = version(seed);
    let mut finding = Finding::new("C7", seed, format!("to {version} and back"));
    let everybody: Vec<usize> = (0..stage.replicas.len()).collect();
    let hit = between_pages(stage, &going, &everybody).await?;
    finding.interrupted = !hit.is_empty();
    let fault = chrono::Utc::now();
    let fresh = stage.folder().join("newer.wasm");
    let manifest = unlimited(&version, 64)?;
    portcullis_e2e::pack(&component("connector_buildium"), &manifest, &fresh);
    let whole = std::fs::read(&fresh)?;
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

    // The version before is refused: what is stored may be more than it can read.
    put(stage, &std::fs::read(unlimited_connector()?)?)?;
    let since = stage.mark();
    stage.sync_now(&going.id).await?;
    let again = Going {
        id: going.id.clone(),
        since,
    };
    let refetched = finding.pages_refetched;
    conclude(stage, &again, Expect::Truth, &mut finding).await?;
    finding.pages_refetched = finding.pages_refetched.max(refetched);
    serves(stage, &version).await?;
    put(stage, &whole)?;
    stage.forget(&going.id).await?;
    Ok(finding)
}

/// Puts a component into the watched folder, at once and whole.
fn put(stage: &Stage, bytes: &[u8]) -> Result<()> {
    let hidden = stage.folder().join("coming.wasm");
    std::fs::write(&hidden, bytes)?;
    let into: &Path = &stage.connectors().join("buildium.wasm");
    Ok(std::fs::rename(hidden, into)?)
}

/// Waits until a version serves.
async fn serves(stage: &mut Stage, version: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        let vendor = stage.admin()?.get("/v1/admin/vendors/BUILDIUM").await?;
        let serving = &vendor["results"]["connector"]["version"];
        if serving == version {
            return Ok(());
        }
        ensure!(
            begun.elapsed() < PATIENCE,
            "{version} does not serve: {vendor}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
