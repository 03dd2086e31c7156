//! Syncs: list and read them with their runs, stop them.

use chrono::Utc;
use portcullis_store::{StoreError, SyncWithRuns};
use serde_json::json;

use crate::Service;
use crate::audit::Action;
use crate::error::{Refusal, ServiceError, Thing};
use crate::integrations::signed;
use crate::principal::Principal;
use crate::sync_view::{SyncView, view};

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
