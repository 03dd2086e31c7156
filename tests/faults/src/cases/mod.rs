//! The cases: each plays once on a stage and says what it found.

pub mod clock;
pub mod disk;
pub mod files;
pub mod kill;
pub mod lies;
pub mod plan;
pub mod postgres;
pub mod race;
pub mod rotation;
pub mod signals;
pub mod swap;
pub mod vendor;

use crate::history::{self, Change};
use crate::oracle::{Fetched, fetched};
use crate::report::Finding;
use crate::stage::{LEASE, PATIENCE, Stage, SyncWord};
use crate::truth::Truth;
use anyhow::{Result, ensure};
use chrono::{DateTime, Utc};
use portcullis_simulators::shared::seed::Dice;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Keeps the dice of the cases apart from those of the vendor's data.
const DICE: u64 = 7_001;

/// The dice of a seed.
pub(crate) fn dice(seed: u64) -> Dice {
    Dice::new(seed, DICE, 0)
}

/// A sync that is going on.
pub(crate) struct Going {
    /// The integration.
    pub(crate) id: String,
    /// The vendor's request before it.
    pub(crate) since: u64,
}

/// A first sync of a new integration, brought to a random instant after its first page and before its last.
pub(crate) async fn first_sync(stage: &mut Stage, seed: u64, dice: &mut Dice) -> Result<Going> {
    let truth = stage.truth().await?;
    let id = stage.integration(&format!("seed {seed}")).await?;
    let since = stage.mark();
    stage.enable(&id).await?;
    let going = Going { id, since };
    reach(stage, &going, 1 + dice.below(pages(&truth) - 2), dice).await?;
    Ok(going)
}

/// A second sync that reads everything, of which some has changed, brought to a random instant like a first one.
pub(crate) async fn second_sync(stage: &mut Stage, seed: u64, dice: &mut Dice) -> Result<Going> {
    let truth = stage.truth().await?;
    let id = stage.integration(&format!("seed {seed}")).await?;
    stage.enable(&id).await?;
    ensure!(
        stage.ended(&id, PATIENCE).await?.is_some(),
        "the first sync does not end"
    );
    for (model, field) in [("residents", "FirstName"), ("units", "UnitNumber")] {
        let rows = truth.models.get(model).into_iter().flatten();
        let ids: Vec<i64> = rows
            .filter_map(|(id, _)| id.parse().ok())
            .filter(|_| dice.one_in(60))
            .collect();
        let mut fields = serde_json::Map::new();
        fields.insert(field.to_owned(), format!("of seed {seed}").into());
        stage.mutate(json!({"op": "change", "model": model, "ids": ids, "fields": fields}))?;
    }
    forget_checkpoints(stage, &id).await?;
    let since = stage.mark();
    stage.sync_now(&id).await?;
    let going = Going { id, since };
    reach(stage, &going, 1 + dice.below(pages(&truth) - 2), dice).await?;
    Ok(going)
}

/// Has the next run of each model read everything: there are pages to be killed between, or to lie on.
pub(crate) async fn forget_checkpoints(stage: &Stage, id: &str) -> Result<()> {
    sqlx::query("delete from checkpoint where integration_id = $1")
        .bind(id)
        .execute(&stage.pool)
        .await?;
    Ok(())
}

/// Waits until so many pages were asked for, some random time of a page's length, and then until some run is between its
/// first and its last page, if it was none: models follow each other, and a fault between two of them hits nothing.
pub(crate) async fn reach(stage: &Stage, going: &Going, after: u64, dice: &mut Dice) -> Result<()> {
    let begun = Instant::now();
    while (pages_of(stage, going).len() as u64) < after {
        ensure!(
            begun.elapsed() < PATIENCE,
            "the sync does not reach page {after}"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    tokio::time::sleep(Duration::from_micros(dice.below(60_000))).await;
    let everybody: Vec<usize> = (0..stage.replicas.len()).collect();
    while between_pages(stage, going, &everybody).await?.is_empty() {
        let ended = stage.newest(&going.id).await?.is_none_or(|it| it.finished);
        if ended || begun.elapsed() > PATIENCE {
            break;
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    Ok(())
}

/// The pages that a sync has asked for so far.
pub(crate) fn pages_of(stage: &Stage, going: &Going) -> Vec<Fetched> {
    fetched(&stage.asked(going.since), &stage.vendor.ready.client_id)
}

/// How many pages a full read takes: each but the first begins with the last row of the one before.
pub(crate) fn pages(truth: &Truth) -> u64 {
    let lists = truth
        .models
        .iter()
        .filter(|(model, _)| *model != "applications");
    lists
        .map(|(_, rows)| 1 + (rows.len() as u64).saturating_sub(1_000).div_ceil(999))
        .sum()
}

/// The open runs that a page was read of, held by one of these replicas.
pub(crate) async fn between_pages(
    stage: &Stage,
    going: &Going,
    replicas: &[usize],
) -> Result<BTreeSet<String>> {
    let open: Vec<(String, String, Option<String>)> = sqlx::query_as(
        "select id, model, worker from run where integration_id = $1 and finished_at is null
           and lead_run_id is null and status = 'running'",
    )
    .bind(&going.id)
    .fetch_all(&stage.pool)
    .await?;
    let read: BTreeSet<&str> = pages_of(stage, going)
        .iter()
        .filter(|page| page.status == Some(200))
        .map(|page| page.model)
        .collect();
    let held = |worker: &Option<String>| {
        let of = worker
            .as_deref()
            .and_then(|worker| stage.replica_of(worker));
        of.is_some_and(|replica| replicas.contains(&replica))
    };
    Ok(open
        .into_iter()
        .filter(|(_, model, worker)| read.contains(model.as_str()) && held(worker))
        .map(|(id, ..)| id)
        .collect())
}

/// The replicas that hold runs of an integration now: those with one between its pages, if there are any.
pub(crate) async fn holders(stage: &Stage, going: &Going) -> Result<Vec<usize>> {
    let workers: Vec<String> = sqlx::query_scalar(
        "select distinct worker from run where integration_id = $1 and finished_at is null
           and lead_run_id is null and status = 'running' and worker is not null order by worker",
    )
    .bind(&going.id)
    .fetch_all(&stage.pool)
    .await?;
    let all: Vec<usize> = workers
        .iter()
        .filter_map(|worker| stage.replica_of(worker))
        .collect();
    let mut between = Vec::new();
    for one in &all {
        if !between_pages(stage, going, &[*one]).await?.is_empty() {
            between.push(*one);
        }
    }
    Ok(if between.is_empty() { all } else { between })
}

/// The longest time from `fault` to the next claim of one of these runs; nothing if none of them was claimed again.
pub(crate) fn resumed_ms(
    changes: &[Change],
    fault: DateTime<Utc>,
    runs: &BTreeSet<String>,
) -> Option<u64> {
    longest(changes, fault, runs, Change::is_claim)
}

/// The longest time from `since` to the next unit of one of these runs, whoever stored it: where the holder may be the
/// same as before.
pub(crate) fn went_on_ms(
    changes: &[Change],
    since: DateTime<Utc>,
    runs: &BTreeSet<String>,
) -> Option<u64> {
    longest(changes, since, runs, Change::is_commit)
}

fn longest(
    changes: &[Change],
    since: DateTime<Utc>,
    runs: &BTreeSet<String>,
    what: fn(&Change) -> bool,
) -> Option<u64> {
    let first = |run: &String| {
        changes
            .iter()
            .find(|change| what(change) && change.run_id == *run && change.at > since)
    };
    runs.iter()
        .filter_map(first)
        .map(|change| (change.at - since).num_milliseconds().unsigned_abs())
        .max()
}

/// How soon after the lease somebody else goes on.
const RESUME: Duration = Duration::from_secs(1);

/// What is wrong when a run was taken up too late. Only where a machine plays nothing else: it is a matter of time, which
/// tests that run beside each other do not have.
#[must_use]
pub fn late(finding: &Finding) -> Option<String> {
    let took = finding.resume_ms?;
    (u128::from(took) > (LEASE + RESUME).as_millis())
        .then(|| format!("a run was taken up only after {took} ms"))
}

/// Waits for the end of the sync and asks the oracle; a sync without an end is a violation, not a broken harness.
pub(crate) async fn conclude(
    stage: &mut Stage,
    going: &Going,
    expect: crate::oracle::Expect,
    finding: &mut Finding,
) -> Result<Option<SyncWord>> {
    let word = stage.ended(&going.id, PATIENCE).await?;
    if word.is_none() {
        let open: Vec<(String, String, Option<String>, Option<String>)> = sqlx::query_as(
            "select model, status, error_code, worker from run where integration_id = $1 and finished_at is null",
        )
        .bind(&going.id)
        .fetch_all(&stage.pool)
        .await?;
        finding
            .violations
            .push(format!("the sync does not end; open runs: {open:?}"));
        return Ok(None);
    }
    finding.pages_refetched = crate::oracle::refetched(&pages_of(stage, going));
    finding
        .violations
        .extend(stage.judge(&going.id, going.since, expect).await?);
    for number in 0..stage.replicas.len() {
        if !stage.replicas[number].is_alive() {
            finding.violations.push(format!(
                "replica {number} is gone: {}",
                stage.replicas[number].log_tail()
            ));
            stage.replicas[number].start().await?;
        }
    }
    Ok(word)
}

/// The history so far.
pub(crate) async fn changes(stage: &Stage, going: &Going) -> Result<Vec<Change>> {
    history::read(&stage.pool, &going.id).await
}
