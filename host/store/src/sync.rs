//! Syncs and their runs as people see them; how workers hold them is in `lease`.

use crate::connection::Tx;
use crate::{SpanWish, Status, Store, StoreError, SyncKind, sync_result};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::HashMap;

/// A sync.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct SyncRow {
    /// Whose integration it is.
    pub account_id: String,
    /// `int_…`.
    pub integration_id: String,
    /// `syn_…`.
    pub id: String,
    /// Why it was started.
    pub kind: SyncKind,
    /// Where it stands or how it ended.
    pub status: Status,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When a worker took its first run.
    pub started_at: Option<DateTime<Utc>>,
    /// When its last run ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether somebody asked it to stop.
    pub cancel_requested: bool,
    /// The models that were asked for; `None` for all that are switched on.
    pub models: Option<Vec<String>>,
}

/// One model of one sync.
#[derive(Debug, Clone, PartialEq, serde::Serialize, sqlx::FromRow)]
pub struct RunRow {
    /// Whose integration it is.
    pub account_id: String,
    /// `int_…`.
    pub integration_id: String,
    /// `syn_…`.
    pub sync_id: String,
    /// `run_…`.
    pub id: String,
    /// The model.
    pub model: String,
    /// The run on whose pages this companion arrives.
    pub lead_run_id: Option<String>,
    /// Models of the same sync that must end first.
    pub after: Vec<String>,
    /// Where it stands or how it ended.
    pub status: Status,
    /// What is read, as a [`SpanWish`](crate::SpanWish).
    pub span: Value,
    /// Where the next page begins.
    pub cursor: Option<String>,
    /// The connector's format of cursor and watermark.
    pub state_format: i32,
    /// When its first page was asked for, on the database's clock; kept over attempts and resumptions.
    pub started_at: Option<DateTime<Utc>>,
    /// Claims so far.
    pub attempt: i32,
    /// Errors in a row without progress.
    pub failures: i32,
    /// Not before this time.
    pub next_at: DateTime<Utc>,
    /// Pages stored.
    pub pages: i64,
    /// Records that were new.
    pub rows_new: i64,
    /// Records that had changed.
    pub rows_changed: i64,
    /// Records that had not changed.
    pub rows_unchanged: i64,
    /// Records that were found to be gone.
    pub rows_deleted: i64,
    /// Records that could not be stored.
    pub rows_dead: i64,
    /// Requests sent to the vendor.
    pub requests: i64,
    /// How long it was put aside, in milliseconds.
    pub waited_ms: i64,
    /// Parents over which it was read; `None` for a model that is read as a whole.
    pub partitions_done: Option<i64>,
    /// Parents over which it is read in all.
    pub partitions_total: Option<i64>,
    /// How many records the vendor says there are.
    pub total: Option<i64>,
    /// A stable word for the last error.
    pub error_code: Option<String>,
    /// The last error, in the vendor's own words where it gave some.
    pub error_message: Option<String>,
    /// Who can do something about it: `customer`, `operator`, `connector`, `vendor`.
    pub who_must_act: Option<String>,
    /// SHA-256 of the connector that read the last page.
    pub connector_digest: Option<String>,
    /// Its version.
    pub connector_version: Option<String>,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When its model is due again by the schedule, for a failed run that is the newest of its model. Known only where
    /// syncs are read with their runs.
    #[sqlx(default)]
    pub due_again_at: Option<DateTime<Utc>>,
}

/// A sync with its runs.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SyncWithRuns {
    /// The sync.
    pub sync: SyncRow,
    /// Its runs in the order in which they were queued.
    pub runs: Vec<RunRow>,
}

/// How a run stands for the worker that left it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunState {
    /// The run.
    pub run: RunRow,
    /// Its fence: another than the worker's when somebody else took it.
    pub fence: i64,
    /// The word of the sync, when the end of this run was its end.
    pub sync_ended: Option<Status>,
}

/// A run to be queued.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// The model; at most one run per model in a sync.
    pub model: String,
    /// The model on whose pages this one arrives. Its run must stand before this one in the list.
    pub lead: Option<String>,
    /// Models that must end first. Those without a run in this sync do not count.
    pub after: Vec<String>,
    /// What is to be read.
    pub span: SpanWish,
    /// The connector's format of cursor and watermark.
    pub state_format: i32,
    /// A run of the same integration and model whose cursor, span and start this one takes over.
    pub resume_from: Option<String>,
    /// Why the model is not read at all; such a run is over at once.
    pub skip: Option<Skip>,
}

/// Why a model is not read.
#[derive(Debug, Clone)]
pub struct Skip {
    /// One of the `Skipped…` words.
    pub status: Status,
    /// A stable word.
    pub code: String,
    /// More about it.
    pub message: Option<String>,
    /// Who can do something about it.
    pub who_must_act: Option<String>,
}

/// Where the next incremental run of a model begins.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CheckpointRow {
    /// The model.
    pub model: String,
    /// The parent record, `''` for models that are read as a whole.
    pub partition: String,
    /// The guest's watermark.
    pub watermark: Option<String>,
    /// The connector's format of it.
    pub state_format: i32,
    /// When the last complete full run ended.
    pub last_complete_full_at: Option<DateTime<Utc>>,
}

/// A record that could not be stored.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct DeadLetterRow {
    /// Grows with time.
    pub id: i64,
    /// The model.
    pub model: String,
    /// The run that met it.
    pub run_id: String,
    /// The key's scope, `''` for none.
    pub scope: String,
    /// The key, when it could be read.
    pub external_id: Option<String>,
    /// A stable word.
    pub kind: String,
    /// What is wrong with it, without its content.
    pub message: String,
    /// When it was met last.
    pub at: DateTime<Utc>,
    /// When the record was stored well after all, or was no longer there.
    pub resolved_at: Option<DateTime<Utc>>,
}

pub(crate) const SYNC_COLUMNS: &str = "account_id, integration_id, id, kind, status, created_at, started_at, finished_at, cancel_requested, models";
pub(crate) const RUN_COLUMNS: &str = "account_id, integration_id, sync_id, id, model, lead_run_id, after, status, span, cursor, \
     state_format, started_at, attempt, failures, next_at, pages, rows_new, rows_changed, rows_unchanged, rows_deleted, rows_dead, \
     requests, waited_ms, partitions_done, partitions_total, total, error_code, error_message, who_must_act, connector_digest, connector_version, created_at, finished_at";

/// Ends a sync whose last run has ended. The sync's row is locked first, so that of two last runs one sees the other.
/// `no key`, because each of them holds a key share of it already: a row that is updated twice in one transaction has
/// its foreign keys checked again, and two such transactions that wanted the whole row would wait for each other.
pub(crate) async fn close_sync_if_done(
    tx: &mut Tx,
    account_id: &str,
    sync_id: &str,
) -> Result<Option<Status>, StoreError> {
    let cancel_requested: Option<bool> = sqlx::query_scalar(
        "select cancel_requested from sync where account_id = $1 and id = $2 and finished_at is null for no key update",
    )
    .bind(account_id)
    .bind(sync_id)
    .fetch_optional(tx.one())
    .await?;
    let Some(cancel_requested) = cancel_requested else {
        return Ok(None);
    };
    let words: Vec<Status> =
        sqlx::query_scalar("select status from run where account_id = $1 and sync_id = $2")
            .bind(account_id)
            .bind(sync_id)
            .fetch_all(tx.one())
            .await?;
    if words.iter().any(|word| !word.is_final()) {
        // What waited for this run may be claimed now.
        sqlx::query("update sync set due_at = clock_timestamp() where account_id = $1 and id = $2")
            .bind(account_id)
            .bind(sync_id)
            .execute(tx.one())
            .await?;
        return Ok(None);
    }
    let word = sync_result(cancel_requested, &words);
    // A sync of which nothing is read ends in the transaction that queued it, which began before.
    sqlx::query(
        "update sync set status = $3, finished_at = greatest(now(), created_at) where account_id = $1 and id = $2",
    )
    .bind(account_id)
    .bind(sync_id)
    .bind(word)
    .execute(tx.one())
    .await?;
    crate::schedule::count_from_here(tx, account_id, sync_id).await?;
    Ok(Some(word))
}

/// A run that nobody could take now, since one that must end first waits itself.
fn block(runs: &mut [RunRow]) {
    let waiting: Vec<String> = runs
        .iter()
        .filter(|run| run.status == Status::Waiting)
        .map(|run| run.model.clone())
        .collect();
    for run in runs {
        if run.status == Status::Queued && run.after.iter().any(|model| waiting.contains(model)) {
            run.status = Status::Blocked;
        }
    }
}

impl Store {
    /// One sync with its runs.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn get_sync(
        &self,
        account_id: &str,
        sync_id: &str,
    ) -> Result<SyncWithRuns, StoreError> {
        let sync = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {SYNC_COLUMNS} from sync where account_id = $1 and id = $2"
        )))
        .bind(account_id)
        .bind(sync_id)
        .fetch_one(self.one())
        .await?;
        let mut found = self.with_runs(account_id, vec![sync]).await?;
        found.pop().ok_or(StoreError::NotFound)
    }

    /// How a run stands.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn run_state(&self, account_id: &str, run_id: &str) -> Result<RunState, StoreError> {
        #[derive(sqlx::FromRow)]
        struct Row {
            #[sqlx(flatten)]
            run: RunRow,
            fence: i64,
            sync_ended: Option<Status>,
        }
        let row: Row = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {RUN_COLUMNS}, fence,
                    (select s.status from sync s where s.account_id = run.account_id and s.id = run.sync_id
                       and s.finished_at = run.finished_at) as sync_ended
             from run where account_id = $1 and id = $2"
        )))
        .bind(account_id)
        .bind(run_id)
        .fetch_one(self.one())
        .await?;
        Ok(RunState {
            run: row.run,
            fence: row.fence,
            sync_ended: row.sync_ended,
        })
    }

    /// The integration's syncs with their runs, newest first, and the number of all.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn list_syncs(
        &self,
        account_id: &str,
        integration_id: &str,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<SyncWithRuns>, i64), StoreError> {
        let syncs = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {SYNC_COLUMNS} from sync where account_id = $1 and integration_id = $2
             order by created_at desc, id limit $3 offset $4"
        )))
        .bind(account_id)
        .bind(integration_id)
        .bind(limit)
        .bind(offset)
        .fetch_all(self.one())
        .await?;
        let total = sqlx::query_scalar(
            "select count(*) from sync where account_id = $1 and integration_id = $2",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_one(self.one())
        .await?;
        Ok((self.with_runs(account_id, syncs).await?, total))
    }

    async fn with_runs(
        &self,
        account_id: &str,
        syncs: Vec<SyncRow>,
    ) -> Result<Vec<SyncWithRuns>, StoreError> {
        let ids: Vec<&str> = syncs.iter().map(|s| s.id.as_str()).collect();
        let mut runs: Vec<RunRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {RUN_COLUMNS} from run where account_id = $1 and sync_id = any($2) order by created_at, id"
        )))
        .bind(account_id)
        .bind(&ids)
        .fetch_all(self.one())
        .await?;
        if runs.iter().any(|run| run.status == Status::Failed) {
            let due = self.due_again(account_id, &ids).await?;
            for run in &mut runs {
                run.due_again_at = due.get(&run.id).copied();
            }
        }
        Ok(syncs
            .into_iter()
            .map(|sync| {
                let (mut own, others): (Vec<RunRow>, _) = std::mem::take(&mut runs)
                    .into_iter()
                    .partition(|r| r.sync_id == sync.id);
                runs = others;
                block(&mut own);
                SyncWithRuns { sync, runs: own }
            })
            .collect())
    }

    /// When the models of failed runs of these syncs are due again by the schedule, by run; without those that ran anew
    /// since. A companion goes by its lead's.
    async fn due_again(
        &self,
        account_id: &str,
        sync_ids: &[&str],
    ) -> Result<HashMap<String, DateTime<Utc>>, StoreError> {
        let found: Vec<(String, DateTime<Utc>)> = sqlx::query_as(
            "select r.id, c.next_due_at from run r
             left join run l on l.account_id = r.account_id and l.id = r.lead_run_id
             cross join lateral (
                select s.next_due_at from schedule s
                where s.account_id = r.account_id and s.integration_id = r.integration_id
                  and s.model in ('', coalesce(l.model, r.model))
                order by s.model desc limit 1) c
             where r.account_id = $1 and r.sync_id = any($2) and r.status = 'failed' and c.next_due_at is not null
               and not exists (select from run n where n.account_id = r.account_id and n.integration_id = r.integration_id
                                 and n.model = r.model and n.created_at > r.created_at)",
        )
        .bind(account_id)
        .bind(sync_ids)
        .fetch_all(self.one())
        .await?;
        Ok(found.into_iter().collect())
    }

    /// The newest run of each model of an integration, by model, back-syncs aside: what a new sync can resume from.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn latest_runs(
        &self,
        account_id: &str,
        integration_id: &str,
    ) -> Result<Vec<RunRow>, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select distinct on (model) {RUN_COLUMNS} from run r where account_id = $1 and integration_id = $2
               and not exists (select from sync s where s.account_id = r.account_id and s.id = r.sync_id and s.back_sync)
             order by model, created_at desc"
        )))
        .bind(account_id)
        .bind(integration_id)
        .fetch_all(self.one())
        .await?)
    }
}
