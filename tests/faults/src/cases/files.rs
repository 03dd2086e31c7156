//! C9: a gateway may open no further file, and so no connection either; later it may again.

use super::{between_pages, changes, conclude, dice, first_sync, holders, went_on_ms};
use crate::oracle::Expect;
use crate::report::Finding;
use crate::stage::Stage;
use anyhow::{Context as _, Result};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use std::time::Duration;

/// For how long it may open none.
const NONE: Duration = Duration::from_secs(3);

/// Plays once.
///
/// # Errors
/// When the stage breaks.
pub async fn play(stage: &mut Stage, seed: u64) -> Result<Finding> {
    let mut dice = dice(seed);
    let going = first_sync(stage, seed, &mut dice).await?;
    let holding = holders(stage, &going).await?;
    let victim = holding.first().copied().unwrap_or(0);
    let number = stage.replicas[victim].pid().context("it runs")?;
    let pid = Pid::from_raw(i32::try_from(number)?);
    // What it has open it keeps: with the least limit there is, nothing is added.
    let least = Rlimit {
        current: Some(3),
        maximum: getrlimit(Resource::Nofile).maximum,
    };
    let open = std::fs::read_dir(format!("/proc/{number}/fd"))?.count();
    let mut finding = Finding::new(
        "C9",
        seed,
        format!("replica {victim} may open no more than {open} files"),
    );

    let hit = between_pages(stage, &going, &[victim]).await?;
    finding.interrupted = !hit.is_empty();
    let fault = chrono::Utc::now();
    let before = prlimit(pid, Resource::Nofile, least)?;
    // Connections that are there are cut, so that it needs new ones.
    sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1")
        .bind(&stage.replicas[victim].setup.role)
        .execute(&stage.pool)
        .await?;
    tokio::time::sleep(NONE).await;
    prlimit(pid, Resource::Nofile, before)?;
    conclude(stage, &going, Expect::FirstTruth, &mut finding).await?;
    finding.resume_ms = went_on_ms(&changes(stage, &going).await?, fault, &hit);
    stage.forget(&going.id).await?;
    Ok(finding)
}
