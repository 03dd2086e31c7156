//! How soon a replica that does not sync serves what a run on another one brought.

use super::muffler::Muffler;
use super::{quantile, unlimited};
use crate::replica::Replica;
use crate::stage::{Scene, Stage};
use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long a sync of so little may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often the replica is asked: what is measured is no finer.
const EVERY: Duration = Duration::from_millis(3);

/// How long after the last end it is still asked.
const AFTER: Duration = Duration::from_secs(3);

/// Ends of runs that are counted without notifications.
const DEAF_ENDS: usize = 100;

/// From the end of a run, by the database, to the first answer of another replica with its data, in milliseconds.
#[derive(Debug, Serialize)]
pub struct Heard {
    p50: f64,
    p99: f64,
    max: f64,
    run_ends: usize,
    /// The slowest when no notification arrives.
    without_listener_max: f64,
    without_listener_run_ends: usize,
}

/// When the replica was seen to serve data of a moment.
type Sightings = Arc<Mutex<Vec<(DateTime<Utc>, DateTime<Utc>)>>>;

/// Measures with notifications, then without.
pub(super) async fn measure(run_ends: usize, say: impl Fn(&str)) -> Result<Heard> {
    let mut stage = Box::pin(Stage::set(&Scene {
        units: 8,
        latency_ms: 0,
        history: false,
        env: vec![unlimited()],
        ..Scene::default()
    }))
    .await?;
    let id = stage.integration("bench").await?;
    stage.enable(&id).await?;
    stage.ended(&id, PATIENCE).await?.context("the sync ends")?;

    let serving = [
        unlimited(),
        ("PORTCULLIS_SYNC_WORKER".to_owned(), "false".to_owned()),
    ];
    let mut hearing = Replica::new(stage.setup(1, &serving)?)?;
    hearing.start().await?;
    let times = lags(&mut stage, &id, &hearing, run_ends).await?;
    hearing.kill().await?;

    let mut setup = stage.setup(2, &serving)?;
    let muffler = Muffler::start(&setup.database_url).await?;
    setup.database_url = muffler.url(&setup.role, "portcullis");
    let mut deaf = Replica::new(setup)?;
    deaf.start().await?;
    let without = lags(&mut stage, &id, &deaf, run_ends.min(DEAF_ENDS)).await?;
    deaf.kill().await?;

    let heard = Heard {
        p50: quantile(&times, 0.5),
        p99: quantile(&times, 0.99),
        max: quantile(&times, 1.0),
        run_ends: times.len(),
        without_listener_max: quantile(&without, 1.0),
        without_listener_run_ends: without.len(),
    };
    say(&format!("{heard:?}"));
    Ok(heard)
}

/// Syncs until so many runs have ended, and gives how long each was not seen, in milliseconds.
async fn lags(stage: &mut Stage, id: &str, replica: &Replica, ends: usize) -> Result<Vec<f64>> {
    let begun: DateTime<Utc> = sqlx::query_scalar("select clock_timestamp()")
        .fetch_one(&stage.pool)
        .await?;
    let models: Vec<String> =
        sqlx::query_scalar("select distinct model from run where integration_id = $1 order by 1")
            .bind(id)
            .fetch_all(&stage.pool)
            .await?;
    let watched: Vec<(String, Sightings, JoinHandle<Result<()>>)> = models
        .into_iter()
        .map(|model| {
            let sightings = Sightings::default();
            let url = format!(
                "{}/v1/{model}/?integration_id={id}&limit=1",
                replica.base_url
            );
            let watching = watch(url, stage.first.key.clone(), Arc::clone(&sightings));
            (model, sightings, tokio::spawn(watching))
        })
        .collect();
    loop {
        let ended: i64 = sqlx::query_scalar(
            "select count(*) from run where integration_id = $1 and finished_at > $2",
        )
        .bind(id)
        .bind(begun)
        .fetch_one(&stage.pool)
        .await?;
        if usize::try_from(ended)? >= ends {
            break;
        }
        stage.sync_now(id).await?;
        let word = stage.ended(id, PATIENCE).await?.context("the sync ends")?;
        ensure!(word.status.starts_with("succeeded"), "{}", word.status);
    }
    tokio::time::sleep(AFTER).await;
    let mut lags = Vec::new();
    for (model, sightings, watching) in watched {
        ensure!(!watching.is_finished(), "{model}: {:?}", watching.await);
        watching.abort();
        let runs: Vec<DateTime<Utc>> = sqlx::query_scalar(
            "select finished_at from run where integration_id = $1 and model = $2 and finished_at > $3",
        )
        .bind(id)
        .bind(&model)
        .bind(begun)
        .fetch_all(&stage.pool)
        .await?;
        let sightings = sightings.lock().unwrap_or_else(PoisonError::into_inner);
        for end in runs {
            let seen = sightings.iter().find(|(of, _)| *of >= end);
            let (_, at) = seen.with_context(|| format!("the end of {model} was never seen"))?;
            lags.push((*at - end).num_microseconds().unwrap_or_default() as f64 / 1e3);
        }
    }
    Ok(lags)
}

/// Asks for one page again and again, and notes when its data became newer.
async fn watch(url: String, key: String, sightings: Sightings) -> Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut last = None;
    loop {
        let answer = client.get(&url).bearer_auth(&key).send().await?;
        let answer = answer.error_for_status()?;
        let of = answer.headers().get("x-data-as-of");
        let of = of.and_then(|of| of.to_str().ok()).context("its moment")?;
        let of = DateTime::parse_from_rfc3339(of)?.to_utc();
        answer.bytes().await?;
        if last != Some(of) {
            let mut sightings = sightings.lock().unwrap_or_else(PoisonError::into_inner);
            sightings.push((of, Utc::now()));
            last = Some(of);
        }
        tokio::time::sleep(EVERY).await;
    }
}
