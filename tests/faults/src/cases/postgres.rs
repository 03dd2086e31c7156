//! C2: Postgres goes away in the middle of a sync and comes back, in order or not, or cuts every connection.

use super::{between_pages, changes, conclude, dice, first_sync, went_on_ms};
use crate::oracle::Expect;
use crate::report::Finding;
use crate::stage::Stage;
use anyhow::Result;
use portcullis_test_postgres::Stop;
use std::time::Duration;

/// How the server is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// It is stopped and started.
    Restart(Stop),
    /// Every connection of the gateways is cut.
    Cut,
    /// Somebody locks the hot table for five seconds.
    Lock,
}

/// Plays once.
///
/// # Errors
/// When the stage breaks.
pub async fn play(stage: &mut Stage, seed: u64, how: Break) -> Result<Finding> {
    let mut dice = dice(seed);
    let going = first_sync(stage, seed, &mut dice).await?;
    let down = Duration::from_millis(dice.below(1_500));
    let mut finding = Finding::new(
        "C2",
        seed,
        format!("{how:?}, down for {} ms", down.as_millis()),
    );
    let everybody: Vec<usize> = (0..stage.replicas.len()).collect();
    let hit = between_pages(stage, &going, &everybody).await?;
    finding.interrupted = !hit.is_empty();
    match how {
        Break::Restart(stop) => stage.restart_postgres(stop, down).await?,
        Break::Cut => {
            sqlx::query(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename like 'replica%'",
            )
            .execute(&stage.pool)
            .await?;
        }
        Break::Lock => {
            let mut lock = stage.pool.begin().await?;
            sqlx::query("lock table run in exclusive mode")
                .execute(&mut *lock)
                .await?;
            tokio::time::sleep(Duration::from_secs(5)).await;
            lock.rollback().await?;
        }
    }
    let back = chrono::Utc::now();
    conclude(stage, &going, Expect::FirstTruth, &mut finding).await?;
    finding.resume_ms = went_on_ms(&changes(stage, &going).await?, back, &hit);
    // A unit that could not be stored is read again by the same process, which tries as long as the server is away.
    stage.forget(&going.id).await?;
    Ok(finding)
}
