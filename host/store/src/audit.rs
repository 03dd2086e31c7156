//! Who did what.

use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Something that was done.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    /// In which account; `None` for the installation as a whole.
    pub account_id: Option<String>,
    /// Who did it: a key's id, `cli`, or a worker.
    pub actor: String,
    /// What was done, such as `integration.enable`.
    pub action: String,
    /// To what: an id.
    pub subject: String,
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
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// More about it.
    pub detail: Value,
}

impl Store {
    /// Writes an entry.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn write_audit(&self, entry: AuditEntry) -> Result<(), StoreError> {
        sqlx::query("insert into audit (account_id, actor, action, subject, detail) values ($1, $2, $3, $4, $5)")
            .bind(entry.account_id)
            .bind(entry.actor)
            .bind(entry.action)
            .bind(entry.subject)
            .bind(entry.detail)
            .execute(self.one())
            .await?;
        Ok(())
    }

    /// The account's newest entries.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn list_audit(
        &self,
        account_id: &str,
        limit: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        Ok(sqlx::query_as(
            "select id, at, account_id, actor, action, subject, detail from audit where account_id = $1 order by id desc limit $2",
        )
        .bind(account_id)
        .bind(limit)
        .fetch_all(self.one())
        .await?)
    }

    /// The newest entries about one subject.
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
            "select id, at, account_id, actor, action, subject, detail from audit
             where account_id = $1 and subject = $2 order by id desc limit $3",
        )
        .bind(account_id)
        .bind(subject)
        .bind(limit)
        .fetch_all(self.one())
        .await?)
    }
}
