//! Syncs: list and read them with their runs, stop them, and what was left out.

use chrono::{DateTime, Utc};
use portcullis_store::{StoreError, SyncWithRuns};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::Service;
use crate::audit::Action;
use crate::error::{Refusal, ServiceError, Thing};
use crate::integrations::signed;
use crate::principal::Principal;
use crate::sync_view::{SyncView, view};

/// Most dead letters that are shown of a sync.
const DEAD_LETTERS_MAX: i64 = 250;

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
        principal.may_look("listing syncs")?;
        let row = self.own_integration(principal, integration_id).await?;
        let (syncs, total) = self
            .store
            .list_syncs(&row.account_id, &row.id, signed(limit), signed(offset))
            .await?;
        let now = Utc::now();
        let views = syncs.into_iter().map(|sync| view(sync, now)).collect();
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
        principal.may_look("reading a sync")?;
        Ok(view(self.own_sync(principal, sync_id).await?, Utc::now()))
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
        principal.may_look("reading dead letters")?;
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

    /// Tells a sync to stop. Runs that no worker holds end at once, the others within a page; what was read stays. Doing
    /// it twice changes nothing.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `sync_not_found`, `sync_ended`, or the database's.
    pub async fn cancel_sync(
        &self,
        principal: &Principal,
        sync_id: &str,
    ) -> Result<SyncView, ServiceError> {
        principal.may_operate("cancelling a sync")?;
        let sync = self.own_sync(principal, sync_id).await?.sync;
        if !self.store.cancel_sync(&sync.account_id, &sync.id).await? {
            return Err(ServiceError::refused(
                Refusal::SyncEnded,
                format!("Sync `{}` has ended: {}.", sync.id, sync.status),
            ));
        }
        if !sync.cancel_requested {
            let detail = json!({"integration_id": sync.integration_id});
            self.audit(principal, Action::CancelSync, &sync.id, detail)
                .await?;
        }
        self.get_sync(principal, &sync.id).await
    }

    pub(crate) async fn own_sync(
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
