//! C5: a replica stops breathing for longer than its lease and comes back as a zombie. C8: a replica is asked to end
//! under load.

use super::{between_pages, changes, conclude, dice, first_sync, holders, resumed_ms};
use crate::oracle::Expect;
use crate::report::Finding;
use crate::stage::{LEASE, Stage};
use anyhow::Result;
use rustix::process::Signal;
use std::time::Duration;

/// How long pages in flight may take to be stored after SIGTERM.
const DRAIN: Duration = Duration::from_secs(30);

/// C5: SIGSTOP beyond the lease, then SIGCONT.
///
/// # Errors
/// When the stage breaks.
pub async fn zombie(stage: &mut Stage, seed: u64) -> Result<Finding> {
    let mut dice = dice(seed);
    let going = first_sync(stage, seed, &mut dice).await?;
    let holding = holders(stage, &going).await?;
    let victim = holding.first().copied().unwrap_or(0);
    let asleep = LEASE + Duration::from_millis(500 + dice.below(2_500));
    let detail = format!("replica {victim} stopped for {} ms", asleep.as_millis());
    let mut finding = Finding::new("C5", seed, detail);

    let fault = chrono::Utc::now();
    stage.replicas[victim].signal(Signal::STOP)?;
    let hit = between_pages(stage, &going, &[victim]).await?;
    finding.interrupted = !hit.is_empty();
    tokio::time::sleep(asleep).await;
    stage.replicas[victim].signal(Signal::CONT)?;
    // What the zombie still had in its hands it tries to store now.
    tokio::time::sleep(Duration::from_millis(300)).await;
    conclude(stage, &going, Expect::FirstTruth, &mut finding).await?;
    finding.resume_ms = resumed_ms(&changes(stage, &going).await?, fault, &hit);
    stage.forget(&going.id).await?;
    Ok(finding)
}

/// C8: SIGTERM in the middle of a sync.
///
/// # Errors
/// When the stage breaks.
pub async fn drain(stage: &mut Stage, seed: u64) -> Result<Finding> {
    let mut dice = dice(seed);
    let going = first_sync(stage, seed, &mut dice).await?;
    let holding = holders(stage, &going).await?;
    let victim = holding.first().copied().unwrap_or(0);
    let mut finding = Finding::new("C8", seed, format!("replica {victim} was asked to end"));

    let hit = between_pages(stage, &going, &[victim]).await?;
    finding.interrupted = !hit.is_empty();
    let fault = chrono::Utc::now();
    let (code, took) = stage.replicas[victim].terminate().await?;
    if code != Some(0) {
        finding.violations.push(format!(
            "it ended with {code:?}: {}",
            stage.replicas[victim].log_tail()
        ));
    }
    if took > DRAIN {
        finding
            .violations
            .push(format!("it took {} ms to end", took.as_millis()));
    }
    stage.replicas[victim].start().await?;
    conclude(stage, &going, Expect::FirstTruth, &mut finding).await?;
    finding.resume_ms = resumed_ms(&changes(stage, &going).await?, fault, &hit);
    // Pages in flight were stored before it ended, so nothing needs to be read twice.
    if finding.pages_refetched > 0 {
        let pages = finding.pages_refetched;
        finding.violations.push(format!(
            "{pages} pages of one run were fetched again after a drain"
        ));
    }
    stage.forget(&going.id).await?;
    Ok(finding)
}
