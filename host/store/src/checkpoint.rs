//! Where the next run of a model begins, and what a run must know before its first page.

use crate::connection::Tx;
use crate::lease::RunLease;
use crate::{
    CheckpointRow, Extent, LetterKey, ModelEnd, PartitionEnd, SpanWish, Status, Store, StoreError,
};
use chrono::{DateTime, Utc};

/// Most open dead letters that a run looks out for; the others are resolved by a complete full run.
const MOST_LETTERS: i64 = 10_000;

/// What is known about one model of a run before its first page.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ModelFacts {
    /// The model.
    pub model: String,
    /// Where its next incremental run begins; `None` without a checkpoint or without a watermark.
    pub watermark: Option<String>,
    /// The connector's format of it; `None` without a checkpoint.
    pub state_format: Option<i32>,
    /// Incremental runs that ended well since the last complete full one.
    pub incrementals: i32,
    /// The last full run is doubted, or was believed without proof enough.
    pub suspect: bool,
    /// Full runs in a row that left dead letters open.
    pub letter_runs: i32,
    /// There are open dead letters.
    pub letters: bool,
    /// One of them has a key, and no full run has tried it.
    pub letters_new: bool,
    /// A full run was complete once.
    pub complete_once: bool,
    /// Records that are not deleted.
    pub live_rows: i64,
    /// Keys that were seen by this run so far, in earlier attempts: rows and dead letters.
    pub rows_before: i64,
    /// Dead letters of this run so far.
    pub dead_before: i64,
}

impl Store {
    /// What is known about the models of a run, its own first.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn model_facts(&self, held: &RunLease) -> Result<Vec<ModelFacts>, StoreError> {
        Ok(sqlx::query_as(
            "select r.model, c.watermark, c.state_format, coalesce(c.incrementals, 0) as incrementals,
                    c.suspect_rows is not null as suspect, s.last_complete_full_at is not null as complete_once,
                    coalesce(c.letter_runs, 0) as letter_runs, d.id is not null as letters,
                    coalesce(d.keyed > coalesce(c.letters_tried, 0), false) as letters_new,
                    coalesce(s.live_rows, 0) as live_rows,
                    -- One at least, where the run that this one goes on from listed something.
                    greatest(r.rows_new + r.rows_changed + r.rows_unchanged,
                        (select 1 from seen k where k.account_id = r.account_id and k.model = r.model
                           and k.run_id = coalesce(r.lead_run_id, r.id) and cardinality(k.keys) > 0 limit 1)) as rows_before,
                    r.rows_dead as dead_before
             from run r
             left join checkpoint c on c.account_id = r.account_id and c.integration_id = r.integration_id
                                   and c.model = r.model and c.partition = ''
             left join model_state s on s.account_id = r.account_id and s.integration_id = r.integration_id
                                    and s.model = r.model
             left join lateral (
                select max(l.id) as id, max(l.id) filter (where l.external_id is not null) as keyed from dead_letter l
                where l.account_id = r.account_id and l.integration_id = r.integration_id and l.model = r.model
                  and l.resolved_at is null) d on true
             where r.account_id = $1 and r.sync_id = $2 and (r.id = $3 or r.lead_run_id = $3) and r.finished_at is null
             order by r.lead_run_id nulls first, r.created_at, r.id",
        )
        .bind(&held.account_id)
        .bind(&held.sync_id)
        .bind(&held.run_id)
        .fetch_all(self.one())
        .await?)
    }

    /// Keys of records of these models that could not be stored so far.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn open_letters(
        &self,
        held: &RunLease,
        models: &[String],
    ) -> Result<Vec<LetterKey>, StoreError> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "select model, scope, external_id from dead_letter
             where account_id = $1 and integration_id = $2 and model = any($3) and resolved_at is null
               and external_id is not null
             order by id desc limit $4",
        )
        .bind(&held.account_id)
        .bind(&held.integration_id)
        .bind(models)
        .bind(MOST_LETTERS)
        .fetch_all(self.one())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(model, scope, external_id)| LetterKey {
                model,
                scope,
                external_id,
            })
            .collect())
    }

    /// Writes down what a run reads, so that each page, retry and machine reads the same.
    ///
    /// # Errors
    /// `LeaseLost`, `Unavailable` or `Database`.
    pub async fn resolve_span(&self, held: &RunLease, span: &SpanWish) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update run r set span = $4 from run l
             where l.account_id = $1 and l.id = $2 and l.fence = $3 and l.status = 'running'
               and r.account_id = $1 and (r.id = $2 or r.lead_run_id = $2) and r.finished_at is null",
        )
        .bind(&held.account_id)
        .bind(&held.run_id)
        .bind(held.fence)
        .bind(sqlx::types::Json(span))
        .execute(self.one())
        .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        Ok(())
    }

    /// Begins the pages of a run afresh, in this format and over this span: the cursor, and what its passes saw so far,
    /// are forgotten. Gives the new start of the run.
    ///
    /// # Errors
    /// `LeaseLost`, `Unavailable` or `Database`.
    pub async fn restart_run(
        &self,
        held: &RunLease,
        state_format: i32,
        span: &SpanWish,
    ) -> Result<DateTime<Utc>, StoreError> {
        let mut tx = self.begin().await?;
        crate::lease::hold(&mut tx, held).await?;
        let started_at = sqlx::query_scalar(
            "update run set cursor = null, state_format = $3, started_at = now(), span = $4, rows_fresh = 0,
                    partitions_done = null, partitions_total = null, partitions_skipped = 0
             where account_id = $1 and id = $2 returning started_at",
        )
        .bind(&held.account_id)
        .bind(&held.run_id)
        .bind(state_format)
        .bind(sqlx::types::Json(span))
        .fetch_one(tx.one())
        .await?;
        forget_passes(&mut tx, held).await?;
        tx.commit().await?;
        Ok(started_at)
    }

    /// How the runs of these models ended or stand in a sync; models without a run there are left out.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn words_in_sync(
        &self,
        held: &RunLease,
        models: &[String],
    ) -> Result<Vec<(String, Status)>, StoreError> {
        Ok(sqlx::query_as(
            "select model, status from run where account_id = $1 and sync_id = $2 and model = any($3)",
        )
        .bind(&held.account_id)
        .bind(&held.sync_id)
        .bind(models)
        .fetch_all(self.one())
        .await?)
    }

    /// How many partitions of a run could not be read so far, and why the last of them could not.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn skipped_partitions(
        &self,
        held: &RunLease,
    ) -> Result<(i64, Option<String>), StoreError> {
        Ok(sqlx::query_as(
            "select partitions_skipped, skip_message from run where account_id = $1 and id = $2",
        )
        .bind(&held.account_id)
        .bind(&held.run_id)
        .fetch_one(self.one())
        .await?)
    }

    /// The integration's checkpoints, by model and partition.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn checkpoints(
        &self,
        account_id: &str,
        integration_id: &str,
    ) -> Result<Vec<CheckpointRow>, StoreError> {
        Ok(sqlx::query_as(
            "select model, partition, watermark, state_format, last_complete_full_at from checkpoint
             where account_id = $1 and integration_id = $2 order by model, partition",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_all(self.one())
        .await?)
    }
}

/// Forgets what the passes of a run saw.
pub(crate) async fn forget_passes(tx: &mut Tx, held: &RunLease) -> Result<(), sqlx::Error> {
    for table in ["seen", "pass"] {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "delete from {table} where account_id = $1 and run_id = $2"
        )))
        .bind(&held.account_id)
        .bind(&held.run_id)
        .execute(tx.one())
        .await?;
    }
    Ok(())
}

/// The checkpoints of the run's models; it ended with its end marker. `suspects` are models that are doubted, with how many
/// records there are by this run.
pub(crate) async fn save_checkpoints(
    tx: &mut Tx,
    held: &RunLease,
    state_format: i32,
    (watermark, extent): (Option<&str>, Extent),
    results: &[ModelEnd],
    suspects: &[(String, i64)],
) -> Result<(), sqlx::Error> {
    let suspect = |end: &ModelEnd| suspects.iter().any(|(model, _)| *model == end.model);
    let read: Vec<&ModelEnd> = results
        .iter()
        .filter(|end| {
            matches!(
                end.status,
                Status::Succeeded | Status::SucceededEmpty | Status::Partial
            ) && !suspect(end)
        })
        .collect();
    let names: Vec<&str> = read.iter().map(|r| r.model.as_str()).collect();
    if extent != Extent::Window && !read.is_empty() {
        sqlx::query(
            "insert into checkpoint as c (account_id, integration_id, model, watermark, state_format, last_complete_full_at)
             select $1, $2, u.model, case when not stale.yes then $3 end, $4, case when u.complete then now() end
             from unnest($5::text[], $6::boolean[]) as u(model, complete),
                (select coalesce(i.properties_switched_at >= r.started_at, false) as yes
                 from integration i join run r on r.account_id = i.account_id and r.integration_id = i.id
                 where i.account_id = $1 and i.id = $2 and r.id = $8) as stale
             on conflict (account_id, integration_id, model, partition) do update set
                watermark = case when $7 then excluded.watermark else coalesce(excluded.watermark, c.watermark) end,
                state_format = excluded.state_format, suspect_rows = case when $7 then null else c.suspect_rows end,
                incrementals = case when $7 then 0 else c.incrementals + 1 end,
                last_complete_full_at = coalesce(excluded.last_complete_full_at, c.last_complete_full_at)",
        )
        .bind(&held.account_id)
        .bind(&held.integration_id)
        .bind(watermark)
        .bind(state_format)
        .bind(&names)
        .bind(read.iter().map(|r| r.complete_full).collect::<Vec<_>>())
        .bind(extent == Extent::Full)
        .bind(&held.run_id)
        .execute(tx.one())
        .await?;
        if extent == Extent::Full {
            letters_were_tried(tx, held, &names).await?;
        }
    }
    if !suspects.is_empty() {
        let (models, rows): (Vec<&str>, Vec<i64>) = suspects
            .iter()
            .map(|(model, rows)| (model.as_str(), *rows))
            .unzip();
        sqlx::query(
            "insert into checkpoint as c (account_id, integration_id, model, state_format, suspect_rows)
             select $1, $2, u.model, $3, u.rows from unnest($4::text[], $5::bigint[]) as u(model, rows)
             on conflict (account_id, integration_id, model, partition) do update set suspect_rows = excluded.suspect_rows",
        )
        .bind(&held.account_id)
        .bind(&held.integration_id)
        .bind(state_format)
        .bind(models)
        .bind(rows)
        .execute(tx.one())
        .await?;
    }
    Ok(())
}

/// A full run of these models has ended: what it left open it has tried, and the next try comes later than this one did.
async fn letters_were_tried(
    tx: &mut Tx,
    held: &RunLease,
    models: &[&str],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update checkpoint c set letter_runs = case when d.newest is null then 0 else c.letter_runs + 1 end,
                letters_tried = coalesce(d.newest, c.letters_tried)
         from (select u.model, max(l.id) as newest from unnest($3::text[]) as u(model)
               left join dead_letter l on l.account_id = $1 and l.integration_id = $2 and l.model = u.model
                                      and l.resolved_at is null
               group by u.model) d
         where c.account_id = $1 and c.integration_id = $2 and c.model = d.model and c.partition = ''
           and (d.newest is not null or c.letter_runs > 0)",
    )
    .bind(&held.account_id)
    .bind(&held.integration_id)
    .bind(models)
    .execute(tx.one())
    .await?;
    Ok(())
}

/// The checkpoints of partitions that ended within a unit.
pub(crate) async fn save_partitions(
    tx: &mut Tx,
    held: &RunLease,
    state_format: i32,
    ends: &[PartitionEnd],
) -> Result<(), sqlx::Error> {
    let ends: Vec<&PartitionEnd> = ends.iter().filter(|end| !end.window).collect();
    if ends.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into checkpoint as c (account_id, integration_id, model, partition, watermark, state_format,
                                      last_complete_full_at)
         select $1, $2, $3, u.partition, u.watermark, $4, case when u.whole then now() end
         from unnest($5::text[], $6::text[], $7::boolean[]) as u(partition, watermark, whole)
         on conflict (account_id, integration_id, model, partition) do update set
            watermark = case when excluded.last_complete_full_at is null then coalesce(excluded.watermark, c.watermark)
                             else excluded.watermark end,
            state_format = excluded.state_format,
            last_complete_full_at = coalesce(excluded.last_complete_full_at, c.last_complete_full_at)",
    )
    .bind(&held.account_id)
    .bind(&held.integration_id)
    .bind(&held.model)
    .bind(state_format)
    .bind(ends.iter().map(|e| e.partition.as_str()).collect::<Vec<_>>())
    .bind(ends.iter().map(|e| e.watermark.as_deref()).collect::<Vec<_>>())
    .bind(ends.iter().map(|e| e.full).collect::<Vec<_>>())
    .execute(tx.one())
    .await?;
    Ok(())
}
