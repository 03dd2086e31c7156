//! What changed: the feed that others follow, the history of a record, and counts per day.

use crate::connection::Tx;
use crate::lease::RunLease;
use crate::{ModelEnd, Status, Store, StoreError};
use chrono::{DateTime, NaiveDate, Utc};

/// One change of a record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct ChangeRow {
    /// Grows with time within an account.
    pub seq: i64,
    /// `upsert` or `delete`.
    pub kind: String,
    /// Members of the document that differ from before; `None` where there was nothing before, and for a deletion.
    pub fields: Option<Vec<String>>,
    /// When it was stored.
    pub at: DateTime<Utc>,
}

/// What is remembered of a record beside its document.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct RecordPast {
    /// The model.
    pub model: String,
    /// The vendor's id.
    pub external_id: String,
    /// When it was first stored.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Since when complete passes have missed it.
    pub missing_since: Option<DateTime<Utc>>,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
    /// When it last came back.
    pub revived_at: Option<DateTime<Utc>>,
}

/// What runs did to a model on one day.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct DayRow {
    /// The day, in UTC, on which the runs began.
    pub day: NaiveDate,
    /// The model.
    pub model: String,
    /// Runs.
    pub runs: i64,
    /// Records that were new.
    pub rows_new: i64,
    /// Records that had changed.
    pub rows_changed: i64,
    /// Records that were deleted.
    pub rows_deleted: i64,
    /// Records that could not be stored.
    pub rows_dead: i64,
}

/// One row for each model that was read: everything of it may have changed.
pub(crate) async fn reset(
    tx: &mut Tx,
    held: &RunLease,
    results: &[ModelEnd],
) -> Result<(), sqlx::Error> {
    let read = results.iter().filter(|end| {
        matches!(
            end.status,
            Status::Succeeded | Status::SucceededEmpty | Status::Partial
        )
    });
    sqlx::query(
        "insert into change (account_id, integration_id, model, kind) select $1, $2, u, 'reset' from unnest($3::text[]) u",
    )
    .bind(&held.account_id)
    .bind(&held.integration_id)
    .bind(read.map(|end| end.model.as_str()).collect::<Vec<_>>())
    .execute(tx.one())
    .await?;
    Ok(())
}

/// The same for runs that end before their last page: of this run and its companions, or of all runs of a sync that no
/// worker holds. What they stored until then was told to nobody, if they are first runs or windows.
pub(crate) async fn reset_of_open(
    tx: &mut Tx,
    account_id: &str,
    sync_id: &str,
    run_id: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into change (account_id, integration_id, model, kind)
         select r.account_id, r.integration_id, r.model, 'reset' from run r
         join run l on l.account_id = r.account_id and l.id = coalesce(r.lead_run_id, r.id)
         where r.account_id = $1 and r.sync_id = $2 and r.finished_at is null
           and case when $3::text is null then r.status <> 'running' else l.id = $3 end
           and r.rows_new + r.rows_changed + r.rows_deleted > 0
           and (l.span ->> 'kind' = 'window'
                or not exists (select from model_state s where s.account_id = l.account_id
                                 and s.integration_id = l.integration_id and s.model = l.model
                                 and s.last_complete_full_at is not null))",
    )
    .bind(account_id)
    .bind(sync_id)
    .bind(run_id)
    .execute(tx.one())
    .await?;
    Ok(())
}

impl Store {
    /// What is remembered of a record of an integration, which is of one of `models`.
    ///
    /// # Errors
    /// `NotFound`; `Unavailable`, `Database`.
    pub async fn record_past(
        &self,
        account_id: &str,
        integration_id: &str,
        models: &[&str],
        record_id: &str,
    ) -> Result<RecordPast, StoreError> {
        Ok(sqlx::query_as(
            "select model, external_id, created_at, updated_at, missing_since, deleted_at, revived_at from record
             where account_id = $1 and integration_id = $2 and model = any($3) and id = $4",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(models)
        .bind(record_id)
        .fetch_one(self.one())
        .await?)
    }

    /// The changes of one record, newest first. What a first run brought is not among them: `created_at` tells it.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn record_history(
        &self,
        account_id: &str,
        record_id: &str,
        limit: i64,
    ) -> Result<Vec<ChangeRow>, StoreError> {
        Ok(sqlx::query_as(
            "select seq, kind, fields, at from change where account_id = $1 and record_id = $2 order by seq desc limit $3",
        )
        .bind(account_id)
        .bind(record_id)
        .bind(limit)
        .fetch_all(self.one())
        .await?)
    }

    /// What the runs of an integration did, by day and model, newest day first. Counted from the runs themselves, so
    /// first runs are in it.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn changes_per_day(
        &self,
        account_id: &str,
        integration_id: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<DayRow>, StoreError> {
        Ok(sqlx::query_as(
            "select (started_at at time zone 'UTC')::date as day, model, count(*) as runs,
                    sum(rows_new)::bigint as rows_new, sum(rows_changed)::bigint as rows_changed,
                    sum(rows_deleted)::bigint as rows_deleted, sum(rows_dead)::bigint as rows_dead
             from run where account_id = $1 and integration_id = $2 and started_at >= $3 and started_at < $4
             group by 1, 2 order by 1 desc, 2",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(from)
        .bind(to)
        .fetch_all(self.one())
        .await?)
    }
}
