//! What lists show of integrations beside their rows, for many of them in one statement.

use crate::{Status, Store, StoreError};
use chrono::{DateTime, Utc};

/// How an integration's checks and syncs stand.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct IntegrationSummaryRow {
    /// `int_…`.
    pub integration_id: String,
    /// Whether an access check is queued or running.
    pub check_unfinished: bool,
    /// When the last access check ended.
    pub last_check_at: Option<DateTime<Utc>>,
    /// The newest sync.
    pub last_sync_id: Option<String>,
    /// Where it stands or how it ended.
    pub last_sync_status: Option<Status>,
    /// When it was queued.
    pub last_sync_created_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub last_sync_finished_at: Option<DateTime<Utc>>,
    /// When a sync last ended that read anything.
    pub last_completed_at: Option<DateTime<Utc>>,
    /// When it syncs next by itself, as far as that is known.
    pub next_due_at: Option<DateTime<Utc>>,
}

impl Store {
    /// One row for each of the account's integrations that is named, in no order.
    ///
    /// # Errors
    /// `Unavailable` or `Database`. An unknown integration has no row.
    pub async fn integration_summaries(
        &self,
        account_id: &str,
        integration_ids: &[String],
    ) -> Result<Vec<IntegrationSummaryRow>, StoreError> {
        Ok(sqlx::query_as(
            "select i.id as integration_id,
                    exists (select from access_check c where c.account_id = i.account_id and c.integration_id = i.id
                              and c.status <> 'finished') as check_unfinished,
                    (select max(c.finished_at) from access_check c
                     where c.account_id = i.account_id and c.integration_id = i.id) as last_check_at,
                    s.id as last_sync_id, s.status as last_sync_status, s.created_at as last_sync_created_at,
                    s.finished_at as last_sync_finished_at,
                    (select max(d.finished_at) from sync d
                     where d.account_id = i.account_id and d.integration_id = i.id
                       and d.status in ('succeeded', 'succeeded_empty', 'partial')) as last_completed_at,
                    (select min(c.next_due_at) from schedule c
                     where c.account_id = i.account_id and c.integration_id = i.id) as next_due_at
             from integration i
             left join lateral (
                select id, status, created_at, finished_at from sync
                where account_id = i.account_id and integration_id = i.id order by created_at desc, id limit 1) s on true
             where i.account_id = $1 and i.id = any($2)",
        )
        .bind(account_id)
        .bind(integration_ids)
        .fetch_all(self.one())
        .await?)
    }
}
