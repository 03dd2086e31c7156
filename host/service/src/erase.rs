//! Erasing an integration: nothing of it is left but one line of the audit.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use portcullis_store::StoreError;
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::audit::{Action, entry, written};
use crate::error::{InputProblem, ServiceError};
use crate::integration_refusals::sync_running;
use crate::principal::Principal;
use crate::{Service, integrations};

/// Replicas look for generations that moved once a second, and do without their caches when they cannot. So after this
/// long none of them answers with what it keeps.
const HEARD_BY: Duration = Duration::from_secs(3);
/// How long workers may take to let go: a page, or what is left of a lease.
const LET_GO_WITHIN: Duration = Duration::from_secs(20);
/// How often this is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What was erased.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErasedView {
    /// The integration.
    pub id: String,
    /// When.
    pub erased_at: DateTime<Utc>,
    /// Rows that went, by table.
    pub removed: BTreeMap<String, i64>,
}

impl Service {
    /// Erases an integration. It is archived first, which stops its sync; once every worker has let go of it and every
    /// replica has heard of it, all of its rows go at once. Backups that were made before still have it.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`; `name_mismatch` unless `name` is its name; `sync_running` when a
    /// worker does not let go in time, and doing it again goes on; the database's.
    pub async fn erase_integration(
        &self,
        principal: &Principal,
        id: &str,
        name: &str,
    ) -> Result<ErasedView, ServiceError> {
        principal.admin("erasing an integration")?;
        let row = self.own_integration(principal, id).await?;
        if row.name != name {
            return Err(ServiceError::invalid(InputProblem::pointer(
                "/name",
                "name_mismatch",
                "`name` is not the name of this integration. Type it exactly as it is shown; nothing was erased.",
            )));
        }
        self.store
            .archive_integration(&row.account_id, &row.id)
            .await?;
        self.store
            .move_generations(&row.account_id, &row.id)
            .await?;
        tokio::time::sleep(HEARD_BY).await;
        let detail = json!({"vendor": row.vendor});
        let begin = Instant::now();
        let removed = loop {
            let entry = entry(principal, Action::EraseIntegration, &row.id, detail.clone());
            match self
                .store
                .erase_integration(&row.account_id, &row.id, entry)
                .await
            {
                Ok(removed) => break removed,
                Err(StoreError::Conflict {
                    what: "sync_unfinished",
                }) if begin.elapsed() < LET_GO_WITHIN => tokio::time::sleep(LOOK_EVERY).await,
                Err(StoreError::Conflict { .. }) => return Err(sync_running(None)),
                // Somebody else erased it meanwhile.
                Err(StoreError::NotFound) => {
                    return Err(integrations::missing(id));
                }
                Err(error) => return Err(error.into()),
            }
        };
        written();
        Ok(ErasedView {
            id: row.id,
            erased_at: Utc::now(),
            removed,
        })
    }
}
