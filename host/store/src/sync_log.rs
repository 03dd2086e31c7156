//! What happened in a sync, in lines. Written in batches beside the commits, never within one.

use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::time::Duration;

words! {
    /// How much a line matters.
    LogLevel {
        /// For authors of connectors.
        Debug = "debug",
        /// As it should be.
        Info = "info",
        /// Not as it should be, and dealt with.
        Warn = "warn",
        /// Somebody must act.
        Error = "error",
    }
}

/// A line to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSyncLog {
    /// Whose integration it is.
    pub account_id: String,
    /// The integration.
    pub integration_id: String,
    /// The sync.
    pub sync_id: String,
    /// The run, unless the line is about the sync as a whole.
    pub run_id: Option<String>,
    /// The run's model.
    pub model: Option<String>,
    /// When it happened, on the writer's clock.
    pub at: DateTime<Utc>,
    /// How much it matters.
    pub level: LogLevel,
    /// A stable word for what happened.
    pub event: String,
    /// The same in a sentence.
    pub message: String,
    /// Further facts: an object.
    pub detail: Value,
}

/// A line.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct SyncLogRow {
    /// Grows with time.
    pub id: i64,
    /// The sync.
    pub sync_id: String,
    /// The run, unless the line is about the sync as a whole.
    pub run_id: Option<String>,
    /// The run's model.
    pub model: Option<String>,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// How much it matters.
    pub level: LogLevel,
    /// A stable word for what happened.
    pub event: String,
    /// The same in a sentence.
    pub message: String,
    /// Further facts: an object.
    pub detail: Value,
}

impl Store {
    /// Writes lines in one statement.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn write_sync_log(&self, lines: &[NewSyncLog]) -> Result<(), StoreError> {
        fn column<'a, T>(lines: &'a [NewSyncLog], value: impl Fn(&'a NewSyncLog) -> T) -> Vec<T> {
            lines.iter().map(value).collect()
        }
        if lines.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "insert into sync_log (account_id, integration_id, sync_id, run_id, model, at, level, event, message, detail)
             select l.account_id, l.integration_id, l.sync_id, l.run_id, l.model, l.at, l.level, l.event, l.message, l.detail
             from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
                         $8::text[], $9::text[], $10::jsonb[]) with ordinality
                  as l (account_id, integration_id, sync_id, run_id, model, at, level, event, message, detail, place)
             -- A line that comes late says nothing of an integration that was erased meanwhile.
             join integration on (integration.account_id, integration.id) = (l.account_id, l.integration_id)
             -- Lines are read in the order of their numbers.
             order by l.place for key share of integration",
        )
        .bind(column(lines, |l| l.account_id.as_str()))
        .bind(column(lines, |l| l.integration_id.as_str()))
        .bind(column(lines, |l| l.sync_id.as_str()))
        .bind(column(lines, |l| l.run_id.as_deref()))
        .bind(column(lines, |l| l.model.as_deref()))
        .bind(column(lines, |l| l.at))
        .bind(column(lines, |l| l.level.as_str()))
        .bind(column(lines, |l| l.event.as_str()))
        .bind(column(lines, |l| l.message.as_str()))
        .bind(column(lines, |l| &l.detail))
        .execute(self.one())
        .await?;
        Ok(())
    }

    /// Lines of a sync with an id greater than `after`, oldest first.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn sync_log(
        &self,
        account_id: &str,
        sync_id: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<SyncLogRow>, StoreError> {
        Ok(sqlx::query_as(
            "select id, sync_id, run_id, model, at, level, event, message, detail from sync_log
             where account_id = $1 and sync_id = $2 and id > $3 order by id limit $4",
        )
        .bind(account_id)
        .bind(sync_id)
        .bind(after)
        .bind(limit)
        .fetch_all(self.one())
        .await?)
    }

    /// Whether a worker of a sync was lost and another one went on: a run was taken again that had not been given back,
    /// as it is before a wait or a stop that was meant.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn was_interrupted(
        &self,
        account_id: &str,
        sync_id: &str,
    ) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(
            "select exists (
                select from (
                    select event, lag(event) over (partition by run_id order by id) as before from sync_log
                    where account_id = $1 and sync_id = $2
                      and event in ('run.started', 'run.resumed', 'run.waits', 'run.given_back')) as told
                where event in ('run.started', 'run.resumed') and before in ('run.started', 'run.resumed'))",
        )
        .bind(account_id)
        .bind(sync_id)
        .fetch_one(self.one())
        .await?)
    }

    /// The last lines of a sync, newest first; only warnings and errors when `problems` is set.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn sync_log_end(
        &self,
        account_id: &str,
        sync_id: &str,
        problems: bool,
        limit: i64,
    ) -> Result<Vec<SyncLogRow>, StoreError> {
        Ok(sqlx::query_as(
            "select id, sync_id, run_id, model, at, level, event, message, detail from sync_log
             where account_id = $1 and sync_id = $2 and (not $3 or level in ('warn', 'error')) order by id desc limit $4",
        )
        .bind(account_id)
        .bind(sync_id)
        .bind(problems)
        .bind(limit)
        .fetch_all(self.one())
        .await?)
    }

    /// Lines of all syncs of an integration with an id greater than `after`, oldest first.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn integration_log(
        &self,
        account_id: &str,
        integration_id: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<SyncLogRow>, StoreError> {
        Ok(sqlx::query_as(
            "select id, sync_id, run_id, model, at, level, event, message, detail from sync_log
             where account_id = $1 and integration_id = $2 and id > $3 order by id limit $4",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(after)
        .bind(limit)
        .fetch_all(self.one())
        .await?)
    }

    /// The newest lines of all syncs of an integration, oldest first.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn newest_integration_log(
        &self,
        account_id: &str,
        integration_id: &str,
        limit: i64,
    ) -> Result<Vec<SyncLogRow>, StoreError> {
        Ok(sqlx::query_as(
            "select * from (
                select id, sync_id, run_id, model, at, level, event, message, detail from sync_log
                where account_id = $1 and integration_id = $2 order by id desc limit $3) newest
             order by id",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(limit)
        .fetch_all(self.one())
        .await?)
    }

    /// The id of an integration's last line, 0 when there is none.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn last_log_line(
        &self,
        account_id: &str,
        integration_id: &str,
    ) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(
            "select coalesce(max(id), 0) from sync_log where account_id = $1 and integration_id = $2",
        )
        .bind(account_id)
        .bind(integration_id)
        .fetch_one(self.one())
        .await?)
    }

    /// Forgets lines that are older than `age`, at most `most` of them. Returns how many went.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn forget_sync_log(&self, age: Duration, most: i64) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "delete from sync_log where (account_id, integration_id, id) in (
                select account_id, integration_id, id from sync_log
                where at < now() - make_interval(secs => $1) order by at limit $2)",
        )
        .bind(age.as_secs_f64())
        .bind(most)
        .execute(self.one())
        .await?;
        Ok(done.rows_affected())
    }
}
