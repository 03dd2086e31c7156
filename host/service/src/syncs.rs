//! Syncs: start one by hand, list and read them with their runs, and what was left out.

use chrono::{DateTime, Utc};
use portcullis_store::{CredentialsVerdict, RunRow, Status, StoreError, SyncKind, SyncWithRuns};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::audit::Action;
use crate::error::{ServiceError, Thing};
use crate::integrations::{self, signed};
use crate::principal::Principal;
use crate::words::label;
use crate::{Service, enable};

/// Most dead letters that are shown of a sync.
const DEAD_LETTERS_MAX: i64 = 250;

/// A sync with its runs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SyncView {
    /// `syn_…`.
    pub id: String,
    /// Of which integration.
    pub integration_id: String,
    /// `first`, `manual` or `scheduled`.
    pub kind: &'static str,
    /// Where it stands, or how it ended.
    pub status: &'static str,
    /// The word that people read for it.
    pub label: &'static str,
    /// Whether somebody asked it to stop.
    pub cancel_requested: bool,
    /// When it was started.
    pub created_at: DateTime<Utc>,
    /// When a worker took its first run.
    pub started_at: Option<DateTime<Utc>>,
    /// When its last run ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// One per model.
    pub runs: Vec<RunView>,
}

/// One model of one sync.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunView {
    /// `run_…`.
    pub id: String,
    /// The model.
    pub model: String,
    /// The model on whose pages this one arrives, for a companion.
    pub lead: Option<String>,
    /// Where it stands, or how it ended.
    pub status: &'static str,
    /// The word that people read for it.
    pub label: &'static str,
    /// Pages that were stored.
    pub pages: i64,
    /// Records that were new.
    pub rows_new: i64,
    /// Records that differed from what was stored.
    pub rows_changed: i64,
    /// Records that did not differ.
    pub rows_unchanged: i64,
    /// Records that were left out, each with a dead letter.
    pub rows_dead: i64,
    /// Requests to the vendor.
    pub requests: i64,
    /// How many records the vendor says there are.
    pub total: Option<i64>,
    /// The last error: a stable code.
    pub error_code: Option<String>,
    /// The last error in a sentence.
    pub error_message: Option<String>,
    /// `caller`, `operator`, `customer`, `vendor`, `connector_author` or `gateway`.
    pub who_must_act: Option<String>,
    /// When it goes on, while it is queued or waiting.
    pub next_try_at: Option<DateTime<Utc>>,
    /// How often a worker took it.
    pub attempts: i32,
    /// Version of the connector that made its last page.
    pub connector_version: Option<String>,
    /// Digest of the connector that made its last page.
    pub connector_digest: Option<String>,
    /// When a worker took it first.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A record that was left out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeadLetterView {
    /// Grows with time.
    pub id: i64,
    /// The model.
    pub model: String,
    /// The run that met it.
    pub run_id: String,
    /// The vendor's id of the record, when it could be read.
    pub x_id: Option<String>,
    /// A stable word for the reason.
    pub kind: String,
    /// The reason in a sentence.
    pub message: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Service {
    /// Starts a sync of every readable model now.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `integration_archived`, `integration_disabled`,
    /// `connector_missing`, `credentials_rejected`, `nothing_readable`, `sync_running`, or the database's.
    pub async fn start_sync(
        &self,
        principal: &Principal,
        integration_id: &str,
    ) -> Result<SyncView, ServiceError> {
        principal.admin("starting a sync")?;
        let row = self.own_integration(principal, integration_id).await?;
        integrations::not_archived(&row)?;
        if !row.enabled {
            let disabled = StoreError::Conflict {
                what: "integration_disabled",
            };
            return Err(integrations::conflict(disabled, &row));
        }
        let Some(connector) = self.connector_of(&row).await? else {
            return Err(integrations::connector_missing(&row));
        };
        if row.credentials == CredentialsVerdict::Rejected {
            return Err(enable::rejected(&row));
        }
        let access = self.store.data_access(&row.account_id, &row.id).await?;
        let before = self.store.latest_runs(&row.account_id, &row.id).await?;
        let (models, format) = (connector.models(), connector.state_format());
        let plan = enable::plan(&models, format, &access.models, &before);
        if !plan.reads_anything {
            return Err(enable::nothing_readable());
        }
        let started = self
            .store
            .start_sync(&row.account_id, &row.id, SyncKind::Manual, &plan.runs)
            .await;
        let sync_id = started.map_err(|error| integrations::conflict(error, &row))?;
        self.audit(
            principal,
            Action::StartSync,
            &row.id,
            json!({"sync_id": sync_id}),
        )
        .await?;
        self.get_sync(principal, &sync_id).await
    }

    /// The syncs of an integration, newest first, and how many there are in all.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, or the database's.
    pub async fn list_syncs(
        &self,
        principal: &Principal,
        integration_id: &str,
        limit: u64,
        offset: u64,
    ) -> Result<(Vec<SyncView>, u64), ServiceError> {
        principal.admin("listing syncs")?;
        let row = self.own_integration(principal, integration_id).await?;
        let (syncs, total) = self
            .store
            .list_syncs(&row.account_id, &row.id, signed(limit), signed(offset))
            .await?;
        let views = syncs.into_iter().map(view).collect();
        Ok((views, u64::try_from(total).unwrap_or(0)))
    }

    /// One sync with its runs.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `sync_not_found`, or the database's.
    pub async fn get_sync(
        &self,
        principal: &Principal,
        sync_id: &str,
    ) -> Result<SyncView, ServiceError> {
        principal.admin("reading a sync")?;
        Ok(view(self.own_sync(principal, sync_id).await?))
    }

    /// What a sync left out: those among the integration's newest 250 dead letters that are of this sync.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `sync_not_found`, or the database's.
    pub async fn list_dead_letters(
        &self,
        principal: &Principal,
        sync_id: &str,
    ) -> Result<Vec<DeadLetterView>, ServiceError> {
        principal.admin("reading dead letters")?;
        let sync = self.own_sync(principal, sync_id).await?;
        let (rows, _) = self
            .store
            .list_dead_letters(
                &sync.sync.account_id,
                &sync.sync.integration_id,
                None,
                DEAD_LETTERS_MAX,
                0,
            )
            .await?;
        let views = rows
            .into_iter()
            .filter(|letter| sync.runs.iter().any(|run| run.id == letter.run_id))
            .map(|letter| DeadLetterView {
                id: letter.id,
                model: letter.model,
                run_id: letter.run_id,
                x_id: letter.external_id,
                kind: letter.kind,
                message: letter.message,
                at: letter.at,
            });
        Ok(views.collect())
    }

    async fn own_sync(
        &self,
        principal: &Principal,
        sync_id: &str,
    ) -> Result<SyncWithRuns, ServiceError> {
        let missing = || ServiceError::not_found(Thing::Sync, sync_id);
        if sync_id.contains('\0') {
            return Err(missing());
        }
        let sync = match self.store.get_sync(&principal.account_id, sync_id).await {
            Ok(sync) => sync,
            Err(StoreError::NotFound) => return Err(missing()),
            Err(error) => return Err(error.into()),
        };
        // A sync is seen by whoever sees its integration.
        match self
            .own_integration(principal, &sync.sync.integration_id)
            .await
        {
            Ok(_) => Ok(sync),
            Err(ServiceError::NotFound { .. }) => Err(missing()),
            Err(error) => Err(error),
        }
    }
}

pub(crate) fn view(sync: SyncWithRuns) -> SyncView {
    let runs = sync.runs.iter().map(|run| run_view(run, &sync.runs));
    SyncView {
        runs: runs.collect(),
        id: sync.sync.id,
        integration_id: sync.sync.integration_id,
        kind: sync.sync.kind.as_str(),
        status: sync.sync.status.as_str(),
        label: label(sync.sync.status),
        cancel_requested: sync.sync.cancel_requested,
        created_at: sync.sync.created_at,
        started_at: sync.sync.started_at,
        finished_at: sync.sync.finished_at,
    }
}

fn run_view(run: &RunRow, all: &[RunRow]) -> RunView {
    let lead = run
        .lead_run_id
        .as_ref()
        .and_then(|lead| all.iter().find(|other| other.id == *lead))
        .map(|lead| lead.model.clone());
    let next = matches!(run.status, Status::Queued | Status::Waiting).then_some(run.next_at);
    RunView {
        id: run.id.clone(),
        model: run.model.clone(),
        lead,
        status: run.status.as_str(),
        label: label(run.status),
        pages: run.pages,
        rows_new: run.rows_new,
        rows_changed: run.rows_changed,
        rows_unchanged: run.rows_unchanged,
        rows_dead: run.rows_dead,
        requests: run.requests,
        total: run.total,
        error_code: run.error_code.clone(),
        error_message: run.error_message.clone(),
        who_must_act: run.who_must_act.clone(),
        next_try_at: next,
        attempts: run.attempt,
        connector_version: run.connector_version.clone(),
        connector_digest: run.connector_digest.clone(),
        started_at: run.started_at,
        finished_at: run.finished_at,
    }
}
