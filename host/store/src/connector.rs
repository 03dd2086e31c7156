//! Loaded connectors, what they may do, and files that were refused.

use crate::connection::Tx;
use crate::{ConnectorStatus, Store, StoreError, Wake};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// One version of a connector.
#[derive(Debug, Clone, PartialEq, serde::Serialize, sqlx::FromRow)]
pub struct ConnectorVersionRow {
    /// The manifest's id.
    pub connector_id: String,
    /// SHA-256 of the file in hex.
    pub digest: String,
    /// The manifest's version.
    pub version: String,
    /// The vendor's word.
    pub vendor: String,
    /// The vendor's name for people.
    pub name: String,
    /// Where it stands.
    pub status: ConnectorStatus,
    /// The whole manifest.
    pub manifest: Value,
    /// What the component imports: an array of names.
    pub imports: Value,
    /// What it asks for: hosts, secrets' hosts, limits, imports.
    pub grants: Value,
    /// What it asks for beyond what was approved.
    pub difference: Option<Value>,
    /// The file's name within the watched folder.
    pub file: String,
    /// When this version was first loaded.
    pub loaded_at: DateTime<Utc>,
    /// When its status last changed.
    pub changed_at: DateTime<Utc>,
}

/// A version that passed the install gate.
#[derive(Debug, Clone)]
pub struct NewConnectorVersion {
    /// The manifest's id.
    pub connector_id: String,
    /// SHA-256 of the file in hex.
    pub digest: String,
    /// The manifest's version.
    pub version: String,
    /// The vendor's word.
    pub vendor: String,
    /// The vendor's name for people.
    pub name: String,
    /// The whole manifest.
    pub manifest: Value,
    /// What the component imports.
    pub imports: Value,
    /// What it asks for.
    pub grants: Value,
    /// The file's name within the watched folder.
    pub file: String,
}

/// A file that did not pass the install gate.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct ConnectorRefusalRow {
    /// The file's name within the watched folder.
    pub file: String,
    /// SHA-256 of the file in hex.
    pub digest: String,
    /// The manifest's id, when the manifest could be read.
    pub connector_id: Option<String>,
    /// The vendor's word, when the manifest could be read.
    pub vendor: Option<String>,
    /// A stable word.
    pub code: String,
    /// What is wrong and what to do.
    pub detail: String,
    /// When it was refused.
    pub at: DateTime<Utc>,
}

/// A refusal to be written down.
#[derive(Debug, Clone)]
pub struct NewRefusal {
    /// The file's name within the watched folder.
    pub file: String,
    /// SHA-256 of the file in hex.
    pub digest: String,
    /// The manifest's id, when the manifest could be read.
    pub connector_id: Option<String>,
    /// The vendor's word, when the manifest could be read.
    pub vendor: Option<String>,
    /// A stable word.
    pub code: String,
    /// What is wrong and what to do.
    pub detail: String,
}

/// What a connector may do at most.
#[derive(Debug, Clone, PartialEq, serde::Serialize, sqlx::FromRow)]
pub struct ConnectorApprovalRow {
    /// The manifest's id.
    pub connector_id: String,
    /// What was approved.
    pub grants: Value,
    /// When.
    pub approved_at: DateTime<Utc>,
    /// By whom.
    pub approved_by: String,
}

const COLUMNS: &str = "connector_id, digest, version, vendor, name, status, manifest, imports, grants, difference, file, loaded_at, changed_at";

impl Store {
    /// Makes a version the active one of its connector. Others of it that were active or pending are superseded.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn upsert_active_connector(
        &self,
        new: NewConnectorVersion,
    ) -> Result<ConnectorVersionRow, StoreError> {
        self.upsert_connector(new, ConnectorStatus::Active, None)
            .await
    }

    /// Writes down a version that waits for approval, with what it asks for beyond the approved. The active one stays.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn upsert_pending_connector(
        &self,
        new: NewConnectorVersion,
        difference: Value,
    ) -> Result<ConnectorVersionRow, StoreError> {
        self.upsert_connector(new, ConnectorStatus::PendingApproval, Some(difference))
            .await
    }

    async fn upsert_connector(
        &self,
        new: NewConnectorVersion,
        status: ConnectorStatus,
        difference: Option<Value>,
    ) -> Result<ConnectorVersionRow, StoreError> {
        let mut tx = self.begin().await?;
        let row = write_down(&mut tx, new, status, difference).await?;
        tx.notify(&Wake::Connectors).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Marks what came from a file as removed and forgets the file's refusal. Returns how many versions it concerned.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn mark_connector_removed(&self, file: &str) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "update connector_version set status = 'removed', changed_at = now()
             where file = $1 and status in ('active', 'pending_approval')",
        )
        .bind(file)
        .execute(tx.one())
        .await?;
        sqlx::query("delete from connector_refusal where file = $1")
            .bind(file)
            .execute(tx.one())
            .await?;
        tx.notify(&Wake::Connectors).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Writes down that a file was refused; an older refusal of the same file is replaced.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn refuse_connector(&self, refusal: NewRefusal) -> Result<(), StoreError> {
        sqlx::query(
            "insert into connector_refusal (file, digest, connector_id, vendor, code, detail) values ($1, $2, $3, $4, $5, $6)
             on conflict (file) do update set digest = excluded.digest, connector_id = excluded.connector_id,
                vendor = excluded.vendor, code = excluded.code, detail = excluded.detail, at = now()",
        )
        .bind(refusal.file)
        .bind(refusal.digest)
        .bind(refusal.connector_id)
        .bind(refusal.vendor)
        .bind(refusal.code)
        .bind(refusal.detail)
        .execute(self.one())
        .await?;
        Ok(())
    }

    /// Forgets a file's refusal, since it was accepted now.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn clear_refusal(&self, file: &str) -> Result<(), StoreError> {
        sqlx::query("delete from connector_refusal where file = $1")
            .bind(file)
            .execute(self.one())
            .await?;
        Ok(())
    }

    /// Approves what a version asks for and makes it the active one.
    ///
    /// # Errors
    /// `NotFound` when there is no such version; `Conflict{connector_not_pending}` when it was removed or superseded;
    /// `Unavailable`, `Database`.
    pub async fn approve_connector(
        &self,
        connector_id: &str,
        digest: &str,
        by: &str,
    ) -> Result<ConnectorVersionRow, StoreError> {
        let mut tx = self.begin().await?;
        let row = approve(&mut tx, connector_id, digest, by).await?;
        tx.notify(&Wake::Connectors).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Writes down a version and approves it at once: nobody sees it wait.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn trust_connector(
        &self,
        new: NewConnectorVersion,
        difference: Value,
        by: &str,
    ) -> Result<ConnectorVersionRow, StoreError> {
        let (id, digest) = (new.connector_id.clone(), new.digest.clone());
        let mut tx = self.begin().await?;
        let status = ConnectorStatus::PendingApproval;
        write_down(&mut tx, new, status, Some(difference)).await?;
        let row = approve(&mut tx, &id, &digest, by).await?;
        tx.notify(&Wake::Connectors).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// All versions, by connector, the one that changed last first.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn list_connectors(&self) -> Result<Vec<ConnectorVersionRow>, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from connector_version order by connector_id, changed_at desc, digest"
        )))
        .fetch_all(self.one())
        .await?)
    }

    /// All refusals that stand, by file.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn list_refusals(&self) -> Result<Vec<ConnectorRefusalRow>, StoreError> {
        Ok(sqlx::query_as("select file, digest, connector_id, vendor, code, detail, at from connector_refusal order by file")
            .fetch_all(self.one())
            .await?)
    }

    /// The active version for a vendor; of several connectors the one loaded first.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn active_connector_by_vendor(
        &self,
        vendor: &str,
    ) -> Result<Option<ConnectorVersionRow>, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from connector_version where vendor = $1 and status = 'active' order by loaded_at, connector_id limit 1"
        )))
        .bind(vendor)
        .fetch_optional(self.one())
        .await?)
    }

    /// The active version of a connector.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn active_connector(
        &self,
        connector_id: &str,
    ) -> Result<Option<ConnectorVersionRow>, StoreError> {
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from connector_version where connector_id = $1 and status = 'active'"
        )))
        .bind(connector_id)
        .fetch_optional(self.one())
        .await?)
    }

    /// What was approved for a connector.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn connector_approval(
        &self,
        connector_id: &str,
    ) -> Result<Option<ConnectorApprovalRow>, StoreError> {
        Ok(sqlx::query_as("select connector_id, grants, approved_at, approved_by from connector_approval where connector_id = $1")
            .bind(connector_id)
            .fetch_optional(self.one())
            .await?)
    }
}

/// Makes replicas that load the same folder take turns, so that exactly one version is active.
async fn lock_connector(tx: &mut Tx, connector_id: &str) -> Result<(), StoreError> {
    sqlx::query("select pg_advisory_xact_lock(hashtext('portcullis connector'), hashtext($1))")
        .bind(connector_id)
        .execute(tx.one())
        .await?;
    Ok(())
}

async fn write_down(
    tx: &mut Tx,
    new: NewConnectorVersion,
    status: ConnectorStatus,
    difference: Option<Value>,
) -> Result<ConnectorVersionRow, StoreError> {
    lock_connector(tx, &new.connector_id).await?;
    // A pending version takes the place of an older pending one only; an active one takes every place.
    sqlx::query(
        "update connector_version set status = 'superseded', changed_at = now()
         where connector_id = $1 and digest <> $2
           and (status = 'pending_approval' or (status = 'active' and $3 = 'active'))",
    )
    .bind(&new.connector_id)
    .bind(&new.digest)
    .bind(status)
    .execute(tx.one())
    .await?;
    let row = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "insert into connector_version as v (connector_id, digest, version, vendor, name, status, manifest, imports, grants, difference, file)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (connector_id, digest) do update set
            changed_at = case when v.status = excluded.status then v.changed_at else now() end,
            version = excluded.version, vendor = excluded.vendor, name = excluded.name, status = excluded.status,
            manifest = excluded.manifest, imports = excluded.imports, grants = excluded.grants,
            difference = excluded.difference, file = excluded.file
         returning {COLUMNS}"
    )))
    .bind(new.connector_id)
    .bind(new.digest)
    .bind(new.version)
    .bind(new.vendor)
    .bind(new.name)
    .bind(status)
    .bind(new.manifest)
    .bind(new.imports)
    .bind(new.grants)
    .bind(difference)
    .bind(new.file)
    .fetch_one(tx.one())
    .await?;
    Ok(row)
}

async fn approve(
    tx: &mut Tx,
    connector_id: &str,
    digest: &str,
    by: &str,
) -> Result<ConnectorVersionRow, StoreError> {
    lock_connector(tx, connector_id).await?;
    let status: ConnectorStatus = sqlx::query_scalar(
        "select status from connector_version where connector_id = $1 and digest = $2",
    )
    .bind(connector_id)
    .bind(digest)
    .fetch_one(tx.one())
    .await?;
    if !matches!(
        status,
        ConnectorStatus::PendingApproval | ConnectorStatus::Active
    ) {
        return Err(StoreError::Conflict {
            what: "connector_not_pending",
        });
    }
    sqlx::query(
        "insert into connector_approval (connector_id, grants, approved_by)
         select connector_id, grants, $3 from connector_version where connector_id = $1 and digest = $2
         on conflict (connector_id) do update set grants = excluded.grants, approved_by = excluded.approved_by, approved_at = now()",
    )
    .bind(connector_id)
    .bind(digest)
    .bind(by)
    .execute(tx.one())
    .await?;
    sqlx::query(
        "update connector_version set status = 'superseded', changed_at = now()
         where connector_id = $1 and digest <> $2 and status in ('active', 'pending_approval')",
    )
    .bind(connector_id)
    .bind(digest)
    .execute(tx.one())
    .await?;
    let row = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "update connector_version set status = 'active', difference = null, changed_at = now()
         where connector_id = $1 and digest = $2 returning {COLUMNS}"
    )))
    .bind(connector_id)
    .bind(digest)
    .fetch_one(tx.one())
    .await?;
    Ok(row)
}
