//! The history of every run, written by a trigger in the database: who changed which run when, in which transaction.
//!
//! Each replica connects under a role of its own, so the history knows which process wrote, whatever that process
//! believes about its lease.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// Beats that change nothing but the lease are left out.
const TRIGGER: &str = "
create table if not exists faults_history (
    n              bigint generated always as identity primary key,
    at             timestamptz not null default clock_timestamp(),
    xid            text not null default pg_current_xact_id()::xid::text,
    who            text not null default session_user,
    integration_id text not null,
    sync_id        text not null,
    run_id         text not null,
    lead_run_id    text,
    model          text not null,
    worker         text,
    old_status     text not null,
    status         text not null,
    old_fence      bigint not null,
    fence          bigint not null,
    old_lease      timestamptz,
    pages          bigint not null,
    rows_new       bigint not null,
    rows_changed   bigint not null,
    rows_unchanged bigint not null,
    rows_dead      bigint not null,
    old_cursor     text,
    cursor         text,
    finished       boolean not null
);
create or replace function faults_write_history() returns trigger language plpgsql security definer as $$
begin
    insert into faults_history (who, integration_id, sync_id, run_id, lead_run_id, model, worker, old_status, status,
        old_fence, fence, old_lease, pages, rows_new, rows_changed, rows_unchanged, rows_dead, old_cursor, cursor,
        finished)
    values (session_user, new.integration_id, new.sync_id, new.id, new.lead_run_id, new.model, new.worker, old.status,
        new.status, old.fence, new.fence, old.lease_until, new.pages - old.pages, new.rows_new - old.rows_new,
        new.rows_changed - old.rows_changed, new.rows_unchanged - old.rows_unchanged, new.rows_dead - old.rows_dead,
        old.cursor, new.cursor, new.finished_at is not null and old.finished_at is null);
    return new;
end $$;
drop trigger if exists faults_history on run;
create trigger faults_history after update on run for each row
    when (old.fence is distinct from new.fence or old.pages is distinct from new.pages
          or old.status is distinct from new.status or old.cursor is distinct from new.cursor
          or old.finished_at is distinct from new.finished_at or old.rows_new is distinct from new.rows_new
          or old.rows_changed is distinct from new.rows_changed or old.rows_unchanged is distinct from new.rows_unchanged
          or old.rows_dead is distinct from new.rows_dead)
    execute function faults_write_history();";

/// One change of one run. Counters are differences.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Change {
    /// When, by the database's clock.
    pub at: DateTime<Utc>,
    /// The transaction.
    pub xid: String,
    /// The role that wrote: one per replica.
    pub who: String,
    /// The sync.
    pub sync_id: String,
    /// The run.
    pub run_id: String,
    /// The run on whose pages this one arrives.
    pub lead_run_id: Option<String>,
    /// Its model.
    pub model: String,
    /// The worker's name after the change.
    pub worker: Option<String>,
    /// Its status before.
    pub old_status: String,
    /// Its status after.
    pub status: String,
    /// Its fence before.
    pub old_fence: i64,
    /// Its fence after.
    pub fence: i64,
    /// The end of the lease before.
    pub old_lease: Option<DateTime<Utc>>,
    /// Pages stored.
    pub pages: i64,
    /// Rows that are new.
    pub rows_new: i64,
    /// Rows that changed.
    pub rows_changed: i64,
    /// Rows that did not change.
    pub rows_unchanged: i64,
    /// Rows that could not be read.
    pub rows_dead: i64,
    /// The cursor before.
    pub old_cursor: Option<String>,
    /// The cursor after.
    pub cursor: Option<String>,
    /// The run ended with this change.
    pub finished: bool,
}

impl Change {
    /// A claim: the fence moved.
    #[must_use]
    pub fn is_claim(&self) -> bool {
        self.fence != self.old_fence
    }

    /// Something that was read was stored.
    #[must_use]
    pub fn is_commit(&self) -> bool {
        self.pages + self.rows_new + self.rows_changed + self.rows_unchanged + self.rows_dead != 0
    }
}

/// Begins to write the history.
///
/// # Errors
/// When the database refuses.
pub async fn install(pool: &PgPool) -> Result<()> {
    Ok(sqlx::raw_sql(TRIGGER).execute(pool).await.map(|_| ())?)
}

/// The history of an integration's runs, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn read(pool: &PgPool, integration_id: &str) -> Result<Vec<Change>> {
    Ok(
        sqlx::query_as("select * from faults_history where integration_id = $1 order by n")
            .bind(integration_id)
            .fetch_all(pool)
            .await?,
    )
}
