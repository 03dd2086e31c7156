//! Who did what, and how it ended.

use crate::connection::Tx;
use crate::{Environment, Store, StoreError};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::sync::Arc;

/// The outcome of what was done.
pub const DONE: &str = "done";

/// Something that was done, or refused.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    /// In which account; `None` for the installation as a whole.
    pub account_id: Option<String>,
    /// In which environment; `None` where it is no matter of one.
    pub environment: Option<Environment>,
    /// Who did it: a key's id, or `operator` for the command line.
    pub actor: String,
    /// What was done, such as `integration.enable`.
    pub action: String,
    /// To what: an id.
    pub subject: String,
    /// [`DONE`], or the code of the refusal.
    pub outcome: String,
    /// The request that it came with.
    pub request_id: Option<String>,
    /// More about it. Never a secret.
    pub detail: Value,
}

/// A stored entry.
#[derive(Debug, Clone, PartialEq, serde::Serialize, sqlx::FromRow)]
pub struct AuditRow {
    /// Grows with time.
    pub id: i64,
    /// When it was done.
    pub at: DateTime<Utc>,
    /// In which account.
    pub account_id: Option<String>,
    /// In which environment.
    pub environment: Option<Environment>,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// How it ended.
    pub outcome: String,
    /// The request that it came with.
    pub request_id: Option<String>,
    /// More about it.
    pub detail: Value,
}

/// Which entries.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Those of one environment, and those of none.
    pub environment: Option<Environment>,
    /// Only about this.
    pub subject: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only about these integrations, where the caller is limited to some.
    pub within: Option<Arc<[String]>>,
}

const INSERT: &str =
    "insert into audit (account_id, environment, actor, action, subject, outcome, request_id, detail)
     values ($1, $2, $3, $4, $5, $6, $7, $8)";

impl Store {
    /// Writes an entry.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn write_audit(&self, entry: AuditEntry) -> Result<(), StoreError> {
        insert(entry).execute(self.one()).await?;
        Ok(())
    }

    /// The account's entries, newest first, with the number of all that match.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn list_audit(
        &self,
        account_id: &str,
        filter: &AuditFilter,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<AuditRow>, i64), StoreError> {
        const WHERE: &str =
            "account_id = $1 and ($2::text is null or environment is null or environment = $2)
             and ($3::text is null or subject = $3) and ($4::text is null or action = $4)
             and ($5::text[] is null or subject = any($5) or detail ->> 'integration_id' = any($5))";
        let rows = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select id, at, account_id, environment, actor, action, subject, outcome, request_id, detail
             from audit where {WHERE} order by id desc limit $6 offset $7"
        )))
        .bind(account_id)
        .bind(filter.environment)
        .bind(&filter.subject)
        .bind(&filter.action)
        .bind(filter.within.as_deref())
        .bind(limit)
        .bind(offset)
        .fetch_all(self.one())
        .await?;
        let total = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from audit where {WHERE}"
        )))
        .bind(account_id)
        .bind(filter.environment)
        .bind(&filter.subject)
        .bind(&filter.action)
        .bind(filter.within.as_deref())
        .fetch_one(self.one())
        .await?;
        Ok((rows, total))
    }

    /// The newest entries about one subject, of what was done.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn list_audit_of(
        &self,
        account_id: &str,
        subject: &str,
        limit: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        Ok(sqlx::query_as(
            "select id, at, account_id, environment, actor, action, subject, outcome, request_id, detail from audit
             where account_id = $1 and subject = $2 and outcome = 'done' order by id desc limit $3",
        )
        .bind(account_id)
        .bind(subject)
        .bind(limit)
        .fetch_all(self.one())
        .await?)
    }
}

/// Writes an entry with what it is about, or not at all.
pub(crate) async fn write(tx: &mut Tx, entry: AuditEntry) -> Result<(), StoreError> {
    insert(entry).execute(tx.one()).await?;
    Ok(())
}

fn insert(
    entry: AuditEntry,
) -> sqlx::query::Query<'static, sqlx::Postgres, sqlx::postgres::PgArguments> {
    sqlx::query(INSERT)
        .bind(entry.account_id)
        .bind(entry.environment)
        .bind(entry.actor)
        .bind(entry.action)
        .bind(entry.subject)
        .bind(entry.outcome)
        .bind(entry.request_id)
        .bind(entry.detail)
}
