//! What the tables show: I3, I4, I5 and I6.

use super::Expect;
use crate::truth::{Rows, Truth};
use anyhow::Result;
use sqlx::PgPool;

/// How many examples a sentence gives.
const EXAMPLES: usize = 3;

/// I3: one row a key.
pub(super) async fn duplicates(
    pool: &PgPool,
    integration_id: &str,
    found: &mut Vec<String>,
) -> Result<()> {
    let twice: Vec<(String, i64)> = sqlx::query_as(
        "select model, count(*) from (
            select model from record where integration_id = $1
            group by model, scope, external_id having count(*) > 1) as twice
         group by model",
    )
    .bind(integration_id)
    .fetch_all(pool)
    .await?;
    for (model, keys) in twice {
        found.push(format!(
            "I3: {keys} keys of {model} are there more than once"
        ));
    }
    Ok(())
}

/// I6: the records of an integration lie under its account and its environment alone.
pub(super) async fn accounts(
    pool: &PgPool,
    integration_id: &str,
    account_id: &str,
    found: &mut Vec<String>,
) -> Result<()> {
    let astray: i64 = sqlx::query_scalar(
        "select count(*) from record r
         where r.integration_id = $1
           and (r.account_id <> $2 or r.environment <> (select environment from integration where id = $1))",
    )
    .bind(integration_id)
    .bind(account_id)
    .fetch_one(pool)
    .await?;
    if astray > 0 {
        found.push(format!(
            "I6: {astray} records lie under another account or environment"
        ));
    }
    Ok(())
}

/// I5: nothing that the vendor still has is marked as deleted.
pub(super) async fn tombstones(
    pool: &PgPool,
    integration_id: &str,
    truth: &Truth,
    found: &mut Vec<String>,
) -> Result<()> {
    let dead: Vec<(String, String)> = sqlx::query_as(
        "select model, external_id from record where integration_id = $1 and deleted_at is not null",
    )
    .bind(integration_id)
    .fetch_all(pool)
    .await?;
    for (model, rows) in &truth.models {
        let living: Vec<&str> = dead
            .iter()
            .filter(|(of, id)| of == model && rows.contains_key(id))
            .map(|(_, id)| id.as_str())
            .collect();
        if !living.is_empty() {
            found.push(format!(
                "I5: {} {model} are marked as deleted and the vendor has them: {:?}",
                living.len(),
                &living[..living.len().min(EXAMPLES)]
            ));
        }
    }
    Ok(())
}

/// I2: the kept count of living rows is their number.
pub(super) async fn live_counts(
    pool: &PgPool,
    integration_id: &str,
    found: &mut Vec<String>,
) -> Result<()> {
    let wrong: Vec<(String, i64, i64)> = sqlx::query_as(
        "select s.model, s.live_rows,
                (select count(*) from record r where r.account_id = s.account_id and r.model = s.model
                   and r.integration_id = s.integration_id and r.deleted_at is null) as living
         from model_state s where s.integration_id = $1",
    )
    .bind(integration_id)
    .fetch_all(pool)
    .await?;
    for (model, kept, living) in wrong.into_iter().filter(|(_, kept, living)| kept != living) {
        found.push(format!(
            "I2: {model} has {living} living rows and counts {kept}"
        ));
    }
    Ok(())
}

/// Every run of the newest sync says that it read everything; of a first sync also that each row was new once.
pub(super) async fn words(
    pool: &PgPool,
    integration_id: &str,
    truth: &Truth,
    expect: Expect,
    found: &mut Vec<String>,
) -> Result<()> {
    for run in newest_runs(pool, integration_id).await? {
        let Some(rows) = truth.models.get(&run.model) else {
            continue;
        };
        let said = if rows.is_empty() {
            "succeeded_empty"
        } else {
            "succeeded"
        };
        let empty_is_fine = expect == Expect::Truth && run.status == "succeeded_empty";
        if run.status != said && !empty_is_fine {
            found.push(format!(
                "I4: the run of {} is {} ({}: {})",
                run.model, run.status, run.code, run.message
            ));
            continue;
        }
        let once = (
            run.rows_new,
            run.rows_changed,
            run.rows_unchanged,
            run.rows_dead,
        ) == (rows.len() as i64, 0, 0, 0);
        if expect == Expect::FirstTruth && !once {
            found.push(format!(
                "I2: the first sync of {} rows of {} counts {} new, {} changed, {} unchanged, {} dead",
                rows.len(),
                run.model,
                run.rows_new,
                run.rows_changed,
                run.rows_unchanged,
                run.rows_dead
            ));
        }
    }
    Ok(())
}

/// I1: whatever happened, a full run that says `succeeded` left the truth.
pub(super) async fn no_false_success(
    pool: &PgPool,
    integration_id: &str,
    truth: &Truth,
    found: &mut Vec<String>,
) -> Result<()> {
    let stored = Truth::stored(pool, integration_id).await?;
    for run in newest_runs(pool, integration_id).await? {
        let (Some(rows), Some(living)) =
            (truth.models.get(&run.model), stored.models.get(&run.model))
        else {
            continue;
        };
        let missing = rows.keys().filter(|id| !living.contains_key(*id)).count();
        let says_whole = matches!(run.status.as_str(), "succeeded" | "succeeded_empty");
        if says_whole && missing > 0 {
            found.push(format!(
                "I1: the run of {} is {} and {missing} of {} records are missing",
                run.model,
                run.status,
                rows.len()
            ));
        }
    }
    Ok(())
}

/// I4: the same records, with the same facts.
pub(super) async fn rows(
    pool: &PgPool,
    integration_id: &str,
    truth: &Truth,
    found: &mut Vec<String>,
) -> Result<()> {
    let stored = Truth::stored(pool, integration_id).await?;
    let none = Rows::new();
    for (model, rows) in &truth.models {
        let living = stored.models.get(model).unwrap_or(&none);
        let missing: Vec<&String> = rows.keys().filter(|id| !living.contains_key(*id)).collect();
        let extra: Vec<&String> = living.keys().filter(|id| !rows.contains_key(*id)).collect();
        let other: Vec<&String> = rows
            .iter()
            .filter(|(id, facts)| living.get(*id).is_some_and(|stored| stored != *facts))
            .map(|(id, _)| id)
            .collect();
        // What differs in the first of them, to be read.
        let differs = other.first().map(|id| {
            let facts = rows[*id].iter().zip(&living[*id]);
            let names = Truth::names(model);
            let mut differing = names
                .zip(facts)
                .filter(|(_, (theirs, ours))| theirs != ours);
            differing
                .next()
                .map_or_else(String::new, |(name, (theirs, ours))| {
                    format!("{name} is {theirs:?} there and {ours:?} here")
                })
        });
        for (ids, what) in [
            (missing, "missing"),
            (extra, "not the vendor's"),
            (other, "not as the vendor has them"),
        ] {
            if !ids.is_empty() {
                found.push(format!(
                    "I4: {} of {} {model} are {what}: {:?}",
                    ids.len(),
                    rows.len(),
                    &ids[..ids.len().min(EXAMPLES)]
                ));
            }
        }
        found.extend(differs.map(|differs| format!("I4: in the first of the {model} {differs}")));
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct RunWord {
    model: String,
    status: String,
    code: String,
    message: String,
    rows_new: i64,
    rows_changed: i64,
    rows_unchanged: i64,
    rows_dead: i64,
}

async fn newest_runs(pool: &PgPool, integration_id: &str) -> Result<Vec<RunWord>> {
    Ok(sqlx::query_as(
        "select model, status, coalesce(error_code, '') as code, coalesce(error_message, '') as message,
                rows_new, rows_changed, rows_unchanged, rows_dead
         from run where sync_id = (select id from sync where integration_id = $1 order by created_at desc limit 1)",
    )
    .bind(integration_id)
    .fetch_all(pool)
    .await?)
}
