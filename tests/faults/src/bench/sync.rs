//! A first sync, the ceiling under it, and the same sync again with nothing changed.

use super::process::{cpu_seconds, forget_peak, peak_mib};
use super::ways::{self, Ways};
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

/// Fewer records than these measure the start and the end of a sync.
const LEAST_RECORDS: u64 = 100_000;

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
    /// Why these figures count for nothing, if they do.
    pub void: Option<String>,
    records: u64,
    ceiling_records_per_second: Figure,
    records_per_second: Figure,
    ceiling_ratio: Figure,
    guest_cpu_share: Figure,
    rss_growth_mib: Figure,
    wal_mib_per_100k_unchanged: Figure,
    vendor_limit_use: Figure,
    vendor_429_share: Figure,
    rows_per_second_by_way: Ways,
}

/// What one first sync shows.
struct First {
    records: u64,
    per_second: f64,
    guest_share: f64,
    peak_mib: f64,
}

/// Figures of one run, in the order of `sync.json`.
type Values = [f64; 8];

/// Measures all: each round makes every figure twice, in turns, and the second of them is the control.
///
/// # Errors
/// When a sync does not succeed, or brings too few records for any figure.
pub async fn measure(sizes: &Sizes, say: impl Fn(&str)) -> Result<Sync> {
    let mut records = u64::MAX;
    let mut series: [[Vec<f64>; 2]; 8] = Default::default();
    for round in 0..=sizes.runs {
        for turn in 0..2 {
            let (found, values) = once(sizes).await?;
            let control = (round + turn) % 2;
            say(&format!(
                "round {round}, {}: {found} records, {}",
                ["figure", "control"][control],
                told(&values)
            ));
            // The first round warms the machine up.
            if round == 0 && sizes.runs > 1 {
                continue;
            }
            records = records.min(found);
            for (series, value) in series.iter_mut().zip(values) {
                series[control].push(value);
            }
        }
    }
    let mut stage = Box::pin(Stage::set(&scene(sizes.records))).await?;
    let (id, _) = first_sync(&mut stage).await?;
    let ways = ways::measure(&stage, &id, sizes.runs).await?;
    drop(stage);
    let [ceiling, rate, ratio, share, growth, wal, limit_use, refused] =
        series.map(|[values, control]| Figure::of(&values, &control));
    let void = if ceiling.median < LEAST_CEILING {
        Some(format!(
            "this server takes {:.0} records a second, fewer than {LEAST_CEILING:.0}",
            ceiling.median
        ))
    } else if records < LEAST_RECORDS {
        Some(format!("{records} records are fewer than {LEAST_RECORDS}"))
    } else {
        None
    };
    Ok(Sync {
        void,
        records,
        ceiling_records_per_second: ceiling,
        records_per_second: rate,
        ceiling_ratio: ratio,
        guest_cpu_share: share,
        rss_growth_mib: growth,
        wal_mib_per_100k_unchanged: wal,
        vendor_limit_use: limit_use,
        vendor_429_share: refused,
        rows_per_second_by_way: ways,
    })
}

impl Sync {
    /// Each figure that has a goal, in a sentence, and whether it is met.
    #[must_use]
    pub fn goals(&self) -> Vec<(String, bool)> {
        let least = |name: &str, is: f64, least: f64| {
            (format!("{name}: {is:.3}, at least {least}"), is >= least)
        };
        let most = |name: &str, is: f64, most: f64| {
            (format!("{name}: {is:.3}, at most {most}"), is <= most)
        };
        vec![
            least("ceiling_ratio", self.ceiling_ratio.median, 0.7),
            most("guest_cpu_share", self.guest_cpu_share.median, 0.2),
            most("rss_growth_mib", self.rss_growth_mib.median, 64.0),
            most(
                "wal_mib_per_100k_unchanged",
                self.wal_mib_per_100k_unchanged.median,
                10.0,
            ),
            least("vendor_limit_use", self.vendor_limit_use.median, 0.95),
            most("vendor_429_share", self.vendor_429_share.median, 0.01),
        ]
    }
}

fn told(values: &Values) -> String {
    let [most, rate, ratio, share, growth, wal, used, refused] = values;
    format!(
        "{rate:.0} a second under {most:.0} ({ratio:.2}), guests {share:.2}, {growth:.1} MiB more for many, {wal:.1} MiB of WAL, limit {used:.3} with {refused:.3} refused"
    )
}

/// One run of everything; gives its records too.
async fn once(sizes: &Sizes) -> Result<(u64, Values)> {
    let mut stage = Box::pin(Stage::set(&scene(sizes.records))).await?;
    let (id, first) = first_sync(&mut stage).await?;
    let most = ceiling::measure(&stage, &id).await?;
    let wal = wal_of_unchanged(&mut stage, &id, first.records).await?;
    drop(stage);
    let mut stage = Box::pin(Stage::set(&scene(sizes.many))).await?;
    let (_, many) = first_sync(&mut stage).await?;
    drop(stage);
    let kept = limit::measure(Duration::from_secs(sizes.limit_seconds)).await?;
    let values = [
        most,
        first.per_second,
        first.per_second / most,
        first.guest_share,
        many.peak_mib - first.peak_mib,
        wal,
        kept.used,
        kept.refused,
    ];
    Ok((first.records, values))
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
    let sums: Vec<f64> = text
        .lines()
        .filter(|line| line.starts_with("portcullis_guest_cpu_seconds_sum"))
        .filter_map(|line| line.rsplit(' ').next()?.parse().ok())
        .collect();
    // The check of the access called guests already: a name that changed must not pass for guests that take no time.
    ensure!(
        !sums.is_empty(),
        "the gateway does not tell what guests take"
    );
    Ok(sums.iter().sum())
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
