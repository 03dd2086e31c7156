//! Integrations: one customer's connection to one vendor.

use crate::cancel::cancel_unfinished;
use crate::start::{Asked, insert_sync};
use crate::vault::{SecretOwner, Vault};
use crate::{
    CredentialsVerdict, Environment, NewRun, Store, StoreError, SyncKind, Wake, random_id,
};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An integration.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct IntegrationRow {
    /// Whose integration it is.
    pub account_id: String,
    /// `int_…`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The vendor's word, as the connector has it.
    pub vendor: String,
    /// The connector that speaks to it.
    pub connector_id: String,
    /// Which of the vendor's worlds.
    pub environment: Environment,
    /// In place of the manifest's base URL, where that is allowed.
    pub base_url: Option<String>,
    /// The manifest's settings: an object of strings.
    pub settings: Value,
    /// Keys the record ids. Never rotated.
    pub id_salt: Vec<u8>,
    /// Whether it may sync.
    pub enabled: bool,
    /// Whether the vendor's own records are kept beside the unified ones.
    pub keeps_originals: bool,
    /// What is known about the credentials.
    pub credentials: CredentialsVerdict,
    /// The vendor's words about them.
    pub credentials_message: Option<String>,
    /// A stable word about them.
    pub credentials_code: Option<String>,
    /// The vendor's id of the customer.
    pub vendor_account_id: Option<String>,
    /// The vendor's name of the customer.
    pub vendor_account_name: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Since when it is put away.
    pub archived_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for IntegrationRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither the salt nor the settings belong in a log.
        f.debug_struct("IntegrationRow")
            .field("account_id", &self.account_id)
            .field("id", &self.id)
            .field("vendor", &self.vendor)
            .field("environment", &self.environment)
            .field("enabled", &self.enabled)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// An integration to be made.
#[derive(Debug)]
pub struct NewIntegration {
    /// Whose integration it is.
    pub account_id: String,
    /// What people call it.
    pub name: String,
    /// The vendor's word.
    pub vendor: String,
    /// The connector that speaks to it.
    pub connector_id: String,
    /// Which of the vendor's worlds.
    pub environment: Environment,
    /// In place of the manifest's base URL.
    pub base_url: Option<String>,
    /// The manifest's settings: an object of strings.
    pub settings: Value,
    /// The manifest's secrets by name.
    pub secrets: BTreeMap<String, SecretString>,
}

/// Which integrations to list.
#[derive(Debug, Clone, Default)]
pub struct IntegrationFilter {
    /// Only this environment.
    pub environment: Option<Environment>,
    /// Only this vendor.
    pub vendor: Option<String>,
    /// Only enabled ones, or only disabled ones.
    pub enabled: Option<bool>,
    /// Archived ones too.
    pub archived: bool,
    /// Only these, where the caller is limited to some.
    pub within: Option<Arc<[String]>>,
}

/// Whether an integration may sync.
#[derive(Debug, Clone)]
pub enum SetEnabled {
    /// It may; this sync is queued in the same transaction.
    On {
        /// Why it syncs: `First` unless it has synced before.
        kind: SyncKind,
        /// The runs, at least one.
        runs: Vec<NewRun>,
    },
    /// It may not; a sync that is open is told to stop.
    Off,
}

/// What was found out about an integration's credentials.
#[derive(Debug, Clone)]
pub struct CredentialsState {
    /// The verdict.
    pub verdict: CredentialsVerdict,
    /// The vendor's words.
    pub message: Option<String>,
    /// A stable word.
    pub code: Option<String>,
    /// The vendor's id of the customer; `None` keeps what is known.
    pub vendor_account_id: Option<String>,
    /// The vendor's name of the customer; `None` keeps what is known.
    pub vendor_account_name: Option<String>,
}

pub(crate) const COLUMNS: &str = "account_id, id, name, vendor, connector_id, environment, base_url, settings, id_salt, enabled, keeps_originals, \
     credentials, credentials_message, credentials_code, vendor_account_id, vendor_account_name, created_at, updated_at, archived_at";

impl Store {
    /// Makes an integration, disabled, with sealed secrets and a queued access check, in one transaction.
    /// Returns it and the check's id.
    ///
    /// # Errors
    /// `NotFound` when the account does not exist, `Unavailable` or `Database`.
    pub async fn create_integration(
        &self,
        vault: &Vault,
        new: NewIntegration,
    ) -> Result<(IntegrationRow, String), StoreError> {
        let mut tx = self.begin().await?;
        let row: IntegrationRow = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "insert into integration (account_id, id, name, vendor, connector_id, environment, base_url, settings, id_salt)
             select id, $2, $3, $4, $5, $6, $7, $8, $9 from account where id = $1 returning {COLUMNS}"
        )))
        .bind(&new.account_id)
        .bind(random_id("int_"))
        .bind(&new.name)
        .bind(&new.vendor)
        .bind(&new.connector_id)
        .bind(new.environment)
        .bind(&new.base_url)
        .bind(&new.settings)
        .bind(rand::random::<[u8; 16]>().to_vec())
        .fetch_one(tx.one())
        .await?;
        let owner = SecretOwner {
            account_id: &row.account_id,
            integration_id: &row.id,
            environment: row.environment,
        };
        vault.seal_all(&mut tx, owner, 1, &new.secrets).await?;
        crate::schedule::insert_default(&mut tx, &row).await?;
        let check = crate::access::insert_check(&mut tx, &row.account_id, &row.id).await?;
        tx.notify(&Wake::Work).await?;
        tx.commit().await?;
        Ok((row, check))
    }

    /// One integration, archived or not.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn get_integration(
        &self,
        account_id: &str,
        id: &str,
    ) -> Result<IntegrationRow, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from integration where account_id = $1 and id = $2"
        )))
        .bind(account_id)
        .bind(id)
        .fetch_one(self.one())
        .await?)
    }

    /// The account's integrations, newest first, with the number of all that match.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn list_integrations(
        &self,
        account_id: &str,
        filter: &IntegrationFilter,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<IntegrationRow>, i64), StoreError> {
        const WHERE: &str = "account_id = $1 and ($2::text is null or environment = $2) and ($3::text is null or vendor = $3)
             and ($4::boolean is null or enabled = $4) and ($5 or archived_at is null)
             and ($6::text[] is null or id = any($6))";
        let rows = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from integration where {WHERE} order by created_at desc, id limit $7 offset $8"
        )))
        .bind(account_id)
        .bind(filter.environment)
        .bind(&filter.vendor)
        .bind(filter.enabled)
        .bind(filter.archived)
        .bind(filter.within.as_deref())
        .bind(limit)
        .bind(offset)
        .fetch_all(self.one())
        .await?;
        let total = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from integration where {WHERE}"
        )))
        .bind(account_id)
        .bind(filter.environment)
        .bind(&filter.vendor)
        .bind(filter.enabled)
        .bind(filter.archived)
        .bind(filter.within.as_deref())
        .fetch_one(self.one())
        .await?;
        Ok((rows, total))
    }

    /// Lets an integration sync and queues that sync, or stops it. Returns the row and the id of the queued sync.
    ///
    /// # Errors
    /// `NotFound`; `Conflict{integration_archived}`; `Conflict{already_enabled}` when it is on already;
    /// `Conflict{sync_unfinished}` when the last sync has not yet stopped; `Conflict{no_runs}`; `Unavailable`, `Database`.
    pub async fn set_enabled(
        &self,
        account_id: &str,
        id: &str,
        enabled: SetEnabled,
    ) -> Result<(IntegrationRow, Option<String>), StoreError> {
        let mut tx = self.begin().await?;
        // Runs and syncs are locked before the integration, in the order in which workers lock them.
        match enabled {
            SetEnabled::Off => cancel_unfinished(&mut tx, account_id, id).await?,
            SetEnabled::On { .. } => {
                crate::start::stand_before_back_sync(&mut tx, account_id, id).await?;
            }
        }
        let (was, archived): (bool, bool) = sqlx::query_as(
            "select enabled, archived_at is not null from integration where account_id = $1 and id = $2 for no key update",
        )
        .bind(account_id)
        .bind(id)
        .fetch_one(tx.one())
        .await?;
        if archived {
            return Err(StoreError::Conflict {
                what: "integration_archived",
            });
        }
        let sync_id = match enabled {
            SetEnabled::On { .. } if was => {
                return Err(StoreError::Conflict {
                    what: "already_enabled",
                });
            }
            SetEnabled::On { kind, runs } => {
                Some(insert_sync(&mut tx, account_id, id, kind, Asked::ALL, &runs).await?)
            }
            SetEnabled::Off => None,
        };
        let row = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "update integration set enabled = $3, updated_at = now() where account_id = $1 and id = $2 returning {COLUMNS}"
        )))
        .bind(account_id)
        .bind(id)
        .bind(sync_id.is_some())
        .fetch_one(tx.one())
        .await?;
        crate::schedule::forget_times(&mut tx, account_id, id).await?;
        tx.notify(&Wake::Work).await?;
        tx.commit().await?;
        Ok((row, sync_id))
    }

    /// Puts an integration away: disables it, stops its sync and check, keeps its records.
    /// Archiving twice keeps the first time.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn archive_integration(
        &self,
        account_id: &str,
        id: &str,
    ) -> Result<IntegrationRow, StoreError> {
        let mut tx = self.begin().await?;
        cancel_unfinished(&mut tx, account_id, id).await?;
        sqlx::query(
            "update access_check set status = 'finished', outcome = 'cancelled', finished_at = now(), worker = null,
                    lease_until = null, fence = fence + 1
             where account_id = $1 and integration_id = $2 and status <> 'finished'",
        )
        .bind(account_id)
        .bind(id)
        .execute(tx.one())
        .await?;
        sqlx::query(
            "delete from credential_candidate where account_id = $1 and integration_id = $2",
        )
        .bind(account_id)
        .bind(id)
        .execute(tx.one())
        .await?;
        let row = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "update integration set enabled = false, archived_at = coalesce(archived_at, now()), updated_at = now()
             where account_id = $1 and id = $2 returning {COLUMNS}"
        )))
        .bind(account_id)
        .bind(id)
        .fetch_one(tx.one())
        .await?;
        crate::session::retire_sessions(&mut tx, account_id, id, None).await?;
        tx.notify(&Wake::Work).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Gives an integration another name.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn rename_integration(
        &self,
        account_id: &str,
        id: &str,
        name: &str,
    ) -> Result<IntegrationRow, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "update integration set name = $3, updated_at = now() where account_id = $1 and id = $2 returning {COLUMNS}"
        )))
        .bind(account_id)
        .bind(id)
        .bind(name)
        .fetch_one(self.one())
        .await?)
    }

    /// Writes down what was found out about the credentials.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn set_credentials_state(
        &self,
        account_id: &str,
        id: &str,
        state: CredentialsState,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(
            "update integration set credentials = $3, credentials_message = $4, credentials_code = $5,
                    vendor_account_id = coalesce($6, vendor_account_id),
                    vendor_account_name = coalesce($7, vendor_account_name), updated_at = now()
             where account_id = $1 and id = $2",
        )
        .bind(account_id)
        .bind(id)
        .bind(state.verdict)
        .bind(state.message)
        .bind(state.code)
        .bind(state.vendor_account_id)
        .bind(state.vendor_account_name)
        .execute(self.one())
        .await?;
        if done.rows_affected() == 0 {
            Err(StoreError::NotFound)
        } else {
            Ok(())
        }
    }
}
