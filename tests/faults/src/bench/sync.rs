//! A first sync, the ceiling under it, and the same sync again with nothing changed.

use super::process::{cpu_seconds, forget_peak, peak_mib};
use super::{ceiling, limit};
use crate::bench::figure::Figure;
use crate::stage::{Scene, Stage};
use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use std::time::{Duration, Instant};

/// How long a sync may take.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// A slower server than this measures something else.
const LEAST_CEILING: f64 = 12_000.0;

/// How large and how often.
#[derive(Debug, Clone)]
pub struct Sizes {
    /// Records of most runs, about.
    pub records: u32,
    /// Records of the runs that show whether memory grows with them, about.
    pub many: u32,
    /// Runs of each figure.
    pub runs: usize,
    /// How long the vendor's limit is kept busy, in seconds.
    pub limit_seconds: u64,
}

/// `sync.json`.
#[derive(Debug, Serialize)]
pub struct Sync {
    records: u64,
    ceiling_records_per_second: Figure,
    records_per_second: Figure,
    ceiling_ratio: Figure,
    guest_cpu_share: Figure,
    rss_growth_mib: Figure,
    wal_mib_per_100k_unchanged: Figure,
    vendor_limit_use: Figure,
    vendor_429_share: Figure,
}

/// What one first sync shows.
struct First {
    records: u64,
    per_second: f64,
    guest_share: f64,
    peak_mib: f64,
}

/// Measures all.
///
/// # Errors
/// When a sync does not succeed, or the server is too slow for any figure.
pub async fn measure(sizes: &Sizes, say: impl Fn(&str)) -> Result<Sync> {
    let mut records = 0;
    let (mut ceilings, mut rates, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut shares, mut growths, mut wal) = (Vec::new(), Vec::new(), Vec::new());
    let (mut uses, mut refusals) = (Vec::new(), Vec::new());
    for run in 0..=sizes.runs {
        let mut stage = Box::pin(Stage::set(&scene(sizes.records))).await?;
        let (id, first) = first_sync(&mut stage).await?;
        let most = ceiling::measure(&stage, &id).await?;
        let unchanged = wal_of_unchanged(&mut stage, &id, first.records).await?;
        drop(stage);
        let mut stage = Box::pin(Stage::set(&scene(sizes.many))).await?;
        let (_, many) = first_sync(&mut stage).await?;
        drop(stage);
        let kept = limit::measure(Duration::from_secs(sizes.limit_seconds)).await?;
        say(&format!(
            "run {run}: {} records, {:.0} a second under {most:.0}, guests {:.2}, {:.1} MiB at {} records and {:.1} at {}, {unchanged:.1} MiB of WAL, limit {:.3} with {:.3} refused",
            first.records,
            first.per_second,
            first.guest_share,
            first.peak_mib,
            first.records,
            many.peak_mib,
            many.records,
            kept.used,
            kept.refused,
        ));
        // The first run warms the machine up.
        if run == 0 && sizes.runs > 1 {
            continue;
        }
        records = first.records;
        ceilings.push(most);
        rates.push(first.per_second);
        ratios.push(first.per_second / most);
        shares.push(first.guest_share);
        growths.push(many.peak_mib - first.peak_mib);
        wal.push(unchanged);
        uses.push(kept.used);
        refusals.push(kept.refused);
    }
    let ceiling = Figure::of(&ceilings);
    if ceiling.median < LEAST_CEILING {
        say(&format!(
            "VOID: this server takes {:.0} records a second, fewer than {LEAST_CEILING:.0}",
            ceiling.median
        ));
    }
    Ok(Sync {
        records,
        ceiling_records_per_second: ceiling,
        records_per_second: Figure::of(&rates),
        ceiling_ratio: Figure::of(&ratios),
        guest_cpu_share: Figure::of(&shares),
        rss_growth_mib: Figure::of(&growths),
        wal_mib_per_100k_unchanged: Figure::of(&wal),
        vendor_limit_use: Figure::of(&uses),
        vendor_429_share: Figure::of(&refusals),
    })
}

fn scene(records: u32) -> Scene {
    Scene {
        // A unit brings itself, its leases, their residents, and now and then an applicant with an application.
        units: records / 4,
        latency_ms: 0,
        history: false,
        env: vec![("PORTCULLIS_LOG_LEVEL".to_owned(), "info".to_owned())],
        ..Scene::default()
    }
}

async fn first_sync(stage: &mut Stage) -> Result<(String, First)> {
    let id = stage.integration("bench").await?;
    let pid = stage.replicas[0].pid().context("the gateway runs")?;
    let guests = guest_seconds(stage).await?;
    let cpu = cpu_seconds(pid)?;
    forget_peak(pid)?;
    let begun = Instant::now();
    stage.enable(&id).await?;
    let word = stage.ended(&id, PATIENCE).await?.context("the sync ends")?;
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(word.status == "succeeded", "the sync is {}", word.status);
    let cpu = cpu_seconds(pid)? - cpu;
    let guests = guest_seconds(stage).await? - guests;
    let records: i64 = sqlx::query_scalar("select count(*) from record where integration_id = $1")
        .bind(&id)
        .fetch_one(&stage.pool)
        .await?;
    let first = First {
        records: records.unsigned_abs(),
        per_second: records as f64 / seconds,
        guest_share: guests / cpu,
        peak_mib: peak_mib(pid)?,
    };
    Ok((id, first))
}

/// Processor time inside guest calls so far, lifting and lowering included.
async fn guest_seconds(stage: &mut Stage) -> Result<f64> {
    let text = stage.admin()?.get("/metrics").await?;
    let text = text.as_str().unwrap_or_default();
    Ok(text
        .lines()
        .filter(|line| line.starts_with("portcullis_guest_cpu_seconds_sum"))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum())
}

/// What Postgres logs for a full read that changes nothing, in MiB for each 100,000 records.
async fn wal_of_unchanged(stage: &mut Stage, id: &str, records: u64) -> Result<f64> {
    // Without checkpoints the next run is a full one.
    sqlx::raw_sql("delete from checkpoint")
        .execute(&stage.pool)
        .await?;
    // What the first sync left to do in the background is its own, and would be logged at any moment from here.
    sqlx::raw_sql("vacuum (analyze)")
        .execute(&stage.pool)
        .await?;
    sqlx::raw_sql("checkpoint").execute(&stage.pool).await?;
    let before: String = sqlx::query_scalar("select pg_current_wal_lsn()::text")
        .fetch_one(&stage.pool)
        .await?;
    stage.sync_now(id).await?;
    stage.ended(id, PATIENCE).await?.context("the sync ends")?;
    let bytes: f64 =
        sqlx::query_scalar("select pg_wal_lsn_diff(pg_current_wal_lsn(), $1::pg_lsn)::float8")
            .bind(before)
            .fetch_one(&stage.pool)
            .await?;
    let unchanged: i64 = sqlx::query_scalar(
        "select sum(rows_unchanged)::bigint from run
         where sync_id = (select id from sync where integration_id = $1 order by created_at desc limit 1)",
    )
    .bind(id)
    .fetch_one(&stage.pool)
    .await?;
    ensure!(
        unchanged.unsigned_abs() == records,
        "the second sync saw {unchanged} of {records} records unchanged"
    );
    Ok(bytes / f64::from(1 << 20) / (records as f64 / 100_000.0))
}
