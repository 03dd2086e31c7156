//! A thousand small integrations and a large one, all due at once: nobody small waits for the large one.
//!
//! They are enabled and read once, and then their times are set and what was read is taken away again: what is measured
//! is queued by the gateway's own schedule.

use super::process::{forget_peak, peak_mib};
use crate::stage::{Scene, Stage};
use anyhow::{Context as _, Result, ensure};
use futures_util::{StreamExt as _, stream};
use portcullis_simulators::{Options, Running, Simulator};
use serde::Serialize;
use serde_json::json;
use std::time::{Duration, Instant};

/// Records of a small integration, about.
const SMALL: u32 = 200;

/// How long all may take.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// `fair.json`.
#[derive(Debug, Serialize)]
pub struct Fair {
    integrations: u32,
    records_of_each: f64,
    records_of_the_large: i64,
    /// Until the last small one had ended, alone.
    alone_seconds: f64,
    /// The same beside the large one.
    beside_seconds: f64,
    ratio: f64,
    small_ended_before_large: bool,
    peak_rss_mib: f64,
    most_connections: i64,
    failed_syncs: i64,
}

impl Fair {
    /// What must be so, each in a sentence, and whether it is.
    #[must_use]
    pub fn goals(&self) -> Vec<(String, bool)> {
        vec![
            (
                format!(
                    "the small ones take {:.2} times as long, at most 3",
                    self.ratio
                ),
                self.ratio <= 3.0,
            ),
            (
                "every small one ends before the large one".to_owned(),
                self.small_ended_before_large,
            ),
            (
                format!("{:.0} MiB of memory, less than 512", self.peak_rss_mib),
                self.peak_rss_mib < 512.0,
            ),
            (
                format!(
                    "{} connections to Postgres, at most 20",
                    self.most_connections
                ),
                self.most_connections <= 20,
            ),
            (
                format!("{} syncs without success, none", self.failed_syncs),
                self.failed_syncs == 0,
            ),
        ]
    }
}

/// What one round shows.
struct Round {
    small_seconds: f64,
    before_large: bool,
    peak_mib: f64,
    connections: i64,
    failed: i64,
    records_of_each: f64,
    records_of_the_large: i64,
}

/// Measures a round without and a round with the large one.
///
/// # Errors
/// When a gateway or a sync breaks.
pub async fn measure(integrations: u32, large: u32) -> Result<Fair> {
    let alone = Box::pin(round(integrations, None)).await?;
    let beside = Box::pin(round(integrations, Some(large))).await?;
    Ok(Fair {
        integrations,
        records_of_each: beside.records_of_each,
        records_of_the_large: beside.records_of_the_large,
        alone_seconds: alone.small_seconds,
        beside_seconds: beside.small_seconds,
        ratio: beside.small_seconds / alone.small_seconds,
        small_ended_before_large: beside.before_large,
        peak_rss_mib: alone.peak_mib.max(beside.peak_mib),
        most_connections: alone.connections.max(beside.connections),
        failed_syncs: alone.failed + beside.failed,
    })
}

async fn round(integrations: u32, large: Option<u32>) -> Result<Round> {
    // The stage's own vendor is the large one; the small ones share another, each under a key of its own.
    let mut stage = Box::pin(Stage::set(&Scene {
        units: large.map_or(40, |records| records / 4),
        latency_ms: 20,
        history: false,
        connections: Some(4),
        ..Scene::default()
    }))
    .await?;
    let small = Simulator::start(Options {
        seed: 7,
        properties: 2,
        units: SMALL / 4,
        latency_ms: 20,
        limit: None,
        ..Options::default()
    })?;
    let mut ids = add(&mut stage, &small, integrations).await?;
    let large_id = match large {
        Some(_) => Some(stage.integration("large").await?),
        None => None,
    };
    let pid = stage.replicas[0].pid().context("the gateway runs")?;
    let http = stage.admin()?;
    if let Some(id) = &large_id {
        stage.enable(id).await?;
        ids.push(id.clone());
    }
    let small_ids: Vec<String> = ids
        .iter()
        .filter(|id| Some(*id) != large_id.as_ref())
        .cloned()
        .collect();
    let enabled: Vec<Result<serde_json::Value>> = stream::iter(&small_ids)
        .map(|id| {
            let http = http.clone();
            async move {
                http.post(&format!("/v1/admin/integrations/{id}/enable"), None)
                    .await
            }
        })
        .buffer_unordered(16)
        .collect()
        .await;
    enabled.into_iter().collect::<Result<Vec<_>>>()?;
    let begun = Instant::now();
    while open(&stage).await? > 0 {
        ensure!(begun.elapsed() < PATIENCE, "the first syncs do not end");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let first_failed = failed(&stage).await?;
    as_if_new(&stage).await?;
    forget_peak(pid)?;
    // In a sandbox nothing is due by itself until somebody says so.
    sqlx::query("update schedule set kind = 'interval', every_s = 43200, next_due_at = now()")
        .execute(&stage.pool)
        .await?;
    let begun = Instant::now();
    let mut connections = 0;
    loop {
        let now: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity where usename like 'replica%' and backend_type = 'client backend'",
        )
        .fetch_one(&stage.pool)
        .await?;
        connections = connections.max(now);
        let ended: i64 = sqlx::query_scalar(
            "select count(*) from sync where kind = 'scheduled' and finished_at is not null",
        )
        .fetch_one(&stage.pool)
        .await?;
        if ended == ids.len() as i64 {
            break;
        }
        ensure!(
            begun.elapsed() < PATIENCE,
            "{ended} of {} scheduled syncs have ended",
            ids.len()
        );
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let (small_seconds, before_large): (f64, Option<bool>) = sqlx::query_as(
        "select extract(epoch from max(finished_at) - min(created_at))::float8,
                max(finished_at) <= (select max(finished_at) from sync where integration_id = $1)
         from sync where integration_id is distinct from $1 and kind = 'scheduled'",
    )
    .bind(&large_id)
    .fetch_one(&stage.pool)
    .await?;
    let failed = first_failed + failed(&stage).await?;
    let (all, of_large): (i64, i64) =
        sqlx::query_as("select count(*), count(*) filter (where integration_id = $1) from record")
            .bind(&large_id)
            .fetch_one(&stage.pool)
            .await?;
    Ok(Round {
        small_seconds,
        before_large: before_large.unwrap_or(true),
        peak_mib: peak_mib(pid)?,
        connections,
        failed,
        records_of_each: (all - of_large) as f64 / f64::from(integrations),
        records_of_the_large: of_large,
    })
}

/// Syncs that have not ended.
async fn open(stage: &Stage) -> Result<i64> {
    Ok(
        sqlx::query_scalar("select count(*) from sync where finished_at is null")
            .fetch_one(&stage.pool)
            .await?,
    )
}

/// Syncs that have ended otherwise than well.
async fn failed(stage: &Stage) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "select count(*) from sync where finished_at is not null and status not in ('succeeded', 'succeeded_empty')",
    )
    .fetch_one(&stage.pool)
    .await?)
}

/// Takes away what was read, so that it is all to be read and written again.
async fn as_if_new(stage: &Stage) -> Result<()> {
    for statement in [
        "truncate record, change",
        "delete from checkpoint",
        "delete from model_state",
        "delete from sync_log",
        "delete from run",
        "delete from sync",
        "vacuum (analyze)",
        "checkpoint",
    ] {
        sqlx::raw_sql(statement).execute(&stage.pool).await?;
    }
    Ok(())
}

/// Adds integrations with a key each, so that each has a limit of its own.
async fn add(stage: &mut Stage, vendor: &Running, integrations: u32) -> Result<Vec<String>> {
    let http = stage.admin()?;
    let url = vendor.url().to_owned();
    for number in 0..integrations {
        let key = json!({"op": "add_key", "client_id": format!("client-{number}"), "secret": "not-a-secret-0123456789"});
        vendor
            .apply(serde_json::from_value(key)?)
            .map_err(anyhow::Error::msg)?;
    }
    let made: Vec<Result<String>> = stream::iter(0..integrations)
        .map(|number| {
            let (http, url) = (http.clone(), url.clone());
            async move {
                let body = json!({
                    "integration_vendor": "BUILDIUM",
                    "name": format!("small {number}"),
                    "credentials": {"clientId": format!("client-{number}"), "secret": "not-a-secret-0123456789"},
                    "base_url": url,
                });
                let made = http.post("/v1/admin/integrations/", Some(&body)).await?;
                let id = made["results"]["id"].as_str().context("an id")?;
                Ok(id.to_owned())
            }
        })
        .buffer_unordered(8)
        .collect()
        .await;
    let ids = made.into_iter().collect::<Result<Vec<_>>>()?;
    let begun = Instant::now();
    loop {
        let open: i64 =
            sqlx::query_scalar("select count(*) from access_check where status <> 'finished'")
                .fetch_one(&stage.pool)
                .await?;
        if open == 0 {
            return Ok(ids);
        }
        ensure!(begun.elapsed() < PATIENCE, "{open} checks are still open");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}
