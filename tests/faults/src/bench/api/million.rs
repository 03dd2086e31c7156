//! A million rows: pages of them that no cache holds, and all of them at once.

use super::{Sizes, quantile, unlimited};
use crate::bench::process::{forget_peak, peak_mib};
use crate::replica::Replica;
use crate::stage::{Scene, Stage};
use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, Instant};

/// How long the first sync may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Pages that warm up before those that count.
const WARM_UP: usize = 20;

/// Pages of 100 records that no cache holds.
#[derive(Debug, Serialize)]
pub struct Page {
    rows: u32,
    requests: usize,
    first_p50_ms: f64,
    first_p99_ms: f64,
    deepest_p50_ms: f64,
    deepest_p99_ms: f64,
}

/// Every row in one answer.
#[derive(Debug, Serialize)]
pub struct Export {
    rows: u64,
    seconds: f64,
    mib: f64,
    rss_growth_mib: f64,
}

/// Measures both on one table.
pub(super) async fn measure(sizes: &Sizes, say: impl Fn(&str)) -> Result<(Page, Export)> {
    let mut stage = Box::pin(Stage::set(&Scene {
        units: 400,
        latency_ms: 0,
        history: false,
        ..Scene::default()
    }))
    .await?;
    let id = stage.integration("bench").await?;
    stage.enable(&id).await?;
    let word = stage.ended(&id, PATIENCE).await?.context("the sync ends")?;
    ensure!(word.status == "succeeded", "the sync is {}", word.status);
    let begun = Instant::now();
    multiply(&stage, &id, sizes.rows).await?;
    say(&format!(
        "{} rows in {:.0} s",
        sizes.rows,
        begun.elapsed().as_secs_f64()
    ));
    // One that keeps no answers: each page is a query.
    let env = [
        unlimited(),
        ("PORTCULLIS_CACHE_TTL".to_owned(), "0s".to_owned()),
    ];
    let mut bare = Replica::new(stage.setup(1, &env)?)?;
    bare.start().await?;
    let page = pages(&bare, &stage.first.key, sizes).await?;
    say(&format!("{page:?}"));
    let export = export(&bare, &stage.first.key).await?;
    ensure!(
        export.rows == u64::from(sizes.rows),
        "{} of {} rows were exported",
        export.rows,
        sizes.rows
    );
    say(&format!("{export:?}"));
    Ok((page, export))
}

/// Copies the residents until there are so many, each under an id of its own; as many share a moment of creation as came
/// with one page.
async fn multiply(stage: &Stage, id: &str, rows: u32) -> Result<()> {
    let columns: Vec<String> = sqlx::query_scalar(
        "select quote_ident(column_name) from information_schema.columns
         where table_schema = 'public' and table_name = 'record' order by ordinal_position",
    )
    .fetch_all(&stage.pool)
    .await?;
    let values = columns.iter().map(|column| match column.as_str() {
        "id" => "left(r.id, 4) || md5(r.id || n)".to_owned(),
        "external_id" => "r.external_id || '-' || n".to_owned(),
        "created_at" => "r.created_at - n * interval '1 second'".to_owned(),
        other => format!("r.{other}"),
    });
    let copy = format!(
        "insert into record ({}) select {} from (select * from record where model = 'residents' and integration_id = $1) r
         cross join generate_series(1, $2::int) n limit $3",
        columns.join(", "),
        values.collect::<Vec<_>>().join(", "),
    );
    let has: i64 = sqlx::query_scalar(
        "select count(*) from record where model = 'residents' and integration_id = $1",
    )
    .bind(id)
    .fetch_one(&stage.pool)
    .await?;
    let lacking = i64::from(rows) - has;
    let times = i32::try_from(lacking / has + 1)?;
    sqlx::query(sqlx::AssertSqlSafe(copy))
        .bind(id)
        .bind(times)
        .bind(lacking)
        .execute(&stage.pool)
        .await?;
    sqlx::query(
        "update model_state set live_rows = $2, generation = generation + 1, changed_at = now()
         where integration_id = $1 and model = 'residents'",
    )
    .bind(id)
    .bind(i64::from(rows))
    .execute(&stage.pool)
    .await?;
    sqlx::raw_sql("vacuum (analyze) record")
        .execute(&stage.pool)
        .await?;
    sqlx::raw_sql("checkpoint").execute(&stage.pool).await?;
    Ok(())
}

async fn pages(bare: &Replica, key: &str, sizes: &Sizes) -> Result<Page> {
    let first = "/v1/residents/?limit=100".to_owned();
    // The cursor of the last page is what the one before says; getting there by offset is slow, once.
    let before = bare
        .http(key)?
        .get(&format!("{first}&offset={}", sizes.rows - 200))
        .await?;
    let cursor = before["meta"]["next_cursor"]
        .as_str()
        .context("there is a last page")?;
    let deepest = format!("{first}&cursor={cursor}");
    let last = bare.http(key)?.get(&deepest).await?;
    ensure!(
        last["meta"]["hasMore"] == Value::Bool(false)
            && last["results"].as_array().is_some_and(|it| it.len() == 100),
        "the deepest page is not the last: {}",
        last["meta"]
    );
    let first = times(bare, key, &first, sizes.pages).await?;
    let deepest = times(bare, key, &deepest, sizes.pages).await?;
    Ok(Page {
        rows: sizes.rows,
        requests: sizes.pages,
        first_p50_ms: quantile(&first, 0.5),
        first_p99_ms: quantile(&first, 0.99),
        deepest_p50_ms: quantile(&deepest, 0.5),
        deepest_p99_ms: quantile(&deepest, 0.99),
    })
}

/// Milliseconds until each answer was whole, one after the other. Not compressed: that is done once for each answer that
/// is kept, and here none is.
async fn times(bare: &Replica, key: &str, path: &str, requests: usize) -> Result<Vec<f64>> {
    let client = reqwest::Client::builder().no_proxy().no_gzip().build()?;
    let mut times = Vec::new();
    for number in 0..WARM_UP + requests {
        let request = client.get(format!("{}{path}", bare.base_url));
        let begun = Instant::now();
        let answer = request.bearer_auth(key).send().await?.error_for_status()?;
        let status = answer.headers().get("cache-status").cloned();
        let body = answer.bytes().await?;
        let took = begun.elapsed();
        ensure!(
            status.is_some_and(|status| status == "portcullis; fwd=bypass; detail=cache-off"),
            "a cache answered"
        );
        ensure!(!body.is_empty(), "an empty page");
        if number >= WARM_UP {
            times.push(took.as_secs_f64() * 1e3);
        }
    }
    Ok(times)
}

async fn export(bare: &Replica, key: &str) -> Result<Export> {
    let pid = bare.pid().context("the gateway runs")?;
    forget_peak(pid)?;
    let idle = peak_mib(pid)?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("{}/v1/residents/?format=ndjson", bare.base_url);
    let begun = Instant::now();
    let request = client.get(url).bearer_auth(key);
    let mut answer = request.send().await?.error_for_status()?;
    let (mut rows, mut bytes) = (0_u64, 0_u64);
    while let Some(chunk) = answer.chunk().await? {
        bytes += chunk.len() as u64;
        rows += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
    }
    Ok(Export {
        rows,
        seconds: begun.elapsed().as_secs_f64(),
        mib: bytes as f64 / f64::from(1 << 20),
        rss_growth_mib: peak_mib(pid)? - idle,
    })
}
