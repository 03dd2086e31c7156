//! Accounts: the tenants of the gateway.

use crate::{Store, StoreError, random_id};
use chrono::{DateTime, Utc};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct AccountRow {
    /// `acc_…`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Store {
    /// Makes an account.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn create_account(&self, name: &str) -> Result<AccountRow, StoreError> {
        Ok(sqlx::query_as(
            "insert into account (id, name) values ($1, $2) returning id, name, created_at",
        )
        .bind(random_id("acc_"))
        .bind(name)
        .fetch_one(self.one())
        .await?)
    }

    /// All accounts, oldest first.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn list_accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        Ok(
            sqlx::query_as("select id, name, created_at from account order by created_at, id")
                .fetch_all(self.one())
                .await?,
        )
    }

    /// One account.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn get_account(&self, id: &str) -> Result<AccountRow, StoreError> {
        Ok(
            sqlx::query_as("select id, name, created_at from account where id = $1")
                .bind(id)
                .fetch_one(self.one())
                .await?,
        )
    }

    /// The oldest account, which commands use when none is named; `None` in a new installation.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn default_account(&self) -> Result<Option<AccountRow>, StoreError> {
        Ok(sqlx::query_as(
            "select id, name, created_at from account order by created_at, id limit 1",
        )
        .fetch_optional(self.one())
        .await?)
    }

    /// The oldest account, made with the given name when there is none. Of many processes that start at once exactly
    /// one makes it: it gets `true`.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn ensure_default_account(
        &self,
        name: &str,
    ) -> Result<(AccountRow, bool), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("select pg_advisory_xact_lock(hashtext('portcullis first account'))")
            .execute(tx.one())
            .await?;
        let found = sqlx::query_as(
            "select id, name, created_at from account order by created_at, id limit 1",
        )
        .fetch_optional(tx.one())
        .await?;
        let (row, made) = match found {
            Some(row) => (row, false),
            None => {
                let row = sqlx::query_as(
                    "insert into account (id, name) values ($1, $2) returning id, name, created_at",
                )
                .bind(random_id("acc_"))
                .bind(name)
                .fetch_one(tx.one())
                .await?;
                (row, true)
            }
        };
        tx.commit().await?;
        Ok((row, made))
    }
}
