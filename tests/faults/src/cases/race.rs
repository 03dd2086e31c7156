//! C4: everybody at once: migrations by replicas that start together on an empty database, and a hundred people who
//! press "sync now".

use super::{Going, conclude};
use crate::http::Http;
use crate::oracle::Expect;
use crate::replica::Replica;
use crate::report::Finding;
use crate::stage::{PATIENCE, Stage};
use anyhow::{Context as _, Result};
use futures_util::future::join_all;
use serde_json::Value;
use std::collections::BTreeSet;

/// How many press at once.
const PRESSES: usize = 100;

/// How many start at once.
const STARTS: usize = 4;

/// Plays both once.
///
/// # Errors
/// When the stage breaks.
pub async fn play(stage: &mut Stage, seed: u64) -> Result<Finding> {
    let mut finding = Finding::new("C4", seed, "100 times sync now, 4 migrations at once");
    migrations(stage, seed, &mut finding).await?;
    presses(stage, seed, &mut finding).await?;
    Ok(finding)
}

async fn migrations(stage: &Stage, seed: u64, finding: &mut Finding) -> Result<()> {
    let database = format!("race_{seed}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {database}")))
        .execute(&stage.pool)
        .await?;
    let mut replicas = Vec::new();
    for number in 0..STARTS {
        let mut setup = stage.setup(number, &[])?;
        setup.database_url = stage.cluster().url(&setup.role, &database);
        setup.folder = stage.folder().join(format!("{database}-{number}"));
        replicas.push(Replica::new(setup)?);
    }
    let started = join_all(replicas.iter_mut().map(Replica::start)).await;
    let mut keys = 0;
    for one in started {
        match one {
            Ok(first) => keys += usize::from(first.is_some()),
            Err(error) => finding.violations.push(format!(
                "a replica that started together with others: {error:#}"
            )),
        }
    }
    if keys != 1 {
        finding
            .violations
            .push(format!("{keys} of {STARTS} replicas printed a first key"));
    }
    for replica in &mut replicas {
        if replica.is_alive() {
            replica.kill().await?;
        }
        std::fs::remove_dir_all(&replica.setup.folder)?;
    }
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "drop database {database} with (force)"
    )))
    .execute(&stage.pool)
    .await?;
    Ok(())
}

async fn presses(stage: &mut Stage, seed: u64, finding: &mut Finding) -> Result<()> {
    let id = stage.integration(&format!("seed {seed}")).await?;
    stage.enable(&id).await?;
    stage
        .ended(&id, PATIENCE)
        .await?
        .context("the first sync ends")?;
    let since = stage.mark();
    let key = stage.first.key.clone();
    let https = stage
        .replicas
        .iter()
        .map(|replica| replica.http(&key))
        .collect::<Result<Vec<Http>>>()?;
    let path = format!("/v1/admin/integrations/{id}/manual-sync");
    let answers = join_all((0..PRESSES).map(|press| {
        let http = &https[press % https.len()];
        http.send(reqwest::Method::POST, &path, None)
    }))
    .await;
    let mut started: BTreeSet<String> = BTreeSet::new();
    let mut statuses: Vec<u16> = Vec::new();
    for answer in answers {
        let (status, body): (u16, Value) = answer?;
        statuses.push(status);
        if status == 202 {
            let id = body["results"]["id"].as_str().context("a sync's id")?;
            started.insert(id.to_owned());
        } else if status != 409 {
            finding
                .violations
                .push(format!("sync now was answered with {status}: {body}"));
        }
    }
    let in_table: i64 = sqlx::query_scalar(
        "select count(*) from sync where integration_id = $1 and kind = 'manual'",
    )
    .bind(&id)
    .fetch_one(&stage.pool)
    .await?;
    // A press that came after the end of the first one's sync may have started another.
    if started.is_empty() || started.len() as i64 != in_table {
        finding.violations.push(format!(
            "{PRESSES} presses were told of {} syncs, and {in_table} are in the table",
            started.len()
        ));
    }
    let overlapping: i64 = sqlx::query_scalar(
        "select count(*) from sync a join sync b on a.integration_id = b.integration_id and a.id < b.id
         where a.integration_id = $1 and a.created_at < coalesce(b.finished_at, now())
           and b.created_at < coalesce(a.finished_at, now())",
    )
    .bind(&id)
    .fetch_one(&stage.pool)
    .await?;
    if overlapping > 0 {
        finding.violations.push(format!(
            "{overlapping} pairs of syncs of one integration overlap"
        ));
    }
    let going = Going { id, since };
    conclude(stage, &going, Expect::Truth, finding).await?;
    stage.forget(&going.id).await
}
