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

/// What a round of the short runs shows.
struct Short {
    ceiling: f64,
    first: First,
    wal_mib: f64,
}

/// What a round of the long runs shows.
struct Long {
    growth_mib: f64,
    limit: limit::Kept,
}

/// Measures all: a round makes the short runs twice and the long ones once, since those take minutes.
///
/// # Errors
/// When a sync does not succeed, or brings too few records for any figure.
pub async fn measure(sizes: &Sizes, say: impl Fn(&str)) -> Result<Sync> {
    // Warms the machine up.
    if sizes.runs > 1 {
        short(sizes).await?;
    }
    let (mut shorts, mut longs) = (Vec::new(), Vec::new());
    for round in 0..sizes.runs {
        for _ in 0..2 {
            let it = short(sizes).await?;
            say(&format!("round {round}: {}", it.told()));
            shorts.push(it);
        }
        let peak = shorts.last().map_or(0.0, |it| it.first.peak_mib);
        let it = long(sizes, peak).await?;
        say(&format!("round {round}: {}", it.told()));
        longs.push(it);
    }
    let records = shorts.iter().map(|it| it.first.records).min().unwrap_or(0);
    let of = |value: fn(&Short) -> f64| {
        Figure::by_turns(&shorts.iter().map(value).collect::<Vec<f64>>())
    };
    let of_long =
        |value: fn(&Long) -> f64| Figure::by_turns(&longs.iter().map(value).collect::<Vec<f64>>());
    let ceiling = of(|it| it.ceiling);
    let mut stage = Box::pin(Stage::set(&scene(sizes.records))).await?;
    let (id, _) = first_sync(&mut stage).await?;
    let ways = ways::measure(&stage, &id, sizes.runs).await?;
    drop(stage);
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
        records_per_second: of(|it| it.first.per_second),
        ceiling_ratio: of(|it| it.first.per_second / it.ceiling),
        guest_cpu_share: of(|it| it.first.guest_share),
        rss_growth_mib: of_long(|it| it.growth_mib),
        wal_mib_per_100k_unchanged: of(|it| it.wal_mib),
        vendor_limit_use: of_long(|it| it.limit.used),
        vendor_429_share: of_long(|it| it.limit.refused),
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

impl Short {
    fn told(&self) -> String {
        format!(
            "{} records, {:.0} a second under {:.0} ({:.2}), guests {:.2}, {:.1} MiB of WAL",
            self.first.records,
            self.first.per_second,
            self.ceiling,
            self.first.per_second / self.ceiling,
            self.first.guest_share,
            self.wal_mib
        )
    }
}

impl Long {
    fn told(&self) -> String {
        format!(
            "{:.1} MiB more for many, limit {:.3} with {:.3} refused",
            self.growth_mib, self.limit.used, self.limit.refused
        )
    }
}

async fn short(sizes: &Sizes) -> Result<Short> {
    let mut stage = Box::pin(Stage::set(&scene(sizes.records))).await?;
    let (id, first) = first_sync(&mut stage).await?;
    let ceiling = ceiling::measure(&stage, &id).await?;
    let wal_mib = wal_of_unchanged(&mut stage, &id, first.records).await?;
    Ok(Short {
        ceiling,
        first,
        wal_mib,
    })
}

/// `peak_mib` is that of a short run.
async fn long(sizes: &Sizes, peak_mib: f64) -> Result<Long> {
    let mut stage = Box::pin(Stage::set(&scene(sizes.many))).await?;
    let (_, many) = first_sync(&mut stage).await?;
    drop(stage);
    let limit = limit::measure(Duration::from_secs(sizes.limit_seconds)).await?;
    Ok(Long {
        growth_mib: many.peak_mib - peak_mib,
        limit,
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
