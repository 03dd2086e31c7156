//! How much of a vendor's limit is used, and how often it is overstepped.

use crate::stage::{Scene, Stage};
use anyhow::{Context as _, Result, ensure};
use portcullis_simulators::DOCUMENTED_LIMIT;
use std::time::Duration;

/// Latency of each answer, in milliseconds.
const LATENCY_MS: u64 = 80;

/// What the ledger shows.
pub struct Kept {
    /// Requests answered with 200, as a share of those allowed.
    pub used: f64,
    /// Requests answered with 429, as a share of all.
    pub refused: f64,
}

/// Keeps the connector as it is, with the limit that it declares, busy for so long.
///
/// # Errors
/// When the sync ends before.
pub async fn measure(window: Duration) -> Result<Kept> {
    let a_second = u32::try_from(DOCUMENTED_LIMIT.requests)?;
    let pages = a_second * u32::try_from(window.as_secs() + 10)?;
    let mut stage = Box::pin(Stage::set(&Scene {
        // A page is a thousand records, and a unit brings at least three.
        units: pages * 1_000 / 3,
        latency_ms: LATENCY_MS,
        history: false,
        limited: true,
        ..Scene::default()
    }))
    .await?;
    let id = stage.integration("limit").await?;
    // The check of the credentials took permits too: the windows begin empty.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let since = stage.mark();
    stage.enable(&id).await?;
    let first = loop {
        if let Some(first) = stage.asked(since).first() {
            break first.time_ms;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    tokio::time::sleep(window + Duration::from_secs(1)).await;
    let word = stage.newest(&id).await?.context("there is a sync")?;
    ensure!(
        !word.finished,
        "the sync ended before the window did: {}",
        word.status
    );
    let end = first + u64::try_from(window.as_millis())?;
    let asked = stage.asked(since);
    let within: Vec<_> = asked.iter().filter(|entry| entry.time_ms < end).collect();
    let of = |status: u16| {
        within
            .iter()
            .filter(|entry| entry.status == Some(status))
            .count() as f64
    };
    let allowed = f64::from(a_second) * window.as_secs_f64();
    Ok(Kept {
        used: of(200) / allowed,
        refused: of(429) / within.len().max(1) as f64,
    })
}
