//! Deletions that wait for a person.

use chrono::{DateTime, Utc};
use portcullis_store::StoreError;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::Service;
use crate::audit::Action;
use crate::error::{Refusal, ServiceError};
use crate::integrations;
use crate::principal::Principal;

/// A deletion that waits: a sync missed more records of a model than a sync may delete by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeldDeletesView {
    /// The model.
    pub model: String,
    /// The run that missed them.
    pub run_id: String,
    /// How many records would be deleted.
    pub records: i64,
    /// Of how many there are.
    pub of: i64,
    /// Since when it waits.
    pub held_at: DateTime<Utc>,
}

/// What became of a deletion that waited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeletesDecided {
    /// The model.
    pub model: String,
    /// How many records were deleted. Those that came back since the sync are not among them.
    pub deleted: u64,
}

impl Service {
    /// The deletions of an integration that wait for a person.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, or the database's.
    pub async fn held_deletes(
        &self,
        principal: &Principal,
        integration_id: &str,
    ) -> Result<Vec<HeldDeletesView>, ServiceError> {
        principal.may_look("reading held deletions")?;
        let row = self.own_integration(principal, integration_id).await?;
        let held = self.store.held_deletes(&row.account_id, &row.id).await?;
        let own = held.into_iter().filter(|held| principal.reads(&held.model));
        let views = own.map(|held| HeldDeletesView {
            model: held.model,
            run_id: held.run_id,
            records: held.doomed,
            of: held.live_rows,
            held_at: held.held_at,
        });
        Ok(views.collect())
    }

    /// Deletes what waits, as far as it is still missing.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `model_out_of_scope`, `integration_not_found`, `integration_archived`, `nothing_held`, or the database's.
    pub async fn confirm_deletes(
        &self,
        principal: &Principal,
        integration_id: &str,
        model: &str,
    ) -> Result<DeletesDecided, ServiceError> {
        self.decide_deletes(principal, integration_id, model, true)
            .await
    }

    /// Keeps what waits: the records count as seen, until complete full runs miss them anew.
    ///
    /// # Errors
    ///
    /// Those of [`Service::confirm_deletes`].
    pub async fn reject_deletes(
        &self,
        principal: &Principal,
        integration_id: &str,
        model: &str,
    ) -> Result<DeletesDecided, ServiceError> {
        self.decide_deletes(principal, integration_id, model, false)
            .await
    }

    async fn decide_deletes(
        &self,
        principal: &Principal,
        integration_id: &str,
        model: &str,
        confirmed: bool,
    ) -> Result<DeletesDecided, ServiceError> {
        principal.has_role_admin("deciding about held deletions")?;
        principal.may_read(model)?;
        let row = self.own_integration(principal, integration_id).await?;
        integrations::not_archived(&row)?;
        let nothing = || {
            ServiceError::refused(
                Refusal::NothingHeld,
                format!(
                    "No deletion of `{}` of this integration waits for anybody.",
                    model.chars().take(100).collect::<String>().escape_debug()
                ),
            )
        };
        if model.contains('\0') {
            return Err(nothing());
        }
        let decided = match confirmed {
            true => {
                self.store
                    .confirm_deletes(&row.account_id, &row.id, model)
                    .await
            }
            false => self
                .store
                .reject_deletes(&row.account_id, &row.id, model)
                .await
                .map(|()| 0),
        };
        let deleted = match decided {
            Ok(deleted) => deleted,
            Err(StoreError::NotFound) => return Err(nothing()),
            Err(error) => return Err(error.into()),
        };
        let action = match confirmed {
            true => Action::ConfirmDeletes,
            false => Action::RejectDeletes,
        };
        let detail = json!({"model": model, "deleted": deleted});
        self.audit(principal, action, &row.id, detail).await?;
        Ok(DeletesDecided {
            model: model.to_owned(),
            deleted,
        })
    }
}
