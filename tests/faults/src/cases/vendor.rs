//! B1 to B13: the vendor lies, refuses or breaks. While it does, nothing that the gateway says may be false; once it is
//! well again, a sync ends with the truth.

use super::lies::{Begin, HUGE, Lie, Mark, ids};
use super::{Going, dice, forget_checkpoints, pages_of};
use crate::oracle::{self, Expect};
use crate::report::Finding;
use crate::stage::{PATIENCE, Stage};
use crate::truth::Truth;
use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use std::time::{Duration, Instant};

/// How long a lie that does not end by itself is kept up.
const HOLD: Duration = Duration::from_secs(8);

/// Plays one lie.
///
/// # Errors
/// When the stage breaks.
pub async fn play(stage: &mut Stage, seed: u64, lie: &Lie) -> Result<Finding> {
    let mut dice = dice(seed);
    let mut finding = Finding::new(lie.case, seed, lie.name);
    let before = stage.truth().await?;
    let name = format!("seed {seed}");
    let id = if lie.mark == Some(Mark::Tls) {
        let url = stage.tls_url.clone();
        stage.integration_at(&name, &url).await?
    } else {
        stage.integration(&name).await?
    };
    let mut going = Going {
        id,
        since: stage.mark(),
    };
    match lie.begin {
        Begin::First => {
            begin(stage, lie, &before)?;
            stage.enable(&going.id).await?;
        }
        Begin::Midway => {
            stage.enable(&going.id).await?;
            within(stage, &going, 2 + dice.below(2)).await?;
            begin(stage, lie, &before)?;
            finding.interrupted = stage
                .newest(&going.id)
                .await?
                .is_some_and(|sync| !sync.finished);
        }
        Begin::Second => {
            stage.enable(&going.id).await?;
            stage
                .ended(&going.id, PATIENCE)
                .await?
                .context("the first sync ends")?;
            forget_checkpoints(stage, &going.id).await?;
            begin(stage, lie, &before)?;
            going.since = stage.mark();
            stage.sync_now(&going.id).await?;
        }
    }
    stage.ended(&going.id, HOLD).await?;
    if lie.mark == Some(Mark::Days) {
        days(stage, &going, &mut finding).await?;
    }
    heal(stage)?;
    // What was and what is: a record that came or went meanwhile may be in the table or not.
    let now = stage.truth().await?;
    let mut known = both(&before, &now);
    if lie.mark == Some(Mark::Renamed)
        && let Some(units) = known.models.get_mut("units")
    {
        for id in ids(&before, "units", 1) {
            units.remove(&id.to_string());
        }
    }
    if !end(stage, &going).await? {
        finding
            .violations
            .push("the vendor is well again and the sync does not end".to_owned());
        // What the sync still holds goes with the integration.
        let _ = stage.forget(&going.id).await;
        return Ok(finding);
    }
    finding
        .violations
        .extend(oracle::judge(stage, &going.id, going.since, &known, Expect::Honest).await?);
    finding.pages_refetched = oracle::refetched(&pages_of(stage, &going));
    marked(stage, &going, lie, &before, &mut finding).await?;
    let now = stage.truth().await?;

    lied_about(stage, &going.id).await?;
    recover(stage, &going.id).await?;
    doubted(stage, &going, lie, &mut finding).await?;
    going.since = stage.mark();
    stage.sync_now(&going.id).await?;
    if !end(stage, &going).await? {
        finding
            .violations
            .push("the vendor is well and a new sync does not end".to_owned());
    }
    finding
        .violations
        .extend(oracle::judge(stage, &going.id, going.since, &now, Expect::Truth).await?);
    for (number, replica) in stage.replicas.iter_mut().enumerate() {
        if !replica.is_alive() {
            finding
                .violations
                .push(format!("replica {number} is gone: {}", replica.log_tail()));
            replica.start().await?;
        }
    }
    stage.forget(&going.id).await?;
    Ok(finding)
}

/// Waits until so many pages of the residents were asked for: some lie before the lie, and some behind it.
async fn within(stage: &Stage, going: &Going, pages: u64) -> Result<()> {
    let begun = Instant::now();
    loop {
        let asked = pages_of(stage, going);
        let read = asked
            .iter()
            .filter(|page| page.model == "residents")
            .count() as u64;
        if read >= pages {
            return Ok(());
        }
        ensure!(begun.elapsed() < PATIENCE, "the residents are not read");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn begin(stage: &mut Stage, lie: &Lie, truth: &Truth) -> Result<()> {
    for mut operation in (lie.operations)(truth) {
        // The oracle reads the vendor too, and is not lied to.
        if let Some(fault) = operation.get_mut("fault") {
            fault["client"] = json!(stage.vendor.ready.client_id);
        }
        stage.mutate(operation)?;
    }
    Ok(())
}

/// A vendor that asks for days is believed, and people see until when: the run waits and counts no failure. Then the days
/// pass: nobody remembers what was asked for.
async fn days(stage: &mut Stage, going: &Going, finding: &mut Finding) -> Result<()> {
    let waits: i64 = sqlx::query_scalar(
        "select count(*) from run where integration_id = $1 and status = 'waiting' and failures = 0
           and next_at > now() + interval '1 hour'",
    )
    .bind(&going.id)
    .fetch_one(&stage.pool)
    .await?;
    if waits == 0 {
        finding
            .violations
            .push("no run waits for as long as the vendor asked".to_owned());
    }
    let kept: bool = sqlx::query_scalar("select to_regclass('limiter') is not null")
        .fetch_one(&stage.pool)
        .await?;
    for replica in &mut stage.replicas {
        replica.kill().await?;
    }
    if kept {
        sqlx::query("delete from limiter")
            .execute(&stage.pool)
            .await?;
    }
    for replica in &mut stage.replicas {
        replica.start().await?;
    }
    Ok(())
}

/// What must have come of a lie with a mark, beyond what the oracle looks at; and what follows it.
async fn marked(
    stage: &mut Stage,
    going: &Going,
    lie: &Lie,
    before: &Truth,
    finding: &mut Finding,
) -> Result<()> {
    let (count, what) = match lie.mark {
        Some(Mark::Back) => ("deleted_at is not null", "nothing was deleted"),
        Some(Mark::Renamed) => (
            "model = 'units' and external_id = $2",
            "the huge id was not kept",
        ),
        _ => return Ok(()),
    };
    let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "select count(*) from record where integration_id = $1 and $2 <> '' and {count}"
    )))
    .bind(&going.id)
    .bind(HUGE)
    .fetch_one(&stage.pool)
    .await?;
    if found == 0 {
        finding.violations.push(format!("I4: {what}"));
    }
    if lie.mark == Some(Mark::Back) {
        for mut operation in (lie.operations)(before) {
            operation["op"] = json!("restore");
            stage.mutate(operation)?;
        }
    }
    Ok(())
}

/// Where one sync is no proof of what is gone, by design: the one after it, or a person.
async fn doubted(stage: &mut Stage, going: &Going, lie: &Lie, finding: &mut Finding) -> Result<()> {
    match lie.mark {
        // In the same pass another record came, which may hide that this one is only out of place.
        Some(Mark::Renamed) => {
            sync_again(stage, going).await?;
            forget_checkpoints(stage, &going.id).await
        }
        // The same; and that most of what was read is not there is for a person to say.
        Some(Mark::Invented) => {
            sync_again(stage, going).await?;
            sync_again(stage, going).await?;
            let path = format!(
                "/v1/admin/integrations/{}/held-deletes/residents/confirm",
                going.id
            );
            let confirmed = stage.admin()?.post(&path, None).await;
            if let Err(error) = confirmed {
                let violation =
                    format!("I4: deletions of what was invented do not wait: {error:#}");
                finding.violations.push(violation);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn sync_again(stage: &mut Stage, going: &Going) -> Result<()> {
    stage.sync_now(&going.id).await?;
    end(stage, going).await?;
    Ok(())
}

/// The vendor lied about rows whose stamps have not moved since, so a person has everything read again. Where the gateway
/// left records out, or did not believe what it was told, it has noticed that by itself: what it reads of those models
/// next is its own matter.
async fn lied_about(stage: &Stage, id: &str) -> Result<()> {
    sqlx::query(
        "delete from checkpoint c where integration_id = $1 and suspect_rows is null
           and not exists (select from dead_letter d where d.integration_id = c.integration_id and d.model = c.model
                             and d.resolved_at is null)",
    )
    .bind(id)
    .execute(&stage.pool)
    .await?;
    Ok(())
}

/// The vendor is well, and the key as it was.
fn heal(stage: &mut Stage) -> Result<()> {
    let key = json!({
        "op": "add_key", "client_id": stage.vendor.ready.client_id, "secret": stage.canary
    });
    for operation in [
        json!({"op": "clear_faults"}),
        json!({"op": "rate_limit", "limit": null}),
        json!({"op": "tls", "mode": "valid"}),
        key,
    ] {
        stage.mutate(operation)?;
    }
    Ok(())
}

/// Waits for the end of the sync. Waits of the gateway's own pass at once: they were asked for in days here.
async fn end(stage: &Stage, going: &Going) -> Result<bool> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if stage
            .ended(&going.id, Duration::from_secs(1))
            .await?
            .is_some()
        {
            return Ok(true);
        }
        // Workers look at a sync when it is due, at the latest after a minute.
        for hurry in [
            "update run set next_at = now() where integration_id = $1 and status = 'waiting'",
            "update sync set due_at = now() where integration_id = $1 and finished_at is null",
        ] {
            sqlx::query(hurry)
                .bind(&going.id)
                .execute(&stage.pool)
                .await?;
        }
    }
    Ok(false)
}

/// Whoever was told that the credentials are bad has them checked again.
async fn recover(stage: &mut Stage, id: &str) -> Result<()> {
    let rejected: bool =
        sqlx::query_scalar("select credentials = 'rejected' from integration where id = $1")
            .bind(id)
            .fetch_one(&stage.pool)
            .await?;
    if rejected {
        stage.check_access(id).await?;
    }
    Ok(())
}

/// What both truths agree on.
fn both(before: &Truth, now: &Truth) -> Truth {
    let mut both = now.clone();
    for (model, rows) in &mut both.models {
        rows.retain(|id, _| {
            before
                .models
                .get(model)
                .is_some_and(|rows| rows.contains_key(id))
        });
    }
    both
}
