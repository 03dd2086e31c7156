//! C6: the clock of one replica jumps in the middle of a sync.

use super::{between_pages, changes, conclude, dice, first_sync, went_on_ms};
use crate::oracle::Expect;
use crate::report::Finding;
use crate::stage::Stage;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// The file that names the jump, in the stage's folder.
fn file(stage: &Stage) -> PathBuf {
    stage.folder().join("clock")
}

/// The environment of a gateway whose wall clock follows `file`; nothing where libfaketime is not installed.
#[must_use]
pub fn env(file: &Path) -> Option<Vec<(String, String)>> {
    let places = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/faketime/libfaketimeMT.so.1",
    ];
    let library = places.iter().find(|place| Path::new(place).exists())?;
    let pairs = [
        ("LD_PRELOAD", (*library).to_owned()),
        ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        // The clock on the wall jumps; the one that counts seconds since the start does not, as on a real machine.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    Some(pairs.map(|(name, value)| (name.to_owned(), value)).into())
}

/// Gives the first replica a clock that can jump, which restarts it.
///
/// # Errors
/// When libfaketime is not installed, or the replica does not start.
pub async fn prepare(stage: &mut Stage) -> Result<()> {
    let file = file(stage);
    std::fs::write(&file, "+0\n")?;
    let env = env(&file).context("libfaketime is not installed; run scripts/setup.sh --tests")?;
    let first = stage.replicas.first_mut().context("there is a replica")?;
    if !first.setup.env.iter().any(|(name, _)| name == "LD_PRELOAD") {
        first.kill().await?;
        first.setup.env.extend(env);
        first.start().await?;
    }
    Ok(())
}

/// Plays once: a jump of so many seconds.
///
/// # Errors
/// When the stage breaks.
pub async fn play(stage: &mut Stage, seed: u64, seconds: i64) -> Result<Finding> {
    prepare(stage).await?;
    let mut dice = dice(seed);
    let going = first_sync(stage, seed, &mut dice).await?;
    let mut finding = Finding::new("C6", seed, format!("one clock jumps by {seconds} s"));
    let hit = between_pages(stage, &going, &[0]).await?;
    finding.interrupted = !hit.is_empty();
    let fault = chrono::Utc::now();
    std::fs::write(file(stage), format!("{seconds:+}\n"))?;
    conclude(stage, &going, Expect::FirstTruth, &mut finding).await?;
    finding.resume_ms = went_on_ms(&changes(stage, &going).await?, fault, &hit);
    // A second sync, all of it with the wrong clock, and one with the right one.
    for clock in [format!("{seconds:+}\n"), "+0\n".to_owned()] {
        std::fs::write(file(stage), clock)?;
        let since = stage.mark();
        stage.sync_now(&going.id).await?;
        let again = super::Going {
            id: going.id.clone(),
            since,
        };
        let refetched = finding.pages_refetched;
        conclude(stage, &again, Expect::Truth, &mut finding).await?;
        finding.pages_refetched = finding.pages_refetched.max(refetched);
    }
    stage.forget(&going.id).await?;
    Ok(finding)
}
